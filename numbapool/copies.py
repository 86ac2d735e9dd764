"""Copies of arrays in row-major order, into others and of another dtype: by all threads, where NumPy takes one.

NumPy takes 3 ns a number to turn round axes, and 8 to convert to or from float16.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import bits_of, element_strides, flat, order_in_memory
from .kernels.copying import BASE, BLOCK_COLUMNS, BLOCK_ROWS, COPY_BASE, SHAPE, copying_kernel
from .kernels.half import double_to_half, float_to_half, half_to_double, half_to_float
from .kernels.loads import itself
from .runtime import pieces_for
from .scratch import NO_SCRATCH

__all__ = ["as_computed", "converted", "in_one_piece", "put"]

# Bytes from which NumPy takes longer than two threads do, to copy and to convert, which it does number by number.
_COPIED, _CONVERTED = 1 << 21, 1 << 15
_SIDE = 64  # rows and columns of a block that is turned round
_RUN = 4096  # numbers of a block that is not

_CONVERSIONS: dict[tuple[str, str], Any] = {
    ("float16", "float32"): half_to_float,
    ("float16", "float64"): half_to_double,
    ("float32", "float16"): float_to_half,
    ("float64", "float16"): double_to_half,
}


def in_one_piece(array: NDArray[Any], dtype: Any = None) -> NDArray[Any]:
    """The array in row-major order and of a dtype: itself, if it is so already."""
    dtype = array.dtype if dtype is None else np.dtype(dtype)
    if array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned:
        return array
    return _copied(array, dtype)


def converted(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """The array as another dtype, its axes in memory as they are: itself, if it is of that dtype."""
    if array.dtype == dtype:
        return array
    order = order_in_memory(array)
    return in_one_piece(array.transpose(order), dtype).transpose(np.argsort(order))


def as_computed(array: NDArray[Any]) -> NDArray[Any]:
    """The array in one piece, as float32 or float64, for which alone kernels of gradients are compiled."""
    if array.dtype == np.float16:
        return in_one_piece(array, np.float32)
    return in_one_piece(array, array.dtype if array.dtype in (np.float32, np.float64) else np.float64)


def _copied(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    result = np.empty(array.shape, dtype)
    put(result, array)
    return result


def put(target: NDArray[Any], array: NDArray[Any]) -> None:
    """``target[...] = array``, arrays of one shape that share no memory."""
    load, axes, least = itself, None, _COPIED
    if array.dtype != target.dtype:
        load, least = _CONVERSIONS.get((array.dtype.name, target.dtype.name)), _CONVERTED
    if load is not None and array.nbytes >= least:
        order = order_in_memory(target)
        axes = _as_four(array.transpose(order), target.transpose(order))
    if axes is None:
        target[...] = array
        return
    numbers = np.zeros(BLOCK_COLUMNS + 1, np.int64)
    numbers[SHAPE:BASE] = np.transpose(axes).reshape(-1)
    slow, fast, rows, columns = (extent for extent, _, _ in axes)
    turned = axes[-1][1] != 1
    wide = min(columns, _SIDE if turned else _RUN)
    high = min(rows, _SIDE if turned else max(_RUN // wide, 1))
    numbers[BLOCK_ROWS], numbers[BLOCK_COLUMNS] = high, wide
    units = slow * fast * -(-rows // high) * -(-columns // wide)
    line, numbers[BASE] = flat(array)
    copy, numbers[COPY_BASE] = flat(target)
    name = f"{array.dtype.name}-{target.dtype.name}"
    if load is itself:  # whatever the numbers mean
        name, arguments = "same", (bits_of(line), bits_of(copy), numbers)
    else:
        arguments = _halves(line), _halves(copy), numbers
    copying_kernel(name, load).run(arguments, NO_SCRATCH, units, pieces_for(array.size, units))


def _halves(line: NDArray[Any]) -> NDArray[Any]:
    """float16 as its bits, and others as they are."""
    return bits_of(line) if line.dtype == np.float16 else line


def _as_four(array: NDArray[Any], copy: NDArray[Any]) -> list[tuple[int, int, int]] | None:
    """Extent, step and step of the copy of at most four axes that stand for all of them; None where there are more.

    The last is the last of the copy, and the one before it that along which the source's numbers are closest. Numbers
    of the copy must follow each other along its last axis.
    """
    steps, copy_steps = element_strides(array), element_strides(copy)
    if steps is None or copy_steps is None:
        return None
    axes: list[tuple[int, int, int]] = []
    for extent, *both in zip(reversed(array.shape), reversed(steps), reversed(copy_steps), strict=True):
        if axes and both == [axes[-1][0] * step for step in axes[-1][1:]]:
            axes[-1] = (axes[-1][0] * extent, *axes[-1][1:])
        elif extent > 1:
            axes.append((extent, both[0], both[1]))
    last, *others = axes or [(1, 1, 1)]
    if len(axes) > 4 or last[2] != 1:
        return None
    others.sort(key=lambda axis: -abs(axis[1]))
    return [*[(1, 0, 0)] * (3 - len(others)), *others, last]
