"""Pooling over any axes of an array of any rank, by the name of the operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PoolingError, PoolingTypeError, PoolingValueError, check_jitted
from .layer_cache import layer_with
from .layers import Pool
from .names import NAMES, OWN, layers_of, understood
from .njit import usable_in_njit
from .operations import OPERATIONS
from .pool_axes import BY_AXIS, Call, chosen_axes, named, over_axes
from .validation.arrays import as_input
from .validation.calls import helpful
from .validation.results import given_out
from .validation.sizes import IntOrTuple, is_listed

__all__ = ["explain", "pool", "register"]


@usable_in_njit
@helpful
def pool(
    x: ArrayLike,
    window: IntOrTuple | None,
    reduce: str | Sequence[str] | Callable[..., Any] = "max",
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
        Size of the window along each of `axes`; for adaptive operations the size of the result, for global ones None.
    reduce : str, sequence of str or callable, default "max"
        What is kept of each window: "max", "min", "mean", "sum", "lp", "power", "mixed", "median", "quantile", "mode",
        "first", "center", "last", "subsample", "random", "stochastic", "logsumexp", "soft", "adaptive_max",
        "adaptive_min", "adaptive_mean", "global_max", "global_min", "global_mean", "global_lp", "fractional_max"; a
        name given with `register`; or a Numba-jitted function of one window, a one-dimensional array, that returns a
        number. NumPy's ``np.max``, ``np.min``, ``np.sum``, ``np.mean`` and ``np.median`` are understood as well, with
        their ``nan`` forms. Several names, as ``("max", "min")``, give as many results. "unpool" takes the results of a
        maximum back to where they came from, as told by the option ``indices``. "spatial_pyramid" (with the levels as
        `window`), "roi_align" and "roi_max" (with the option ``boxes``) take ``(N, C, *spatial)``, with `axes` the
        spatial ones, by default all behind the second, and give what their layers give.
    axes : int or tuple of int, optional
        The axes to pool; ``axis=`` is the same. Default: the first ones, as many as `window` has sizes, or all for a
        single size. Any number for "max", "min", "mean" and "sum"; for others at most three, not counting those with
        windows of 1 at stride 1.
    out : ndarray, optional
        Array for the result; a pair with ``return_indices``.
    **options
        What the operation's layer takes: ``stride``, ``padding``, ``dilation``, ``ceil_mode``, and options of its own,
        such as ``return_indices`` (max), ``dtype`` (mean), ``norm_type`` (lp; here 2 by default), ``q`` (quantile) or
        ``rng`` (random). And for windows of fixed size what they hold beyond the borders: ``padding_mode``, named as
        in `scipy.ndimage`, for all axes or one for each: "reflect" (``b a | a b c | c b``), "mirror"
        (``c b | a b c | b a``), "nearest" (``a a | a b c | c c``), "wrap" (``b c | a b c | a b``) or "constant" (with
        ``padding_value``, 0 by default). ``padding`` is "same" then, if it is not given; ``padding="reflect"`` and so
        on says both.

    Returns
    -------
    ndarray
        Of as many axes as `x`; with ``return_indices`` a pair, with indices flat within the pooled axes; for several
        names a tuple.

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
    >>> dark, light = nbp.pool(image, (2, 2), ("min", "max"))
    >>> nbp.pool(np.zeros((5, 32, 64, 64)), 2, axes=(1, 2, 3)).shape
    (5, 16, 32, 32)
    """
    array = as_input(x, "pool", "x")
    if "axis" in options and axes is None:
        axes = options.pop("axis")
    reduce, options = understood(reduce, options)
    key = _key(array.ndim, window, reduce, axes, options)
    known = None if key is None else _known.get(key)
    if known is None:
        if reduce in _OF_BATCHES:
            return _of_batch(array, window, reduce, axes, out, options)
        call = Call(array.shape, window, reduce, axes, options)
        chosen = call.axes
        if isinstance(reduce, str) and reduce.startswith("global_"):
            key = None  # its windows are those of this shape
        if len(chosen) > 3:
            if reduce not in ("max", "min", "mean", "sum"):
                raise PoolingValueError(f"pool: axes must be at most three with reduce={reduce!r}; got {chosen}")
            return _in_turns(array, call.window, reduce, chosen, out, call.options)
        if reduce == "unpool":
            return _unpooled(array, window, chosen, out, options)
        layer: Any = call.layer()
        known = layer, chosen, tuple(range(array.ndim - len(chosen), array.ndim))
        if key is not None:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[key] = known
    layer, chosen, last = known
    try:
        return over_axes(layer, array, chosen, last, out)
    except PoolingError as error:
        raise named(error, chosen) from None


