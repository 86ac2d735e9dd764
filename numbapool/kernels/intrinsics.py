"""Single instructions that Numba does not expose, each beside a plain function of the same meaning.

With ``NUMBA_DISABLE_JIT=1`` the plain functions run.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic, overload, register_jitable

__all__ = [
    "SQUARE",
    "float_to_half",
    "half_to_float",
    "larger",
    "numbers_in",
    "optimized_by_caller",
    "prefetch_line",
    "smaller",
    "stream_line",
    "transpose_square",
    "unsigned",
]


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


def _in_place_of(plain: Any, **options: Any) -> Any:
    """Decorate what compiled code calls in the place of a plain function: not an overload, which takes more time.

    Call it as ``intrinsics.name``: an intrinsic is pickled differently in each process, and Numba's disk cache would
    never find a kernel again that holds one. A module is pickled by its name.
    """
    if config.DISABLE_JIT:  # type: ignore[attr-defined]  # set as Numba is imported
        return lambda function: plain
    return intrinsic(**options) if options else intrinsic


def _optimized_by_caller():
    """Tell LLVM to make the function that calls this small, where it is compiled by itself.

    Numba compiles each function by itself and once more where it is called. A function of `compile.loop` is used only
    there: loops that LLVM unrolls and vectorizes before as well take a fifth of the time in which a kernel is compiled.
    """


@_in_place_of(_optimized_by_caller)
def optimized_by_caller(typingctx: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.function.attributes.add("minsize")
        return context.get_dummy_value()

    return types.void(), codegen


def _unsigned(*numbers):
    """Indices and lengths as unsigned integers. The function that calls this is `optimized_by_caller`."""
    return tuple(map(np.uint64, numbers))


@_in_place_of(_unsigned)
def unsigned(typingctx: Any, *numbers: Any) -> Any:
    given, result = types.StarArgTuple.from_types(numbers), types.UniTuple(types.uint64, len(numbers))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.function.attributes.add("minsize")
        values = [builder.extract_value(args[0], i) for i in range(len(numbers))]
        cast = [context.cast(builder, v, kind, types.uint64) for v, kind in zip(values, numbers, strict=True)]
        return context.make_tuple(builder, result, cast)

    return result(given), codegen


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """The address of one number of a flat array, as a pointer to bytes."""
    data = cgutils.create_struct_proxy(kind)(context, builder, value=array).data
    return builder.bitcast(builder.gep(data, [at]), ir.IntType(8).as_pointer())


def _prefetch_line(array, at):
    """Prefetch the cache line of ``array[at]``, which may lie outside of the array."""


@_in_place_of(_prefetch_line)
def prefetch_line(typingctx: Any, array: Any, at: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        flag, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        place = _place(context, builder, signature.args[0], args[0], args[1])
        builder.call(prefetch, [place, flag(0), flag(2), flag(1)])  # to read, into the second-level cache, as data
        return context.get_dummy_value()

    return types.void(array, at), codegen


def _numbers_in(size, array):
    """How many numbers of an array ``size`` bytes hold: a constant of the compiled code, which ``itemsize`` is not."""
    return size // array.itemsize


@_in_place_of(_numbers_in, prefer_literal=True)
def numbers_in(typingctx: Any, size: Any, array: Any) -> Any:
    n = size.literal_value // (array.dtype.bitwidth // 8)
    return types.int64(size, array), lambda context, builder, signature, args: ir.IntType(64)(n)


def _stream_line(dst, to, src, a):
    """Copy 64 bytes to the cache line at ``dst[to]`` by a non-temporal store, which does not read or cache it."""
    n = 64 // dst.itemsize
    dst[to : to + n] = src[a : a + n]


@_in_place_of(_stream_line)
def stream_line(typingctx: Any, dst: Any, to: Any, src: Any, a: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        line = ir.VectorType(ir.IntType(32), 16).as_pointer()
        kinds = signature.args
        there = builder.bitcast(_place(context, builder, kinds[0], args[0], args[1]), line)
        value = builder.load(builder.bitcast(_place(context, builder, kinds[2], args[2], args[3]), line), align=1)
        store = builder.store(value, there, align=64)
        store.set_metadata("nontemporal", builder.module.add_metadata([ir.IntType(32)(1)]))
        return context.get_dummy_value()

    return types.void(dst, to, src, a), codegen


SQUARE = 8  # numbers along the side of a square that is transposed at once


def _transpose_square(dst, dst_rows, i, to, src, src_rows, k, a):
    """Transpose `SQUARE` runs of as many numbers each: a loop over single numbers takes three times as long.

    Run ``j`` is read from ``src[src_rows[k + j] + a]`` on; number ``j`` of all runs is written from
    ``dst[dst_rows[i + j] + to]`` on. Signed integers may become wider.
    """
    for m in range(SQUARE):
        for j in range(SQUARE):
            dst[dst_rows[i + j] + to + m] = src[src_rows[k + m] + a + j]


@_in_place_of(_transpose_square)
def transpose_square(
    typingctx: Any, dst: Any, dst_rows: Any, i: Any, to: Any, src: Any, src_rows: Any, k: Any, a: Any
) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds, word = signature.args, ir.IntType(64)
        wide, given = (ir.VectorType(context.get_data_type(kinds[array].dtype), SQUARE) for array in (0, 4))

        def places(array: int, run: Any) -> list[Any]:
            """Where the runs of one of the arrays begin, whose rows are the next argument."""
            rows = _place(context, builder, kinds[array + 1], args[array + 1], args[array + 2])
            pointer = builder.bitcast(rows, word.as_pointer())
            begins = [builder.load(builder.gep(pointer, [word(j)])) for j in range(SQUARE)]
            ats = [builder.add(begin, args[array + 3]) for begin in begins]
            return [
                builder.bitcast(_place(context, builder, kinds[array], args[array], at), run.as_pointer()) for at in ats
            ]

        def picks(first: int) -> Any:
            """Numbers of two runs in turn, from the first or the second half of each."""
            halves = [first + j // 2 + j % 2 * SQUARE for j in range(SQUARE)]
            return ir.Constant(ir.VectorType(ir.IntType(32), SQUARE), halves)

        runs = [builder.load(place, align=src.dtype.bitwidth // 8) for place in places(4, given)]
        for _ in range(SQUARE.bit_length() - 1):
            pairs = [(runs[j // 2], runs[j // 2 + SQUARE // 2], j % 2 * SQUARE // 2) for j in range(SQUARE)]
            runs = [builder.shuffle_vector(one, other, picks(first)) for one, other, first in pairs]
        for value, place in zip(runs, places(0, wide), strict=True):
            builder.store(value if wide == given else builder.sext(value, wide), place, align=dst.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(dst, dst_rows, i, to, src, src_rows, k, a), codegen


def half_to_float(h):
    """The float32 with the value of these float16 bits, exactly."""
    return np.float32(np.uint16(h).view(np.float16))


def float_to_half(f):
    """The bits of the float16 nearest to a float32, ties to even."""
    return np.float16(f).view(np.uint16)


@cache  # and asked for only when a kernel of float16 is compiled
def _processor_converts() -> bool:
    """Whether the processor that Numba compiles for converts float16 by itself, as far as Linux tells of x86."""
    if config.CPU_NAME or config.CPU_FEATURES:  # type: ignore[attr-defined]  # set as Numba is imported
        return False  # it may be another one
    try:
        return " f16c" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


_EXPONENT = np.float32(2.0**112)  # the difference between the two exponent biases
_HALF = np.uint32(0x3F000000)  # 0.5f


@intrinsic
def _half_to_float(typingctx: Any, h: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fpext(builder.bitcast(args[0], ir.HalfType()), ir.FloatType())

    return types.float32(types.uint16), codegen


@intrinsic
def _float_to_half(typingctx: Any, f: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(builder.fptrunc(args[0], ir.HalfType()), ir.IntType(16))

    return types.uint16(types.float32), codegen


@register_jitable
def _half_to_float_by_bits(h):
    bits = np.uint32(np.uint32(h & np.uint16(0x7FFF)) << np.uint32(13))
    value = np.uint32(bits).view(np.float32) * _EXPONENT
    infinite = np.uint32(bits | np.uint32(0x7F800000))
    magnitude = infinite if bits >= np.uint32(0x0F800000) else np.float32(value).view(np.uint32)
    sign = np.uint32(np.uint32(h & np.uint16(0x8000)) << np.uint32(16))
    return np.uint32(magnitude | sign).view(np.float32)


@register_jitable
def _float_to_half_by_bits(f):
    bits = np.float32(f).view(np.uint32)
    size = np.uint32(bits & np.uint32(0x7FFFFFFF))
    # the exponent made smaller, and rounded; what is too small for that is not used
    held = size if size > np.uint32(0x38000000) else np.uint32(0x38000000)
    odd = np.uint32((held >> np.uint32(13)) & np.uint32(1))
    normal = np.uint32(np.uint32(np.uint32(held - np.uint32(0x38000000)) + np.uint32(0xFFF)) + odd) >> np.uint32(13)
    small = np.uint32(np.float32(size.view(np.float32) + np.float32(0.5)).view(np.uint32) - _HALF)
    large = np.uint32(0x7E00) if size > np.uint32(0x7F800000) else np.uint32(0x7C00)
    magnitude = small if size < np.uint32(0x38800000) else (large if size >= np.uint32(0x47800000) else normal)
    return np.uint16(magnitude | np.uint32(np.uint32(bits >> np.uint32(16)) & np.uint32(0x8000)))


@overload(half_to_float)
def _wider(h):
    if _processor_converts():
        return lambda h: _half_to_float(h)  # type: ignore[call-arg]  # Numba gives the first one
    return lambda h: _half_to_float_by_bits(h)


@overload(float_to_half)
def _narrower(f):
    if _processor_converts():
        return lambda f: _float_to_half(f)  # type: ignore[call-arg]  # Numba gives the first one
    return lambda f: _float_to_half_by_bits(f)
