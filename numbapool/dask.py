"""Pooling of dask arrays: the functions of numbapool by the same names, lazily, whatever the chunks.

Each block of a result reads what its windows need of the chunks, and is equal to the bit to that of the whole array in
memory. Tasks run on one thread each, as the scheduler has several of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import wraps
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import functional, operations
from .errors import PoolingError, PoolingTypeError, PoolingValueError
from .layer_cache import function_layer
from .names import layers_of, understood
from .neighbours.chunks import results_of, tasks_of
from .neighbours.coarsening import max, mean, median, min, sum
from .neighbours.extras import required
from .neighbours.parts import Part, Pooling, centers, is_exact, parts_of
from .operations.global_ import GlobalPool
from .operations.subsample import SubsamplePool
from .pool_axes import Call, named
from .validation.arrays import as_input
from .validation.calls import helpful
from .validation.docstrings import function_name
from .validation.sizes import BORDER_MODES

if TYPE_CHECKING:
    from .functional import *  # noqa: F403  # for type checkers

da = required("dask.array", "dask")
HighLevelGraph = required("dask.highlevelgraph", "dask").HighLevelGraph
tokenize = required("dask.base", "dask").tokenize

__all__ = [*functional.__all__, "max", "mean", "median", "min", "pool", "sum"]


@helpful
def pool(x: Any, window: Any, reduce: Any = "max", *, axes: int | Sequence[int] | None = None, **options: Any) -> Any:
    """Pool a dask array of any rank over up to three of its axes, lazily.

    Parameters
    ----------
    x : dask.array.Array
        Input of known chunks, which may be any.
    window : int or tuple of int
        Size of the window along each of `axes`; None for global operations.
    reduce : str, sequence of str or callable, default "max"
        What is kept of each window, as for `numbapool.pool`, but for random draws, "unpool", "spatial_pyramid",
        "roi_align" and "roi_max".
    axes : int or tuple of int, optional
        The axes to pool; ``axis=`` is the same. Default: the first ones, as many as `window` has sizes, or all for a
        single size.
    **options
        As for `numbapool.pool`, but for ``out``.

    Returns
    -------
    dask.array.Array
        Equal to ``numbapool.pool(x.compute(), ...)``; several, where that gives several.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    Examples
    --------
    >>> import dask.array as da
    >>> from numbapool import dask as nbp_dask
    >>> x = da.ones((1000, 1000), chunks=(300, 250), dtype="float32")
    >>> nbp_dask.pool(x, 2, "mean")
    dask.array<pool, shape=(500, 500), dtype=float32, chunksize=(150, 125), chunktype=numpy.ndarray>
    """
    _check(x, "pool")
    if "out" in options:
        raise PoolingTypeError("pool: out is not for dask arrays; use the result")
    if "axis" in options and axes is None:
        axes = options.pop("axis")
    reduce, options = understood(reduce, options)
    kinds, _ = layers_of(reduce)
    if isinstance(reduce, str):
        _refuse(function_name(kinds[0].__name__), f"pool: reduce={reduce!r}", options)
    if "padding_mode" in options or str(options.get("padding")) in BORDER_MODES:
        raise PoolingValueError(
            'pool: padding must be numbers, pairs, "same" or "valid" for dask arrays, without padding_mode; use '
            "dask.array.pad first"
        )
    call = Call(x.shape, window, reduce, axes, options)
    if len(call.axes) > 3:
        raise PoolingValueError(
            f"pool: axes must be at most three for dask arrays; got {call.axes}. Pool them in turns"
        )
    layer = call.layer()
    try:
        return _pooled(layer, x, call.axes, "pool")
    except PoolingError as error:
        raise named(error, call.axes) from None


def _check(x: Any, caller: str) -> None:
    """Refuse what is no dask array, and what numbapool does not take in memory."""
    if not isinstance(x, da.Array):
        raise PoolingTypeError(
            f"{caller}: x must be a dask array; got {type(x).__name__}. Use numbapool.{caller} for it, or "
            "dask.array.from_array(x)"
        )
    as_input(da.utils.meta_from_array(x), caller, "x")
    if any(n != n for n in x.shape):
        raise PoolingValueError(
            f"{caller}: x must have known chunks; got shape {x.shape}. Call x.compute_chunk_sizes()"
        )


_DRAWS = "draws would depend on the chunks"
_WHOLE = "it needs whole planes"
_REFUSED = {
    "random": _DRAWS,
    "fractional": _DRAWS,
    "stochastic": _DRAWS,
    "spatial": _WHOLE,
    "max_unpool": _WHOLE,
    "roi": _WHOLE,
}


def _refuse(name: str, caller: str, options: dict[str, Any]) -> None:
    """Refuse a function for which chunks would make a difference."""
    reason = "it needs whole planes" if name.endswith("_backward") else None
    reason = reason or next((why for begin, why in _REFUSED.items() if name.startswith(begin)), None)
    if reason and not (name.startswith("stochastic") and options.get("training", True) is False):
        raise PoolingTypeError(
            f"{caller} is not for dask arrays: {reason}. Rechunk so that each chunk has whole planes, and call "
            "numbapool's function by dask.array.map_blocks, or pass x.compute() to it"
        )


def _pooled(layer: Any, x: Any, axes: tuple[int, ...], caller: str) -> Any:
    """What a layer makes of some axes of a dask array: one array, or a tuple."""
    layer = getattr(layer, "_half", layer) if getattr(layer, "method", "") == "linear" else layer
    pooling = Pooling(layer, axes, tuple(x.shape))
    windows = layer.axes(pooling.spatial)
    dtypes = _dtypes(layer, x.dtype.newbyteorder("="), windows)
    exact = is_exact(layer)
    x = x.rechunk(_chunks_for(pooling, windows, x, exact))
    along: list[list[Part]] = []
    for axis, a in zip(windows, axes, strict=True):
        owner = np.searchsorted(np.cumsum(x.chunks[a]), centers(axis), side="right")
        counts = np.bincount(owner)
        along.append(parts_of(axis, [int(n) for n in np.cumsum(counts[counts > 0])] or [0], exact))
    chunks = list(x.chunks)
    for a, parts in zip(axes, along, strict=True):
        chunks[a] = tuple(p.wanted[1] - p.wanted[0] for p in parts)
    name = f"{caller}-{tokenize(x.name, x.chunks, type(layer).__name__, _values(layer), axes)}"
    tasks = tasks_of(name, caller, pooling, x.name, x.chunks, along)
    graph = HighLevelGraph.from_collections(name, tasks, dependencies=[x])
    metas = [np.empty((0,) * x.ndim, dtype) for dtype in dtypes]
    if len(metas) == 1:
        return da.Array(graph, name, tuple(chunks), meta=metas[0])
    results = []
    for number, meta in enumerate(metas):
        own = f"{name}-{number}"
        layers = {**graph.layers, own: results_of(own, name, number, [len(c) for c in chunks])}
        both = HighLevelGraph(layers, {**graph.dependencies, own: {name}})
        results.append(da.Array(both, own, tuple(chunks), meta=meta))
    return tuple(results)


def _values(layer: Any) -> list[Any]:
    return [getattr(layer, field.name) for field in fields(layer)]


def _dtypes(layer: Any, dtype: np.dtype[Any], windows: Any) -> list[np.dtype[Any]]:
    """Dtypes of the results of a layer."""
    if hasattr(layer, "layers"):
        return [_dtypes(each, dtype, windows)[0] for each in layer.layers]
    indices = [np.dtype(np.int64)] if getattr(layer, "return_indices", False) else []
    if isinstance(layer, SubsamplePool):
        return [dtype, *indices]
    return [layer.reduction(dtype, windows, indexed=bool(indices)).dtype, *indices]


def _chunks_for(pooling: Pooling, windows: Any, x: Any, exact: bool) -> dict[int, Any]:
    """New chunks for axes where windows are longer than the chunks, or where a block needs the whole axis."""
    chunks: dict[int, Any] = {}
    for axis, a in zip(windows, pooling.axes, strict=True):
        longest = np.max(x.chunks[a])
        if not axis.kernel_size or (pooling.has_small_planes and not exact):
            chunks[a] = -1
        elif axis.reach + 1 > longest and axis.outputs > 1:
            chunks[a] = -(-(axis.reach + 1) // axis.stride) * axis.stride
    return chunks


def _function(name: str, kind: Any) -> Any:
    """The function of a layer, for dask arrays."""
    original = getattr(functional, name)
    signature = inspect.signature(original)

    @wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        options = given.arguments
        _refuse(name, name, options)
        x = options["x"]
        _check(x, name)
        if options.get("out") is not None:
            raise PoolingTypeError(f"{name}: out is not for dask arrays; use the result")
        layer: Any = function_layer(kind, *(options.get(field.name) for field in fields(kind)))
        layer.output_shape(x.shape)  # refuses other numbers of axes
        if isinstance(layer, GlobalPool):
            return _over_whole_planes(layer, x, name)
        behind = x.ndim - (layer.data_format == "channels_last")
        joined = getattr(layer, "as_tuple", None) is False  # several results, side by side along the channels
        apart = replace(layer, as_tuple=True) if joined else layer
        results = _pooled(apart, x, tuple(range(behind - layer.rank, behind)), name)
        if not joined:
            return results
        dtype = np.result_type(*(y.dtype for y in results))
        return da.concatenate([y.astype(dtype) for y in results], axis=-1 if behind < x.ndim else -layer.rank - 1)

    if call.__doc__:
        call.__doc__ = f"{call.__doc__.rstrip()}\n\n    Here of a dask array, and lazily."
    return helpful(call, name)


def _over_whole_planes(layer: Any, x: Any, caller: str) -> Any:
    """Global pooling: chunks hold whole planes, of which one axis is made."""
    lead, spatial, shape = layer._shapes(x.shape)
    first = 1 if layer.data_format == "channels_last" else 2
    x = x.rechunk({first + i: -1 for i in range(len(spatial))})
    size = prod(spatial)
    results = _pooled(layer._over(size), x.reshape(layer._around(lead, size)), (first,), caller)
    return tuple(y.reshape(shape) for y in results) if isinstance(results, tuple) else results.reshape(shape)


def _backward(name: str) -> Any:
    @wraps(getattr(functional, name))
    def call(*args: Any, **kwargs: Any) -> Any:
        _refuse(name, name, {})

    return call


if not TYPE_CHECKING:
    _KINDS = {function_name(kind): getattr(operations, kind) for kind in operations.__all__}
    for _name in functional.__all__:
        globals()[_name] = _function(_name, _KINDS[_name]) if _name in _KINDS else _backward(_name)
