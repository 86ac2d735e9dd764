"""Reductions of whole windows, for many windows at a time: line k holds the k-th value of every window.

The results of a rectangle of windows are computed together, in branch-free loops over the lines, which LLVM
vectorizes. Windows clipped at a border form rectangles of their own.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange
from numba.extending import register_jitable

from . import frame as f
from .compile import jitable, kernel
from .draw import draw_of_four
from .lines import copy_run, fill_run, prefetch_run
from .sorting import find_equal

__all__ = ["SPARE", "across"]

SPARE = 7  # lines to work in, behind those of the numbers
EVEN = 64  # lines are worked on in whole multiples of so many numbers, without remainders one by one


@cache
def taking_loops(load: Any, store: Any) -> Any:
    """Loops from the source into lines, and from these into the results."""

    @jitable
    def take(dst, to, src, a, step, n, inner):
        """Every ``step``-th of ``n`` pixels of ``inner`` numbers."""
        to, a, step, n, inner = np.uint64(to), np.uint64(a), np.uint64(step), np.uint64(n), np.uint64(inner)
        if step == 1:
            for i in range(n * inner):
                dst[to + i] = load(src[a + i])
        elif inner == 1 and step == 2:
            for i in range(n):
                dst[to + i] = load(src[a + i + i])
        elif inner == 1:
            for i in range(n):
                dst[to + i] = load(src[a + i * step])
        else:
            for i in range(n):
                for j in range(inner):
                    dst[to + i * inner + j] = load(src[a + i * step * inner + j])

    @jitable
    def take_two(dst, even, odd, src, a, n):
        even, odd, a, one = np.uint64(even), np.uint64(odd), np.uint64(a), np.uint64(1)
        for i in range(np.uint64(n)):
            dst[even + i] = load(src[a + i + i])
            dst[odd + i] = load(src[a + i + i + one])

    @jitable
    def put(dst, to, line, a, n):
        to, a = np.uint64(to), np.uint64(a)
        for i in range(np.uint64(n)):
            dst[to + i] = store(line[a + i])

    return take, take_two, put


@register_jitable
def put_chosen(dst, to, src, a, step, n, inner, found, at, offsets):
    """Of each window the number that was found, ``offsets`` from its first."""
    to, at, a, step, inner = np.uint64(to), np.uint64(at), np.int64(a), np.int64(step), np.uint64(inner)
    if inner == 1:
        for i in range(np.uint64(n)):
            dst[to + i] = src[np.uint64(a + np.int64(i) * step + offsets[np.uint64(found[at + i])])]
        return
    for i in range(np.uint64(n)):
        for j in range(inner):
            k = i * inner + j
            dst[to + k] = src[np.uint64(a + np.int64(i) * step + np.int64(j) + offsets[np.uint64(found[at + k])])]


@register_jitable
def put_indices(dst, to, first, step, n, inner, found, at, offsets, begin):
    """And where these lie in the plane: ``offsets`` from ``begin`` on."""
    to, at, inner, begin = np.uint64(to), np.uint64(at), np.uint64(inner), np.uint64(begin)
    for i in range(np.uint64(n)):
        for j in range(inner):
            k = i * inner + j
            dst[to + k] = first + np.int64(i) * step + offsets[begin + np.uint64(found[at + k])]


@kernel
def across(load, store, work, indexed, draws, takes):
    """Windows of so few values that each value has a line.

    ``work(lines, found, count, room, spare, n, parameter, seed, places)`` computes ``n`` results from ``count`` lines,
    ``room`` elements apart, and returns the offset of the results in ``lines``. Scratch lines begin at ``spare``; all
    lines may be overwritten. If it ``draws``, it writes to ``found`` which value of each window it chose; ``places``
    tells how draws are numbered. Lines are filled only if it ``takes`` values.
    """
    take, take_two, put = taking_loops(load, store)
    searches, finds = indexed and not draws, indexed or draws

    def across(x, y, indices, table, identity, seed, parameter, pieces):
        inner, room, ahead, sets = table[f.INNER], table[f.LINE_ROOM], table[f.AHEAD], 2 if searches else 1
        step_d, step_h = table[f.STEP_D] * table[f.X_DEPTH], table[f.STEP_H] * table[f.X_HEIGHT]
        step_w, spare = table[f.STEP_W] * inner, sets * table[f.LINES_KEPT] * room
        for piece in prange(pieces):
            lines = np.full((sets * table[f.LINES_KEPT] + SPARE) * room if takes else 1, identity)
            found = np.zeros(room if finds else 1, np.int32)
            offsets = np.zeros(2 * table[f.LINES_KEPT] if finds else 1, np.int64)
            deep_known, high_known, wide_known = 0, 0, 0
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                o, p, d, top, bottom, w_begin, windows, plane, out = f.strip_of(table, unit)
                w_end = w_begin + windows
                first_d, deep = table[table[f.FIRST_D] + d], table[table[f.COUNT_D] + d]
                draw_plane = table[f.DRAW_BASE] + o * table[f.DRAW_OUTER_0] + p * table[f.DRAW_OUTER_1]
                draw_plane += d * table[f.DRAW_DEPTH]

                h, w = top, w_begin
                while h < bottom:
                    fields = f.rectangle_of(table, h, w, bottom - h, w_end - w)
                    rows, wins, first_h, first_w, high, wide, apart, stride = fields
                    count, n = deep * high * wide, wins * inner
                    begin = plane + first_h * table[f.X_HEIGHT] + first_w * inner
                    to = out + h * table[f.Y_HEIGHT] + w * inner
                    draw = draw_plane + h * table[f.DRAW_HEIGHT] + w * table[f.DRAW_WIDTH]
                    many, src_row = (rows * n + EVEN - 1) // EVEN * EVEN, apart * table[f.X_HEIGHT]
                    w += wins
                    if w == w_end:
                        h, w = h + rows, w_begin

                    if finds and (deep != deep_known or high != high_known or wide != wide_known):
                        deep_known, high_known, wide_known, k = deep, high, wide, 0
                        for i in range(deep):
                            for j in range(high):
                                index = i * table[f.STEP_D] * table[f.INDEX_D] + j * table[f.STEP_H] * table[f.INDEX_H]
                                for t in range(wide):
                                    offsets[k] = i * step_d + j * step_h + t * step_w
                                    offsets[count + k] = index + t * table[f.STEP_W] * table[f.INDEX_W]
                                    k += 1
                    if takes:
                        k, pairs = 0, stride == 2 and step_w == 1 and inner == 1
                        # row by row, or down a column
                        runs, pixels, pace = (1, rows, src_row) if n == 1 else (rows, wins, stride)
                        for i in range(deep):
                            for j in range(high):
                                row, new, t = begin + i * step_d + j * step_h, j >= high - table[f.STRIDE_H], 0
                                while t < wide:
                                    target, src = k * room, row + t * step_w
                                    two = pairs and t + 1 < wide
                                    for _run in range(runs):
                                        if ahead != 0 and t == 0 and new:
                                            prefetch_run(x, src + ahead, n * stride)
                                        if two:
                                            take_two(lines, target, target + room, x, src, n)
                                        else:
                                            take(lines, target, x, src, pace, pixels, inner)
                                        target, src = target + n, src + src_row
                                    k, t = k + 1 + two, t + 1 + two
                    if searches:  # in a copy, as the lines may change
                        copy_run(lines, count * room, lines, 0, count * room)

                    # draws of a row follow each other evenly, or those of each of its pixels
                    even = inner == 1 or table[f.DRAW_WIDTH] == inner * table[f.DRAW_INNER]
                    groups, line = (1, n) if even else (wins, inner)
                    by_number, by_row = table[f.DRAW_WIDTH] if inner == 1 else table[f.DRAW_INNER], table[f.DRAW_HEIGHT]
                    squares = not takes and not indexed and count == 4 and wide == stride == 2
                    squares, result = squares and step_w == 1 and inner == 1, 0
                    if not squares:
                        places = rows, draw, by_row, groups, table[f.DRAW_WIDTH], by_number, line
                        result = work(lines, found, count, room, spare, many, parameter, seed, places)
                    if searches:
                        fill_run(found, 0, many, np.int32(-1))
                        for k in range(count - 1, -1, -1):
                            find_equal(found, lines, (count + k) * room, result, k, many)

                    # results
                    joined = not finds and table[f.Y_HEIGHT] == n
                    for r in range(1 if joined else rows):
                        dst_row = to + r * table[f.Y_HEIGHT]
                        if draws:
                            src, step, number = begin + r * src_row, stride * inner, draw + r * by_row
                            if ahead != 0 and not takes:
                                for j in range(min(table[f.STRIDE_H], high)):
                                    prefetch_run(x, src + ahead + j * step_h, n * stride)
                        if draws and squares:
                            draw_of_four(y, dst_row, x, src, src + offsets[2], seed, number, by_number, n)
                        elif draws:
                            put_chosen(y, dst_row, x, src, step, wins, inner, found, r * n, offsets)
                        else:
                            put(y, dst_row, lines, result + r * n, rows * n if joined else n)
                        if indexed:
                            corner = first_d * table[f.INDEX_D] + (first_h + r * apart) * table[f.INDEX_H]
                            corner += first_w * table[f.INDEX_W]
                            step = stride * table[f.INDEX_W]
                            put_indices(indices, dst_row, corner, step, wins, inner, found, r * n, offsets, count)

    return across
