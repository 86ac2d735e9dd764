"""Selections with indices from many small planes, of which a block is turned so that its planes lie side by side.

Short rows cost more in calls than in work. Turned, every loop runs over the planes of a block, whatever the windows.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numba.extending import register_jitable

from . import frame as f
from .compile import kernel
from .select_lines import earliest_loops, same, stored_loops

__all__ = ["select_planes"]


@register_jitable
def turn(tile, to, block, src, bases, at, n):
    """``n`` numbers of each of ``block`` planes, those of all planes side by side, four planes at a time."""
    to, block, at = np.uint64(to), np.uint64(block), np.uint64(at)
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    for p in range(np.uint64(0), block, np.uint64(4)):
        a, b = np.uint64(bases[p]) + at, np.uint64(bases[p + one]) + at
        c, d = np.uint64(bases[p + two]) + at, np.uint64(bases[p + three]) + at
        for i in range(np.uint64(n)):
            q, r, s, t, here = src[a + i], src[b + i], src[c + i], src[d + i], to + i * block + p
            tile[here], tile[here + one], tile[here + two], tile[here + three] = q, r, s, t


@register_jitable
def turn_back(dst, bases, first, at, tile, a, block, planes, n):
    """The way back, for the first ``planes`` of a block."""
    a, block, first, at = np.uint64(a), np.uint64(block), np.uint64(first), np.uint64(at)
    for p in range(np.uint64(planes)):
        base = np.uint64(bases[first + p]) + at
        for i in range(np.uint64(n)):
            dst[base + i] = tile[a + i * block + p]


@kernel
def select_planes(load, better, store, number, code):
    """Windows as the tables have them, of `BLOCK` planes at a time, a multiple of four."""
    load_run, _, row_on, two_rows_on = stored_loops(load, better, same, code)
    *_, give = earliest_loops(better, store, code)

    def select_planes(x, y, indices, table, pieces):
        block, planes = table[f.BLOCK], table[f.OUTER_0] * table[f.OUTER_1]
        row, rows, slabs = table[f.WIDTH], table[f.HEIGHT], table[f.DEPTH]
        positions, results = row * rows * slabs, table[f.OUT_DEPTH] * table[f.OUT_HEIGHT] * table[f.OUT_WIDTH]
        if (rows == 1 or table[f.X_HEIGHT] == row) and (slabs == 1 or table[f.X_DEPTH] == row * rows):
            row, rows, slabs = positions, 1, 1  # one long row
        row_y, rows_y, slabs_y = table[f.OUT_WIDTH], table[f.OUT_HEIGHT], table[f.OUT_DEPTH]
        if (rows_y == 1 or table[f.Y_HEIGHT] == row_y) and (slabs_y == 1 or table[f.Y_DEPTH] == row_y * rows_y):
            row_y, rows_y, slabs_y = results, 1, 1
        for piece in prange(pieces):
            tile, y_tile = np.empty(positions * block, x.dtype), np.empty(results * block, y.dtype)
            k_tile, bases = np.empty(results * block, code), np.empty(2 * block, np.int64)
            vals, codes, none = np.empty(2 * block, number), np.zeros(3 * block, code), 2 * block
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                there = min(planes - unit * block, block)
                for i in range(block):  # places that no plane is left for hold the last one once more
                    plane = unit * block + min(i, there - 1)
                    o, p = plane // table[f.OUTER_1], plane % table[f.OUTER_1]
                    bases[i] = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1]
                    bases[block + i] = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1]
                at = 0
                for d in range(slabs):
                    for h in range(rows):
                        turn(tile, at, block, x, bases, d * table[f.X_DEPTH] + h * table[f.X_HEIGHT], row)
                        at += row * block
                at = 0
                for d in range(table[f.OUT_DEPTH]):
                    first_d, deep = table[table[f.FIRST_D] + d], table[table[f.COUNT_D] + d]
                    for h in range(table[f.OUT_HEIGHT]):
                        first_h, high = table[table[f.FIRST_H] + h], table[table[f.COUNT_H] + h]
                        for w in range(table[f.OUT_WIDTH]):
                            first_w, wide = table[table[f.FIRST_W] + w], table[table[f.COUNT_W] + w]
                            corner = ((first_d * table[f.HEIGHT] + first_h) * table[f.WIDTH] + first_w) * block
                            now, now_k, free, waits, a, gap = 0, none, block, False, 0, 0
                            load_run(vals, now, tile, corner, block)
                            for j in range(deep):
                                for k in range(high):
                                    b = j * table[f.STEP_D] * table[f.HEIGHT] + k * table[f.STEP_H]
                                    b = corner + b * table[f.WIDTH] * block
                                    more = (
                                        j * table[f.STEP_D] * table[f.INDEX_D] + k * table[f.STEP_H] * table[f.INDEX_H]
                                    )
                                    for i in range(wide):
                                        if waits:
                                            two_rows_on(
                                                vals, codes, free, now, now_k, tile, a, b, none, block, gap, more
                                            )
                                            now, now_k, free = free, free, block - free
                                        waits, a, gap = not waits and i + j + k > 0, b, more
                                        b, more = b + table[f.STEP_W] * block, more + table[f.STEP_W] * table[f.INDEX_W]
                            if waits:
                                row_on(vals, codes, free, now, now_k, tile, a, none, block, gap)
                                now, now_k = free, free
                            first = first_d * table[f.INDEX_D] + first_h * table[f.INDEX_H] + first_w * table[f.INDEX_W]
                            give(y_tile, k_tile, at, vals, now, codes, now_k, block, first)
                            at += block
                at = 0
                for d in range(slabs_y):
                    for h in range(rows_y):
                        here = d * table[f.Y_DEPTH] + h * table[f.Y_HEIGHT]
                        turn_back(y, bases, block, here, y_tile, at, block, there, row_y)
                        turn_back(indices, bases, block, here, k_tile, at, block, there, row_y)
                        at += row_y * block

    return select_planes
