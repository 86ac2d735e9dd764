"""Windows of any size along a line from smaller ones, three at a time: log3(K) passes over it instead of K.

Nothing is ever subtracted, so that an inf or a NaN stays in the windows that hold it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..jit import apart, scalar
from .combine import smaller
from .doubling import make_doubled
from .lines import Fold, line_loops
from .views import nth, part, rest

__all__ = ["make_trebled"]


@cache
def make_trebled(fold: Fold, *, doubles: bool = False) -> Any:
    """``trebled(line, spare, n, kernel, shift)``: windows of more than 3 as the combination of three lines.

    ``a, c, second, third = trebled(…)`` are ``a``, ``a`` from ``second`` on, and ``c`` from ``third`` on. If it
    ``doubles``, it begins with windows as long as a vector, if it can; lines are then best in the cache.
    """
    loops = line_loops(fold)
    both, all3 = loops.both, loops.all3

    @apart
    @scalar
    def treble(target, a, b, c):
        all3(target, a, b, c)

    doubled = make_doubled(fold.combine if doubles else None)

    @scalar
    def overlapping(line, spare, n, kernel, shift):
        level, now = line, 0
        have = doubled(nth(spare, now), line, n, kernel, shift)
        if have > 1:
            level, now = nth(spare, now), 1
        while 3 * have < kernel:
            target = part(nth(spare, now), 0, n + (kernel - 3 * have) * shift)
            treble(target, level, rest(level, have * shift), rest(level, 2 * have * shift))
            level, have, now = nth(spare, now), 3 * have, 1 - now
        third = (kernel - have) * shift
        return level, level, smaller(have * shift, third), third

    @scalar
    def one_after_the_other(line, spare, n, kernel, shift):
        # thirds where there are, or two halves and the 1 or 2 numbers that are left: from the whole window down
        steps, size, twos = 1, kernel, False
        while size > 2:
            left = 0 if size % 3 == 0 else 2 - size % 2
            size = (size - left) // (2 if left else 3)
            steps, twos = 3 * steps + left, twos or left == 2
        pairs, now = nth(spare, 2), 0
        if twos or size == 2:
            both(part(pairs, 0, n + (kernel - 2) * shift), line, rest(line, shift))
        level = pairs if size == 2 else line
        while True:
            left, steps = steps % 3, steps // 3
            second, third = size * shift, 2 * size * shift
            c = level if left == 0 else line if left == 1 else pairs
            if steps == 1:
                return level, c, second, third
            size = 2 * size + left if left else 3 * size
            treble(part(nth(spare, now), 0, n + (kernel - size) * shift), level, rest(level, second), rest(c, third))
            level, now = nth(spare, now), 1 - now

    return overlapping if fold.repeats else one_after_the_other
