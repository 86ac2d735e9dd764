"""Order among the values of windows: of many side by side in lines, or of one in a line of its own.

Side by side, each loop compares a line with another, so the order of comparisons must not depend on the values.
"""

from __future__ import annotations

import math

import numpy as np
from numba.extending import register_jitable

__all__ = [
    "between",
    "between_lines",
    "exchange",
    "find_equal",
    "first_equal",
    "higher",
    "last_nan",
    "lower",
    "median_of_nine",
    "middle",
    "nan_where_marked",
    "pick_middle",
    "rank_of",
    "select_one",
    "set_aside",
    "sort_one",
]

_SHORT = 48  # numbers up to which insertion sorts faster than a heap
_MOST_PARTS = 64  # of a line that is searched for its middle, before it had better be sorted


@register_jitable
def lower(a, b):
    """The lower of two numbers, or the second where one is NaN: one instruction."""
    return a if a < b else b


@register_jitable
def higher(a, b):
    """The higher of two numbers, or the second where one is NaN."""
    return a if a > b else b


@register_jitable
def rank_of(q, count):
    """Place of a quantile among sorted values; a whole number where only rounding keeps it from being one."""
    at = q * (count - 1)
    whole = math.floor(at + 0.5)
    return whole if abs(at - whole) <= 4e-16 * count else at


@register_jitable
def between(a, b, part_way):
    """``part_way`` from one number to another, as NumPy does it, so that the ends are exact."""
    inside = b - (b - a) * (1.0 - part_way) if part_way >= 0.5 else a + (b - a) * part_way
    return a if a == b or part_way == 0.0 else inside


@register_jitable
def exchange(line, a, b, n):
    """Put the lower of each two numbers into the first run, the higher into the second."""
    a, b = np.uint64(a), np.uint64(b)
    for i in range(np.uint64(n)):
        p, q = line[a + i], line[b + i]
        line[a + i] = lower(p, q)
        line[b + i] = higher(p, q)


@register_jitable
def middle(a, b, c):
    """The middle one of three numbers."""
    return higher(lower(a, b), lower(higher(a, b), c))


@register_jitable
def median_of_nine(line, to, a, step, floating, n):
    """Medians of nine runs: of three columns each, the highest low, the middle middle, the lowest high.

    NaN where one is, if they are ``floating``.
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
    """Where ``k`` is the place of the lower median of so many numbers, the numbers of a run, or else what was there."""
    to, at, a, counts = np.uint64(to), np.uint64(at), np.uint64(a), np.uint64(counts)
    odd, even = line.dtype.type(2 * k + 1), line.dtype.type(2 * k + 2)
    for i in range(np.uint64(n)):
        v, before, count = line[a + i], line[at + i], line[counts + i]
        line[to + i] = v if (count == odd) | (count == even) else before


@register_jitable
def find_equal(found, line, a, kept, k, n):
    """Note ``k`` where the run has what is kept; runs come from the last to the first, so that the first is found.

    Of several NaN it is the last.
    """
    a, kept, k = np.uint64(a), np.uint64(kept), np.int32(k)
    for i in range(np.uint64(n)):
        v, w, before = line[a + i], line[kept + i], found[i]
        first_nan = (v != v) & (w != w) & (before < np.int32(0))
        found[i] = k if (v == w) | first_nan else before


@register_jitable
def last_nan(values, count):
    """Place of the last NaN, or -1."""
    found = -1
    for i in range(count):
        if values[i] != values[i]:
            found = i
    return found


@register_jitable
def first_equal(values, places, count, value):
    """Of the numbers that equal ``value``, the one that stands first in the window."""
    found = -1
    for i in range(count):
        if values[i] == value and (found < 0 or places[i] < places[found]):
            found = i
    return found


@register_jitable
def sort_one(values, places, n):
    """Sort a line of numbers without NaN, and their places with them, without memory of its own."""
    if n <= _SHORT:
        for i in range(1, n):
            v, p, j = values[i], places[i], i
            while j > 0 and values[j - 1] > v:
                values[j], places[j] = values[j - 1], places[j - 1]
                j -= 1
            values[j], places[j] = v, p
        return
    for k in range(n // 2 + n - 1):  # a heap of all, then of one less after the other
        root, end = n // 2 - 1 - k, n
        if root < 0:
            root, end = 0, n - 1 - (k - n // 2)
            values[0], values[end] = values[end], values[0]
            places[0], places[end] = places[end], places[0]
        v, p = values[root], places[root]
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end and values[child] < values[child + 1]:
                child += 1
            if v >= values[child]:
                break
            values[root], places[root] = values[child], places[child]
            root = child
        values[root], places[root] = v, p


@register_jitable
def select_one(values, places, n, k):
    """Arrange numbers without NaN so that the first ``k`` are no higher than the next, and those behind no lower."""
    low, high = 0, n - 1
    for _part in range(_MOST_PARTS):
        if low >= high:
            return
        pivot = middle(values[low], values[(low + high) // 2], values[high])
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                places[i], places[j] = places[j], places[i]
                i, j = i + 1, j - 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            return
    sort_one(values, places, n)
