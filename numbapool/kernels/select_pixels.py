"""Selections with indices pixel by pixel: runs of numbers that lie side by side are compared, window after window.

For channels behind the width (`PIXELS`), and for many small planes, of which a block is transposed in scratch memory
so that their numbers lie side by side as channels do (`PLANES`). Windows may be of any sizes along every axis.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numba.extending import register_jitable

from . import frame as f
from .compile import kernel
from .lines import prefetch_run
from .pixels import PIXELS, PLANES, places_for, put_planes, take_planes
from .select_lines import giving_loop, pixel_loops

__all__ = ["select_pixels"]


@register_jitable
def list_positions(places, codes, table, size, x_depth, x_height, inner):
    """How far the positions of a window of this ``size`` lie behind the first, in the source and in indices."""
    at = 0
    for j in range(size[0]):
        for k in range(size[1]):
            row = j * table[f.STEP_D] * x_depth + k * table[f.STEP_H] * x_height
            code = j * table[f.STEP_D] * table[f.INDEX_D] + k * table[f.STEP_H] * table[f.INDEX_H]
            for i in range(size[2]):
                places[at] = row + i * table[f.STEP_W] * inner
                codes[at] = code + i * table[f.STEP_W] * table[f.INDEX_W]
                at += 1


@kernel
def select_pixels(load, better, store, number, code, source):
    """Windows as the tables have them, of `BLOCK` planes at a time, a multiple of `SQUARE`."""
    start_two, start_three, two_on, give_two_on = pixel_loops(load, better, store, code)
    give = giving_loop(store)

    def select_pixels(x, y, indices, table, pieces):
        strip, strips = table[f.STRIP], (table[f.OUT_WIDTH] + table[f.STRIP] - 1) // table[f.STRIP]
        block, planes = table[f.BLOCK], table[f.OUTER_0] * table[f.OUTER_1]
        results = table[f.OUT_DEPTH] * table[f.OUT_HEIGHT] * table[f.OUT_WIDTH]
        positions = table[f.DEPTH] * table[f.HEIGHT] * table[f.WIDTH]
        inner = block if source == PLANES else table[f.INNER]
        x_height = table[f.WIDTH] * block if source == PLANES else table[f.X_HEIGHT]
        x_depth = table[f.HEIGHT] * x_height if source == PLANES else table[f.X_DEPTH]
        rows_of_unit = table[f.OUT_DEPTH] * table[f.OUT_HEIGHT] if source == PLANES else 1
        for piece in prange(pieces):
            vals, kept = np.empty(2 * inner, number), np.empty(2 * inner, code)
            places, codes = np.empty(table[f.LINES_KEPT], np.int64), np.empty(table[f.LINES_KEPT], np.int64)
            held = (0, 0, 0)
            n = 0
            if source == PLANES:
                at_planes = places_for(block, max(positions, results))
                src, dst = np.empty(positions * block, x.dtype), np.empty(results * block, y.dtype)
                found = np.empty(results * block, code)
            else:
                src, dst, found = x, y, indices
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                first_row, w_begin = unit // strips, unit % strips * strip
                if source == PLANES:
                    here, first_row = min(planes - unit * block, block), 0
                    take_planes(src, at_planes, x, table, unit * block, here)
                for row in range(first_row, first_row + rows_of_unit):
                    rest, h = row // table[f.OUT_HEIGHT], row % table[f.OUT_HEIGHT]
                    plane, d = rest // table[f.OUT_DEPTH], rest % table[f.OUT_DEPTH]
                    a, to = 0, row * table[f.OUT_WIDTH] * block
                    if source == PIXELS:
                        o, p = plane // table[f.OUTER_1], plane % table[f.OUTER_1]
                        a = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1]
                        to = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1]
                        to += d * table[f.Y_DEPTH] + h * table[f.Y_HEIGHT]
                    first_d, first_h = table[table[f.FIRST_D] + d], table[table[f.FIRST_H] + h]
                    a += first_d * x_depth + first_h * x_height
                    base = first_d * table[f.INDEX_D] + first_h * table[f.INDEX_H]
                    for w in range(w_begin, min(w_begin + strip, table[f.OUT_WIDTH])):
                        first, wide = table[table[f.FIRST_W] + w], table[table[f.COUNT_W] + w]
                        size = table[table[f.COUNT_D] + d], table[table[f.COUNT_H] + h], wide
                        if size != held:
                            held, n = size, size[0] * size[1] * wide
                            list_positions(places, codes, table, size, x_depth, x_height, inner)
                        begin, at, index = a + first * inner, to + w * inner, base + first * table[f.INDEX_W]
                        if source == PIXELS and table[f.AHEAD] != 0:
                            for j in range(0, n, wide):
                                prefetch_run(src, begin + places[j] + table[f.AHEAD], wide * inner)
                        if n % 2 == 1 and n > 1:
                            b, c = begin + places[1], begin + places[2]
                            start_three(vals, kept, 0, src, begin, b, c, inner, codes[1], codes[2])
                        else:
                            last = min(n - 1, 1)  # of one value: that value twice
                            start_two(vals, kept, 0, src, begin, begin + places[last], inner, codes[last])
                        now = 0
                        for j in range(2 + n % 2, n, 2):
                            b, c = begin + places[j], begin + places[j + 1]
                            if j + 2 < n:
                                two_on(vals, kept, inner - now, now, src, b, c, inner, codes[j], codes[j + 1])
                                now = inner - now
                            else:
                                give_two_on(
                                    dst, found, at, vals, kept, now, src, b, c, inner, codes[j], codes[j + 1], index
                                )
                        if n < 4:
                            give(dst, found, at, vals, 0, kept, 0, inner, index)
                if source == PLANES:
                    put_planes(y, at_planes, dst, table, here)
                    put_planes(indices, at_planes, found, table, here)

    return select_pixels
