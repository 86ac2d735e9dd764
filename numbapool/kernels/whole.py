"""Wide windows side by side: the numbers of a window are combined run by run, each in whole vectors."""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from .compile import jitable, kernel
from .lines import fetch_run

__all__ = ["fold_whole"]


@kernel
def fold_whole(load, combine, combine_freely, finish):
    """Windows of neighbouring numbers along the width; ``combine_freely`` may take them in any order."""

    @jitable
    def fold_run(src, a, n, start, parameter):
        a, total = np.uint64(a), start
        for i in range(np.uint64(n)):
            total = combine_freely(total, load(src[a + i], parameter))
        return total

    def fold_whole(x, y, table, identity, parameter, pieces):
        for piece in prange(pieces):
            begin, end = table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces
            rest, w = begin // table[f.OUT_WIDTH], begin % table[f.OUT_WIDTH] - 1
            rest, h = rest // table[f.OUT_HEIGHT], rest % table[f.OUT_HEIGHT]
            rest, d = rest // table[f.OUT_DEPTH], rest % table[f.OUT_DEPTH]
            o, p = rest // table[f.OUTER_1], rest % table[f.OUTER_1]
            for _ in range(begin, end):  # counted on, as divisions take longer than short windows
                w += 1
                if w == table[f.OUT_WIDTH]:
                    w, h = 0, h + 1
                    if h == table[f.OUT_HEIGHT]:
                        h, d = 0, d + 1
                        if d == table[f.OUT_DEPTH]:
                            d, p = 0, p + 1
                            if p == table[f.OUTER_1]:
                                p, o = 0, o + 1
                n = table[table[f.COUNT_W] + w]
                at = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1] + table[table[f.FIRST_W] + w]
                at += table[table[f.FIRST_D] + d] * table[f.X_DEPTH] + table[table[f.FIRST_H] + h] * table[f.X_HEIGHT]
                total = identity
                for i in range(table[table[f.COUNT_D] + d]):
                    for j in range(table[table[f.COUNT_H] + h]):
                        row = at + i * table[f.STEP_D] * table[f.X_DEPTH] + j * table[f.STEP_H] * table[f.X_HEIGHT]
                        if table[f.AHEAD] != 0:
                            fetch_run(x, row + table[f.AHEAD], n)
                        total = combine(total, fold_run(x, row, n, identity, parameter))
                divisor = table[f.DIVISOR]
                if divisor == 0:
                    divisor = table[table[f.DIVISOR_D] + d] * table[table[f.DIVISOR_H] + h]
                    divisor *= table[table[f.DIVISOR_W] + w]
                to = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1] + d * table[f.Y_DEPTH]
                y[np.uint64(to + h * table[f.Y_HEIGHT] + w)] = finish(total, divisor, parameter)

    return fold_whole
