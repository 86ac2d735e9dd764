"""Windows that share no numbers: each is combined by itself, in one pass and without a line in between.

For windows of two positions along each axis, the most frequent of all (`squares`), and for wide ones (`fold_whole`).
"""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from . import intrinsics
from .compile import kernel, loop
from .lines import STAGED, line_begins, prefetch_run, put_rows

__all__ = ["fold_whole", "squares"]


@kernel
def squares(load, combine, combine_last, finish, rows, *, parallel):
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
        line_at = line_begins(y, table[f.STREAMS]) if parallel else -1
        for piece in prange(pieces):
            results = np.empty(table[f.STRIP] + STAGED, y.dtype) if line_at >= 0 else y
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                _, _, _, top, bottom, w, n, plane, to = f.strip_of(table, unit)
                plane, to, held, adjacent = plane + 2 * w, to + w, 0, table[f.Y_HEIGHT] == n
                for h in range(top, bottom):
                    row, high = plane + table[table[f.FIRST_H] + h] * table[f.X_HEIGHT], table[table[f.COUNT_H] + h]
                    below = table[f.STEP_H] * table[f.X_HEIGHT] if high > 1 else behind
                    if table[f.AHEAD] != 0:
                        for i in range(rows):
                            prefetch_run(x, row + i // high * behind + i % high * below + table[f.AHEAD], 2 * n)
                    at = to + h * table[f.Y_HEIGHT]
                    place = held if line_at >= 0 else at
                    pool_row(results, place, x, row, below, behind, n, table[f.DIVISOR], parameter)
                    if line_at >= 0:
                        held = put_rows(y, at + n, results, held + n, line_at, not adjacent or h + 1 == bottom)

    return squares


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
