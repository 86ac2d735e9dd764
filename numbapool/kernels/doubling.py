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
from ..lowering import data_of, itemsize_of
from .combine import extreme_of_vectors, larger, smaller

__all__ = ["make_doubled"]

_BYTES = 64  # of a vector; where the processor's are shorter, LLVM takes several


def _lanes(line: Any) -> int:
    return _BYTES // itemsize_of(line)


def _lanes_of(typingctx: Any, line: Any) -> Any:
    """Numbers of a vector, which are those of a window."""
    return types.intp(line), lambda context, builder, signature, args: ir.IntType(64)(_lanes(line))


lanes_of: Any = intrinsic(_lanes_of)


class _Vectors:
    """Vectors of a line's numbers, and how windows grow in them."""

    def __init__(self, context: Any, builder: Any, line: Any, extreme: Any) -> None:
        self.lanes, self.align = _lanes(line), itemsize_of(line)
        self.kind = ir.VectorType(context.get_data_type(line.dtype), self.lanes)
        self.builder, self.larger = builder, lambda a, b: extreme(builder, line.dtype, a, b)

    def from_lane(self, lane: int, first: Any, second: Any) -> Any:
        """As many numbers from a lane of the first vector on, then of the second."""
        order = [lane + i for i in range(self.lanes)]
        return self.builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), order))

    def place(self, data: Any, number: Any) -> Any:
        """Where the vector from this number on lies."""
        return self.builder.bitcast(self.builder.gep(data, [number]), self.kind.as_pointer())

    def load(self, data: Any, number: Any) -> Any:
        """The vector from this number on."""
        return self.builder.load(self.place(data, number), align=self.align)

    def grow(self, numbers: Any, behind: list[Any]) -> list[Any]:
        """Windows of 1, 2, 4, … numbers that begin in a vector, given those that begin in the next one."""
        levels = [numbers]
        for level, after in enumerate(behind):
            levels.append(self.larger(levels[-1], self.from_lane(2**level, levels[-1], after)))
        return levels

    def alone(self, numbers: Any) -> list[Any]:
        """Windows of less than a whole vector that begin in the last one: those that reach beyond it hold anything."""
        return self.grow(numbers, [ir.Constant(self.kind, ir.Undefined)] * (self.lanes.bit_length() - 1))[:-1]


def _doubled(extreme: Any) -> Any:
    def doubled(typingctx: Any, target: Any, line: Any, many: Any) -> Any:
        """For ``i`` below ``many``, at least a vector's numbers: ``target[i]`` of ``line[i]`` and those after it."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            vectors = _Vectors(context, builder, line, extreme)
            (goal, source), n = (data_of(context, builder, line, each) for each in args[:2]), args[2]
            word, lanes = n.type, n.type(vectors.lanes)

            # the last numbers, however many are left behind whole vectors
            ends = vectors.load(source, builder.sub(n, word(1)))  # and nothing behind the line
            behind = vectors.alone(vectors.from_lane(1, ends, ends))
            first = builder.sub(n, lanes)
            whole = vectors.grow(vectors.load(source, first), behind)[-1]
            builder.store(whole, vectors.place(goal, first), align=vectors.align)

            # all others, backwards, so that what is taken from the next vector is there already
            begin = builder.mul(builder.udiv(builder.sub(n, word(1)), lanes), lanes)
            behind, before = vectors.alone(vectors.load(source, begin)), builder.basic_block
            loop, done = (builder.append_basic_block(name) for name in ("vectors", "done"))
            builder.cbranch(builder.icmp_signed(">", begin, word(0)), loop, done)
            builder.position_at_end(loop)
            later, *held = (builder.phi(kind) for kind in (word, *[vectors.kind] * len(behind)))
            here = builder.sub(later, lanes)
            *levels, whole = vectors.grow(vectors.load(source, here), held)
            builder.store(whole, vectors.place(goal, here), align=vectors.align)
            for phi, at_first, then in zip((later, *held), (begin, *behind), (here, *levels), strict=True):
                phi.add_incoming(at_first, before)
                phi.add_incoming(then, builder.basic_block)
            builder.cbranch(builder.icmp_signed(">", here, word(0)), loop, done)
            builder.position_at_end(done)
            return context.get_dummy_value()

        return types.void(target, line, types.intp), codegen

    return doubled


_of_larger: Any = intrinsic(_doubled(extreme_of_vectors(larger)))
_of_smaller: Any = intrinsic(_doubled(extreme_of_vectors(smaller)))


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
