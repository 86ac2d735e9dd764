"""Medians of small windows, for many windows at once; see `kernels.lanes` and `kernels.triples`."""

from __future__ import annotations

import numpy as np

from ..jit import scalar, vector
from ..kernels.combine import chosen, in_order, larger
from ..kernels.lanes import EXTRA
from ..kernels.lines import copy
from ..kernels.strips import fill
from ..kernels.views import below, nth, part, rest
from .ordering import between, sort_lines

__all__ = [
    "median_of_9",
    "median_of_9_numbers",
    "median_of_any",
    "median_of_any_but_nan",
    "median_of_any_numbers",
    "median_of_triples",
    "median_of_triples_of_numbers",
    "quantile_of_any",
]


@scalar
def _middle_of_9(a, b, c, d, e, f, g, h, i):
    # 19 exchanges: Paeth 1990, Median finding on a 3 × 3 grid
    b, c = in_order(b, c)
    e, f = in_order(e, f)
    h, i = in_order(h, i)
    a, b = in_order(a, b)
    d, e = in_order(d, e)
    g, h = in_order(g, h)
    b, c = in_order(b, c)
    e, f = in_order(e, f)
    h, i = in_order(h, i)
    d = in_order(a, d)[1]
    f = in_order(f, i)[0]
    e, h = in_order(e, h)
    g = in_order(d, g)[1]
    e = in_order(b, e)[1]
    f = in_order(c, f)[0]
    e = in_order(e, h)[0]
    e, f = in_order(e, f)
    e = in_order(g, e)[1]
    return in_order(e, f)[0]


@vector
def _middles_of_9(out, a, b, c, d, e, f, g, h, j):
    for i in range(out.size):
        out[i] = _middle_of_9(a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i], j[i])


@vector
def _middle_numbers_of_9(out, a, b, c, d, e, f, g, h, j):
    for i in range(out.size):
        m = _middle_of_9(a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i], j[i])
        some = (a[i] != a[i]) | (b[i] != b[i]) | (c[i] != c[i]) | (d[i] != d[i]) | (e[i] != e[i])
        some = some | (f[i] != f[i]) | (g[i] != g[i]) | (h[i] != h[i]) | (j[i] != j[i])
        out[i] = out.dtype.type(np.nan) if some else m


@scalar
def median_of_9(out, lines, draws, parameters):
    """Medians of nine whole numbers."""
    a, b, c, d = nth(lines, 0), nth(lines, 1), nth(lines, 2), nth(lines, 3)
    e, f, g, h, j = nth(lines, 4), nth(lines, 5), nth(lines, 6), nth(lines, 7), nth(lines, 8)
    _middles_of_9(out, a, b, c, d, e, f, g, h, j)


@scalar
def median_of_9_numbers(out, lines, draws, parameters):
    """Medians of nine floating-point numbers; NaN where one of them is."""
    a, b, c, d = nth(lines, 0), nth(lines, 1), nth(lines, 2), nth(lines, 3)
    e, f, g, h, j = nth(lines, 4), nth(lines, 5), nth(lines, 6), nth(lines, 7), nth(lines, 8)
    _middle_numbers_of_9(out, a, b, c, d, e, f, g, h, j)


