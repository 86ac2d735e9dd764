"""One window over a whole line: a fixed number of partial results side by side, which then become one.

However long the line and however many the threads, the same numbers meet in the same order.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import Kernel, Scratch, kernel
from .frame import DIVISOR, X_HEIGHT, X_WIDTH, Y_HEIGHT, next_rows, x_plane, y_slab
from .lines import Fold, line_loops
from .views import nth, part, rest

__all__ = ["whole_kernel", "whole_scratch"]

LANES = 16


@cache
def whole_kernel(fold: Fold) -> Kernel:
    """As `rows_kernel`, for rows of one window each that holds all of the row; a work unit is one row."""
    loops = line_loops(fold)
    start, take, both = loops.start, loops.take, loops.both
    load, combine, finish = fold.load, fold.combine, fold.finish
    multiplies = fold.multiplies

    @kernel(f"whole-{fold.name}")
    def whole(x, y, frame, strips, depth, height, width, identity, parameter, lines, _a, shares, _b, begin, end):
        n, divisors, unit = frame[X_WIDTH], nth(shares, 0), begin
        while unit < end:
            plane, d, _strip, row0, row1 = next_rows(frame, unit, end)
            at, out = x_plane(frame, plane), y_slab(frame, plane, d)
            for row in range(row0, row1):
                divisors[0] = depth[DIVISOR, d] * height[DIVISOR, row] * width[DIVISOR, 0]
                if multiplies:
                    divisors[0] = 1 / divisors[0]
                line = part(x, at + row * frame[X_HEIGHT], n)
                now = 0
                if n < LANES:
                    m = load(line[0], parameter)
                    for i in range(1, n):
                        m = combine(m, load(line[i], parameter))
                else:
                    start(part(nth(lines, 0), 0, LANES), line, parameter)
                    i = LANES
                    while i + LANES <= n:
                        take(part(nth(lines, 1 - now), 0, LANES), nth(lines, now), rest(line, i), parameter)
                        now = 1 - now
                        i += LANES
                    if i < n:
                        rest_size = n - i
                        last = nth(lines, 1 - now)
                        for j in range(rest_size, LANES):
                            last[j] = nth(lines, now)[j]
                        take(part(last, 0, rest_size), nth(lines, now), rest(line, i), parameter)
                        now = 1 - now
                    size = LANES // 2
                    while size > 0:
                        both(part(nth(lines, 1 - now), 0, size), nth(lines, now), rest(nth(lines, now), size))
                        now = 1 - now
                        size //= 2
                    m = lines[now, 0]
                y[out + row * frame[Y_HEIGHT]] = finish(m, divisors[0], parameter)
            unit += row1 - row0

    return whole


def whole_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any) -> Scratch:
    """Scratch memory of `whole_kernel`."""
    return Scratch(lines=(2, 64, identity.dtype), extra=(1, 1, parameter.dtype))
