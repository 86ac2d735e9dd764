"""Windows of whole strides, where these are 2, 4, 8 … numbers, as windows at stride 1: over pairs, and pairs of pairs.

Half of the numbers are left each time, where trebling passes over all of them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..jit import apart, scalar, vector
from .lines import Fold
from .views import part

__all__ = ["make_halved"]


@cache
def make_halved(fold: Fold) -> Any:
    """``halves, count = halved(line, room, width, kernel, stride, least)``: a line of fewer numbers, and how many.

    Each stride becomes as many as ``least``; ``room`` is another line, as long.
    """
    combine = fold.combine

    @apart
    @vector
    def pairs(target, line):
        for i in range(target.size):
            target[i] = combine(line[2 * i], line[2 * i + 1])

    @scalar
    def halved(line, room, width, kernel, stride, least):
        left = (width - 1) * stride + kernel
        begin, other = 0, left // 2
        while stride > least:
            left, stride = left // 2, stride // 2
            target = part(room, begin, left)
            pairs(target, line)
            # in turn: what comes next is half as long, and has room behind the first
            line, begin = target, other - begin
        return line, left

    return halved
