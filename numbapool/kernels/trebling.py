"""Windows of any size along a line from smaller ones, three at a time: log3(K) passes over it instead of K.

Nothing is ever subtracted, so that an inf or a NaN stays in the windows that hold it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..jit import apart, scalar
from .lines import Fold, line_loops
from .views import nth, part, rest

__all__ = ["make_trebled"]


@cache
def make_trebled(fold: Fold) -> Any:
    """``trebled(line, spare, n, kernel, shift)``: windows of more than 3 as the combination of three lines.

    ``a, c, second, third = trebled(…)`` are ``a``, ``a`` from ``second`` on, and ``c`` from ``third`` on.
    """
    loops = line_loops(fold)
    both, all3 = loops.both, loops.all3

    @apart
    @scalar
    def treble(target, a, b, c):
        all3(target, a, b, c)

    @scalar
    def overlapping(line, spare, n, kernel, shift):
        power = 1
        while 3 * power < kernel:
            power *= 3
        level, have, now = line, 1, 0
        while True:
            size = (kernel + power - 1) // power  # by three windows of a third, rounded up
            second, third = (have if 2 * have < size else size - have) * shift, (size - have) * shift
            if power == 1:
                return level, level, second, third
            target = part(nth(spare, now), 0, n + (kernel - size) * shift)
            treble(target, level, rest(level, second), rest(level, third))
            level, have, now, power = nth(spare, now), size, 1 - now, power // 3

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
