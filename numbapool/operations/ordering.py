"""Sorting the numbers of one window, or of many at once, in place and without memory of its own."""

from __future__ import annotations

from ..jit import scalar, vector
from ..kernels.combine import in_order
from ..kernels.views import nth, part

__all__ = ["between", "first_equal", "last_nan", "sort_line", "sort_lines", "stay_at_nan"]

# Insertion wins up to about this many numbers.
_SHORT = 48


@scalar
def _sift(values, places, root, end):
    while 2 * root + 1 < end:
        child = 2 * root + 1
        if child + 1 < end and values[child] < values[child + 1]:
            child += 1
        if values[root] >= values[child]:
            break
        values[root], values[child] = values[child], values[root]
        places[root], places[child] = places[child], places[root]
        root = child


@scalar
def sort_line(values, places):
    """Sort a line of numbers without NaN, and their places with them."""
    n = values.size
    if n <= _SHORT:
        for i in range(1, n):
            v, p = values[i], places[i]
            j = i
            while j > 0 and values[j - 1] > v:
                values[j], places[j] = values[j - 1], places[j - 1]
                j -= 1
            values[j], places[j] = v, p
    else:
        for root in range(n // 2 - 1, -1, -1):
            _sift(values, places, root, n)
        for end in range(n - 1, 0, -1):
            values[0], values[end] = values[end], values[0]
            places[0], places[end] = places[end], places[0]
            _sift(values, places, 0, end)


@scalar
def between(a, b, part_way):
    """``part_way`` from one number to another, as NumPy does it, so that the ends are exact."""
    if a == b or part_way == 0:
        return a
    return b - (b - a) * (1 - part_way) if part_way >= 0.5 else a + (b - a) * part_way


@scalar
def last_nan(values):
    """Place of the last NaN, or -1."""
    found = -1
    for i in range(values.size):
        if values[i] != values[i]:
            found = i
    return found


@scalar
def first_equal(values, places, value):
    """Of the numbers that equal ``value``, the one that stands first in the window."""
    found = -1
    for i in range(values.size):
        if values[i] == value and (found < 0 or places[i] < places[found]):
            found = i
    return found


@vector
def stay_at_nan(kept, line):
    """NaN where the line has one, and else as it was."""
    for i in range(kept.size):
        value, last = line[i], kept[i]
        kept[i] = value if value != value else last


@vector
def _exchange(a, b):
    for i in range(a.size):
        low, high = in_order(a[i], b[i])
        a[i], b[i] = low, high


@scalar
def sort_lines(lines, count, size):
    """Sort ``lines[0, i] … lines[count - 1, i]`` for each ``i`` below ``size``; what holds a NaN is left in any order.

    Batcher's merge exchange (Knuth, The Art of Computer Programming 3, 5.2.2 M): which numbers are compared does not
    depend on what they are.
    """
    top = 1
    while 2 * top < count:
        top *= 2
    span = top
    while span > 0:
        turn, phase, apart = top, 0, span
        while apart > 0:
            for i in range(count - apart):
                if i & span == phase:
                    _exchange(part(nth(lines, i), 0, size), part(nth(lines, i + apart), 0, size))
            apart, phase = turn - span, span
            turn //= 2
        span //= 2
