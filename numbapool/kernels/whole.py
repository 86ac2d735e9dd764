"""Wide windows side by side: the numbers of a window are combined run by run, each in whole vectors."""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from . import intrinsics
from .compile import kernel, loop

__all__ = ["fold_whole"]


@kernel
def fold_whole(load, combine, combine_freely, finish):
    """Windows of neighbouring numbers along the width; ``combine_freely`` may take them in any order."""

    @loop
    def fold_run(src, a, n, start, parameter):
        a, n = intrinsics.unsigned(a, n)
        total = start
        for i in range(n):
            total = combine_freely(total, load(src[a + i], parameter))
        return total

    def fold_whole(x, y, table, identity, parameter, pieces):
        depth, height, width = table[f.OUT_DEPTH], table[f.OUT_HEIGHT], table[f.OUT_WIDTH]
        x_outer_0, x_outer_1, planes = table[f.X_OUTER_0], table[f.X_OUTER_1], table[f.OUTER_1]
        y_outer_0, y_outer_1 = table[f.Y_OUTER_0], table[f.Y_OUTER_1]
        step_d, step_h = table[f.STEP_D] * table[f.X_DEPTH], table[f.STEP_H] * table[f.X_HEIGHT]
        for piece in prange(pieces):
            begin, end = table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces
            rest, w = begin // width, begin % width - 1
            rest, h = rest // height, rest % height
            rest, d = rest // depth, rest % depth
            o, p = rest // planes, rest % planes
            first, to, n, wide, deep, divisor = 0, 0, 0, 0, 0, 0
            for unit in range(begin, end):  # counted on, as divisions take longer than short windows
                w += 1
                if w == width:
                    w, h = 0, h + 1
                    if h == height:
                        h, d = 0, d + 1
                        if d == depth:
                            d, p = 0, p + 1
                            if p == planes:
                                p, o = 0, o + 1
                if unit == begin or depth * height * width > 1:  # looking it up takes as long as 100 numbers
                    first = table[f.X_BASE] + table[table[f.FIRST_D] + d] * table[f.X_DEPTH]
                    first += table[table[f.FIRST_H] + h] * table[f.X_HEIGHT] + table[table[f.FIRST_W] + w]
                    to = table[f.Y_BASE] + d * table[f.Y_DEPTH] + h * table[f.Y_HEIGHT] + w
                    n, divisor = table[table[f.COUNT_W] + w], table[f.DIVISOR]
                    wide, deep = table[table[f.COUNT_H] + h], table[table[f.COUNT_D] + d]
                    if divisor == 0:
                        divisor = table[table[f.DIVISOR_D] + d] * table[table[f.DIVISOR_H] + h]
                        divisor *= table[table[f.DIVISOR_W] + w]
                total, at = identity, first + o * x_outer_0 + p * x_outer_1
                for i in range(deep):
                    for j in range(wide):
                        row = at + i * step_d + j * step_h
                        total = combine(total, fold_run(x, row, n, identity, parameter))
                y[np.uint64(to + o * y_outer_0 + p * y_outer_1)] = finish(total, divisor, parameter)

    return fold_whole
