"""Pooling over any axes of an array of any rank, by the name of the operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .arrays import as_input
from .errors import PoolingTypeError, PoolingValueError
from .layers import layer_with
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
        The axes to pool. Default: the first ones, as many as `window` has sizes, or all axes for a single size.
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
        raise PoolingValueError(f"pool: axes must be at most three; got {len(chosen)}: {chosen}")
    layer = layer_with(OPERATIONS[reduce][len(chosen) - 1], window, options)
    last = range(-len(chosen), 0)
    outs = None if out is None else tuple(_moved(o, chosen, last) for o in (out if isinstance(out, tuple) else (out,)))
    result = layer.over_last_axes(np.moveaxis(array, chosen, last), outs)
    if out is not None:
        return out
    if isinstance(result, tuple):
        return tuple(np.moveaxis(r, last, chosen) for r in result)
    return np.moveaxis(result, last, chosen)


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