@scalar
def median_of_any(out, lines, draws, parameters):
    """Lower medians of as many whole numbers as there are."""
    count = lines.shape[0] - EXTRA
    sort_lines(lines, count, out.size)
    copy(out, nth(lines, (count - 1) // 2))


@vector
def _mark(marks, a):
    for i in range(marks.size):
        marks[i] = larger(marks[i], a[i])


@scalar
def _mark_and_sort(lines, count, size):
    """Behind the numbers comes a line with NaN for each window that holds one."""
    marks = part(nth(lines, count), 0, size)
    copy(marks, nth(lines, 0))
    for k in range(1, count):
        _mark(marks, nth(lines, k))
    sort_lines(lines, count, size)


@vector
def _unless_marked(out, a, marks):
    for i in range(out.size):
        out[i] = marks[i] if marks[i] != marks[i] else a[i]


@scalar
def median_of_any_numbers(out, lines, draws, parameters):
    """Lower medians of as many floating-point numbers as there are; NaN where one of them is."""
    count = lines.shape[0] - EXTRA
    _mark_and_sort(lines, count, out.size)
    _unless_marked(out, nth(lines, (count - 1) // 2), nth(lines, count))


@vector
def _set_aside(line, many, values, so_far):
    """NaN become infinite, so that they are sorted behind all others; these are counted."""
    for i in range(line.size):
        v, n = values[i], so_far[i]
        line[i] = chosen(v == v, v, line.dtype.type(np.inf))
        many[i] = chosen(v == v, n + line.dtype.type(1), n)


@vector
def _pick_middle(out, line, many, last):
    """Of the windows of so many numbers, or one less, ``line`` holds the lower median."""
    for i in range(out.size):
        out[i] = chosen((many[i] == last) | (many[i] == last - 1), line[i], out[i])


@scalar
def median_of_any_but_nan(out, lines, draws, parameters):
    """Lower medians of what is no NaN; NaN where there is nothing else."""
    count, n = lines.shape[0] - EXTRA, out.size
    ordered, counts, now = below(lines, 1), below(lines, count + 1), 0  # each value moves on by one line
    fill(part(nth(counts, 0), 0, n), lines.dtype.type(0))
    for k in range(count - 1, -1, -1):
        target, many = part(nth(ordered, k), 0, n), part(nth(counts, 1 - now), 0, n)
        _set_aside(target, many, nth(lines, k), nth(counts, now))
        now = 1 - now
    sort_lines(ordered, count, n)
    fill(out, lines.dtype.type(np.nan))
    for k in range((count + 1) // 2):
        _pick_middle(out, nth(ordered, k), nth(counts, now), lines.dtype.type(2 * k + 2))


@vector
def _between(out, low, high, marks, part_way):
    for i in range(out.size):
        out[i] = marks[i] if marks[i] != marks[i] else between(low[i], high[i], part_way)


@scalar
def quantile_of_any(out, lines, draws, parameters):
    """Quantiles of as many numbers as there are, ``parameters[1]`` of the way from the least to the largest."""
    count = lines.shape[0] - EXTRA
    at = parameters[1] * (count - 1)
    low = int(at)
    high = low + 1 if low < count - 1 else low
    _mark_and_sort(lines, count, out.size)
    _between(out, nth(lines, low), nth(lines, high), nth(lines, count), at - low)


@vector
def _sort_columns(low, middle, high, a, b, c):
    for i in range(low.size):
        p, q = in_order(a[i], b[i])
        q, r = in_order(q, c[i])
        p, q = in_order(p, q)
        low[i], middle[i], high[i] = p, q, r


@scalar
def _median_of_columns(low0, low1, low2, middle0, middle1, middle2, high0, high1, high2):
    """Of the median of nine: the largest of the lows, the middle of the middles, the smallest of the highs."""
    low = in_order(in_order(low0, low1)[1], low2)[1]
    high = in_order(in_order(high0, high1)[0], high2)[0]
    p, q = in_order(middle0, middle1)
    middle = in_order(p, in_order(q, middle2)[0])[1]
    p, q = in_order(low, middle)
    return in_order(p, in_order(q, high)[0])[1]


@vector
def _medians_of_columns(out, low, low1, low2, middle, middle1, middle2, high, high1, high2):
    for i in range(out.size):
        out[i] = _median_of_columns(
            low[i], low1[i], low2[i], middle[i], middle1[i], middle2[i], high[i], high1[i], high2[i]
        )


@scalar
def median_of_triples(out, a, b, c, shift, lines):
    """Medians of windows of 3 × 3: the columns are sorted, once for all windows that share them."""
    low, middle, high = nth(lines, 0), nth(lines, 1), nth(lines, 2)
    _sort_columns(part(low, 0, a.size), middle, high, a, b, c)
    _medians_of_columns(
        out,
        low,
        rest(low, shift),
        rest(low, 2 * shift),
        middle,
        rest(middle, shift),
        rest(middle, 2 * shift),
        high,
        rest(high, shift),
        rest(high, 2 * shift),
    )


@vector
def _mark_columns(marks, a, b, c):
    """NaN where one of a column is NaN, and else 0."""
    for i in range(marks.size):
        some = (a[i] != a[i]) | (b[i] != b[i]) | (c[i] != c[i])
        marks[i] = marks.dtype.type(np.nan) if some else marks.dtype.type(0)


@vector
def _add_marks(out, marks, marks1, marks2):
    for i in range(out.size):
        some = marks[i] + marks1[i] + marks2[i]
        out[i] = some if some != some else out[i]


@scalar
def median_of_triples_of_numbers(out, a, b, c, shift, lines):
    """The same for floating-point numbers; NaN where one of them is."""
    median_of_triples(out, a, b, c, shift, lines)
    marks = nth(lines, 3)
    _mark_columns(part(marks, 0, a.size), a, b, c)
    _add_marks(out, marks, rest(marks, shift), rest(marks, 2 * shift))
