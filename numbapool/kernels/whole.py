"""Windows as wide as the input: the numbers of a window are combined run by run, each in whole vectors."""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from .compile import jitable, kernel
from .lines import fetch_run

__all__ = ["fold_whole"]


@kernel
def fold_whole(load, combine, combine_freely, finish, *, large):
    """One window along the width, of neighbouring numbers; ``combine_freely`` may take them in any order."""

    @jitable
    def fold_run(src, a, n, start, parameter):
        a, total = np.uint64(a), start
        for i in range(np.uint64(n)):
            total = combine_freely(total, load(src[a + i], parameter))
        return total

    def fold_whole(x, y, table, identity, parameter, pieces):
        n, first_w = table[table[f.COUNT_W]], table[table[f.FIRST_W]]
        for piece in prange(pieces):
            begin, end = table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces
            rest, h = begin // table[f.OUT_HEIGHT], begin % table[f.OUT_HEIGHT] - 1
            rest, d = rest // table[f.OUT_DEPTH], rest % table[f.OUT_DEPTH]
            o, p = rest // table[f.OUTER_1], rest % table[f.OUTER_1]
            for _ in range(begin, end):  # counted on, as divisions take longer than short windows
                h += 1
                if h == table[f.OUT_HEIGHT]:
                    h, d = 0, d + 1
                    if d == table[f.OUT_DEPTH]:
                        d, p = 0, p + 1
                        if p == table[f.OUTER_1]:
                            p, o = 0, o + 1
                at = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1] + first_w
                at += table[table[f.FIRST_D] + d] * table[f.X_DEPTH] + table[table[f.FIRST_H] + h] * table[f.X_HEIGHT]
                total = identity
                for i in range(table[table[f.COUNT_D] + d]):
                    for j in range(table[table[f.COUNT_H] + h]):
                        row = at + i * table[f.STEP_D] * table[f.X_DEPTH] + j * table[f.STEP_H] * table[f.X_HEIGHT]
                        if large and table[f.AHEAD] > 0:
                            fetch_run(x, row + table[f.AHEAD], n)
                        total = combine(total, fold_run(x, row, n, identity, parameter))
                divisor = table[f.DIVISOR]
                if divisor == 0:
                    divisor = table[table[f.DIVISOR_D] + d] * table[table[f.DIVISOR_H] + h] * table[table[f.DIVISOR_W]]
                to = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1] + d * table[f.Y_DEPTH]
                y[np.uint64(to + h * table[f.Y_HEIGHT])] = finish(total, divisor, parameter)

    return fold_whole
