"""Selections with indices: along the line first, then the rows of a window in order.

Each input row is pooled along its line once, into a line of values and one of codes, and the rows of a window are then
compared from the first to the last, so that ties and NaN fall in row-major order. The lines of rows are kept in a ring
(`ROWS`), or as suffixes and prefixes of the rows that large windows share (`SLIDE`). 2 × 2 windows side by side need
none of it (`SQUARES`).

The padding is not filled with an identity, which could win a tie, but with the first or last input value that the
window holds: a repeat changes no result, and only codes that point into the padding are corrected.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange

from . import frame as f
from . import intrinsics
from .compile import kernel, loop
from .lines import STAGED, line_begins, prefetch_run, put_rows, split_in_two, take_pixels
from .select_lines import fill_places, keeping, merging_loops, number_run, pixel_loops, same, stored_loops

__all__ = ["ROWS", "SLIDE", "SQUARES", "select"]

SQUARES, ROWS, SLIDE = "squares", "rows", "slide"
WHOLE = 32  # run lengths in scratch memory are rounded up to a multiple of this, so that vectors leave no remainder
EDGE = 16  # numbers before a line, so that it begins where a vector does


@cache
def lines_along(load: Any, better: Any, code: Any) -> Any:
    """A function that pools one row along its line: for each window the value that is kept, and its code in the row."""
    load_run, *_ = stored_loops(load, better, same, code)
    start_two, start_three, *_ = pixel_loops(same, better, same, code)
    of_two, _ = merging_loops(better, same, code)
    keep = keeping(better)

    @loop
    def add_one(vals, codes, to, at, b, n, place):
        to, at, b, n = intrinsics.unsigned(to, at, b, n)
        place = code(place)
        for i in range(n):
            m, k = keep(vals[at + i], codes[at + i], vals[b + i], place)
            vals[to + i] = m
            codes[to + i] = k

    @loop
    def pool_line(vals, codes, target, x, row, table, w, n, low, high):
        """``n`` windows from ``w`` on, which hold positions from ``low`` to ``high``, into the line at ``target``."""
        intrinsics.optimized_by_caller()
        kernel, stride, step, inner = table[f.KERNEL_W], table[f.STRIDE_W], table[f.STEP_W], table[f.INNER]
        room, index_w, reach = table[f.LINE_ROOM], table[f.INDEX_W], (kernel - 1) * step
        begin = w * stride - table[f.PAD_W]
        before, span = (low - begin) * inner, (high - low) * inner
        after = (begin + (n - 1) * stride + reach + 1 - high) * inner
        columns, line = EDGE - before % EDGE, EDGE - before % EDGE + before
        load_run(vals, line, x, row, span)
        for i in range(before):
            vals[line - 1 - i] = vals[line - 1 - i + step * inner]
        for i in range(after):
            vals[line + span + i] = vals[line + span + i - step * inner]

        # deinterleave pixels by phase (position modulo stride); kernel columns ``period`` apart are in the same phase
        phase, period = (table[f.STRIP] + reach // stride) * inner + WHOLE & -WHOLE, 1
        while period * step % stride != 0:
            period += 1
        if stride == 2 and inner == 1:
            split_in_two(vals, room, room + phase, vals, columns, n + reach // 2 + WHOLE - 1 & -WHOLE)
            columns = room
        elif stride > 1:
            for i in range(min(stride, reach + 1)):
                many = n + (reach - i) // stride
                take_pixels(vals, room + i * phase, vals, columns + i * inner, stride, many, inner)
            columns = room

        # compare the first ``begun`` kernel columns one by one, then merge two smaller windows into each larger one
        begun, power = kernel, 4
        if kernel > 3 and period == 1:
            while power < kernel:
                power *= 2
            begun = 3 if 3 * power >= 4 * kernel else 2
        elif kernel > 3 and kernel >= 2 * period:
            begun = period + kernel % period
        one, other = 2 * room, 3 * room
        run, many = target if kernel <= 3 else one, (n + (kernel - begun) * step // stride) * inner + WHOLE - 1 & -WHOLE
        two = columns + (step % stride * phase + step // stride * inner if kernel > 1 else 0)
        code_w = step * index_w if kernel > 1 else 0
        if begun < 3:
            start_two(vals, codes, run, vals, columns, two, many, code_w)
        else:
            three = columns + 2 * step % stride * phase + 2 * step // stride * inner
            start_three(vals, codes, run, vals, columns, two, three, many, code_w, 2 * code_w)
        for i in range(3, begun):
            more = i * step % stride * phase + i * step // stride * inner
            next_run = target if i + 1 == kernel else other if run == one else one
            add_one(vals, codes, next_run, run, columns + more, many, i * code_w)
            run = next_run
        have = begun
        while have < kernel:
            more = min(have // period * period, kernel - have)
            have += more
            many = (n + (kernel - have) * step // stride) * inner + WHOLE - 1 & -WHOLE
            next_run = target if have == kernel else other if run == one else one
            of_two(vals, next_run, codes, next_run, vals, run, run + more * step // stride * inner, many, more * code_w)
            run = next_run

        # codes of windows that begin in the padding, and of those that end there
        firsts, counts = table[f.FIRST_W] + w, table[f.COUNT_W] + w
        for i in range(min(n, (low - begin + stride - 1) // stride)):
            inside = (table[firsts + i] - begin - i * stride) * index_w
            for c in range(target + i * inner, target + (i + 1) * inner):
                codes[c] = max(codes[c], inside)
        for i in range(max(0, n - (after // inner + stride - 1) // stride), n):
            inside = table[firsts + i] + (table[counts + i] - 1) * step
            inside = (inside - begin - i * stride) * index_w
            for c in range(target + i * inner, target + (i + 1) * inner):
                codes[c] = min(codes[c], inside)

    return pool_line


@kernel
def select(load, better, store, number, code, source, *, parallel):
    """Windows of one size along the width; for `SLIDE` of one size along the height too, and one position deep.

    ``number`` is the type of what is compared, ``code`` one that counts the positions of a plane.
    """
    _, of_squares, _, _ = stored_loops(load, better, same, code)
    _, of_stored_squares, _, _ = stored_loops(load, better, store, code)
    pool_line = lines_along(load, better, code)
    of_two, of_three = merging_loops(better, same, code)
    finish_two, finish_three = merging_loops(better, store, code)

    def select(x, y, indices, table, pieces):
        stride_w, reach = table[f.STRIDE_W], (table[f.KERNEL_W] - 1) * table[f.STEP_W]
        kernel_h, stride_h, step_h = table[f.KERNEL_H], table[f.STRIDE_H], table[f.STEP_H]
        index_d, index_h, index_w = table[f.INDEX_D], table[f.INDEX_H], table[f.INDEX_W]
        height, inner = table[f.HEIGHT], table[f.INNER]
        strip, room, ahead = table[f.STRIP], table[f.LINE_ROOM], table[f.AHEAD]
        line_at = line_begins(y, table[f.STREAMS]) if parallel else -1
        found_at = line_begins(indices, table[f.STREAMS]) if parallel else -1

        for piece in prange(pieces):
            vals = np.empty((7 + table[f.LINES_KEPT]) * room + EDGE, number)
            codes = np.empty((7 + table[f.LINES_KEPT]) * room + EDGE, code)
            in_ring = np.empty(table[f.LINES_KEPT], np.int64)
            results = np.empty(strip * inner + STAGED, y.dtype) if line_at >= 0 else y
            found = np.empty(strip * inner + STAGED, np.int64) if line_at >= 0 else indices
            places, coded, other, fresh, kept = 0, room, 3 * room, 4 * room, 7 * room
            fill_places(codes, places, strip, inner, stride_w * index_w)
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                _, _, d, top, bottom, w, n, plane, to = f.strip_of(table, unit)
                begin, numbers = w * stride_w - table[f.PAD_W], n * inner
                low, high = max(begin, 0), min(begin + (n - 1) * stride_w + reach + 1, table[f.WIDTH])
                depth = table[table[f.COUNT_D] + d]
                plane, to = plane + low * inner, to + w * inner
                base = table[table[f.FIRST_D] + d] * index_d + begin * index_w

                held, numbered, adjacent = 0, 0, table[f.Y_HEIGHT] == numbers
                if source == SQUARES:
                    for h in range(top, bottom):
                        first, at = table[table[f.FIRST_H] + h], to + h * table[f.Y_HEIGHT]
                        place, index_place = (held, numbered) if line_at >= 0 else (at, at)
                        a, b, below = plane + first * table[f.X_HEIGHT], step_h * table[f.X_HEIGHT], step_h * index_h
                        if ahead != 0:
                            prefetch_run(x, a + ahead, 2 * n)
                            prefetch_run(x, a + b + ahead, 2 * n)
                        if depth == 1:
                            of_stored_squares(results, place, codes, coded, x, a, a + b, n, index_w, below)
                        else:
                            of_squares(vals, fresh, codes, fresh, x, a, a + b, n, index_w, below)
                            now, free = fresh, 5 * room
                            for j in range(1, depth):
                                a += table[f.STEP_D] * table[f.X_DEPTH]
                                of_squares(vals, other, codes, other, x, a, a + b, n, index_w, below)
                                if j + 1 < depth:
                                    of_two(vals, free, codes, free, vals, now, other, n, j * table[f.STEP_D] * index_d)
                                    now, free = free, now
                                else:
                                    finish_two(
                                        results, place, codes, coded, vals, now, other, n, j * table[f.STEP_D] * index_d
                                    )
                        number_run(found, index_place, codes, coded, places, n, base + first * index_h)
                        if line_at >= 0:
                            last_row = not adjacent or h + 1 == bottom
                            held = put_rows(y, at + n, results, held + n, line_at, last_row)
                            numbered = put_rows(indices, at + n, found, numbered + n, found_at, last_row)
                    continue

                h, now, spare = top, 5 * room, 6 * room
                if source == ROWS:  # the next position of the window, and where in the ring that of its first row is
                    r, j, k, ring, first_slot = 0, 0, 0, table[f.LINES_KEPT] // depth, 0
                    first, wide = table[table[f.FIRST_H] + top], table[table[f.COUNT_H] + top]
                    for i in range(table[f.LINES_KEPT]):
                        in_ring[i] = -1
                if source == SLIDE:  # rows are counted from where the first window begins, be it in the padding
                    first, suffix, prefix = top * stride_h - table[f.PAD_H], -1, -1
                    lowest, falling, rising = max(-first, 0), min(kernel_h, height - first) - 1, kernel_h
                while h < bottom:
                    # the row that is looked at next, and where its line goes
                    if source == ROWS:
                        slot = first_slot + k * step_h
                        slot = j * ring + (slot if slot < ring else slot - ring)
                        h_now, target = first + k * step_h, kept + slot * room
                        is_new = in_ring[slot] != h_now
                        in_ring[slot] = h_now
                        row = plane + h_now * table[f.X_HEIGHT] + j * table[f.STEP_D] * table[f.X_DEPTH]
                    if source == SLIDE:
                        begins = (h - top) * stride_h
                        until = min(begins + kernel_h, height - first)
                        falls = falling >= lowest
                        k, is_new = falling if falls else rising, falls or rising < until
                        free = now
                        if falls and k == lowest:
                            free = kept
                        elif falls and k % stride_h == 0 and k // stride_h < bottom - top:
                            free = kept + k // stride_h * room
                        target = free if (falls and suffix < 0) or (not falls and prefix < 0) else fresh
                        row = plane + (first + k) * table[f.X_HEIGHT]

                    if is_new:
                        if ahead != 0:
                            prefetch_run(x, row + ahead, (high - low) * inner)
                        pool_line(vals, codes, target, x, row, table, w, n, low, high)

                    # across the rows, and on to the next
                    at, done = to + h * table[f.Y_HEIGHT], False
                    place, index_place = (held, numbered) if line_at >= 0 else (at, at)
                    if source == ROWS:
                        behind, last = j * table[f.STEP_D] * index_d + k * step_h * index_h, r + 1 == depth * wide
                        if r == 0:
                            a, b, gap = target, target, 0
                        elif r % 2 == 1:
                            b, gap = target, behind
                        elif last:
                            finish_three(results, place, codes, coded, vals, a, b, target, numbers, gap, behind)
                        else:
                            of_three(vals, now, codes, now, vals, a, b, target, numbers, gap, behind)
                            a, b, gap, now, spare = now, now, 0, spare, now
                        if last and (r == 0 or r % 2 == 1):
                            finish_two(results, place, codes, coded, vals, a, b, numbers, gap)
                        r, k = r + 1, k + 1
                        if k == wide:
                            j, k = j + 1, 0
                        if last:
                            number_run(found, index_place, codes, coded, places, numbers, base + first * index_h)
                            h, r, j, done = h + 1, 0, 0, True
                            if h < bottom:
                                first_slot += table[table[f.FIRST_H] + h] - first
                                first, wide = table[table[f.FIRST_H] + h], table[table[f.COUNT_H] + h]
                                while first_slot >= ring:
                                    first_slot -= ring
                                if first_slot < 0:  # dilated windows that begin in the padding may step back
                                    first_slot += ring
                    if source == SLIDE:
                        if falls:
                            if suffix >= 0:
                                of_two(vals, free, codes, free, vals, fresh, suffix, numbers, index_h)
                            suffix, falling = free, falling - 1
                        elif is_new:
                            if prefix >= 0:
                                of_two(vals, free, codes, free, vals, prefix, fresh, numbers, (k - kernel_h) * index_h)
                            prefix, rising = free, rising + 1
                        if is_new and free == now:
                            now, spare = spare, now
                        if falling < lowest and rising >= until:
                            begins = max(begins, lowest)
                            a = kept + (0 if begins == lowest else begins // stride_h) * room
                            b, gap = (a, 0) if prefix < 0 else (prefix, (kernel_h - begins) * index_h)
                            finish_two(results, place, codes, coded, vals, a, b, numbers, gap)
                            index = base + (first + begins) * index_h
                            number_run(found, index_place, codes, coded, places, numbers, index)
                            h, done = h + 1, True
                    if done and line_at >= 0:
                        last_row = not adjacent or h == bottom
                        held = put_rows(y, at + numbers, results, held + numbers, line_at, last_row)
                        numbered = put_rows(indices, at + numbers, found, numbered + numbers, found_at, last_row)

    return select
