"""Selections with indices, windows of any size and place: across the rows first, then along the line.

The rows of a window are compared number by number into one line, and each window then halves its part of the line until
little is left. Codes tell what comes first, as the line mixes rows. Windows may lie elsewhere in each plane. Pays
for large windows that share few rows, and wherever windows are of several sizes.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from .compile import kernel
from .lines import prefetch_run
from .select_lines import earliest_loops, fill_places, giving_loop, same, stored_loops

__all__ = ["select_any"]

SCANNED = 16  # numbers of a window that are looked at one after the other, rather than halved
SEGMENT = 512  # numbers of a row that are compared at a time, where one window has more


@kernel
def select_any(load, better, store, number, code, indexed):
    """Windows as the table describes them, with first positions from ``starts``, which may be the table itself.

    As many windows of a strip as fit a line are worked on together. A wide one is alone: its rows are split into
    segments that are compared like rows; the last is shifted to end with the row. Indices are written if ``indexed``.
    """
    load_run, _, row_on, two_rows_on = stored_loops(load, better, same, code)
    halve, pick, pick_each, take_each = earliest_loops(better, code)
    give = giving_loop(store, indexed)

    def select_any(x, y, indices, table, starts, pieces):
        inner, step, room, ahead = table[f.INNER], table[f.STEP_W], table[f.LINE_ROOM], table[f.AHEAD]
        step_d, step_h, part = table[f.STEP_D], table[f.STEP_H], max(room // inner // step, 1) * step
        segment = min(max(SEGMENT // inner // step, 1) * step, part)
        for piece in prange(pieces):
            vals, codes = np.empty(5 * room, number), np.empty(6 * room, code)
            best, places = 4 * room, 5 * room  # one number of each window; codes within a row
            fill_places(codes, places, room // inner, inner, table[f.INDEX_W])
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                o, p, d, top, bottom, w, n, _, to = f.strip_of(table, unit)
                shift, end = (o * table[f.OUTER_1] + p) * table[f.STARTS], w + n
                first_d, depth = starts[shift + table[f.FIRST_D] + d], table[table[f.COUNT_D] + d]
                source = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1] + first_d * table[f.X_DEPTH]
                firsts, counts = shift + table[f.FIRST_W], table[f.COUNT_W]
                while w < end:
                    # windows that fit a line together, or one
                    low, last, widest = starts[firsts + w], w, table[counts + w]
                    high = low + (table[counts + w] - 1) * step + 1
                    whole = high - low <= segment
                    while whole and last + 1 < end and (last + 2 - w) * inner <= room:
                        reach = starts[firsts + last + 1] + (table[counts + last + 1] - 1) * step + 1
                        if max(reach, high) - low > part or starts[firsts + last + 1] < low:
                            break
                        last, high, widest = last + 1, max(reach, high), max(widest, table[counts + last + 1])
                    each = whole and widest * inner < SCANNED
                    alike = each and last > w
                    for i in range(w, last + 1 if alike else w):
                        alike = alike and table[counts + i] == widest
                    width = high - low if whole else segment - step + 1
                    tail, span = high - low - width, width * inner
                    parts = (tail + segment - 1) // segment + 1
                    for h in range(top, bottom):
                        first_h, wide = starts[shift + table[f.FIRST_H] + h], table[table[f.COUNT_H] + h]
                        row = source + first_h * table[f.X_HEIGHT] + low * inner
                        now, now_k, free, i, j, k, a, behind = 0, places, room, 0, 0, 0, row, 0
                        load_run(vals, now, x, row, span)
                        for r in range(1, depth * wide * parts):
                            i += 1
                            if i == parts:
                                i, k = 0, k + 1
                                if k == wide:
                                    j, k = j + 1, 0
                            begin = min(i * segment, tail)
                            b = row + j * step_d * table[f.X_DEPTH] + k * step_h * table[f.X_HEIGHT] + begin * inner
                            further = j * step_d * table[f.INDEX_D] + k * step_h * table[f.INDEX_H]
                            further += begin * table[f.INDEX_W]
                            if ahead != 0:
                                prefetch_run(x, b + ahead, span)
                            if r % 2 == 1 and r + 1 < depth * wide * parts:
                                a, behind = b, further  # waits for the next row
                                continue
                            if r % 2 == 1:
                                row_on(vals, codes, free, now, now_k, x, b, places, span, further)
                            else:
                                two_rows_on(vals, codes, free, now, now_k, x, a, b, places, span, behind, further)
                            now, now_k, free = free, free, room - free
                        for i in range(w, w if each else last + 1):
                            away, left, free = (starts[firsts + i] - low) * inner, table[counts + i], 2 * room
                            if not whole:
                                left = (width - 1) // step + 1
                            m, m_k = now + away, now_k + away
                            while left > 1 and left * inner >= SCANNED:
                                half = (left + 1) // 2
                                v = (left - half) * step * inner
                                halve(vals, codes, free, m, m_k, m + v, m_k + v, ((half - 1) * step + 1) * inner)
                                m, m_k, left, free = free, free, half, 5 * room - free
                            pick(vals, codes, best + (i - w) * inner, m, m_k, left, step, inner)
                        if alike:  # windows at every position, in vectors; those that are wanted are taken then
                            line, line_k, free = now, now_k, 2 * room
                            for i in range(1, widest):
                                v = i * step * inner
                                halve(vals, codes, free, line, line_k, now + v, now_k + v, span - v)
                                line, line_k, free = free, free, 5 * room - free
                            take_each(vals, codes, best, line, line_k, starts, firsts + w, low, last + 1 - w, inner)
                        elif each:
                            at, a, n = firsts + w, counts + w, last + 1 - w
                            pick_each(vals, codes, best, now, now_k, starts, at, low, table, a, n, step, inner)
                        at, n = to + h * table[f.Y_HEIGHT] + w * inner, (last + 1 - w) * inner
                        base = first_d * table[f.INDEX_D] + first_h * table[f.INDEX_H] + low * table[f.INDEX_W]
                        give(y, indices, at, vals, best, codes, best, n, base)
                    w = last + 1

    return select_any
