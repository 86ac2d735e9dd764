"""Which axes of an array `numbapool.pool` pools, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import PoolingValueError
from .sizes import is_listed, whole_number

__all__ = ["but_still_ones", "chosen_axes", "move_axes"]


def chosen_axes(axes: Any, window: Any, ndim: int) -> tuple[int, ...]:
    """Axes as numbers from 0, without a repetition."""
    if axes is None:
        count = len(window) if is_listed(window) else ndim
        if not 0 < count <= ndim:
            raise PoolingValueError(f"pool: window must have from 1 to {ndim} sizes, one for each axis; got {count}")
        return tuple(range(count))
    given = tuple(axes) if is_listed(axes) else (axes,)
    chosen = tuple(whole_number(a, "axes", "pool") for a in given)
    if not chosen or any(not -ndim <= a < ndim for a in chosen):
        raise PoolingValueError(f"pool: axes must name axes of an array of {ndim}; got axes={axes!r}")
    chosen = tuple(a % ndim for a in chosen)
    if len(set(chosen)) < len(chosen):
        raise PoolingValueError(f"pool: axes must not repeat; got axes={axes!r}")
    return chosen


def move_axes(array: Any, axes: tuple[int, ...], to: tuple[int, ...]) -> Any:
    """An array with its axes moved; what cannot be, stays as it is, to be refused by the layer."""
    there = axes != to and isinstance(array, np.ndarray) and array.ndim > max(*axes, *to)
    return np.moveaxis(array, axes, to) if there else array


def but_still_ones(
    axes: tuple[int, ...], window: Any, options: dict[str, Any]
) -> tuple[tuple[int, ...], Any, dict[str, Any]]:
    """Axes, sizes and options without the axes along which nothing happens: windows of one position at stride 1."""
    count, names = len(axes), [n for n in ("stride", "padding", "dilation", "position") if is_listed(options.get(n))]
    if any(not is_listed(value) or len(value) != count for value in (window, *map(options.__getitem__, names))):
        return axes, window, options  # which is refused later, if it need be

    def moves(i: int) -> bool:
        stride, padding = (options[n][i] if n in names else options.get(n) for n in ("stride", "padding"))
        number = isinstance(window[i], (int, np.integer)) and window[i] is not True
        pads = not isinstance(padding, str) and padding is not None and np.any(padding)
        return bool(not number or window[i] != 1 or stride not in (None, 1) or pads)

    kept = [i for i in range(count) if moves(i)] or [0]
    shared = {n: tuple(options[n][i] for i in kept) for n in names}
    return tuple(axes[i] for i in kept), tuple(window[i] for i in kept), {**options, **shared}
