"""Windows of any size along a line by partial results over 3, 9, 27, … numbers: log3(K) passes over it instead of K.

Nothing is ever subtracted, so that an inf or a NaN stays in the windows that hold it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..jit import apart, scalar
from .lines import Fold, copy, line_loops
from .views import nth, part, rest

__all__ = ["make_trebled"]


@cache
def make_trebled(fold: Fold) -> Any:
    """``trebled(line, spare, n, kernel, shift)``: windows of more than 3 as the combination of two lines.

    What is returned are the numbers of two of the lines ``spare``, and where the second begins.
    """
    loops = line_loops(fold)
    both, all3 = loops.both, loops.all3

    @apart
    @scalar
    def treble(target, line, shift):
        all3(target, line, rest(line, shift), rest(line, 2 * shift))

    @scalar
    def overlapping(line, spare, n, kernel, shift):
        have, now = 3, 0
        treble(part(nth(spare, 0), 0, n + (kernel - 3) * shift), line, shift)
        while 3 * have < kernel:
            treble(part(nth(spare, 1 - now), 0, n + (kernel - 3 * have) * shift), nth(spare, now), have * shift)
            have, now = 3 * have, 1 - now
        if 2 * have < kernel:
            level = nth(spare, now)
            both(part(nth(spare, 1 - now), 0, n + (kernel - 2 * have) * shift), level, rest(level, have * shift))
            have, now = 2 * have, 1 - now
        return now, now, (kernel - have) * shift

    @scalar
    def one_after_the_other(line, spare, n, kernel, shift):
        have, now, total, done = 3, 0, 2, kernel % 3  # by the ternary digits of the window size, from the lowest
        if done == 1:
            copy(part(nth(spare, total), 0, n), line)
        elif done == 2:
            both(part(nth(spare, total), 0, n), line, rest(line, shift))
        treble(part(nth(spare, 0), 0, n + (kernel - 3) * shift), line, shift)
        while done + have < kernel:
            level, left = nth(spare, now), (kernel - done) // have
            digit = left - 1 if left <= 3 else left % 3  # the last of them is left for the caller
            if digit:
                so_far, goal = nth(spare, total), part(nth(spare, 5 - total), 0, n)
                here, behind = rest(level, done * shift), rest(level, (done + have) * shift)
                if digit == 2 and done:
                    all3(goal, so_far, here, behind)
                elif digit == 2:
                    both(goal, level, behind)
                elif done:
                    both(goal, so_far, here)
                else:
                    copy(goal, level)
                total, done = 5 - total, done + digit * have
            if left > 3:
                treble(part(nth(spare, 1 - now), 0, n + (kernel - 3 * have) * shift), level, have * shift)
                have, now = 3 * have, 1 - now
        return total, now, done * shift

    return overlapping if fold.repeats else one_after_the_other
