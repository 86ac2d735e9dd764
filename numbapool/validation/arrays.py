"""What comes in and goes out: accepted arrays, their order in memory, ``out=``, and flat views for the kernels."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import PoolingTypeError, PoolingValueError

__all__ = [
    "Layout",
    "as_input",
    "as_rows",
    "check_out",
    "element_strides",
    "find_layout",
    "flat",
    "lie_alike",
    "strides_in_order",
]

# The spatial axes in the place of depth, height and width.
Slots = tuple[int | None, int | None, int | None]

_KINDS = "float16, float32, float64, signed and unsigned integers and bool"


def as_input(x: Any, caller: str, name: str = "input") -> NDArray[Any]:
    """``x`` as a plain array of native byte order and a dtype that pooling knows, or an error."""
    if _is_masked(x):
        raise PoolingTypeError(
            f"{caller}: {name} is a masked array, whose mask would be lost; fill it first (x.filled(value))"
        )
    if isinstance(x, (str, PathLike)):
        raise PoolingTypeError(f"{caller}: {name} must be an array; got {x!r}; read the file first, say by imageio")
    if not isinstance(x, (np.ndarray, np.generic)):
        _refuse_labelled(x, caller, name)
    try:
        array = np.asarray(x)
    except (TypeError, ValueError) as error:
        raise PoolingValueError(f"{caller}: {name} must be an array; got {type(x).__name__}: {error}") from error
    dtype = array.dtype
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise PoolingTypeError(f"{caller}: {name} has dtype {dtype}; allowed are {_KINDS}")
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))


def as_indices(indices: Any, caller: str) -> NDArray[Any]:
    """``indices`` as an array of integers, or an error."""
    try:
        array = np.asarray(indices)
    except (TypeError, ValueError) as error:
        raise PoolingValueError(f"{caller}: indices must be an array; got {type(indices).__name__}: {error}") from error
    if array.dtype.kind not in "iu":
        raise PoolingTypeError(f"{caller}: indices must be integers; got dtype {array.dtype}")
    return array


# What arrays of other libraries would lose, and the way out.
_FOREIGN = {
    "xarray": ("its coordinates and attributes would be lost", "it to numbapool.xarray.pool, or x.values"),
    "dask": ("it would be computed as a whole", "it to the function of this name in numbapool.dask, or x.compute()"),
    "pandas": ("its labels would be lost", "x.to_numpy()"),
    "polars": ("its names would be lost", "x.to_numpy()"),
    "torch": ("the result would not be a tensor", "x.detach().numpy(), and torch.from_numpy(result) goes back"),
    "tensorflow": ("the result would not be a tensor", "x.numpy()"),
    "cupy": ("it is on another device", "x.get()"),
}


def _refuse_labelled(x: Any, caller: str, name: str) -> None:
    """Refuse arrays of other libraries, which would come back as plain ones; images, lists and buffers are fine."""
    kind = type(x)
    origin = kind.__module__.partition(".")[0]
    if origin not in _FOREIGN and not hasattr(x, "__array_namespace__") and not hasattr(x, "__dlpack__"):
        return
    way_out = "numpy.asarray(x) or numpy.from_dlpack(x)"
    loses, write = _FOREIGN.get(origin, ("the result would be a NumPy array", way_out))
    raise PoolingTypeError(f"{caller}: {name} is a {origin} {kind.__name__}: {loses}; pass {write}")


def _is_masked(array: Any) -> bool:
    """Whether it is a masked array; where there are any, NumPy's module for them is loaded, which takes 20 ms."""
    return "numpy.ma" in sys.modules and isinstance(array, np.ma.MaskedArray)


