"""Pooling over any axes of an array of any rank, by the name of the operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .arrays import as_input
from .errors import PoolingTypeError, PoolingValueError
from .functions import layer_with
from .operations import OPERATIONS
from .windows import IntOrTuple, whole_number

__all__ = ["pool"]


def pool(
    x: ArrayLike,
    window: IntOrTuple,
    reduce: str = "max",
    *,
    axes: int | Sequence[int] | None = None,
    out: Any = None,
    **options: Any,
) -> Any:
    """Pool an array of any rank over any of its axes; the other axes stay as they are.

    Parameters
    ----------
    x : array_like
        Input, such as an ``(H, W, 3)`` image or a ``(T, Z, Y, X)`` volume.
    window : int or tuple of int
        Size of the window along each of `axes`.
    reduce : {"max", "min", "mean"}, default "max"
        What is kept of each window.
    axes : int or tuple of int, optional
        The axes to pool, any number. Default: the first ones, as many as `window` has sizes, or all for a single size.
    out : ndarray, optional
        Array for the result; a pair with ``return_indices``.
    **options
        What the operation's layer takes: ``stride``, ``padding``, ``dilation``, ``ceil_mode``, and ``return_indices``
        (max, min) or ``count_include_pad``, ``divisor_override``, ``dtype`` (mean).

    Returns
    -------
    ndarray
        Of as many axes as `x`; with ``return_indices`` a pair, with indices flat within the pooled axes.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> image = np.zeros((480, 640, 3), np.uint8)
    >>> nbp.pool(image, (2, 2), "mean", dtype=np.uint8).shape
    (240, 320, 3)
    >>> nbp.pool(np.zeros((5, 32, 64, 64)), 2, axes=(1, 2, 3)).shape
    (5, 16, 32, 32)
    """
    array = as_input(x, "pool", "x")
    if not isinstance(reduce, str) or reduce not in OPERATIONS:
        raise PoolingValueError(f"pool: reduce must be one of {', '.join(map(repr, OPERATIONS))}; got {reduce!r}")
    if "data_format" in options:
        raise PoolingTypeError("pool: takes axes= in the place of data_format=")
    chosen = _axes(axes, window, array.ndim)
    if len(chosen) > 3:
        return _in_turns(array, window, reduce, chosen, out, options)
    layer = layer_with(OPERATIONS[reduce][len(chosen) - 1], window, options)
    last = range(-len(chosen), 0)
    outs = None if out is None else tuple(_moved(o, chosen, last) for o in (out if isinstance(out, tuple) else (out,)))
    result = layer.over_last_axes(np.moveaxis(array, chosen, last), outs)
    if out is not None:
        return out
    if isinstance(result, tuple):
        return tuple(np.moveaxis(r, last, chosen) for r in result)
    return np.moveaxis(result, last, chosen)


def _in_turns(x: Any, window: Any, reduce: str, axes: tuple[int, ...], out: Any, options: dict[str, Any]) -> Any:
    """More than three axes: three at a time, which gives the same for what is separable."""
    whole = options.get("dtype") is not None and np.dtype(options["dtype"]).kind in "iu"
    if options.get("return_indices") or options.get("divisor_override") is not None or whole:
        refused = "return_indices, divisor_override or an integer dtype"
        raise PoolingValueError(f"pool: axes must be at most three with {refused}; got {len(axes)}: {axes}")
    count = len(axes)

    def each(value: Any) -> list[Any]:
        """The part of an option for each three axes."""
        listed = isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str)
        if listed and len(value) != count:
            raise PoolingValueError(f"pool: options must be one value or {count}, one for each axis; got {value!r}")
        return [value[i : i + 3] if listed else value for i in range(0, count, 3)]

    parts = {name: each(options[name]) for name in ("stride", "padding", "dilation") if options.get(name) is not None}
    windows = each(window)
    for turn, size in enumerate(windows):
        part = {**options, **{name: values[turn] for name, values in parts.items()}}
        here = axes[3 * turn : 3 * turn + 3]
        x = pool(x, size, reduce, axes=here, out=out if turn == len(windows) - 1 else None, **part)
    return x


def _moved(out: Any, axes: tuple[int, ...], last: range) -> Any:
    if not isinstance(out, np.ndarray):
        raise PoolingTypeError(f"pool: out must be a NumPy array; got {type(out).__name__}")
    return np.moveaxis(out, axes, last) if out.ndim > max(axes) else out


def _axes(axes: Any, window: Any, ndim: int) -> tuple[int, ...]:
    """Axes as numbers from 0, without a repetition."""
    if axes is None:
        count = len(window) if isinstance(window, (Sequence, np.ndarray)) and np.ndim(window) == 1 else ndim
        if not 0 < count <= ndim:
            raise PoolingValueError(f"pool: window has {count} sizes for an array of {ndim} axes")
        return tuple(range(count))
    given = tuple(axes) if isinstance(axes, (Sequence, np.ndarray)) else (axes,)
    chosen = tuple(whole_number(a, "axes", "pool") for a in given)
    if not chosen or any(not -ndim <= a < ndim for a in chosen):
        raise PoolingValueError(f"pool: axes must name axes of an array of {ndim}; got axes={axes!r}")
    chosen = tuple(a % ndim for a in chosen)
    if len(set(chosen)) < len(chosen):
        raise PoolingValueError(f"pool: axes must not repeat; got axes={axes!r}")
    return chosen
