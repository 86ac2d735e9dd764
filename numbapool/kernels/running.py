"""Running sums of whole numbers along a line: a window of any size is then the difference of two of them.

Whole numbers wrap around and lose nothing, so that their differences are exact whatever the sums have grown to.
Floating-point numbers are never summed in this way: an inf or a NaN would stay in every later window.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..jit import scalar
from ..lowering import data_of
from ..scratch import CACHE_LINE
from .views import rest

__all__ = ["run_along"]


def _run(typingctx: Any, target: Any, source: Any, blocks: Any) -> Any:
    """``target[i]`` = the sum of ``source[: i + 1]``, for so many cache lines of the target."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number, given = (context.get_data_type(kind.dtype) for kind in signature.args[:2])
        many = CACHE_LINE * 8 // number.width
        block, taken = ir.VectorType(number, many), ir.VectorType(given, many)
        to, come_from = (
            builder.bitcast(data_of(context, builder, kind, value), numbers.as_pointer())
            for kind, value, numbers in zip(signature.args[:2], args[:2], (block, taken), strict=True)
        )
        widen = builder.sext if source.dtype.signed else builder.zext
        nothing = ir.Constant(block, [0] * many)

        def places(numbers: Any) -> Any:
            return ir.Constant(ir.VectorType(ir.IntType(32), many), list(numbers))

        carried = cgutils.alloca_once_value(builder, nothing)
        with cgutils.for_range(builder, args[2]) as loop:
            sums = builder.load(builder.gep(come_from, [loop.index]), align=given.width // 8)
            if given != number:
                sums = widen(sums, block)
            distance = 1
            while distance < many:
                # the block moved on by so many places, zeros before it: numbers from `many` on are those of `sums`
                moved = builder.shuffle_vector(nothing, sums, places(range(many - distance, 2 * many - distance)))
                sums = builder.add(sums, moved)
                distance *= 2
            sums = builder.add(sums, builder.load(carried))
            builder.store(sums, builder.gep(to, [loop.index]), align=number.width // 8)
            builder.store(builder.shuffle_vector(sums, sums, places([many - 1] * many)), carried)
        return context.get_dummy_value()

    return types.void(target, source, types.intp), codegen


_run_blocks: Any = intrinsic(_run)


@scalar
def run_along(sums, line, size):
    """``sums[i]`` = the sum of ``line[:i]``, of as wide numbers or narrower, up to ``i = size`` and somewhat beyond."""
    many = CACHE_LINE // sums.itemsize
    sums[0] = 0
    _run_blocks(rest(sums, 1), line, (size + many - 1) // many)
