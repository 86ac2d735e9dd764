"""Sums along a line, in registers: of as many numbers as a few vectors have, and of those that are left of a window.

The window is then the sum of some that lie whole vectors apart, which are read where cache lines begin. By way of
memory each doubling would take a pass, and most of its reads cross the end of a cache line.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..jit import apart, scalar
from .combine import added
from .lines import Fold, line_loops
from .registers import Vectors, are_long, lanes_of
from .trebling import make_trebled
from .views import nth, rest

__all__ = ["make_summed"]

# Doublings of whole vectors.
_MORE = 2


def _summed(typingctx: Any, blocks: Any, beyond: Any, line: Any, many: Any, over: Any) -> Any:
    """For so ``many`` vectors: sums of a block's numbers from each on, and of so many as are left ``over``."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        (whole, rests, source, n, left_over), vectors = args, Vectors(context, builder, line)
        floats, word = isinstance(line.dtype, types.Float), n.type
        add, lanes = builder.fadd if floats else builder.add, vectors.lanes
        # what is added to nothing stays what it is, −0 as well
        nothing = ir.Constant(vectors.kind, [-0.0 if floats else 0] * lanes)
        distances = [2**level for level in range(lanes.bit_length() - 1 + _MORE)]
        wanted = [builder.icmp_signed("!=", builder.and_(left_over, word(d)), word(0)) for d in distances]
        # of each distance, as many of the next vectors as it reaches into: their sums, and what is left over
        reach = [max(d // lanes, 1) for d in distances]

        def behind(distance: int, numbers: Any, next_ones: list[Any]) -> Any:
            return next_ones[-1] if distance >= lanes else vectors.from_lane(distance, numbers, next_ones[0])

        before, (loop, done) = builder.basic_block, (builder.append_basic_block(name) for name in ("vectors", "done"))
        builder.cbranch(builder.icmp_signed(">", n, word(0)), loop, done)
        builder.position_at_end(loop)
        later = builder.phi(word)
        known = [[[builder.phi(vectors.kind) for _ in range(r)] for r in reach] for _ in range(2)]
        now = builder.sub(later, word(1))
        here = builder.mul(now, word(lanes))
        # Backwards, so that what is taken from the next vectors is there already. What is left over is made of powers
        # of two, the largest first.
        total, rest, new = vectors.load(source, here), nothing, []
        for distance, is_wanted, totals, others in zip(distances, wanted, *known, strict=True):
            new.append((totals, total))
            new.append((others, rest))
            longer = add(total, behind(distance, rest, others))
            rest = builder.select(is_wanted, longer, rest)
            total = add(total, behind(distance, total, totals))
        vectors.store(total, whole, here)
        vectors.store(rest, rests, here)
        later.add_incoming(n, before)
        later.add_incoming(now, loop)
        for phis, first in new:
            for phi, then in zip(phis, [first, *phis], strict=False):
                phi.add_incoming(nothing, before)
                phi.add_incoming(then, loop)
        builder.cbranch(builder.icmp_signed(">", now, word(0)), loop, done)
        builder.position_at_end(done)
        return context.get_dummy_value()

    return types.void(line, line, line, types.intp, types.intp), codegen


_sum_vectors: Any = intrinsic(_summed)


@scalar
def _block_of(line):
    """How many numbers make a block."""
    return lanes_of(line) << _MORE


@apart
@scalar
def _sum_by_vectors(blocks, beyond, line, size, over):
    """For the first ``size`` numbers: ``blocks[i]`` of a block from ``line[i]`` on, ``beyond[i]`` of ``over`` numbers.

    Whole vectors are written. Sums that reach over the end hold anything.
    """
    lanes = lanes_of(line)
    _sum_vectors(blocks, beyond, line, (size + lanes - 1) // lanes, over)


@scalar
def _never(out, line, spare, phases, kernel, shift, divisors, parameter):
    return False


@cache
def make_summed(fold: Fold) -> Any:
    """``summed(out, line, spare, phases, kernel, shift, divisors, parameter)``: whether windows could be summed so.

    Windows are longer than a vector, and their numbers lie side by side; ``phases`` are two lines to work in.
    """
    if fold.combine is not added or fold.counts:
        return _never
    loops, trebled = line_loops(fold), make_trebled(fold, doubles=True)
    last1, last2, last3, last4 = loops.last1, loops.last2, loops.last3, loops.last4

    @scalar
    def summed(out, line, spare, phases, kernel, shift, divisors, parameter):
        if shift != 1 or kernel <= lanes_of(line) or not are_long():
            return False
        each, whole, beyond = _block_of(line), nth(phases, 0), nth(phases, 1)
        blocks, over = kernel // each, kernel % each
        # one number more than windows hold: what is left of the last one may be nothing, behind it
        _sum_by_vectors(whole, beyond, line, out.size + kernel, over)
        far = rest(beyond, blocks * each)
        if blocks == 0:
            last1(out, beyond, divisors, parameter)
        elif blocks == 1:
            last2(out, whole, far, divisors, parameter)
        elif blocks == 2:
            last3(out, whole, rest(whole, each), far, divisors, parameter)
        else:
            a, c, second, third = trebled(whole, spare, out.size, blocks, each)
            last4(out, a, rest(a, second), rest(c, third), far, divisors, parameter)
        return True

    return summed
