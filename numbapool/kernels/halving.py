"""Windows of whole strides, where these are 2, 4, 8 … numbers, as windows at stride 1: over pairs, and pairs of pairs.

Half of the numbers are left each time, where trebling passes over all of them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import apart, scalar, vector
from .lines import Fold, line_loops
from .trebling import make_trebled
from .views import part, rest

__all__ = ["make_halved", "make_over_strides"]


@cache
def make_halved(fold: Fold) -> Any:
    """``halved(target, line, room, size, stride)``: of the first ``size`` numbers, one for each ``stride`` of them.

    That is a power of two from 2 on; ``room`` is another line, as long.
    """
    combine = fold.combine

    @apart
    @vector
    def pairs(target, line):
        for i in range(target.size):
            target[i] = combine(line[2 * i], line[2 * i + 1])

    @scalar
    def halved(target, line, room, size, stride):
        left, begin, other = size // 2, 0, size // 2
        while stride > 2:
            goal = part(room, begin, left)
            pairs(goal, line)
            # in turn: what comes next is half as long, and has room behind the first
            line, begin = goal, other - begin
            left, stride = left // 2, stride // 2
        pairs(part(target, 0, left), line)

    return halved


@cache
def make_over_strides(fold: Fold) -> Any:
    """As `along.make_along`, for windows of two strides or more, each of which is one number already."""
    loops = line_loops(fold)
    last2, last3, trebled = loops.last2, loops.last3, make_trebled(fold)

    @scalar
    def over(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        strides = kernel // stride
        if strides == 2:
            last2(out, line, rest(line, 1), divisors, parameter)
        else:
            a, c, second, third = trebled(line, spare, out.size, strides, np.int64(1))
            last3(out, a, rest(a, second), rest(c, third), divisors, parameter)

    return over
