"""Windows of 2 × 2 side by side, the most frequent of all, in one pass over two rows."""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from .compile import jitable, kernel
from .lines import fetch_run

__all__ = ["squares"]


@kernel
def squares(load, combine, finish, *, large):
    """Windows of two positions along height and width, at stride 2, without padding."""

    @jitable
    def pool_row(dst, to, src, a, b, n, divisor, parameter):
        to, a, b, one = np.uint64(to), np.uint64(a), np.uint64(b), np.uint64(1)
        for i in range(np.uint64(n)):
            p, q = load(src[a + i + i], parameter), load(src[a + i + i + one], parameter)
            r, s = load(src[b + i + i], parameter), load(src[b + i + i + one], parameter)
            dst[to + i] = finish(combine(combine(p, r), combine(q, s)), divisor, parameter)

    def squares(x, y, table, identity, parameter, pieces):
        n, block, height, divisor = table[f.OUT_WIDTH], table[f.BLOCK], table[f.X_HEIGHT], table[f.DIVISOR]
        blocks, ahead = (table[f.OUT_HEIGHT] + block - 1) // block, table[f.AHEAD]
        for piece in prange(pieces):
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                rest, top = unit // blocks, unit % blocks * block
                rest, d = rest // table[f.OUT_DEPTH], rest % table[f.OUT_DEPTH]
                o, p = rest // table[f.OUTER_1], rest % table[f.OUTER_1]
                plane = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1] + d * table[f.X_DEPTH]
                to = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1] + d * table[f.Y_DEPTH]
                for h in range(top, min(top + block, table[f.OUT_HEIGHT])):
                    row, at = plane + 2 * h * height, to + h * table[f.Y_HEIGHT]
                    if large and ahead > 0:
                        fetch_run(x, row + ahead, 2 * height)
                    pool_row(y, at, x, row, row + height, n, divisor, parameter)

    return squares
