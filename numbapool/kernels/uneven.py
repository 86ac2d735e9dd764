"""Windows of unequal size or distance along a line: a table tells where each begins and how many numbers it holds."""

from __future__ import annotations

from typing import Any

from ..jit import apart, scalar
from .frame import COUNT, FIRST
from .lines import Fold
from .loads import as_is
from .long import LONG, make_reduce
from .several import make_several
from .strips import SPARE, W0
from .views import nth, part, rest

__all__ = ["make_uneven"]


def make_uneven(fold: Fold) -> Any:
    """The jitted function ``along`` of `along.make_along` for such windows."""
    combine, finish, several = fold.combine, fold.finish, make_several(fold)
    reduce = make_reduce(as_is, fold.combine)

    @apart
    @scalar
    def long_one(line, first, count, parameter):
        return reduce(part(line, first, count), parameter)

    @scalar
    def one(line, spare, first, count, jump, divisor, parameter):
        if jump == 1 and count >= LONG:
            return finish(long_one(line, first, count, parameter), divisor, parameter)
        m = line[first] if count else spare[SPARE - 1, 0]
        for j in range(1, count):
            m = combine(m, line[first + j * jump])
        return finish(m, divisor, parameter)

    @scalar
    def by_numbers(out, line, spare, divisors, parameter, step, firsts, counts, low):
        w = 0
        while w < out.size:
            first, count, share = firsts[w], counts[w], divisors[w]
            result = one(line, spare, first - low, count, step, share, parameter)
            out[w] = result
            w += 1
            # of gradients, many positions one after the other belong to the same windows
            while w < out.size and firsts[w] == first and counts[w] == count and divisors[w] == share:
                out[w] = result
                w += 1

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        firsts, counts = rest(nth(table, FIRST), strip[W0]), rest(nth(table, COUNT), strip[W0])
        if inner == 1:
            by_numbers(out, line, spare, divisors, parameter, step, firsts, counts, low)
            return
        for w in range(width):
            first, count, at = (firsts[w] - low) * inner, counts[w], w * inner
            if inner >= 8:
                given, shares = rest(line, first), rest(divisors, at)
                several(part(out, at, inner), given, spare, count, step * inner, shares, parameter)
            else:
                for c in range(inner):
                    out[at + c] = one(line, spare, first + c, count, step * inner, divisors[at + c], parameter)

    return along
