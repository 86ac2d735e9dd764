"""Medians, modes and draws of small windows, for many windows at once; see `kernels.lanes`."""

from __future__ import annotations

import numpy as np

from ..jit import scalar
from ..kernels.views import nth

__all__ = ["any_of", "median_of_9", "median_of_9_numbers", "mode_of_4", "mode_of_8"]


@scalar
def _sorted(a, b):
    return (b, a) if b < a else (a, b)


@scalar
def _middle_of_9(a, b, c, d, e, f, g, h, i):
    # 19 exchanges: Paeth 1990, Median finding on a 3 × 3 grid
    b, c = _sorted(b, c)
    e, f = _sorted(e, f)
    h, i = _sorted(h, i)
    a, b = _sorted(a, b)
    d, e = _sorted(d, e)
    g, h = _sorted(g, h)
    b, c = _sorted(b, c)
    e, f = _sorted(e, f)
    h, i = _sorted(h, i)
    d = _sorted(a, d)[1]
    f = _sorted(f, i)[0]
    e, h = _sorted(e, h)
    g = _sorted(d, g)[1]
    e = _sorted(b, e)[1]
    f = _sorted(c, f)[0]
    e = _sorted(e, h)[0]
    e, f = _sorted(e, f)
    e = _sorted(g, e)[1]
    return _sorted(e, f)[0]


@scalar
def median_of_9(out, lines, draws, parameters):
    """Medians of nine whole numbers."""
    a, b, c, d = nth(lines, 0), nth(lines, 1), nth(lines, 2), nth(lines, 3)
    e, f, g, h, j = nth(lines, 4), nth(lines, 5), nth(lines, 6), nth(lines, 7), nth(lines, 8)
    for i in range(out.size):
        out[i] = _middle_of_9(a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i], j[i])


@scalar
def median_of_9_numbers(out, lines, draws, parameters):
    """Medians of nine floating-point numbers; NaN where one of them is."""
    a, b, c, d = nth(lines, 0), nth(lines, 1), nth(lines, 2), nth(lines, 3)
    e, f, g, h, j = nth(lines, 4), nth(lines, 5), nth(lines, 6), nth(lines, 7), nth(lines, 8)
    for i in range(out.size):
        m = _middle_of_9(a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i], j[i])
        some = (a[i] != a[i]) | (b[i] != b[i]) | (c[i] != c[i]) | (d[i] != d[i]) | (e[i] != e[i])
        some = some | (f[i] != f[i]) | (g[i] != g[i]) | (h[i] != h[i]) | (j[i] != j[i])
        out[i] = out.dtype.type(np.nan) if some else m


@scalar
def _better(v, n, m, most):
    """Of two labels and how often each occurs, the more frequent, or else the smaller."""
    take = (n > most) | ((n == most) & (v < m))
    return (v, n) if take else (m, most)


@scalar
def mode_of_4(out, lines, draws, parameters):
    """Most frequent of four labels, the smallest of several."""
    a, b, c, d = nth(lines, 0), nth(lines, 1), nth(lines, 2), nth(lines, 3)
    same = True
    for i in range(out.size):
        same &= (a[i] == b[i]) & (a[i] == c[i]) & (a[i] == d[i])
    if same:  # inside of one region, as most of a segmentation is
        for i in range(out.size):
            out[i] = a[i]
        return
    for i in range(out.size):
        v, w, x, y = a[i], b[i], c[i], d[i]
        vw, vx, vy = np.uint8(v == w), np.uint8(v == x), np.uint8(v == y)
        wx, wy, xy = np.uint8(w == x), np.uint8(w == y), np.uint8(x == y)
        m, n = _better(w, np.uint8(vw + wx + wy), v, np.uint8(vw + vx + vy))
        m, n = _better(x, np.uint8(vx + wx + xy), m, n)
        out[i] = _better(y, np.uint8(vy + wy + xy), m, n)[0]


@scalar
def mode_of_8(out, lines, draws, parameters):
    """Most frequent of eight labels, the smallest of several."""
    a, b, c, d = nth(lines, 0), nth(lines, 1), nth(lines, 2), nth(lines, 3)
    e, f, g, h = nth(lines, 4), nth(lines, 5), nth(lines, 6), nth(lines, 7)
    same = True
    for i in range(out.size):
        v = a[i]
        same &= (v == b[i]) & (v == c[i]) & (v == d[i]) & (v == e[i]) & (v == f[i]) & (v == g[i]) & (v == h[i])
    if same:
        for i in range(out.size):
            out[i] = a[i]
        return
    for i in range(out.size):
        p, q, r, s, t, u, v, w = a[i], b[i], c[i], d[i], e[i], f[i], g[i], h[i]
        m, n = p, _times(p, q, r, s, t, u, v, w)
        m, n = _better(q, _times(q, p, r, s, t, u, v, w), m, n)
        m, n = _better(r, _times(r, p, q, s, t, u, v, w), m, n)
        m, n = _better(s, _times(s, p, q, r, t, u, v, w), m, n)
        m, n = _better(t, _times(t, p, q, r, s, u, v, w), m, n)
        m, n = _better(u, _times(u, p, q, r, s, t, v, w), m, n)
        m, n = _better(v, _times(v, p, q, r, s, t, u, w), m, n)
        out[i] = _better(w, _times(w, p, q, r, s, t, u, v), m, n)[0]


@scalar
def _times(a, b, c, d, e, f, g, h):
    """How often ``a`` is among the others."""
    few = np.uint8(np.uint8(a == b) + np.uint8(a == c) + np.uint8(a == d) + np.uint8(a == e))
    return np.uint8(few + np.uint8(a == f) + np.uint8(a == g) + np.uint8(a == h))


@scalar
def any_of(out, lines, draws, parameters):
    """One of the numbers of each window."""
    count = np.uint64(parameters[1])
    for i in range(out.size):
        kept = (np.uint64(draws[i]) >> np.uint64(32)) * count >> np.uint64(32)
        out[i] = lines[kept, i]