def check_out(
    out: Any, shape: tuple[int, ...], dtype: np.dtype[Any], x: NDArray[Any], caller: str, name: str = "out"
) -> None:
    """Refuse an output array that the result does not fit, or that would be written while it is read."""
    if not isinstance(out, np.ndarray) or _is_masked(out):
        raise PoolingTypeError(f"{caller}: {name} must be a NumPy array; got {type(out).__name__}")
    if out.shape != shape:
        raise PoolingValueError(f"{caller}: {name} must have shape {shape}; got {out.shape}")
    if out.dtype != dtype or not out.dtype.isnative:
        raise PoolingTypeError(f"{caller}: {name} must have dtype {dtype}; got {out.dtype}")
    if not out.flags.writeable:
        raise PoolingValueError(f"{caller}: {name} must be writable; got a read-only array")
    if out.size and any(s == 0 and n > 1 for s, n in zip(out.strides, out.shape, strict=True)):
        raise PoolingValueError(f"{caller}: {name} must have an element for each result; got a broadcast view")
    if _overlap(x, out):
        raise PoolingValueError(f"{caller}: {name} must not overlap the input in memory")


def _overlap(a: NDArray[Any], b: NDArray[Any]) -> bool:
    try:
        return bool(np.shares_memory(a, b, max_work=cast("Any", 10_000)))
    except Exception:  # too hard to tell: the bounds overlap
        return True


@dataclass(frozen=True)
class Layout:
    """How the axes of an array fall to a kernel's ``(outer, depth, height, width, inner)``.

    ``slots`` names the spatial axis in the place of depth, height and width (None: a place of size 1); ``inner`` are
    the axes behind the width, ``outer`` the two groups of remaining axes, slowest first. ``line`` says that the inner
    axes are themselves the width, which then is not pooled. ``order`` lists all axes from slowest to fastest.
    """

    slots: Slots
    inner: tuple[int, ...]
    outer: tuple[tuple[int, ...], tuple[int, ...]]
    order: tuple[int, ...]
    line: bool = False


def _last_three(axes: Iterable[int | None]) -> Slots:
    """The last three axes; places of size 1 come before fewer."""
    depth, height, width = (None, None, None, *axes)[-3:]
    return depth, height, width


def find_layout(
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    rank: int,
    *,
    ordered: bool,
    grows: bool = False,
    line_from: int,
    out_strides: tuple[int, ...] | None = None,
) -> Layout | None:
    """Layout of an array whose last ``rank`` axes are spatial, or None if the kernels need a contiguous copy.

    Strides count elements; ``out_strides`` are those of a given ``out``. With ``ordered`` the memory order of the
    spatial axes must be that of the array, as for row-major indices. With ``grows`` the result is a gradient, which may
    be larger than the array: the strides of spatial axes of size 1 then tell where these lie in memory. Inner axes of
    ``line_from`` elements or more become a width that is not pooled (`Layout.line`) instead of channels of a pixel.
    """
    ndim = len(shape)
    spatial = range(ndim - rank, ndim)

    def slowness(axis: int) -> tuple[bool, int]:
        return (shape[axis] > 1 and strides[axis] != 0, -abs(strides[axis]))

    if 0 in shape:
        return Layout(_last_three(spatial), (), ((), ()), tuple(range(ndim)))
    by_speed = sorted((a for a in range(ndim) if shape[a] > 1), key=slowness)
    rest = list(by_speed)
    inner: list[int] = []
    run = 1
    grown = grows and all(shape[a] == 1 for a in spatial)
    while rest and rest[-1] not in spatial and strides[rest[-1]] == run and not (grown and strides[-1] == run):
        run *= shape[rest[-1]]
        inner.insert(0, rest.pop())
    moving = [a for a in rest if a in spatial]
    if ordered and moving != sorted(moving):
        return None
    line = not ordered and run >= line_from and rank < 3
    if rest and not line and not grown and (rest[-1] not in spatial or strides[rest[-1]] != run):
        return None
    both = (strides,) if out_strides is None else (strides, out_strides)
    outer = _two_groups([a for a in rest if a not in spatial], shape, both)
    if outer is None:
        return None
    order = _with_ones(by_speed, len(rest), spatial)
    places = tuple(a for a in order if a in spatial)
    return Layout(_last_three((*places, None) if line else places), tuple(inner), outer, order, line)


