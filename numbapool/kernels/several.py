"""Reducing several stretches of one line, evenly apart, to one line of results."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..jit import apart, scalar
from .lines import Fold, line_loops
from .strips import SPARE
from .views import nth, part, rest

__all__ = ["make_several"]


@cache
def make_several(fold: Fold) -> Any:
    """``several(out, line, spare, count, jump, divisors, parameter)`` for one reduction.

    The first of ``count`` stretches begins with the line, each other ``jump`` further; ``spare`` are lines to work in,
    the last of which holds the identity.
    """
    loops = line_loops(fold)
    both, last1, last2 = loops.both, loops.last1, loops.last2

    @apart
    @scalar
    def several(out, line, spare, count, jump, divisors, parameter):
        if count < 2:
            last1(out, line if count else nth(spare, SPARE - 1), divisors, parameter)
        else:
            now = 0
            so_far = line
            for j in range(1, count - 1):
                both(part(nth(spare, now), 0, out.size), so_far, rest(line, j * jump))
                so_far = nth(spare, now)
                now = 1 - now
            last2(out, so_far, rest(line, (count - 1) * jump), divisors, parameter)

    return several
