"""Dimensions and coordinates of labelled arrays: where windows lie along them, and what becomes of the coordinates."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from ..errors import PoolingTypeError, PoolingValueError
from ..validation.sizes import normalize_padding, whole_number
from ..windows import Axis, fixed_axis, same_padding
from .extras import required

xr = required("xarray", "xarray")

__all__ = ["Windows", "coarsened", "coords_of", "fitted", "places_of"]

Windows = Mapping[Hashable, int]


def per_dimension(given: Any, dim: Hashable, default: Any) -> Any:
    """What is given for a dimension, by itself or for all."""
    return given.get(dim, default) if isinstance(given, Mapping) else given


def fitted(variable: Any, windows: Windows, boundary: Any, side: Any) -> Any:
    """The variable with a whole number of windows along each dimension."""
    kept, added = {}, {}
    for d, k in windows.items():
        n, how, begin = variable.sizes[d], per_dimension(boundary, d, "exact"), per_dimension(side, d, "left")
        if how not in ("exact", "trim", "pad"):
            raise PoolingValueError(f'pool: boundary must be "exact", "trim" or "pad"; got {how!r} for {d!r}')
        if begin not in ("left", "right"):
            raise PoolingValueError(f'pool: side must be "left" or "right"; got {begin!r} for {d!r}')
        if n < k and how == "trim":
            raise PoolingValueError(
                f"pool: a window of {k} does not fit {n} positions along {d!r}; boundary='trim' would leave nothing, "
                "boundary='pad' adds NaN"
            )
        if n % k and how == "exact":
            raise PoolingValueError(
                f"pool: windows of {k} do not fit {n} positions along {d!r}; boundary='trim' leaves the rest out, "
                "boundary='pad' adds NaN"
            )
        if n % k and how == "trim":
            kept[d] = slice(0, n - n % k) if begin == "left" else slice(n % k, None)
        if n % k and how == "pad":
            added[d] = (0, k - n % k) if begin == "left" else (k - n % k, 0)
    variable = variable.isel(kept) if kept else variable
    if added and variable.dtype == bool:  # or NaN would make objects of it
        variable = variable.astype(np.float64)
    return variable.pad(added, mode="constant") if added else variable


def coarsened(obj: Any, windows: Windows, boundary: Any, side: Any, coord_func: Any, keep: bool) -> dict[Hashable, Any]:
    """Coordinates, as xarray coarsens them."""
    coords = obj.coords.to_dataset()
    here = {d: k for d, k in windows.items() if d in coords.dims}
    for d in windows:  # our errors come first
        fitted(xr.Variable((d,), np.empty(obj.sizes[d], bool)), {d: windows[d]}, boundary, side)
    if not here:
        return dict(coords.coords)
    names = tuple(coords.coords)
    # functions for all are for those of dimensions, as by `coarsen`
    given = coord_func if isinstance(coord_func, Mapping) else dict.fromkeys(obj.dims, coord_func)
    func = {name: given.get(name, "mean") for name in (*obj.dims, *names)}
    try:
        coarse = coords.coarsen(here, boundary=boundary, side=side, coord_func=func).mean(keep_attrs=keep)
    except (TypeError, ValueError, NameError) as error:  # such as NumPy's for coordinates that are names
        raise PoolingTypeError(
            f"pool: coord_func cannot be applied to the coordinates: {error}. Give a function for each by its name, or "
            "leave coordinates out by obj.drop_vars(...)"
        ) from error
    return {name: coarse.coords[name].variable if set(c.dims) & here.keys() else c for name, c in coords.coords.items()}


def places_of(obj: Any, windows: Windows, placed: dict[str, Any]) -> dict[Hashable, tuple[dict[str, Any], Axis]]:
    """For each dimension its part of the options, and where its windows lie."""
    places = {}
    for d, k in windows.items():
        stride = whole_number(per_dimension(placed.get("stride", k), d, k), f"stride of {d!r}", "pool")
        dilation = whole_number(per_dimension(placed.get("dilation", 1), d, 1), f"dilation of {d!r}", "pool")
        if stride < 1 or dilation < 1:
            raise PoolingValueError(f"pool: stride and dilation must be at least 1; got {stride}, {dilation} for {d!r}")
        given = per_dimension(placed.get("padding", 0), d, 0)
        pairs: Any = normalize_padding(given if isinstance(given, (int, str)) else (given,), 1, "pool")
        pair = same_padding(obj.sizes[d], k, stride, dilation) if pairs == "same" else pairs[0]
        axis = fixed_axis(
            obj.sizes[d], k, stride, pair, dilation, bool(placed.get("ceil_mode", False)), caller="pool", axis=repr(d)
        )
        places[d] = {"stride": stride, "padding": pair, "dilation": dilation}, axis
    return places


def coords_of(obj: Any, places: Any, coord_func: Any, keep: bool) -> dict[Hashable, Any]:
    """Coordinates of the positions that lie in each window."""
    coords: dict[Hashable, Any] = {}
    for name, c in obj.coords.items():
        if not set(c.dims) & places.keys():
            coords[name] = c
            continue
        if c.ndim > 1:
            raise PoolingValueError(
                f"pool: coordinate {name!r} has dimensions {c.dims}; with stride, padding, dilation or ceil_mode it "
                f"must have one. Leave it out by obj.drop_vars({name!r})"
            )
        (d,), func = c.dims, per_dimension(coord_func, name, "mean")
        if not callable(getattr(xr.Variable, func, None) if isinstance(func, str) else func):
            raise PoolingTypeError(f'pool: coord_func must be a function or a name such as "mean"; got {func!r}')
        axis, values = places[d][1], c.values
        new: Any = None
        for count in np.unique(axis.count):
            here = axis.count == count
            positions = axis.first[here, None] + np.arange(count) * axis.step
            lines = xr.Variable((d, "_window"), values[positions])
            some = getattr(lines, func)("_window") if isinstance(func, str) else func(lines.data, axis=(1,))
            some = np.asarray(some)
            new = np.empty(axis.outputs, some.dtype) if new is None else new
            new[here] = some
        coords[name] = xr.Variable((d,), new, c.attrs if keep else None)
    return coords