def _with_ones(by_speed: list[int], inner_from: int, spatial: range) -> tuple[int, ...]:
    """All axes in order of memory, those of size 1 among the others: results may be larger there."""
    order = by_speed[:inner_from]
    for axis in spatial:
        if axis not in order:
            moving = [i for i, a in enumerate(order) if a in spatial]
            later = [i for i in moving if order[i] > axis]
            order.insert(later[0] if later else moving[-1] + 1 if moving else len(order), axis)
    order += by_speed[inner_from:]
    ones = [a for a in range(spatial.start) if a not in order]
    return (*ones, *order)


def _two_groups(
    axes: list[int], shape: tuple[int, ...], strides: tuple[tuple[int, ...], ...]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """At most two groups of axes, each of which runs evenly through memory, in each of several arrays."""
    groups: list[list[int]] = [[], []]
    for axis in axes:
        if groups[-1] and all(s[groups[-1][-1]] == s[axis] * shape[axis] for s in strides):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    if len(groups) > 4:
        return None
    return tuple(groups[-2]), tuple(groups[-1])


def as_rows(array: NDArray[Any], dtype: Any = None) -> NDArray[Any]:
    """The array in row-major order and of a dtype: itself, if it is so already."""
    dtype = array.dtype if dtype is None else np.dtype(dtype)
    if array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned:
        return array
    return np.array(array, dtype, order="C")


def element_strides(array: NDArray[Any]) -> tuple[int, ...] | None:
    """Strides in elements, or None where elements do not lie at whole distances."""
    if array.size == 0:  # NumPy's strides mean nothing there
        return (0,) * array.ndim
    size = array.itemsize
    if not array.flags.aligned or any(s % size for n, s in zip(array.shape, array.strides, strict=True) if n > 1):
        return None
    return tuple(s // size for s in array.strides)


def lie_alike(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Whether two arrays of one shape lie in memory alike, and kernels can write to both.

    Strides of axes of size 1 may be anything, as those of ``x[:, None]``.
    """
    steps = zip(a.shape, a.strides, b.strides, strict=True)
    return a.flags.aligned and b.flags.aligned and all(n == 1 or one == other for n, one, other in steps)


class _Memory:
    """Memory described to NumPy by address; keeps its owner alive."""

    def __init__(self, interface: dict[str, Any], owner: Any) -> None:
        self.__array_interface__ = interface
        self.owner = owner


def _line_at(address: int, length: int, dtype: np.dtype[Any], owner: Any) -> NDArray[Any]:
    """A writable flat array of ``length`` elements at ``address``, even if ``owner`` is read-only."""
    interface = {"shape": (length,), "typestr": dtype.str, "data": (address, False), "version": 3}
    return np.asarray(_Memory(interface, owner))


def strides_in_order(shape: tuple[int, ...], order: tuple[int, ...]) -> tuple[int, ...]:
    """Strides, in elements, of an array without gaps whose axes lie in this order, from slowest to fastest."""
    strides = [0] * len(shape)
    step = 1
    for axis in reversed(order):
        strides[axis] = step
        step *= shape[axis]
    return tuple(strides)


def flat(array: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """All memory from the first to the last element of ``array`` as one line, and the place of element 0 in it.

    The line is never marked read-only, so that kernels are not compiled twice; they do not write to their input.
    """
    if array.flags.carray:
        return array.reshape(-1), 0
    if array.size == 0:
        return np.empty(0, array.dtype), 0
    spans = [(n - 1) * s // array.itemsize for n, s in zip(array.shape, array.strides, strict=True)]
    below = -sum(s for s in spans if s < 0)
    length = sum(abs(s) for s in spans) + 1
    address = array.__array_interface__["data"][0] - below * array.itemsize
    return _line_at(address, length, array.dtype, array), below
