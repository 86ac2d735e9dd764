"""Pieces of lines for the inner loops: what indexing and slicing do, without their tests.

Numba writes out a dozen tests for each slice and takes 10 ms to compile them; kernels have some fifty slices.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

__all__ = ["below", "nth", "part", "rest", "taken_as"]


def _piece(find: Any) -> Any:
    """The code of a view; ``find(builder, array, numbers)`` gives the place of its first element, and its size."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = make_array(signature.args[0])(context, builder, args[0])
        view = make_array(signature.return_type)(context, builder)
        begin, size = find(builder, given, *args[1:])
        populate_array(
            view,
            data=builder.gep(given.data, [begin], inbounds=True),
            shape=[size],
            strides=[given.itemsize],
            itemsize=given.itemsize,
            meminfo=None,
        )
        return view._getvalue()

    return codegen


def _part(typingctx: Any, line: Any, begin: Any, size: Any) -> Any:
    """``line[begin : begin + size]``."""
    code = _piece(lambda builder, given, begin, size: (begin, size))
    return types.Array(line.dtype, 1, "C")(line, types.intp, types.intp), code


def _rest(typingctx: Any, line: Any, begin: Any) -> Any:
    """``line[begin:]``."""
    code = _piece(lambda builder, given, begin: (begin, builder.sub(builder.extract_value(given.shape, 0), begin)))
    return types.Array(line.dtype, 1, "C")(line, types.intp), code


def _nth(typingctx: Any, lines: Any, number: Any) -> Any:
    """``lines[number]``."""

    def find(builder: Any, given: Any, number: Any) -> tuple[Any, Any]:
        length = builder.extract_value(given.shape, 1)
        return builder.mul(number, length), length

    return types.Array(lines.dtype, 1, "C")(lines, types.intp), _piece(find)


def _below(typingctx: Any, lines: Any, number: Any) -> Any:
    """``lines[number:]``."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = make_array(signature.args[0])(context, builder, args[0])
        view = make_array(signature.return_type)(context, builder)
        count, length = (builder.extract_value(given.shape, i) for i in range(2))
        populate_array(
            view,
            data=builder.gep(given.data, [builder.mul(args[1], length)], inbounds=True),
            shape=[builder.sub(count, args[1]), length],
            strides=[builder.mul(length, given.itemsize), given.itemsize],
            itemsize=given.itemsize,
            meminfo=None,
        )
        return view._getvalue()

    return types.Array(lines.dtype, 2, "C")(lines, types.intp), codegen


def _taken_as(typingctx: Any, line: Any, like: Any) -> Any:
    """The memory of ``line`` as numbers of a dtype, or of that of the line ``like``."""
    result = types.Array(like.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = make_array(signature.args[0])(context, builder, args[0])
        view = make_array(result)(context, builder)
        itemsize = ir.Constant(given.itemsize.type, context.get_abi_sizeof(context.get_data_type(result.dtype)))
        bytes_there = builder.mul(builder.extract_value(given.shape, 0), given.itemsize)
        populate_array(
            view,
            data=builder.bitcast(given.data, view.data.type),
            shape=[builder.udiv(bytes_there, itemsize)],
            strides=[itemsize],
            itemsize=itemsize,
            meminfo=None,
        )
        return view._getvalue()

    return result(line, like), codegen


below: Any = intrinsic(_below)
taken_as: Any = intrinsic(_taken_as)
part: Any = intrinsic(_part)
rest: Any = intrinsic(_rest)
nth: Any = intrinsic(_nth)
