"""Numbers of several planes side by side, and back: blocks of four planes and four positions, turned in registers."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..jit import apart, scalar
from ..lowering import data_of, itemsize_of
from .prefetch import fetch

__all__ = ["to_lanes", "to_planes"]

_SIDE = 4  # planes and positions of a block


def _turned(builder: Any, rows: list[Any]) -> list[Any]:
    """Columns of a square of vectors as rows: perfect shuffles of the whole, each of interleaved pairs."""
    half, number = _SIDE // 2, ir.IntType(32)
    for _ in range(_SIDE.bit_length() - 1):
        shuffled = []
        for first, second in zip(rows[:half], rows[half:], strict=True):
            for part in (0, half):
                order = [part + i // 2 + i % 2 * _SIDE for i in range(_SIDE)]
                mask = ir.Constant(ir.VectorType(number, _SIDE), order)
                shuffled.append(builder.shuffle_vector(first, second, mask))
        rows = shuffled
    return rows


def _rows(context: Any, builder: Any, kind: Any, line: Any, places: list[Any]) -> tuple[list[Any], int]:
    """Pointers to `_SIDE` numbers each, at places in a line; and how they are aligned."""
    data = data_of(context, builder, kind, line)
    vector = ir.VectorType(context.get_data_type(kind.dtype), _SIDE).as_pointer()
    pointers = [builder.bitcast(builder.gep(data, [place]), vector) for place in places]
    return pointers, itemsize_of(kind)


def _block(backwards: bool) -> Any:
    """Code for one block: of four planes that begin at ``a``, ``b``, ``c``, ``d`` to a tile, or ``backwards``."""

    def block(
        typingctx: Any, planes: Any, a: Any, b: Any, c: Any, d: Any, offset: Any, tile: Any, at: Any, apart: Any
    ) -> tuple[Any, Any]:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            planes, *bases, offset, tile, at, apart = args
            in_planes = [builder.add(base, offset) for base in bases]
            in_tile = [builder.add(at, builder.mul(apart, apart.type(i))) for i in range(_SIDE)]
            planes, align = _rows(context, builder, signature.args[0], planes, in_planes)
            tile, _ = _rows(context, builder, signature.args[6], tile, in_tile)
            sources, targets = (tile, planes) if backwards else (planes, tile)
            squared = _turned(builder, [builder.load(s, align=align) for s in sources])
            for row, target in zip(squared, targets, strict=True):
                builder.store(row, target, align=align)
            return context.get_dummy_value()

        return types.void(planes, *[types.intp] * 5, tile, types.intp, types.intp), codegen

    return block


_block_to_lanes: Any = intrinsic(_block(backwards=False))
_block_to_planes: Any = intrinsic(_block(backwards=True))


@apart
@scalar
def to_lanes(tile, x, bases, lane, offset, size, lanes, ahead, fetched):
    """Rows of ``size`` numbers of the four planes from ``lane`` on, as lanes of a tile of so many ``lanes``.

    With each block as much of what lies ``ahead`` in memory is ``fetched``, one number after the other: processors
    foresee one stream of reads, but not four so close to each other.
    """
    a, b, c, d = bases[lane], bases[lane + 1], bases[lane + 2], bases[lane + 3]
    whole = size - size % 4
    for i in range(0, whole, 4):
        if fetched:
            fetch(x, a + offset + ahead + 4 * i, 16)
        _block_to_lanes(x, a, b, c, d, offset + i, tile, i * lanes + lane, lanes)
    for i in range(whole, size):
        for k in range(lane, lane + 4):
            tile[np.uint64(i * lanes + k)] = x[np.uint64(bases[k] + offset + i)]


@apart
@scalar
def to_planes(y, tile, bases, lane, offset, size, lanes):
    """The way back."""
    a, b, c, d = bases[lane], bases[lane + 1], bases[lane + 2], bases[lane + 3]
    whole = size - size % 4
    for i in range(0, whole, 4):
        _block_to_planes(y, a, b, c, d, offset + i, tile, i * lanes + lane, lanes)
    for i in range(whole, size):
        for k in range(lane, lane + 4):
            y[np.uint64(bases[k] + offset + i)] = tile[np.uint64(i * lanes + k)]
