"""Pooling of xarray's objects, by the names of dimensions, with coordinates and attributes.

Importing this module gives `xarray.DataArray` and `xarray.Dataset` an accessor, ``pool``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from .errors import PoolingError, PoolingTypeError, PoolingValueError
from .names import understood
from .neighbours.extras import required
from .neighbours.labels import Windows, coarsened, coords_of, fitted, places_of
from .pool import pool as pool_array
from .validation.calls import helpful
from .validation.sizes import whole_number

xr = required("xarray", "xarray")

__all__ = ["Pooling", "pool"]

T = TypeVar("T")
CoordFunc = str | Callable[..., Any] | Mapping[Hashable, str | Callable[..., Any]]
ForEach = str | Mapping[Hashable, str]

_PLACED = ("stride", "padding", "dilation", "ceil_mode")  # options that say where windows lie
# The other options of operations on windows of a fixed size.
_OPTIONS = (
    *("count_include_pad", "divisor_override", "dtype", "min_count", "nan_policy", "norm_type", "p", "eps", "alpha"),
    *("q", "method", "ignore", "position", "sharpness", "padding_value"),
)
_REFUSED = ("adaptive", "global", "fractional", "unpool", "spatial", "roi", "random", "stochastic", "multi")
_SKIPPING = ("max", "min", "mean", "sum", "median", "quantile")  # what can leave NaN out


@helpful
def pool(
    obj: T,
    window: Windows | None = None,
    reduce: str | Sequence[str] | Callable[..., Any] = "max",
    *,
    boundary: ForEach = "exact",
    side: ForEach = "left",
    coord_func: CoordFunc = "mean",
    skipna: bool | None = None,
    keep_attrs: bool | None = None,
    **more: Any,
) -> T:
    """Pool a DataArray, or each variable of a Dataset, over some of its dimensions.

    Parameters
    ----------
    obj : DataArray or Dataset
        Input; variables that have none of the dimensions are kept as they are. Those in chunks of dask stay lazy.
    window : mapping of dimension to int, optional
        Size of the window along each dimension; also as keywords, where names of dimensions are none of options.
    reduce : str, sequence of str or callable, default "max"
        What is kept of each window, as for `numbapool.pool`. "median" is that of NumPy, the mean of the two values in
        the middle.
    boundary : {"exact", "trim", "pad"} or mapping, default "exact"
        What is done where windows do not fit: an error, positions left out, or NaN added, as by ``coarsen``.
    side : {"left", "right"} or mapping, default "left"
        Where windows begin; the other side is trimmed or padded.
    coord_func : str, callable or mapping of coordinate to these, default "mean"
        What is kept of the coordinates of a window, as by ``coarsen``.
    skipna : bool, optional
        Whether NaN is left out; by default it is, as by ``coarsen``, where `reduce` can.
    keep_attrs : bool, optional
        Whether attributes are kept; by default as xarray's own option of this name says, else yes.
    **more
        Windows by dimension, and options of `numbapool.pool`. With ``stride``, ``padding``, ``dilation`` or
        ``ceil_mode``, numbers or mappings by dimension, `boundary` and `side` have no say, and coordinates, which may
        then have one dimension only, are those of the positions in each window.

    Returns
    -------
    DataArray or Dataset
        A tuple of them, where `reduce` gives several results.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from numbapool import xarray as nbp_xarray
    >>> da = xr.DataArray(np.arange(8.0).reshape(2, 4), dims=("y", "x"), coords={"x": [0, 1, 2, 3]})
    >>> nbp_xarray.pool(da, {"x": 2}, "max").values.tolist()
    [[1.0, 3.0], [5.0, 7.0]]
    >>> da.pool(x=2, y=2, reduce="mean").x.values.tolist()
    [0.5, 2.5]
    """
    if not isinstance(obj, (xr.DataArray, xr.Dataset)):
        raise PoolingTypeError(
            f"pool: obj must be a DataArray or a Dataset; got {type(obj).__name__}. Use numbapool.pool for arrays"
        )
    if isinstance(reduce, (tuple, list)):
        same = {
            "boundary": boundary,
            "side": side,
            "coord_func": coord_func,
            "skipna": skipna,
            "keep_attrs": keep_attrs,
        }
        return tuple(pool(obj, window, each, **same, **more) for each in reduce)  # type: ignore[return-value,arg-type]
    windows, options = _windows(obj, window, more)
    placed = {name: options.pop(name) for name in _PLACED if name in options}
    name, options = _operation(reduce, skipna, options)
    keep = keep_attrs if keep_attrs is not None else xr.get_options()["keep_attrs"] in (True, "default")
    if placed:
        places = places_of(obj, windows, placed)
        coords = coords_of(obj, places, coord_func, keep)
    else:
        places = {}
        coords = coarsened(obj, windows, boundary, side, coord_func, keep)

    def pooled(which: Any, variable: Any) -> Any:
        """A variable, pooled over those of the dimensions that it has."""
        here = {d: windows[d] for d in variable.dims if d in windows}
        attrs = variable.attrs if keep else None
        if not here:
            return xr.Variable(variable.dims, variable.data, attrs)
        where: dict[str, Any] = {}
        if places:
            where = {name: tuple(places[d][0][name] for d in here) for name in ("stride", "padding", "dilation")}
            where["ceil_mode"] = placed.get("ceil_mode", False)
        else:
            variable = fitted(variable, here, boundary, side)
        try:
            return xr.Variable(variable.dims, _pooled(variable, here, name, {**where, **options}, skipna), attrs)
        except PoolingError as error:
            told = f"variable {which!r}: " if which is not None else ""
            message = str(error).removeprefix("pool: ").removesuffix("; axes= chooses the axes to pool")
            message = re.sub(r"on axis (\d+)", lambda m: f"along {variable.dims[int(m[1])]!r}", message)
            raise type(error)(f"pool: {told}{message}") from None

    if isinstance(obj, xr.DataArray):
        result = pooled(obj.name, obj.variable)
        own = {obj.name: result} if obj.name in obj.coords else {}
        return xr.DataArray(result, coords={**coords, **own}, name=obj.name)  # type: ignore[no-any-return]
    each = {which: pooled(which, array.variable) for which, array in obj.data_vars.items()}
    return xr.Dataset(each, coords=coords, attrs=obj.attrs if keep else None)  # type: ignore[no-any-return]


def _windows(obj: Any, window: Any, more: dict[str, Any]) -> tuple[dict[Hashable, int], dict[str, Any]]:
    """Windows by dimension, and the options."""
    if window is not None and not isinstance(window, Mapping):
        raise PoolingTypeError(
            f"pool: window must be a mapping of dimensions to sizes, such as {{'x': 2}}; got {window!r}"
        )
    dims, kind = tuple(obj.dims), type(obj).__name__
    for name in more.keys() & (window or {}).keys() & set(dims):
        if name not in (*_PLACED, *_OPTIONS):
            raise PoolingTypeError(f"pool: the window of {name!r} is given twice, in window and by its name")
    named: dict[Hashable, Any] = {n: v for n, v in more.items() if n in dims and n not in (window or {})}
    options = {n: v for n, v in more.items() if n not in named}
    sizes: dict[Hashable, Any] = {**(window or {}), **named}
    for dim in sizes:
        if dim not in dims:
            raise PoolingValueError(f"pool: {dim!r} is no dimension of the {kind}, which has {dims}")
    for option in options:
        if option not in (*_PLACED, *_OPTIONS):
            raise PoolingTypeError(
                f"pool: {option!r} is neither a dimension of the {kind}, which has {dims}, nor an option, which are "
                f"{', '.join((*_PLACED, *_OPTIONS))}"
            )
    if not sizes:
        raise PoolingValueError(f"pool: window must name a dimension of the {kind}, which has {dims}")
    whole = {d: whole_number(n, f"window of {d!r}", "pool") for d, n in sizes.items()}
    for d, n in whole.items():
        if n < 1:
            raise PoolingValueError(f"pool: window of {d!r} must be at least 1; got {n}")
    return whole, options


def _operation(reduce: Any, skipna: bool | None, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The operation and its options, with medians as NumPy has them."""
    name, options = understood(reduce, options)
    if isinstance(name, str) and name.startswith(_REFUSED):
        raise PoolingValueError(f"pool: reduce={name!r} is not for labelled arrays; pool obj.values by numbapool.pool")
    if name == "median" and "method" not in options:
        options = {"method": "linear", **options}
    skips = isinstance(name, str) and name in _SKIPPING
    if skipna and not skips:
        raise PoolingTypeError(f"pool: skipna=True is for {', '.join(_SKIPPING)}; got reduce={reduce!r}")
    return name, options