# The layer that a call stands for and the axes that it pools, by the arguments of the call.
_known: dict[Any, tuple[Any, tuple[int, ...], tuple[int, ...]]] = {}
_MOST_KNOWN = 512
_PLAIN = {int, float, bool, str, type, type(None)}


def _key(ndim: int, window: Any, reduce: Any, axes: Any, options: dict[str, Any]) -> Any:
    """What tells a call from others; None for one that is not kept, as not all of it are numbers and words."""
    values = (window, reduce, axes, *options.values())
    kinds = tuple(map(type, values))
    for kind, value in zip(kinds, values, strict=True):
        if kind not in _PLAIN and (kind is not tuple or any(type(v) is not int for v in value)):
            return None
    return ndim, values, kinds, tuple(options)  # types tell 1 from True


def explain(layer: Pool, x: ArrayLike) -> str:
    """Which kernel runs when a layer is called on an array, and why.

    Parameters
    ----------
    layer : Pool
        Any layer.
    x : array_like
        Its input; nothing is computed.

    Returns
    -------
    str
        The kernel, whether it runs on one thread or on many, the reason for which it was chosen, and what it moves.

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> print(nbp.explain(nbp.MaxPool2d(2), np.zeros((1, 3, 8, 8), np.float32)))
    squares (serial): windows of two positions along each axis side by side
      result float32 (1, 3, 4, 4), 960 bytes moved, about 0.00015 ms on one thread
    """
    if not isinstance(layer, Pool):
        raise PoolingTypeError(f"explain: layer must be a layer of numbapool; got {layer!r}")
    return layer.explain(x)


def register(name: str, function: Any) -> None:
    """Give a jitted function of one window a name, by which `pool` finds it.

    Parameters
    ----------
    name : str
        The name; that of an operation of the package is refused.
    function : callable
        A function compiled by ``numba.njit``, from the values of one window, a one-dimensional array, to a number.

    Raises
    ------
    PoolingError
        If the name is taken by an operation, or the function is not jitted.

    Examples
    --------
    >>> import numba
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> nbp.register("span", numba.njit(lambda window: window.max() - window.min()))
    >>> nbp.pool(np.array([1, 4, 2, 2]), 2, "span").tolist()
    [3, 0]
    """
    if not isinstance(name, str) or not name:
        raise PoolingTypeError(f"register: name must be a text; got {name!r}")
    if name in NAMES:
        raise PoolingValueError(f"register: {name!r} is an operation of numbapool")
    check_jitted("register", "function", function)
    OWN[name] = function
    _known.clear()


# What these make of a batch is not an array of the same axes.
_OF_BATCHES = ("spatial_pyramid", "roi_align", "roi_max")


