"""Modes of small windows, for many windows at once; see `kernels.lanes`."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar, vector
from ..kernels.combine import chosen, in_order
from ..kernels.lanes import EXTRA
from ..kernels.lines import copy
from ..kernels.strips import fill
from ..kernels.views import nth, part
from .ordering import stay_at_nan

__all__ = ["mode_of_4", "mode_of_8", "mode_of_any", "mode_of_any_but_one", "nan_kept"]


@scalar
def _better(v, n, m, most):
    """Of two labels and how often each occurs, the more frequent, or else the smaller."""
    take = (n > most) | ((n == most) & (v < m))
    return chosen(take, v, m), chosen(take, n, most)


@vector
def _of_4(out, a, b, c, d):
    # without counts, which LLVM would make 64 bits wide: two that are equal win, and no more than two labels have that
    for i in range(out.size):
        v, w, x, y = a[i], b[i], c[i], d[i]
        again_v, again_w, again_x = (v == w) | (v == x) | (v == y), (w == x) | (w == y), x == y
        m = chosen(again_v, v, chosen(again_w, w, x))
        m = chosen(again_w & (w < m), w, m)
        m = chosen(again_x & (x < m), x, m)
        out[i] = chosen(again_v | again_w | again_x, m, in_order(in_order(v, w)[0], in_order(x, y)[0])[0])


@scalar
def mode_of_4(out, lines, draws, parameters):
    """Most frequent of four labels, the smallest of several."""
    a, b, c, d = nth(lines, 0), nth(lines, 1), nth(lines, 2), nth(lines, 3)
    same = True
    for i in range(out.size):
        same &= (a[i] == b[i]) & (a[i] == c[i]) & (a[i] == d[i])
    if same:  # inside of one region, as most of a segmentation is
        copy(out, a)
    else:
        _of_4(out, a, b, c, d)


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


@vector
def _count(counts, so_far, a, b):
    for i in range(counts.size):
        counts[i] = so_far[i] + (a[i] == b[i])


@vector
def _count4(counts, so_far, a, b, c, d, e):
    one = counts.dtype.type(1)
    none = counts.dtype.type(0)
    for i in range(counts.size):
        v = a[i]
        few = (one if v == b[i] else none) + (one if v == c[i] else none)
        counts[i] = so_far[i] + few + (one if v == d[i] else none) + (one if v == e[i] else none)


@vector
def _keep_better(label, most, label_before, most_before, a, counts):
    for i in range(label.size):
        v, n, m, k = a[i], counts[i], label_before[i], most_before[i]
        take = (n > k) | ((n == k) & (v < m))
        label[i] = v if take else m
        most[i] = n if take else k


@vector
def _ignore(counts, so_far, a, ignored):
    none = counts.dtype.type(0)
    for i in range(counts.size):
        counts[i] = chosen(a[i] == ignored, none, so_far[i])


@scalar
def _modes(out, lines, ignores, ignored):
    """Every number is compared with those behind it: the first of a kind finds all of them.

    For 25 numbers that is 300 comparisons, of 32 or 64 windows at a time; sorting each takes a hundred times longer.
    """
    size, values = out.size, lines.shape[0] - EXTRA
    spare, label, most = values, values + 2, values + 4  # two lines each, used in turns
    now = 0
    copy(part(nth(lines, label), 0, size), nth(lines, 0))
    fill(part(nth(lines, most), 0, size), lines.dtype.type(0))
    for i in range(values):
        at = 0
        fill(part(nth(lines, spare), 0, size), lines.dtype.type(1))
        j = i + 1
        while j + 4 <= values:
            target = part(nth(lines, spare + 1 - at), 0, size)
            a, b, c = nth(lines, j), nth(lines, j + 1), nth(lines, j + 2)
            _count4(target, nth(lines, spare + at), nth(lines, i), a, b, c, nth(lines, j + 3))
            at = 1 - at
            j += 4
        while j < values:
            target = part(nth(lines, spare + 1 - at), 0, size)
            _count(target, nth(lines, spare + at), nth(lines, i), nth(lines, j))
            at = 1 - at
            j += 1
        if ignores:
            _ignore(part(nth(lines, spare + 1 - at), 0, size), nth(lines, spare + at), nth(lines, i), ignored)
            at = 1 - at
        _keep_better(
            part(nth(lines, label + 1 - now), 0, size),
            part(nth(lines, most + 1 - now), 0, size),
            nth(lines, label + now),
            nth(lines, most + now),
            nth(lines, i),
            nth(lines, spare + at),
        )
        now = 1 - now
    copy(out, nth(lines, label + now))


@scalar
def mode_of_any(out, lines, draws, parameters):
    """Most frequent label of windows of any size, the smallest of several."""
    _modes(out, lines, False, lines[0, 0])


@scalar
def mode_of_any_but_one(out, lines, draws, parameters):
    """The same, but for one label, which is kept only where there is no other."""
    extra = nth(lines, lines.shape[0] - 1)
    extra[0] = parameters[1]
    ignored = extra[0]
    extra[0] = parameters[2]
    extra[0] += ignored
    _modes(out, lines, True, extra[0])


@cache
def nan_kept(modes: Any) -> Any:
    """The same for floating-point numbers: NaN where one of a window is."""

    @scalar
    def modes_of_numbers(out, lines, draws, parameters):
        modes(out, lines, draws, parameters)
        for k in range(lines.shape[0] - EXTRA):
            stay_at_nan(out, nth(lines, k))

    return modes_of_numbers
