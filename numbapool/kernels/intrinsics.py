"""What one instruction does and Numba has no word for, each beside a plain function of the same meaning.

With ``NUMBA_DISABLE_JIT=1`` the plain functions run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

__all__ = ["fetch_line", "larger", "smaller", "stream_line"]


def larger(a, b):
    """The larger of two numbers, or the NaN among them."""
    return np.maximum(a, b)


def smaller(a, b):
    """The smaller of two numbers, or the NaN among them."""
    return np.minimum(a, b)


def _call_of(name: str) -> Any:
    """LLVM's function of two floating-point numbers: half as many instructions as comparisons that see to NaN."""

    def of_two(typingctx: Any, a: Any, b: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = args[0].type
            full_name = f"llvm.{name}.f{signature.return_type.bitwidth}"
            function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind, kind]), full_name)
            return builder.call(function, args, fastmath=("nsz",))  # the sign of zero does not matter: a fifth faster

        return a(a, a), codegen

    return intrinsic(of_two)


_maximum, _minimum = _call_of("maximum"), _call_of("minimum")


@overload(larger)
def _larger(a, b):
    if isinstance(a, types.Float):
        return lambda a, b: _maximum(a, b)
    return lambda a, b: a if a >= b else b


@overload(smaller)
def _smaller(a, b):
    if isinstance(a, types.Float):
        return lambda a, b: _minimum(a, b)
    return lambda a, b: a if a <= b else b


def fetch_line(array, at):
    """Ask for the cache line of ``array[at]``, which need not exist, before it is read."""


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """The address of one number of a flat array, as a pointer to bytes."""
    data = cgutils.create_struct_proxy(kind)(context, builder, value=array).data
    return builder.bitcast(builder.gep(data, [at]), ir.IntType(8).as_pointer())


@intrinsic
def _fetch_line(typingctx: Any, array: Any, at: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        flag, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        place = _place(context, builder, signature.args[0], args[0], args[1])
        builder.call(prefetch, [place, flag(0), flag(2), flag(1)])  # to read, into the second-level cache, as data
        return context.get_dummy_value()

    return types.void(array, at), codegen


@overload(fetch_line)
def _fetched_line(array, at):
    return lambda array, at: _fetch_line(array, at)  # type: ignore[call-arg]  # Numba gives the first one


def stream_line(dst, to, src, a):
    """Copy 64 bytes to ``dst[to]``, where a cache line begins, past the caches: it is not read before, nor kept."""
    n = 64 // dst.itemsize
    dst[to : to + n] = src[a : a + n]


@intrinsic
def _stream_line(typingctx: Any, dst: Any, to: Any, src: Any, a: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        line = ir.VectorType(ir.IntType(32), 16).as_pointer()
        kinds = signature.args
        there = builder.bitcast(_place(context, builder, kinds[0], args[0], args[1]), line)
        value = builder.load(builder.bitcast(_place(context, builder, kinds[2], args[2], args[3]), line), align=1)
        store = builder.store(value, there, align=64)
        store.set_metadata("nontemporal", builder.module.add_metadata([ir.IntType(32)(1)]))
        return context.get_dummy_value()

    return types.void(dst, to, src, a), codegen


@overload(stream_line)
def _streamed_line(dst, to, src, a):
    return lambda dst, to, src, a: _stream_line(dst, to, src, a)  # type: ignore[call-arg]  # Numba gives the first one