def _in_turns(x: Any, window: Any, reduce: str, axes: tuple[int, ...], out: Any, options: dict[str, Any]) -> Any:
    """More than three axes: three at a time, which gives the same for what is separable."""
    mean: Any = OPERATIONS["mean"][0](1, dtype=options.get("dtype"))  # refuses what is no dtype
    whole = mean.dtype is not None and np.dtype(mean.dtype).kind in "iu"
    outside = reduce == "sum" and options.get("padding_value", 0) != 0
    uneven = options.get("min_count") or (reduce == "mean" and options.get("nan_policy") == "omit")
    if options.get("return_indices") or options.get("divisor_override") is not None or whole or outside or uneven:
        refused = (
            "return_indices, divisor_override, an integer dtype, min_count, a mean without NaN, or the sum of a "
            "padding_value"
        )
        raise PoolingValueError(f"pool: axes must be at most three with {refused}; got {len(axes)}: {axes}")
    count = len(axes)

    def each(value: Any) -> list[Any]:
        """The part of an option for each three axes."""
        listed = is_listed(value)
        if listed and len(value) != count:
            raise PoolingValueError(f"pool: options must be one value or {count}, one for each axis; got {value!r}")
        return [value[i : i + 3] if listed else value for i in range(0, count, 3)]

    parts = {name: each(options[name]) for name in BY_AXIS if options.get(name) is not None}
    windows = each(window)
    result = x.dtype if reduce == "sum" and mean.dtype is None else mean.result_dtype(x.dtype)
    adds = reduce in ("sum", "mean") and result.kind == "f"
    for turn, size in enumerate(windows):
        part = {**options, **{name: values[turn] for name, values in parts.items()}}
        if adds:  # rounded once
            part["dtype"] = result if turn == len(windows) - 1 else np.float64
        here = axes[3 * turn : 3 * turn + 3]
        x = pool(x, size, reduce, axes=here, out=out if turn == len(windows) - 1 else None, **part)
    return x


def _of_batch(x: NDArray[Any], window: Any, reduce: str, axes: Any, out: Any, options: dict[str, Any]) -> Any:
    """A batch of images to something else than a batch of smaller ones."""
    spatial = chosen_axes(range(2, x.ndim) if axes is None and x.ndim > 2 else axes, window, x.ndim)
    if x.ndim != len(spatial) + 2:
        raise PoolingValueError(
            f"pool: x must have a batch and a channel axis beside axes with reduce={reduce!r}; got shape {x.shape} and "
            f"axes {spatial}"
        )
    moved, kind = np.moveaxis(x, spatial, range(2, x.ndim)), layers_of(reduce)[0][0]
    if reduce == "spatial_pyramid":
        return layer_with(kind, window, options, "pool")(moved, out=out)
    if "boxes" not in options:
        raise PoolingTypeError(f"pool: option 'boxes' is missing; reduce={reduce!r} needs them")
    others = {name: value for name, value in options.items() if name != "boxes"}
    layer: Any = layer_with(kind, window, others, "pool")
    return layer(moved, options["boxes"], out=out)


def _unpooled(x: NDArray[Any], window: Any, axes: tuple[int, ...], out: Any, options: dict[str, Any]) -> NDArray[Any]:
    """The partial inverse of a maximum, over any axes."""
    if "indices" not in options:
        raise PoolingTypeError("pool: option 'indices' is missing; reduce='unpool' needs those of the maximum")
    indices = np.asarray(options["indices"])
    if indices.shape != x.shape:
        raise PoolingValueError(f"pool: indices must have the shape of x, {x.shape}; got {indices.shape}")
    others = {name: value for name, value in options.items() if name not in ("indices", "output_size")}
    layer: Any = layer_with(OPERATIONS["unpool"][len(axes) - 1], window, others, "pool")
    last = range(-len(axes), 0)
    moved, places = np.moveaxis(x, axes, last), np.moveaxis(indices, axes, last)
    lead, spatial = moved.shape[: -len(axes)], moved.shape[-len(axes) :]
    flat = prod(lead), *spatial
    y = layer(moved.reshape(flat), places.reshape(flat), output_size=options.get("output_size"))
    return given_out("pool", np.moveaxis(y.reshape(*lead, *y.shape[1:]), last, axes), x, out)
