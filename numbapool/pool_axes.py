"""Calls of `numbapool.pool`: which axes they pool, by which layer, and what errors of the layer say of them."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .borders import Bordered
from .errors import PoolingError, PoolingTypeError, PoolingValueError
from .layer_cache import layer_with
from .layers import WindowPool
from .names import layers_of
from .validation.sizes import AXIS_NAMES, BORDER_MODES, each_axis, is_listed, whole_number

__all__ = ["BY_AXIS", "Call", "chosen_axes", "named", "over_axes"]

# Options that may have a value for each axis.
BY_AXIS = ("stride", "padding", "dilation", "padding_mode")


class Call:
    """What a call asks for: layers of an operation, the axes to pool, windows and options for these."""

    def __init__(self, shape: tuple[int, ...], window: Any, reduce: Any, axes: Any, options: dict[str, Any]) -> None:
        self.kinds, self.presets = layers_of(reduce)
        if reduce in ("lp", "global_lp"):
            options = {"norm_type": 2.0, **options}
        if "data_format" in options:
            raise PoolingTypeError(f"pool: takes axes= in the place of data_format=; got {options['data_format']!r}")
        self.axes = chosen_axes(axes, window, len(shape))
        if isinstance(reduce, str) and reduce.startswith("global_"):
            if window is not None:
                raise PoolingValueError(
                    f"pool: window must be None with reduce={reduce!r}, which pools all of `axes`; got {window!r}; for "
                    f"windows of a size write reduce={reduce.removeprefix('global_')!r}"
                )
            window = tuple(shape[a] for a in self.axes)
        if len(self.axes) > 1 and issubclass(self.kinds[0], WindowPool) and not options.get("return_indices"):
            self.axes, window, options = _without_still_axes(self.axes, window, options)
        self.window, self.options = window, options

    def layer(self) -> Any:
        """The layer for the axes, of which there are at most three."""
        hidden = ("data_format", "reduces", "function", *self.presets)
        modes, value, options = _border(self.options, len(self.axes), self.kinds[0])
        try:
            layer: Any = layer_with(
                self.kinds[len(self.axes) - 1], self.window, {**options, **self.presets}, "pool", hidden
            )
            return Bordered(layer, modes, value) if modes else layer
        except PoolingError as error:
            raise named(error, self.axes) from None


def over_axes(layer: Any, array: NDArray[Any], chosen: tuple[int, ...], last: tuple[int, ...], out: Any) -> Any:
    """What a layer makes of some axes of an array."""
    if chosen == last:
        return layer.over_last_axes(array, out)
    to_last, from_last = partial(_moved, axes=chosen, to=last), partial(_moved, axes=last, to=chosen)
    result = layer.over_last_axes(to_last(array), tuple(map(to_last, out)) if isinstance(out, tuple) else to_last(out))
    if out is not None:
        return out
    return tuple(map(from_last, result)) if isinstance(result, tuple) else from_last(result)


def named(error: PoolingError, axes: tuple[int, ...]) -> PoolingError:
    """An error of a layer in the words of `pool`: axes by their numbers, and ``window`` for what layers call it."""
    names = dict(zip(AXIS_NAMES[len(axes)], axes, strict=True))
    told = re.sub(r"\baxis ([DHW])\b", lambda m: f"axis {names.get(m[1], m[1])}", str(error))
    if "does not fit" in told:
        told += "; axes= chooses the axes to pool"
    return type(error)(told.replace("kernel_size", "window"))


def chosen_axes(axes: Any, window: Any, ndim: int) -> tuple[int, ...]:
    """Axes as numbers from 0, without a repetition."""
    if ndim == 0:
        raise PoolingValueError("pool: x must have at least one axis; got a single number")
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


def _moved(array: Any, axes: tuple[int, ...], to: tuple[int, ...]) -> Any:
    """An array with its axes moved; what cannot be, stays as it is, to be refused by the layer."""
    there = axes != to and isinstance(array, np.ndarray) and array.ndim > max(*axes, *to)
    return np.moveaxis(array, axes, to) if there else array


def _border(options: dict[str, Any], rank: int, kind: Any) -> tuple[tuple[str, ...], Any, dict[str, Any]]:
    """The border mode of each axis, if any, the value of "constant", and the options without them."""
    mode = options.get("padding_mode")
    padding = options.get("padding")
    if mode is None and isinstance(padding, str) and padding in BORDER_MODES:
        mode, options = padding, {**options, "padding": "same"}
    if mode is None:
        return (), 0, options
    modes = each_axis(mode, rank)
    if len(modes) != rank or any(m not in BORDER_MODES for m in modes):
        raise PoolingValueError(
            f"pool: padding_mode must be one of {', '.join(map(repr, BORDER_MODES))}, or one for each of {rank} axes; "
            f"got {mode!r}"
        )
    if not issubclass(kind, WindowPool):
        raise PoolingTypeError(f"pool: padding_mode needs windows that move, of fixed size; got padding_mode={mode!r}")
    options = {"padding": "same", **options}
    return modes, options.pop("padding_value", 0), {n: v for n, v in options.items() if n != "padding_mode"}


def _without_still_axes(
    axes: tuple[int, ...], window: Any, options: dict[str, Any]
) -> tuple[tuple[int, ...], Any, dict[str, Any]]:
    """Axes, sizes and options without the axes along which nothing happens: windows of one position at stride 1."""
    count, names = len(axes), [n for n in (*BY_AXIS, "position") if is_listed(options.get(n))]
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
