"""Windows as long as a vector along a line, in registers: of 2, of 4, … numbers, from two that lie next to each other.

By way of memory each of these would take a pass, and most of its reads cross the end of a cache line.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..jit import apart, scalar
from .combine import larger, larger_code, smaller, smaller_code
from .registers import Vectors, lanes_of

__all__ = ["make_doubled"]


def _doubled(extreme: Any) -> Any:
    def doubled(typingctx: Any, target: Any, line: Any, many: Any) -> Any:
        """For ``i`` below ``many``, at least a vector's numbers: ``target[i]`` of ``line[i]`` and those after it."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            (goal, source, n), vectors = args, Vectors(context, builder, line)
            word, lanes = n.type, n.type(vectors.lanes)

            def grown(numbers: Any, behind: list[Any]) -> list[Any]:
                """Windows of 1, 2, 4, … numbers that begin in a vector, given those that begin in the next one."""
                levels = [numbers]
                for level, after in enumerate(behind):
                    beside = vectors.from_lane(2**level, levels[-1], after)
                    levels.append(extreme(builder, line.dtype, levels[-1], beside))
                return levels

            def alone(numbers: Any) -> list[Any]:
                """The same but for a whole vector; windows that reach into the next one hold anything."""
                return grown(numbers, [ir.Constant(vectors.kind, ir.Undefined)] * (vectors.lanes.bit_length() - 1))[:-1]

            # the last numbers, however many are left behind whole vectors
            ends = vectors.load(source, builder.sub(n, word(1)))  # and nothing behind the line
            behind = alone(vectors.from_lane(1, ends, ends))
            first = builder.sub(n, lanes)
            vectors.store(grown(vectors.load(source, first), behind)[-1], goal, first)

            # all others, backwards, so that what is taken from the next vector is there already
            begin = builder.mul(builder.udiv(builder.sub(n, word(1)), lanes), lanes)
            behind, before = alone(vectors.load(source, begin)), builder.basic_block
            loop, done = (builder.append_basic_block(name) for name in ("vectors", "done"))
            builder.cbranch(builder.icmp_signed(">", begin, word(0)), loop, done)
            builder.position_at_end(loop)
            later, *held = (builder.phi(kind) for kind in (word, *[vectors.kind] * len(behind)))
            here = builder.sub(later, lanes)
            *levels, whole = grown(vectors.load(source, here), held)
            vectors.store(whole, goal, here)
            for phi, at_first, then in zip((later, *held), (begin, *behind), (here, *levels), strict=True):
                phi.add_incoming(at_first, before)
                phi.add_incoming(then, builder.basic_block)
            builder.cbranch(builder.icmp_signed(">", here, word(0)), loop, done)
            builder.position_at_end(done)
            return context.get_dummy_value()

        return types.void(target, line, types.intp), codegen

    return doubled


_of_larger: Any = intrinsic(_doubled(larger_code))
_of_smaller: Any = intrinsic(_doubled(smaller_code))


@apart
@scalar
def _doubled_larger(target, line, many):
    _of_larger(target, line, many)


@apart
@scalar
def _doubled_smaller(target, line, many):
    _of_smaller(target, line, many)


@scalar
def _nothing(target, line, n, kernel, shift):
    return 1


@cache
def make_doubled(combine: Any) -> Any:
    """``have = doubled(target, line, n, kernel, shift)``: windows of ``have`` numbers, of which larger ones are made.

    The target holds as many as ``n`` windows of ``kernel`` numbers need, and nothing behind these is read. Where that
    does not go, for others than `larger` and `smaller` or numbers that do not lie side by side, ``have`` is 1.
    """
    double = {larger: _doubled_larger, smaller: _doubled_smaller}.get(combine)
    if double is None:
        return _nothing

    @scalar
    def doubled(target, line, n, kernel, shift):
        lanes = lanes_of(line)
        if shift != 1 or kernel < lanes or n < lanes:
            return 1
        double(target, line, n + kernel - lanes)
        return lanes

    return doubled