def _pooled(variable: Any, windows: Windows, name: Any, options: dict[str, Any], skipna: bool | None) -> Any:
    """The data of a variable, pooled."""
    data, whole = variable.data, variable.dtype.kind in "iub"
    if whole and name == "mean":
        options = {"dtype": np.float64, **options}
    if whole and name == "median" and options["method"] == "linear":  # in float64, as by NumPy
        data = data.astype(np.float64)
    if skipna is not False and name in _SKIPPING:
        options = {"nan_policy": "omit", **options}
    axes = tuple(variable.dims.index(d) for d in windows)
    if variable.chunks is None:
        return pool_array(data, tuple(windows.values()), name, axes=axes, **options)
    from .dask import pool as pool_lazily

    return pool_lazily(data, tuple(windows.values()), name, axes=axes, **options)


@xr.register_dataset_accessor("pool")
@xr.register_dataarray_accessor("pool")
class Pooling:
    """The accessor ``.pool`` of DataArrays and Datasets: `pool`, and the most usual reductions by their names.

    Parameters
    ----------
    obj : DataArray or Dataset
        What is pooled.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import numbapool.xarray
    >>> da = xr.DataArray(np.arange(8.0).reshape(2, 4), dims=("y", "x"))
    >>> da.pool.max(x=2, y=2).values.tolist()
    [[5.0, 7.0]]
    >>> da.pool({"x": 2}, "sum").values.tolist()
    [[1.0, 5.0], [9.0, 13.0]]
    """

    def __init__(self, obj: Any) -> None:
        self._obj = obj

    def __call__(self, window: Windows | None = None, reduce: Any = "max", **more: Any) -> Any:
        """As `pool` of this object."""
        return pool(self._obj, window, reduce, **more)

    def max(self, window: Windows | None = None, **more: Any) -> Any:
        """Largest value of each window."""
        return pool(self._obj, window, "max", **more)

    def min(self, window: Windows | None = None, **more: Any) -> Any:
        """Smallest value of each window."""
        return pool(self._obj, window, "min", **more)

    def mean(self, window: Windows | None = None, **more: Any) -> Any:
        """Mean of each window."""
        return pool(self._obj, window, "mean", **more)

    def sum(self, window: Windows | None = None, **more: Any) -> Any:
        """Sum of each window."""
        return pool(self._obj, window, "sum", **more)

    def median(self, window: Windows | None = None, **more: Any) -> Any:
        """Median of each window."""
        return pool(self._obj, window, "median", **more)
