"""Order among the values of many windows, whose k-th numbers lie side by side in line k: medians and quantiles.

Each loop compares a line with another, so the order of comparisons must not depend on the values. The loops are no
`compile.loop`, as LLVM does not vectorize them where they are inlined: medians would take ten times as long.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange
from numba.extending import register_jitable

from . import frame as f
from .compile import jitable, kernel
from .intrinsics import larger
from .lines import combining_loops, fill_run
from .order import between, higher, lower, middle, rank_of

__all__ = [
    "find_equal",
    "largest_of_lines",
    "median_columns",
    "median_lines",
    "median_of_numbers_lines",
    "nan_where_marked",
    "quantile_lines",
]


@register_jitable
def exchange(line, a, b, n):
    """Put the lower of each two numbers into the first run, the higher into the second."""
    a, b = np.uint64(a), np.uint64(b)
    for i in range(np.uint64(n)):
        p, q = line[a + i], line[b + i]
        line[a + i] = lower(p, q)
        line[b + i] = higher(p, q)


@register_jitable
def sort_lines(lines, count, room, n):
    """Batcher's merge exchange: Knuth, The Art of Computer Programming 3, 5.2.2 M."""
    power = 1
    while 2 * power < count:
        power *= 2
    span = power
    while span > 0:
        turn, phase, distance = power, 0, span
        while distance > 0:
            for k in range(count - distance):
                if k & span == phase:
                    exchange(lines, k * room, (k + distance) * room, n)
            distance, phase = turn - span, span
            turn //= 2
        span //= 2


@cache
def combined_lines(combine: Any) -> Any:
    """A function that combines all lines into one of two spare ones, and tells into which."""
    of_two, of_three, _, _ = combining_loops(combine)

    @jitable
    def combined(lines, count, room, one, other, n):
        now = 0
        if count % 2 == 0:
            of_two(lines, one, 0, room, n)
            now, one, other = one, other, one
        for k in range(2 - count % 2, count, 2):
            of_three(lines, one, now, k * room, (k + 1) * room, n)
            now, one, other = one, other, one
        return now

    return combined


largest_of_lines = combined_lines(larger)


@register_jitable
def median_of_nine(line, to, a, step, floating, n):
    """Medians of nine runs: sort each column of three; take the median of highest low, median middle and lowest high.

    NaN where a value is NaN, if they are ``floating``.
    """
    to, a, b, c = np.uint64(to), np.uint64(a), np.uint64(a + step), np.uint64(a + 2 * step)
    d, e, f = np.uint64(a + 3 * step), np.uint64(a + 4 * step), np.uint64(a + 5 * step)
    g, h, k = np.uint64(a + 6 * step), np.uint64(a + 7 * step), np.uint64(a + 8 * step)
    for i in range(np.uint64(n)):
        p, q, r = line[a + i], line[b + i], line[c + i]
        some = (p != p) | (q != q) | (r != r)
        s, t = lower(p, q), higher(p, q)
        low, mid, high = lower(s, r), middle(p, q, r), higher(t, r)
        p, q, r = line[d + i], line[e + i], line[f + i]
        some = some | (p != p) | (q != q) | (r != r)
        s, t = lower(p, q), higher(p, q)
        low, mid2, high = higher(low, lower(s, r)), middle(p, q, r), lower(high, higher(t, r))
        p, q, r = line[g + i], line[h + i], line[k + i]
        some = some | (p != p) | (q != q) | (r != r)
        s, t = lower(p, q), higher(p, q)
        low, mid3, high = higher(low, lower(s, r)), middle(p, q, r), lower(high, higher(t, r))
        m = middle(low, middle(mid, mid2, mid3), high)
        if floating:
            m = line.dtype.type(np.nan) if some else m
        line[to + i] = m


@register_jitable
def nan_where_marked(line, to, a, marks, n):
    """The numbers, but NaN where there is one among the marks."""
    to, a, marks = np.uint64(to), np.uint64(a), np.uint64(marks)
    for i in range(np.uint64(n)):
        v, mark = line[a + i], line[marks + i]
        line[to + i] = mark if mark != mark else v


@register_jitable
def between_lines(line, to, a, b, marks, part_way, n):
    """``part_way`` from one run to another, or NaN where there is one among the marks."""
    to, a, b, marks = np.uint64(to), np.uint64(a), np.uint64(b), np.uint64(marks)
    for i in range(np.uint64(n)):
        v, mark = between(line[a + i], line[b + i], part_way), line[marks + i]
        line[to + i] = mark if mark != mark else v


