"""Windows one by one: each is gathered into a line, and a function of that line says what becomes of it.

For windows of many numbers, and for functions of the user's own.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from .compile import jitable, kernel
from .draw import draw_for
from .lines import fill_run

__all__ = ["CALLED", "INDEXED", "MADE", "SELECTED", "gather"]

MADE, SELECTED, INDEXED = "made of a window", "selected", "selected, with indices"
# Computed by a user's function, which always gets whole windows: ``identity`` fills what lies outside the input. It may
# raise, and an exception on Numba's threads would be lost. So ``one`` is a pair: in parallel kernels the second one
# catches exceptions and sets ``places[0]`` to -1, which the kernel reports by ``indices[0] = 1``.
CALLED = "made of a window by a function that may raise"


@kernel
def gather(load, one, store, gives, *, parallel):
    """``one(values, places, count, parameter, draw)`` gives a result, or the place of the value kept.

    It may change the two lines; ``places`` are those of the values in the window, ``draw`` a random number of 64 bits.
    """
    if gives == CALLED:
        one = one[1] if parallel else one[0]

    @jitable
    def gather_row(values, places, k, src, a, step, n):
        k, a, step = np.uint64(k), np.uint64(a), np.uint64(step)
        for i in range(np.uint64(n)):
            values[k + i] = load(src[a + i * step])
            places[k + i] = np.int64(k + i)

    def gather(x, y, indices, table, identity, seed, parameter, pieces):
        inner, most, step_w = table[f.INNER], table[f.LINES_KEPT], table[f.STEP_W] * table[f.INNER]
        for piece in prange(pieces):
            values, places = np.full(most, identity), np.zeros(most, np.int64)
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                o, p, d, h, _, w_begin, n, row, out = f.strip_of(table, unit)
                first_d, first_h = table[table[f.FIRST_D] + d], table[table[f.FIRST_H] + h]
                deep, high = table[table[f.COUNT_D] + d], table[table[f.COUNT_H] + h]
                row += first_h * table[f.X_HEIGHT]
                out += h * table[f.Y_HEIGHT]
                skip_d = (first_d + table[f.PAD_D] - d * table[f.STRIDE_D]) // table[f.STEP_D]
                skip_h = (first_h + table[f.PAD_H] - h * table[f.STRIDE_H]) // table[f.STEP_H]
                draw_row = table[f.DRAW_BASE] + o * table[f.DRAW_OUTER_0] + p * table[f.DRAW_OUTER_1]
                draw_row += d * table[f.DRAW_DEPTH] + h * table[f.DRAW_HEIGHT]
                for w in range(w_begin, w_begin + n):
                    first_w, wide = table[table[f.FIRST_W] + w], table[table[f.COUNT_W] + w]
                    for c in range(inner):
                        to, count = out + w * inner + c, 0
                        whole, skip_w = gives == CALLED and deep * high * wide < most, 0
                        if whole:
                            fill_run(values, 0, most, identity)
                            skip_w = (first_w + table[f.PAD_W] - w * table[f.STRIDE_W]) // table[f.STEP_W]
                        for i in range(deep):
                            for j in range(high):
                                if whole:
                                    count = (i + skip_d) * table[f.KERNEL_H] + j + skip_h
                                    count = count * table[f.KERNEL_W] + skip_w
                                begin = row + first_w * inner + c
                                begin += (
                                    i * table[f.STEP_D] * table[f.X_DEPTH] + j * table[f.STEP_H] * table[f.X_HEIGHT]
                                )
                                gather_row(values, places, count, x, begin, step_w, wide)
                                count += wide
                        if whole:
                            count = most
                        draw = draw_for(seed, draw_row + w * table[f.DRAW_WIDTH] + c * table[f.DRAW_INNER])
                        result = one(values, places, count, parameter, draw)
                        if gives == CALLED:
                            y[to] = store(result)
                            if parallel and places[0] < 0:
                                indices[0] = 1
                        elif gives == MADE:
                            y[to] = store(result)
                        else:
                            k = places[result]
                            i, j, t = k // (high * wide) * table[f.STEP_D], k // wide % high * table[f.STEP_H], k % wide
                            begin = row + (first_w + t * table[f.STEP_W]) * inner + c
                            y[to] = x[begin + i * table[f.X_DEPTH] + j * table[f.X_HEIGHT]]
                            if gives == INDEXED:
                                index = (first_d + i) * table[f.INDEX_D] + (first_h + j) * table[f.INDEX_H]
                                indices[to] = index + (first_w + t * table[f.STEP_W]) * table[f.INDEX_W]

    return gather
