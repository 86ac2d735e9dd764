"""Separable poolings: the rows of a window are combined into one line, then the windows along the line.

Rows are combined in one of three ways: one after the other for each window (`ROWS`); planes first, into a slab that the
overlapping windows of a volume share (`SLAB`); or at a cost that does not grow with the window (`SLIDE`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange

from . import frame as f
from . import intrinsics
from .compile import kernel, loop
from .lines import (
    STAGED,
    combining_loops,
    fill_run,
    finishing_loops,
    line_begins,
    loading_loops,
    prefetch_run,
    prefetch_third,
    put_rows,
    split_in_two,
    take_pixels,
)

__all__ = ["ROWS", "SLAB", "SLIDE", "fold"]

ROWS, SLAB, SLIDE = "rows", "slab", "slide"
EDGE = 16  # numbers before a line, so that it begins where a vector does


@cache
def windows_along(combine: Any) -> Any:
    """A function that combines the numbers of windows along a line, but for the last one to three runs.

    It returns where these runs are, and how many. Windows are of ``kernel`` numbers, each ``step`` from the next one.
    Lines of scratch memory are ``room`` apart.
    """
    of_two, of_three, of_pairs, add_every = combining_loops(combine)

    @loop
    def along(lines, a, room, n, kernel, stride, step, inner):
        intrinsics.optimized_by_caller()
        free, other, b, c, parts = 3 * room, 4 * room, a, a, 1
        last_to, last_from, left = free, a, 0  # of the last step, which stands behind all branches: see `loop`
        while inner == 1 and step == 1 and stride % 2 == 0 and kernel % 2 == 0:
            halved = 6 * room if a == 5 * room else 5 * room
            of_pairs(lines, halved, lines, a, ((n - 1) * stride + kernel) // 2)
            a, kernel, stride = halved, kernel // 2, stride // 2
        passes = 1
        while 4 << passes <= kernel:
            passes += 1
        if inner == 1 and stride == 2 and kernel == 3 and step == 1:
            split_in_two(lines, free, free + room // 2, lines, a, n + 1)
            a, b, c, parts = free, free + room // 2, free + 1, 3
        elif inner == 1 and stride > 1 and kernel <= 2 * stride * passes:
            third = (6 if a // room == 5 else 5) * room
            take_pixels(lines, free, lines, a, stride, n, 1)
            for k in range(1, kernel - 2):
                add_every(lines, other, free, lines, a + k * step, stride, n)
                free, other = other, free
            take_pixels(lines, third, lines, a + (kernel - 2) * step, stride, n if kernel > 2 else 0, 1)
            last_to, last_from, left = other, a + (kernel - 1) * step, n if kernel > 1 else 0
            a, b, c, parts = free, third if kernel > 2 else other, other, min(kernel, 3)
        else:
            # windows at every position by doubling: each of two of half its size, and of one more number if it is odd
            shift, numbers, bit, have, whole = step * inner, ((n - 1) * stride + 1) * inner, 1, 1, a
            while 4 * bit <= kernel:
                bit *= 2
            now = a
            while have < kernel:
                parts = 3 if kernel & bit else 2
                a, b, c = now, now + have * shift, whole + 2 * have * shift
                have = 2 * have + parts - 2
                bit //= 2
                if have < kernel or stride > 1:
                    reach = numbers + (kernel - have) * shift
                    if parts == 2:
                        of_two(lines, free, a, b, reach)
                    else:
                        of_three(lines, free, a, b, c, reach)
                    now, free, other = free, other, free
            if stride > 1:
                last_to, last_from, left = free, now, n
                a, b, c, parts = free, free, free, 1
        take_pixels(lines, last_to, lines, last_from, stride, left, inner)
        return a, b, c, parts

    return along


@kernel
def fold(load, combine, combine_last, finish, source, divides, *, parallel):
    """Windows of one size along the width, for `SLIDE` along the height too; of any sizes along other axes.

    ``divides`` tells whether divisors may differ.
    """
    load_rows, load_one, add_one = loading_loops(load, combine)
    of_two, of_three, _, _ = combining_loops(combine)
    along = windows_along(combine)
    _, finish_runs, finish_each = finishing_loops(combine_last, finish)

    def fold(x, y, table, identity, parameter, pieces):
        kernel_w, stride_w, step_w = table[f.KERNEL_W], table[f.STRIDE_W], table[f.STEP_W]
        kernel_h, stride_h, step_h = table[f.KERNEL_H], table[f.STRIDE_H], table[f.STEP_H] * table[f.X_HEIGHT]
        step_d, height, inner = table[f.STEP_D] * table[f.X_DEPTH], table[f.HEIGHT], table[f.INNER]
        strip, strips = table[f.STRIP], (table[f.OUT_WIDTH] + table[f.STRIP] - 1) // table[f.STRIP]
        room, divisor, ahead = table[f.LINE_ROOM], table[f.DIVISOR], table[f.AHEAD]
        line_at = line_begins(y, table[f.STREAMS]) if parallel else -1
        # Numbers that a row of results needs beyond the row before. Stores through the caches read each line first:
        # with a result for every input, prefetching does not pay, but for `SLIDE`, which does more with each row.
        prefetches = ahead != 0 and (stride_h > 1 or line_at >= 0 or source == SLIDE)
        fresh = stride_h * table[f.WIDTH] * inner // strips if prefetches else 0
        for piece in prange(pieces):
            lines = np.full((7 + table[f.LINES_KEPT]) * room, identity)
            results = np.empty(strip * inner + STAGED, y.dtype) if line_at >= 0 else y
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                _, _, d, top, bottom, w, n, plane, to = f.strip_of(table, unit)
                begin = w * stride_w - table[f.PAD_W]
                end = begin + (n - 1) * stride_w + (kernel_w - 1) * step_w + 1
                low, high = max(begin, 0), min(end, table[f.WIDTH])
                span, before, after = (high - low) * inner, (low - begin) * inner, (end - high) * inner
                edge, depth = EDGE - before % EDGE + before, table[table[f.COUNT_D] + d]
                plane, to = plane + low * inner, to + w * inner
                one, two, three, kept = edge, edge + room, edge + 2 * room, edge + 7 * room

                if source == SLAB:  # each row that the block needs, combined over the depth of a window
                    slab, last = height, 0
                    for h in range(top, bottom):  # dilated windows at a border may begin behind later ones
                        row, rows = table[table[f.FIRST_H] + h], table[table[f.COUNT_H] + h]
                        slab, last = min(slab, row), max(last, row + (rows - 1) * table[f.STEP_H])
                    for k in range(last - slab + 1):
                        row, target = plane + (slab + k) * table[f.X_HEIGHT], kept + k * room
                        if ahead != 0:
                            prefetch_run(x, row + (depth - 1) * step_d + ahead, span)
                        swaps = (depth - 2 - depth % 2) // 2 if depth > 3 else 0  # the last of which ends in its row
                        now, free = (one, target) if swaps % 2 else (target, one)
                        load_rows(lines, now, free, x, row, (depth, 1), step_d, 0, span, identity, parameter)
                if source == SLIDE:  # suffixes of the first window's rows, as in the van Herk/Gil-Werman algorithm
                    first, now, have, prefix = top * stride_h - table[f.PAD_H], -1, kernel_h, -1
                    lowest = max(-first, 0)
                    for k in range(min(kernel_h, height - first) - 1, lowest - 1, -1):
                        starts = k == lowest or (k % stride_h == 0 and k // stride_h < bottom - top)
                        slot = kept + (0 if k == lowest else k // stride_h) * room
                        for j in range(depth):
                            target = slot if starts and j + 1 == depth else two if now == one else one
                            row = plane + (first + k) * table[f.X_HEIGHT] + j * step_d
                            if now < 0:
                                load_one(lines, target, x, row, span, parameter)
                            else:
                                add_one(lines, target, lines, now, x, row, span, parameter)
                            now = target

                held, adjacent = 0, table[f.Y_HEIGHT] == n * inner
                for h in range(top, bottom):
                    if source == ROWS:
                        row, wide = plane + table[table[f.FIRST_H] + h] * table[f.X_HEIGHT], table[table[f.COUNT_H] + h]
                        size, next_row = (depth, wide), row + (depth - 1) * step_d + (wide - 1) * step_h + ahead
                        now, _ = load_rows(lines, one, two, x, row, size, step_d, step_h, span, identity, parameter)
                    if source == SLAB:
                        now, rows = kept + (table[table[f.FIRST_H] + h] - slab) * room, table[table[f.COUNT_H] + h]
                        row, free = now, one
                        if rows % 2 == 0:
                            of_two(lines, one, row, row + table[f.STEP_H] * room, span)
                            now, free = one, two
                        for k in range(2 - rows % 2, rows, 2):
                            third, fourth = row + k * table[f.STEP_H] * room, row + (k + 1) * table[f.STEP_H] * room
                            of_three(lines, free, now, third, fourth, span)
                            now, free = free, two if free == one else one
                    if source == SLIDE:  # a suffix, and the rows that follow: a prefix, which grows from row to row
                        begins = (h - top) * stride_h
                        next_row = plane + (first + begins + kernel_h - stride_h) * table[f.X_HEIGHT]
                        next_row += (depth - 1) * step_d + ahead
                        now = kept + (0 if begins <= lowest else begins // stride_h) * room
                        for k in range(have, min(begins + kernel_h, height - first)):
                            for j in range(depth):
                                row, target = (
                                    plane + (first + k) * table[f.X_HEIGHT] + j * step_d,
                                    two if prefix == one else one,
                                )
                                if prefix < 0:
                                    load_one(lines, target, x, row, span, parameter)
                                else:
                                    add_one(lines, target, lines, prefix, x, row, span, parameter)
                                prefix = target
                            have = k + 1
                        if prefix >= 0:
                            of_two(lines, three, now, prefix, span)
                            now = three

                    if source != SLAB:
                        prefetch_third(x, next_row, fresh, 0)

                    # windows along the line, but for what is combined as results are written
                    if before > 0:
                        fill_run(lines, now - before, before, identity)
                    if after > 0:
                        fill_run(lines, now + span, after, identity)
                    a, b, c, parts = along(lines, now - before, room, n, kernel_w, stride_w, step_w, inner)
                    if source != SLAB:
                        prefetch_third(x, next_row, fresh, 1)

                    # results
                    at, numbers = to + h * table[f.Y_HEIGHT], n * inner
                    place = held if line_at >= 0 else at
                    if divides and divisor == 0:
                        share = table[table[f.DIVISOR_D] + d] * table[table[f.DIVISOR_H] + h]
                        divisors, size = table[f.DIVISOR_W] + w, (n, inner)
                        finish_each(results, place, lines, a, b, c, parts, size, table, divisors, share, parameter)
                    else:
                        finish_runs(results, place, lines, a, b, c, parts, numbers, divisor, parameter)
                    if source != SLAB:
                        prefetch_third(x, next_row, fresh, 2)
                    if line_at >= 0:
                        last_row = not adjacent or h + 1 == bottom
                        held = put_rows(y, at + numbers, results, held + numbers, line_at, last_row)

    return fold