@register_jitable
def set_aside(line, to, at, a, n):
    """Count what is a number, and make each NaN infinite, so that it is sorted behind all others."""
    to, at, a = np.uint64(to), np.uint64(at), np.uint64(a)
    one, none, most = line.dtype.type(1), line.dtype.type(0), line.dtype.type(np.inf)
    for i in range(np.uint64(n)):
        v = line[a + i]
        line[to + i] = line[at + i] + (one if v == v else none)
        line[a + i] = v if v == v else most


@register_jitable
def pick_middle(line, to, at, a, counts, k, n):
    """The values of sorted line ``k`` where ``k`` is the lower median's rank among ``counts``, else what was there."""
    to, at, a, counts = np.uint64(to), np.uint64(at), np.uint64(a), np.uint64(counts)
    odd, even = line.dtype.type(2 * k + 1), line.dtype.type(2 * k + 2)
    for i in range(np.uint64(n)):
        v, before, count = line[a + i], line[at + i], line[counts + i]
        line[to + i] = v if (count == odd) | (count == even) else before


@register_jitable
def find_equal(found, line, a, kept, k, n):
    """Set ``found`` to ``k`` where run ``k`` equals the kept value; runs go from last to first, so the first one wins.

    Of several NaN the last is found.
    """
    a, kept, k = np.uint64(a), np.uint64(kept), np.int32(k)
    for i in range(np.uint64(n)):
        v, w, before = line[a + i], line[kept + i], found[i]
        first_nan = (v != v) & (w != w) & (before < np.int32(0))
        found[i] = k if (v == w) | first_nan else before


@cache
def median_lines(floating: bool) -> Any:
    """Lower medians; NaN where one is. Windows of nine values have a loop of their own."""

    @jitable
    def medians(lines, found, count, room, spare, n, parameter, seed, places):
        result, mark = (count - 1) // 2 * room, 0
        if count == 9:
            median_of_nine(lines, spare, 0, room, floating, n)
            result = spare
        else:
            if floating:
                mark = largest_of_lines(lines, count, room, spare + room, spare + 2 * room, n)
            sort_lines(lines, count, room, n)
            if floating:
                nan_where_marked(lines, spare, result, mark, n)
                result = spare
        return result

    return medians


def median_of_numbers_lines(floating: bool) -> Any:
    """Lower medians of what is no NaN; NaN where nothing else is."""
    return _medians_of_numbers


@register_jitable
def _medians_of_numbers(lines, found, count, room, spare, n, parameter, seed, places):
    counts, free = spare + 2 * room, spare + 3 * room
    fill_run(lines, counts, n, lines.dtype.type(0))
    for k in range(count):
        set_aside(lines, free, counts, k * room, n)
        counts, free = free, counts
    sort_lines(lines, count, room, n)
    result, other = spare, spare + room
    fill_run(lines, result, n, lines.dtype.type(np.nan))
    for k in range((count + 1) // 2):
        pick_middle(lines, other, result, k * room, counts, k, n)
        result, other = other, result
    return result


def quantile_lines(floating: bool) -> Any:
    """Quantiles; NaN where one is. ``parameter`` is from 0 to 1."""
    return _quantiles


@register_jitable
def _quantiles(lines, found, count, room, spare, n, parameter, seed, places):
    mark = largest_of_lines(lines, count, room, spare + room, spare + 2 * room, n)
    sort_lines(lines, count, room, n)
    at = rank_of(parameter, count)
    k = int(at)
    between_lines(lines, spare, k * room, min(k + 1, count - 1) * room, mark, at - k, n)
    return spare


@kernel
def median_columns(load, store, floating):
    """Medians of 3 × 3 × 1 at stride 1, without padding: three windows share each column, which is sorted once."""

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
                plane, to, n = plane + table[table[f.FIRST_W] + w] * inner, to + w * inner, wins * inner
                for h in range(top, bottom):
                    a, span = plane + table[table[f.FIRST_H] + h] * table[f.X_HEIGHT], n + 2 * step
                    sort_columns(lines, 0, room, 2 * room, 3 * room, x, a, a + below, a + 2 * below, span)
                    put_medians(y, to + h * table[f.Y_HEIGHT], lines, 0, room, 2 * room, 3 * room, step, n)

    return median_columns
