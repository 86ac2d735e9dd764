"""One window over a whole line: a fixed number of partial results side by side, which then become one.

However long the line and however many the threads, the same numbers meet in the same order.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import inlined, scalar, vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .frame import DIVISOR, X_HEIGHT, X_WIDTH, Y_HEIGHT, next_rows, x_plane, y_slab
from .lines import Fold
from .views import nth, part, rest

__all__ = ["whole_kernel", "whole_scratch"]

LANES = 16


@cache
def whole_kernel(fold: Fold) -> Kernel:
    """As `rows_kernel`, for rows of one window each that holds all of the row; a work unit is one row."""
    load, combine, finish, repeats = fold.load, fold.combine, fold.finish, fold.repeats
    multiplies = fold.multiplies

    # Loops of a fixed length are one or two instructions.
    @inlined
    def begin_lanes(target, line, parameter):
        for i in range(LANES):
            target[i] = load(line[i], parameter)

    @vector
    def more(target, so_far, line, parameter):
        for i in range(LANES):
            target[i] = combine(so_far[i], load(line[i], parameter))

    # The last numbers are read as the end of a full set of lanes, part of which have been taken before.
    @inlined
    def few_more(target, so_far, line, known, identity, parameter):
        for i in range(LANES):
            value = load(line[i], parameter)
            target[i] = combine(so_far[i], value if i >= known else identity)

    @inlined
    def to8(target, source):
        for i in range(8):
            target[i] = combine(source[i], source[i + 8])

    @inlined
    def to4(target, source):
        for i in range(4):
            target[i] = combine(source[i], source[i + 4])

    @scalar
    def reduce(line, lines, identity, parameter):
        a, b, n = nth(lines, 0), nth(lines, 1), line.size
        if n < LANES:
            m = load(line[0], parameter)
            for i in range(1, n):
                m = combine(m, load(line[i], parameter))
            return m
        begin_lanes(a, line, parameter)
        i = LANES
        while i + LANES <= n:
            more(b, a, rest(line, i), parameter)
            a, b = b, a
            i += LANES
        if i < n:
            if repeats:
                more(b, a, rest(line, n - LANES), parameter)
            else:
                few_more(b, a, rest(line, n - LANES), LANES - (n - i), identity, parameter)
            a, b = b, a
        to8(b, a)
        to4(a, b)
        return combine(combine(a[0], a[2]), combine(a[1], a[3]))

    @kernel(f"whole-{fold.name}")
    def whole(x, y, frame, strips, depth, height, width, identity, parameter, lines, _a, shares, _b, begin, end):
        n, divisors, unit = frame[X_WIDTH], nth(shares, 0), begin
        share_now = np.int64(0)
        while unit < end:
            plane, d, _strip, row0, row1 = next_rows(frame, unit, end)
            at, out = x_plane(frame, plane), y_slab(frame, plane, d)
            for row in range(row0, row1):
                share = depth[DIVISOR, d] * height[DIVISOR, row] * width[DIVISOR, 0]
                if share != share_now:
                    share_now = share
                    divisors[0] = share
                    if multiplies:
                        divisors[0] = 1 / divisors[0]
                m = reduce(part(x, at + row * frame[X_HEIGHT], n), lines, identity, parameter)
                y[out + row * frame[Y_HEIGHT]] = finish(m, divisors[0], parameter)
            unit += row1 - row0

    return whole


def whole_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any) -> Scratch:
    """Scratch memory of `whole_kernel`."""
    return Scratch(lines=(2, 64, identity.dtype), extra=(1, 1, parameter.dtype))
