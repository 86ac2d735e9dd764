"""How numbers are taken into a computation, where nothing is done to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..jit import scalar
from ..lowering import place_of
from .half import half_to_float

__all__ = ["as_double", "as_is", "itself", "single_as_double", "two_of", "two_to_count", "widened", "widened_to_double"]


def _two(typingctx: Any, line: Any, place: Any) -> Any:
    """``line[2 * place]`` and ``line[2 * place + 1]``."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = place_of(context, builder, line, args[0], builder.shl(args[1], args[1].type(1)))
        if line.dtype in (types.uint8, types.uint16):
            # halves of a number twice as long: a shift and a mask, where LLVM would shuffle
            bits = line.dtype.bitwidth
            half, both = ir.IntType(bits), ir.IntType(2 * bits)
            pair = builder.load(builder.bitcast(first, both.as_pointer()), align=bits // 8)
            found = [builder.trunc(each, half) for each in (pair, builder.lshr(pair, both(bits)))]
        else:
            second = builder.gep(first, [args[1].type(1)], inbounds=True)
            found = [context.unpack_value(builder, line.dtype, at) for at in (first, second)]
        return context.make_tuple(builder, signature.return_type, found)

    return types.UniTuple(line.dtype, 2)(line, types.intp), codegen


_two_of: Any = intrinsic(_two)


@scalar
def two_to_count(line, place):
    """``line[2 * place]`` and ``line[2 * place + 1]``, to be made wider and added up."""
    return _two_of(line, place)


@scalar
def two_of(line, place):
    """``line[2 * place]`` and ``line[2 * place + 1]``."""
    return line[2 * place], line[2 * place + 1]


@scalar
def itself(value):
    """The value."""
    return value


@scalar
def as_is(value, parameter):
    """The value, whatever the operation's parameter."""
    return value


@scalar
def widened(value, parameter):
    """A float16 as float32."""
    return half_to_float(value)


@scalar
def as_double(value, parameter):
    """The value as float64, before it meets another of its kind: sums of two int64 have no room in a third."""
    return np.float64(value)


@scalar
def single_as_double(value, parameter):
    """A float32 as float64; of a few numbers sums are as exact without."""
    return np.float64(value)


@scalar
def widened_to_double(value, parameter):
    """A float16 as float64."""
    return np.float64(half_to_float(value))
