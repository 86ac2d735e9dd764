"""Pieces of lines for the inner loops: what indexing and slicing do, without their tests.

Numba writes out a dozen tests for each slice and takes 10 ms to compile them; kernels have some fifty slices.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..lowering import array_of, data_of, itemsize_of, length_of, place_of

__all__ = ["as_one", "below", "lines_as", "nth", "part", "rest", "taken_as"]

_WORD = ir.IntType(64)


def _piece(lines: Any, ndim: int, find: Any) -> tuple[Any, Any]:
    """Type and code of a view; ``find(builder, length, *numbers)`` gives its first number's place, and its shape.

    ``length(axis)`` is that of ``lines``.
    """
    kind = types.Array(lines.dtype, ndim, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given, *numbers = args
        begin, shape = find(builder, lambda axis: length_of(context, builder, lines, given, axis), *numbers)
        return array_of(context, builder, kind, place_of(context, builder, lines, given, begin), shape)

    return kind, codegen


def _part(typingctx: Any, line: Any, begin: Any, size: Any) -> Any:
    """``line[begin : begin + size]``."""
    kind, code = _piece(line, 1, lambda builder, length, begin, size: (begin, [size]))
    return kind(line, types.intp, types.intp), code


def _rest(typingctx: Any, line: Any, begin: Any) -> Any:
    """``line[begin:]``."""
    kind, code = _piece(line, 1, lambda builder, length, begin: (begin, [builder.sub(length(0), begin)]))
    return kind(line, types.intp), code


def _nth(typingctx: Any, lines: Any, number: Any) -> Any:
    """``lines[number]``."""
    kind, code = _piece(lines, 1, lambda builder, length, number: (builder.mul(number, length(1)), [length(1)]))
    return kind(lines, types.intp), code


def _below(typingctx: Any, lines: Any, number: Any) -> Any:
    """``lines[number:]``."""

    def find(builder: Any, length: Any, number: Any) -> tuple[Any, Any]:
        return builder.mul(number, length(1)), [builder.sub(length(0), number), length(1)]

    kind, code = _piece(lines, 2, find)
    return kind(lines, types.intp), code


def _as_one(typingctx: Any, lines: Any) -> Any:
    """All of ``lines``, one behind the other."""
    kind, code = _piece(lines, 1, lambda builder, length: (_WORD(0), [builder.mul(length(0), length(1))]))
    return kind(lines), code


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


def _lines_as(typingctx: Any, lines: Any, first: Any, count: Any, like: Any) -> Any:
    """From ``lines[first]`` on, ``count`` lines of as many numbers each of a dtype that may be wider."""
    kind = types.Array(like.dtype, 2, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given, first, count, _like = args
        length = length_of(context, builder, lines, given, 1)
        begin = place_of(context, builder, lines, given, builder.mul(first, length))
        data = builder.bitcast(begin, context.get_data_type(kind.dtype).as_pointer())
        return array_of(context, builder, kind, data, [count, length])

    return kind(lines, types.intp, types.intp, like), codegen


as_one: Any = intrinsic(_as_one)
below: Any = intrinsic(_below)
lines_as: Any = intrinsic(_lines_as)
taken_as: Any = intrinsic(_taken_as)
part: Any = intrinsic(_part)
rest: Any = intrinsic(_rest)
nth: Any = intrinsic(_nth)
