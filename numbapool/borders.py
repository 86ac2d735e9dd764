"""Border modes: what windows hold where they reach beyond the input. Only strips along the borders are copied.

A layer with numeric padding first pools the whole array, where windows at the borders are cut. The results of these few
windows are then written once more, from copies of the input near each border that are continued as the mode says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import PoolingTypeError, PoolingValueError
from .validation.results import given_out
from .validation.sizes import is_number, number_as
from .windows import Axis

__all__ = ["Bordered", "continued"]

Span = tuple[int, int]


def continued(position: NDArray[np.int64], size: int, mode: str) -> NDArray[np.int64]:
    """Input index, 0 to ``size - 1``, of the value at each position, which may lie beyond the input.

    With "constant", -1 beyond the input.
    """
    if mode == "nearest":
        return np.clip(position, 0, size - 1)
    if mode == "wrap":
        return position % size
    if mode == "reflect":
        within = position % (2 * size)
        return np.where(within < size, within, 2 * size - 1 - within)
    if mode == "mirror":
        within = position % max(2 * size - 2, 1)
        return np.where(within < size, within, 2 * size - 2 - within)
    return np.where((position >= 0) & (position < size), position, -1)


class Bordered:
    """A layer of fixed windows with padding, whose windows beyond the borders hold what ``modes`` say."""

    def __init__(self, layer: Any, modes: Sequence[str], padding_value: float) -> None:
        self.layer = layer
        self.whole = dataclasses.replace(layer, padding=0, ceil_mode=False)  # for windows that are whole
        self.modes = tuple(modes)
        if not isinstance(padding_value, int) and not is_number(padding_value):
            raise PoolingTypeError(f"pool: padding_value must be a number; got {padding_value!r}")
        self.padding_value = padding_value or 0  # not -0.0, which equals 0.0, under which this is found again
        if "constant" in self.modes and getattr(layer, "return_indices", False):
            raise PoolingValueError(
                'pool: return_indices cannot be used with padding_mode="constant", whose values have no index; got '
                "return_indices=True"
            )

    def over_last_axes(self, x: NDArray[Any], out: Any = None) -> Any:
        """Pool the last axes of an array, as `numbapool.plans.planned.Planned.over_last_axes` does."""
        fill = self._fill(x.dtype)
        found = self.layer.over_last_axes(x)
        results = found if isinstance(found, tuple) else (found,)
        axes = self.layer.axes(x.shape[x.ndim - self.layer.rank :])
        for spans in _cut_windows(axes):
            positions = [
                continued(_positions(axis, span), axis.size, mode)
                for axis, span, mode in zip(axes, spans, self.modes, strict=True)
            ]
            near = self.whole.over_last_axes(_taken(x, positions, fill))
            where = (..., *(slice(*span) for span in spans))
            near = near if isinstance(near, tuple) else (near,)
            if getattr(self.layer, "return_indices", False):
                near = near[0], _indices_in_plane(near[1], positions, axes)
            for y, strip in zip(results, near, strict=True):
                y[where] = strip
        return given_out("pool", found, x, out)

    def _fill(self, dtype: np.dtype[Any]) -> Any:
        """The padding value in the dtype of the input."""
        if "constant" not in self.modes:
            return dtype.type(0)
        value = number_as(self.padding_value, dtype)
        if value is None:
            raise PoolingValueError(
                f"pool: padding_value must be a value of the input's dtype, {dtype}; got {self.padding_value!r}"
            )
        return value


def _cut_windows(axes: Sequence[Axis]) -> Iterator[list[Span]]:
    """Blocks of results, as a span along each axis, that together hold all whose windows reach beyond the input."""
    inside: list[Span] = []
    for i, axis in enumerate(axes):
        whole = np.flatnonzero(axis.count == axis.kernel_size)
        first, last = (int(whole[0]), int(whole[-1]) + 1) if len(whole) else (axis.outputs, axis.outputs)
        for span in ((0, first), (last, axis.outputs)):
            if span[0] < span[1]:
                yield [*inside, span, *((0, other.outputs) for other in axes[i + 1 :])]
        if first == last:
            return
        inside.append((first, last))


def _positions(axis: Axis, span: Span) -> NDArray[np.int64]:
    """Positions, also beyond the input, from the first of a span's windows to the last."""
    first, last = int(axis.origin[span[0]]), int(axis.origin[span[1] - 1]) + axis.reach
    return np.arange(first, last + 1)


def _taken(x: NDArray[Any], positions: Sequence[NDArray[np.int64]], fill: Any) -> NDArray[Any]:
    """A copy of the input at these positions along its last axes; ``fill`` where a position is -1."""
    lead = x.ndim - len(positions)
    part = x
    for axis, position in enumerate(positions, start=lead):
        low, high = int(position.min()), int(position.max()) + 1
        if low >= 0 and len(position) == high - low and (np.diff(position) == 1).all():
            part = part[(slice(None),) * axis + (slice(low, high),)]
            continue
        part = part[(slice(None),) * axis + (np.maximum(position, 0),)]  # np.take would copy all of a part
        if low < 0:
            part[(slice(None),) * axis + (position < 0,)] = fill
    return part


def _indices_in_plane(
    indices: NDArray[np.int64], positions: Sequence[NDArray[np.int64]], axes: Sequence[Axis]
) -> NDArray[np.int64]:
    """Indices within a copy near the border as indices within the plane of the input."""
    places = np.unravel_index(indices, tuple(len(p) for p in positions))
    mapped = tuple(p[place] for p, place in zip(positions, places, strict=True))
    return np.ravel_multi_index(mapped, tuple(a.size for a in axes))
