"""Medians of windows of 3 × 3 at stride 1: each column is sorted once, for the three windows that share it."""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from .compile import jitable, kernel
from .order import higher, lower, middle

__all__ = ["median_columns"]


@kernel
def median_columns(load, store, floating):
    """Windows of 3 × 3 × 1, of any dilation, without padding."""

    @jitable
    def sort_columns(line, low, mid, high, marks, src, a, b, c, n):
        low, mid, high, marks = np.uint64(low), np.uint64(mid), np.uint64(high), np.uint64(marks)
        a, b, c = np.uint64(a), np.uint64(b), np.uint64(c)
        none, nan = line.dtype.type(0), line.dtype.type(np.nan if floating else 0)
        for i in range(np.uint64(n)):
            p, q, r = load(src[a + i]), load(src[b + i]), load(src[c + i])
            s, t = lower(p, q), higher(p, q)
            u, v = lower(t, r), higher(t, r)
            line[low + i] = lower(s, u)
            line[mid + i] = higher(s, u)
            line[high + i] = v
            if floating:
                line[marks + i] = nan if (p != p) | (q != q) | (r != r) else none

    @jitable
    def put_medians(dst, to, line, low, mid, high, marks, step, n):
        to, low, mid, high, marks = np.uint64(to), np.uint64(low), np.uint64(mid), np.uint64(high), np.uint64(marks)
        one, two = np.uint64(step), np.uint64(2 * step)
        for i in range(np.uint64(n)):
            a = higher(higher(line[low + i], line[low + i + one]), line[low + i + two])
            b = middle(line[mid + i], line[mid + i + one], line[mid + i + two])
            c = lower(lower(line[high + i], line[high + i + one]), line[high + i + two])
            m = middle(a, b, c)
            if floating:
                mark = line[marks + i] + line[marks + i + one] + line[marks + i + two]
                m = mark if mark != mark else m
            dst[to + i] = store(m)

    def median_columns(x, y, table, identity, pieces):
        inner, room, step = table[f.INNER], table[f.LINE_ROOM], table[f.STEP_W] * table[f.INNER]
        below = table[f.STEP_H] * table[f.X_HEIGHT]
        for piece in prange(pieces):
            lines = np.full(4 * room, identity)
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                _, _, _, top, bottom, w, wins, plane, to = f.strip_of(table, unit)
                plane, n = plane + table[table[f.FIRST_W] + w] * inner, wins * inner
                for h in range(top, bottom):
                    a, span = plane + table[table[f.FIRST_H] + h] * table[f.X_HEIGHT], n + 2 * step
                    sort_columns(lines, 0, room, 2 * room, 3 * room, x, a, a + below, a + 2 * below, span)
                    put_medians(y, to + h * table[f.Y_HEIGHT], lines, 0, room, 2 * room, 3 * room, step, n)

    return median_columns
