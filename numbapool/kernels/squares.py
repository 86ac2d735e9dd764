"""Windows of two positions along each axis, side by side, the most frequent of all: in one pass over their rows."""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from . import intrinsics
from .compile import kernel, loop
from .lines import prefetch_run

__all__ = ["squares"]


@kernel
def squares(load, combine, combine_last, finish, rows):
    """Windows of one, two or four ``rows``, and of two positions along the width, at stride 2 and without padding."""

    @loop
    def pool_row(dst, to, src, a, second, third, n, divisor, parameter):
        to, a, one, n = intrinsics.unsigned(to, a, 1, n)
        b, c, d = a + np.uint64(second), a + np.uint64(third), a + np.uint64(third) + np.uint64(second)
        for i in range(n):
            p, q = load(src[a + i + i], parameter), load(src[a + i + i + one], parameter)
            if rows > 1:
                r, s = load(src[b + i + i], parameter), load(src[b + i + i + one], parameter)
                p, q = combine(p, r), combine(q, s)
            if rows > 2:
                r, s = load(src[c + i + i], parameter), load(src[c + i + i + one], parameter)
                t, u = load(src[d + i + i], parameter), load(src[d + i + i + one], parameter)
                p, q = combine(p, combine(r, t)), combine(q, combine(s, u))
            dst[to + i] = finish(combine_last(p, q), divisor, parameter)

    def squares(x, y, table, identity, parameter, pieces):
        behind = table[f.STEP_D] * table[f.X_DEPTH]
        for piece in prange(pieces):
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                _, _, _, top, bottom, w, n, plane, to = f.strip_of(table, unit)
                plane += 2 * w
                for h in range(top, bottom):
                    row, high = (
                        plane + 2 * w + table[table[f.FIRST_H] + h] * table[f.X_HEIGHT],
                        table[table[f.COUNT_H] + h],
                    )
                    below = table[f.STEP_H] * table[f.X_HEIGHT] if high > 1 else behind
                    if table[f.AHEAD] != 0:
                        for i in range(rows):
                            prefetch_run(x, row + i // high * behind + i % high * below + table[f.AHEAD], 2 * n)
                    at = to + h * table[f.Y_HEIGHT]
                    pool_row(y, at, x, row, below, behind, n, table[f.DIVISOR], parameter)

    return squares
