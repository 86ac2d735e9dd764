"""Pieces of lines for the inner loops: what indexing and slicing do, without their tests.

Numba writes out a dozen tests for each slice and takes 10 ms to compile them; kernels have some fifty slices.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..lowering import array_of, data_of, itemsize_of, length_of

__all__ = ["below", "nth", "part", "rest", "taken_as"]

_WORD = ir.IntType(64)


def _part(typingctx: Any, line: Any, begin: Any, size: Any) -> Any:
    """``line[begin : begin + size]``."""
    kind = types.Array(line.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given, begin, size = args
        data = builder.gep(data_of(context, builder, line, given), [begin], inbounds=True)
        return array_of(context, builder, kind, data, [size])

    return kind(line, types.intp, types.intp), codegen


def _rest(typingctx: Any, line: Any, begin: Any) -> Any:
    """``line[begin:]``."""
    kind = types.Array(line.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given, begin = args
        size = builder.sub(length_of(context, builder, line, given, 0), begin)
        data = builder.gep(data_of(context, builder, line, given), [begin], inbounds=True)
        return array_of(context, builder, kind, data, [size])

    return kind(line, types.intp), codegen


def _nth(typingctx: Any, lines: Any, number: Any) -> Any:
    """``lines[number]``."""
    kind = types.Array(lines.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given, number = args
        length = length_of(context, builder, lines, given, 1)
        data = builder.gep(data_of(context, builder, lines, given), [builder.mul(number, length)], inbounds=True)
        return array_of(context, builder, kind, data, [length])

    return kind(lines, types.intp), codegen


def _below(typingctx: Any, lines: Any, number: Any) -> Any:
    """``lines[number:]``."""
    kind = types.Array(lines.dtype, 2, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given, number = args
        count, length = (length_of(context, builder, lines, given, axis) for axis in range(2))
        data = builder.gep(data_of(context, builder, lines, given), [builder.mul(number, length)], inbounds=True)
        return array_of(context, builder, kind, data, [builder.sub(count, number), length])

    return kind(lines, types.intp), codegen


def _taken_as(typingctx: Any, line: Any, like: Any) -> Any:
    """The memory of ``line`` as numbers of a dtype, or of that of the line ``like``."""
    kind = types.Array(like.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = args[0]
        bytes_there = builder.mul(length_of(context, builder, line, given, 0), _WORD(itemsize_of(line)))
        size = builder.udiv(bytes_there, _WORD(itemsize_of(kind)))
        data = builder.bitcast(data_of(context, builder, line, given), context.get_data_type(kind.dtype).as_pointer())
        return array_of(context, builder, kind, data, [size])

    return kind(line, like), codegen


below: Any = intrinsic(_below)
taken_as: Any = intrinsic(_taken_as)
part: Any = intrinsic(_part)
rest: Any = intrinsic(_rest)
nth: Any = intrinsic(_nth)
