"""Parts of a pooling: what each reads, and the layer whose results for it equal those of the whole bit for bit.

Floating-point sums depend on the order of additions, that on the kernel, and the choice of a kernel on the shape of the
input (`choice`). Where the shape of a part would lead to another order, it computes a few more windows than are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..layers import WindowPool
from ..operations.selecting import Selects
from ..operations.subsample import SubsamplePool
from ..plans.choice import FOLDS
from ..plans.conditions import LONG_PIXEL, MANY_PLANES, SMALL_PLANE
from ..validation.sizes import each_axis, normalize_padding
from ..windows import Axis, same_padding

__all__ = ["Part", "Pooling", "centers", "is_exact", "parts_of"]

_BY_PLANES = next(form.reason for form in FOLDS if form.name == "planes")


@dataclass(frozen=True)
class Part:
    """A part of the results along one axis."""

    wanted: tuple[int, int]  # range of results, end excluded
    computed: tuple[int, int]  # range of results to compute: more, where that keeps the order of additions
    read: tuple[int, int]  # range of input positions


def is_exact(layer: Any) -> bool:
    """Whether results are values of the input, which no order of additions can change."""
    if hasattr(layer, "layers"):  # several poolings at once
        return all(map(is_exact, layer.layers))
    linear = getattr(layer, "method", "lower") == "linear" or getattr(layer, "training", True) is False
    return isinstance(layer, (Selects, SubsamplePool)) and not linear


def centers(axis: Axis) -> NDArray[np.int64]:
    """The input position in the middle of each window."""
    middle = axis.origin + axis.reach // 2 if axis.kernel_size else axis.first + axis.count // 2
    return np.clip(middle, 0, max(axis.size - 1, 0))


def parts_of(axis: Axis, stops: Sequence[int], exact: bool) -> list[Part]:
    """The parts of an axis whose results end at these places."""
    starts = (0, *stops[:-1])
    if not axis.kernel_size:  # windows of several sizes, which only one layer for all of them has
        return [Part((a, b), (0, axis.outputs), (0, axis.size)) for a, b in zip(starts, stops, strict=True)]
    parts = []
    for start, stop in zip(starts, stops, strict=True):
        a, b = (start, stop) if exact else _in_order(axis, start, stop)
        low = max(int(axis.origin[a]), 0)
        high = min(int(axis.origin[b - 1]) + axis.reach + 1, axis.size)
        if not exact and high - low == 1 < axis.size and b - a == 1:  # axes of one position have no place in memory
            high += 1
        parts.append(Part((start, stop), (a, b), (low, high)))
    return parts


def _in_order(axis: Axis, start: int, stop: int) -> tuple[int, int]:
    """The windows to compute, so that those from ``start`` to ``stop`` are added up as in the whole.

    Sums of windows that overlap far are shared within blocks of rows. A part with one window alone, or without any of
    the largest windows, may have another kernel or accumulators of another size.
    """
    block = axis.kernel_size // axis.stride if axis.kernel_size > 5 * axis.stride and axis.step == 1 else 1
    largest = np.flatnonzero(axis.count == axis.count.max())
    if not (axis.count[start:stop] == axis.count[largest[0]]).any():
        start, stop = (start, int(largest[0]) + 1) if stop <= largest[0] else (int(largest[-1]), stop)
    start -= start % block
    if stop - start == 1 < axis.outputs:
        start, stop = (start - block, stop) if stop == axis.outputs else (start, stop + 1)
    return start, stop


@dataclass(frozen=True)
class Pooling:
    """A layer over some axes of an array of a shape, to be carried out in parts."""

    layer: Any
    axes: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def spatial(self) -> tuple[int, ...]:
        """Extents of the pooled axes."""
        return tuple(self.shape[a] for a in self.axes)

    @property
    def still(self) -> list[int]:
        """The axes that are not pooled."""
        return [a for a in range(len(self.shape)) if a not in self.axes]

    @property
    def last(self) -> tuple[int, ...]:
        """Where layers have the axes that they pool."""
        return tuple(range(len(self.shape) - len(self.axes), len(self.shape)))

    @cached_property
    def has_small_planes(self) -> bool:
        """Whether the whole is many small planes, whose windows are added up value by value."""
        if prod(self.spatial) > SMALL_PLANE or prod(self.shape[a] for a in self.still) < MANY_PLANES:
            return False
        shape, planes = list(self.shape), prod(self.shape[a] for a in self.still)
        for a in self.still:  # as many as there must be tell as much as all
            others = planes // shape[a]
            shape[a] = min(shape[a], -(-MANY_PLANES // others))
            planes = others * shape[a]
        moved = np.moveaxis(np.empty(shape, np.float32), self.axes, self.last)
        layers = getattr(self.layer, "layers", (self.layer,))
        return any(layer._plan_for(moved, False)[0].reason == _BY_PLANES for layer in layers)

    def layer_of(self, windows: Sequence[Axis], parts: Sequence[Part]) -> Any:
        """The layer whose windows on these parts of the pooled axes are those of the whole."""
        layer = self.layer
        if not isinstance(layer, WindowPool):  # adaptive
            return _changed(layer, (("output_size", tuple(p.computed[1] - p.computed[0] for p in parts)),))
        given: Any = getattr(layer, "padding", 0)
        window = (each_axis(v, layer.rank) for v in (layer.kernel_size, layer.stride, layer.dilation))
        if given == "same":
            behind = [same_padding(a.size, *axis)[1] for a, *axis in zip(windows, *window, strict=True)]
        else:
            pairs: Any = normalize_padding(given, layer.rank, type(layer).__name__)
            behind = [after for _, after in pairs]
        padding, cut_short = [], False
        for axis, part, after in zip(windows, parts, behind, strict=True):
            missing = max(int(axis.origin[part.computed[1] - 1]) + axis.reach + 1 - axis.size, 0)
            padding.append((max(-int(axis.origin[part.computed[0]]), 0), min(missing, after)))
            cut_short = cut_short or missing > after  # a last window of ``ceil_mode``
        return _changed(layer, (("padding", tuple(padding)), ("ceil_mode", cut_short)))

    def run(self, layer: Any, parts: Sequence[Part], block: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """What the layer of some parts gives for what they read."""
        shape, most = block.shape, block.size
        if not is_exact(self.layer) and block.size:
            block, most = self._as_the_whole(block)
        moved = np.moveaxis(block, self.axes, self.last)
        cut = tuple(slice(0, n) for n in shape)
        return tuple(
            self._wanted(np.moveaxis(y, self.last, self.axes), parts, cut) for y in _pooled(layer, moved, most)
        )

    def _wanted(self, y: NDArray[Any], parts: Sequence[Part], cut: tuple[slice, ...]) -> NDArray[Any]:
        """Of a result, what is wanted, without what was added."""
        keep = list(cut)
        for axis, part in zip(self.axes, parts, strict=True):
            keep[axis] = slice(part.wanted[0] - part.computed[0], part.wanted[1] - part.computed[0])
        kept = y[tuple(keep)]
        return kept if kept.shape == y.shape else kept.copy()

    def _as_the_whole(self, block: NDArray[Any]) -> tuple[NDArray[Any], int]:
        """The block, and the most planes to pool at once, for the kernel that the whole has.

        Where a block has fewer channels or planes than the whole, zeros are put behind.
        """
        wide = 1 + max((a for a in self.axes if self.shape[a] > 1), default=-1)
        channels, own = prod(self.shape[wide:]), prod(block.shape[wide:])
        if prod(block.shape[a] for a in self.axes) <= SMALL_PLANE or not _lies_in_rows(block, wide):
            block = np.ascontiguousarray(block)
        shortest = LONG_PIXEL if channels >= LONG_PIXEL else min(channels, 2)
        if own < shortest:
            last = self.still[-1]
            block = _lengthened(block, last, -(-shortest * block.shape[last] // own))
        planes = prod(block.shape[a] for a in self.still)
        if self.has_small_planes:
            if planes < MANY_PLANES:
                first = max(self.still, key=lambda a: self.shape[a])
                block = _lengthened(block, first, -(-MANY_PLANES * block.shape[first] // planes))
            return block, block.size
        small = channels == 1 and prod(block.shape[a] for a in self.axes) <= SMALL_PLANE
        return block, MANY_PLANES - 1 if small else block.size

    def indices(self, parts: Sequence[Part], places: NDArray[Any]) -> NDArray[Any]:
        """Indices in the whole plane, of those in a part of it."""
        sizes = [p.read[1] - p.read[0] for p in parts]
        if sizes == list(self.spatial):
            return places
        step = 1
        whole = np.zeros_like(places)
        rest = places
        for size, extent, part in zip(reversed(sizes), reversed(self.spatial), reversed(parts), strict=True):
            rest, place = np.divmod(rest, size)
            whole += (place + part.read[0]) * step
            step *= extent
        return whole


def _lies_in_rows(block: NDArray[Any], wide: int) -> bool:
    """Whether an array lies in memory as one in row-major order, but for gaps in the axes before ``wide``."""
    moving = [(n, s) for n, s in zip(block.shape, block.strides, strict=True) if n > 1]
    ordered = all(s >= t for (_, s), (_, t) in pairwise(moving))
    return ordered and min(block.strides, default=1) > 0 and block[(0,) * wide].flags.c_contiguous


@lru_cache(maxsize=256)  # most parts are alike
def _changed(layer: Any, changes: tuple[tuple[str, Any], ...]) -> Any:
    """A layer with other values of those fields that it has."""
    known = {f.name for f in fields(layer)}
    return replace(layer, **{name: value for name, value in changes if name in known})


def _lengthened(block: NDArray[Any], axis: int, size: int) -> NDArray[Any]:
    """The block with zeros behind along one axis."""
    shape = list(block.shape)
    shape[axis] = size
    longer = np.zeros(shape, block.dtype)
    longer[tuple(slice(0, n) for n in block.shape)] = block
    return longer


def _pooled(layer: Any, x: NDArray[Any], most: int) -> tuple[NDArray[Any], ...]:
    """The results of a layer, pooled no more than ``most`` planes at a time."""
    lead = x.shape[: x.ndim - layer.rank]
    if prod(lead) <= most:
        results = layer.over_last_axes(x)
        return results if isinstance(results, tuple) else (results,)
    axis = lead.index(max(lead))
    halves = [_pooled(layer, half, most) for half in np.array_split(x, 2, axis)]
    return tuple(np.concatenate(both, axis) for both in zip(*halves, strict=True))
