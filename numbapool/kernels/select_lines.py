"""Loops that keep the best of several values and its code: its index, counted from the index where the window begins.

A later value replaces the kept one if it is ``better``. Both are read before they are compared, and codes are int32
where they fit, so that LLVM vectorizes all loops. Runs are given by unsigned indices, as in `lines`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from . import intrinsics
from .compile import jitable, loop

__all__ = [
    "earliest_loops",
    "fill_places",
    "giving_loop",
    "keeping",
    "merging_loops",
    "number_run",
    "pixel_loops",
    "same",
    "stored_loops",
]


@register_jitable
def same(value):
    """A value that is compared, and stored, as it is."""
    return value


@loop
def fill_places(codes, to, n, inner, apart):
    """What each of ``n`` pixels of ``inner`` numbers adds to an index."""
    to, inner, n = intrinsics.unsigned(to, inner, n)
    for i in range(n):
        for j in range(inner):
            codes[to + i * inner + j] = np.int64(i) * apart


@loop
def number_run(indices, to, codes, a, places, n, base):
    """Indices from codes, those of windows from ``places`` on, and the index that they are counted from."""
    to, a, places, n = intrinsics.unsigned(to, a, places, n)
    for i in range(n):
        indices[to + i] = base + np.int64(codes[a + i] + codes[places + i])


@cache
def giving_loop(store: Any, indexed: bool = True) -> Any:
    """A loop that stores values, and gives indices from codes and the index that they are counted from, if wanted."""

    @loop
    def give(dst, indices, to, vals, a, codes, k_at, n, base):
        to, a, k_at, n = intrinsics.unsigned(to, a, k_at, n)
        for i in range(n):
            dst[to + i] = store(vals[a + i])
            if indexed:
                indices[to + i] = base + np.int64(codes[k_at + i])

    return give


@cache
def keeping(better: Any) -> Any:
    """A function of a kept value, its code, and a later value with its own: those that are kept of both."""

    @jitable(forceinline=True)
    def keep(m, k, v, c):
        later = better(v, m)
        return v if later else m, c if later else k

    return keep


@cache
def merging_loops(better: Any, store: Any, code: Any) -> Any:
    """Loops over two or three runs of values with codes, later ones so far behind; values are stored in ``dst``."""
    keep = keeping(better)

    @loop
    def of_two(dst, at, codes, to, vals, a, b, n, second):
        at, to, a, b, n = intrinsics.unsigned(at, to, a, b, n)
        second = code(second)
        for i in range(n):
            m, k = keep(vals[a + i], codes[a + i], vals[b + i], code(codes[b + i] + second))
            dst[at + i] = store(m)
            codes[to + i] = k

    @loop
    def of_three(dst, at, codes, to, vals, a, b, c, n, second, third):
        at, to, a, b, c, n = intrinsics.unsigned(at, to, a, b, c, n)
        second, third = code(second), code(third)
        for i in range(n):
            v, p = vals[c + i], code(codes[c + i] + third)
            m, k = keep(vals[a + i], codes[a + i], vals[b + i], code(codes[b + i] + second))
            m, k = keep(m, k, v, p)
            dst[at + i] = store(m)
            codes[to + i] = k

    return of_two, of_three


@cache
def stored_loops(load: Any, better: Any, store: Any, code: Any) -> Any:
    """Loops over runs as they are stored: read only, 2 × 2 squares at once, or one or two rows more of each window.

    Of rows ``places`` tells the codes within a row.
    """
    keep = keeping(better)

    @loop
    def load_run(dst, to, src, a, n):
        to, a, n = intrinsics.unsigned(to, a, n)
        for i in range(n):
            dst[to + i] = load(src[a + i])

    @loop
    def of_squares(dst, at, codes, to, src, a, b, n, right, below):
        at, to, a, b, one, n = intrinsics.unsigned(at, to, a, b, 1, n)
        right, below, both = code(right), code(below), code(right + below)
        for i in range(n):
            m, q = load(src[a + i + i]), load(src[a + i + i + one])
            r, s = load(src[b + i + i]), load(src[b + i + i + one])
            m, k = keep(m, code(0), q, right)
            m, k = keep(m, k, r, below)
            m, k = keep(m, k, s, both)
            dst[at + i] = store(m)
            codes[to + i] = k

    @loop
    def row_on(vals, codes, to, m_at, k_at, src, a, places, n, ahead):
        to, m_at, k_at, a, places, n = intrinsics.unsigned(to, m_at, k_at, a, places, n)
        ahead = code(ahead)
        for i in range(n):
            m, k = keep(vals[m_at + i], codes[k_at + i], load(src[a + i]), code(codes[places + i] + ahead))
            vals[to + i] = m
            codes[to + i] = k

    @loop
    def two_rows_on(vals, codes, to, m_at, k_at, src, a, b, places, n, ahead, further):
        to, m_at, k_at, a, b, places, n = intrinsics.unsigned(to, m_at, k_at, a, b, places, n)
        ahead, further = code(ahead), code(further)
        for i in range(n):
            m, k, v, u, c = vals[m_at + i], codes[k_at + i], load(src[a + i]), load(src[b + i]), codes[places + i]
            p, q = code(c + ahead), code(c + further)  # before the choice, or there are no vectors
            m, k = keep(m, k, v, p)
            m, k = keep(m, k, u, q)
            vals[to + i] = m
            codes[to + i] = k

    return load_run, of_squares, row_on, two_rows_on


@cache
def pixel_loops(load: Any, better: Any, store: Any, code: Any) -> Any:
    """Loops over pixels of a window in its order, whose codes are the same for all numbers of a pixel.

    They begin with the first two or three pixels, and go on with two more, of which the last are stored with their
    indices: ``start_two``, ``start_three``, ``two_on`` and ``give_two_on``.
    """
    keep = keeping(better)

    @loop
    def start_two(vals, codes, to, src, a, b, n, second):
        to, a, b, n = intrinsics.unsigned(to, a, b, n)
        second = code(second)
        for i in range(n):
            m, k = keep(load(src[a + i]), code(0), load(src[b + i]), second)
            vals[to + i] = m
            codes[to + i] = k

    @loop
    def start_three(vals, codes, to, src, a, b, c, n, second, third):
        to, a, b, c, n = intrinsics.unsigned(to, a, b, c, n)
        second, third = code(second), code(third)
        for i in range(n):
            m, v, u = load(src[a + i]), load(src[b + i]), load(src[c + i])
            m, k = keep(m, code(0), v, second)
            m, k = keep(m, k, u, third)
            vals[to + i] = m
            codes[to + i] = k

    @loop
    def two_on(vals, codes, to, at, src, b, c, n, second, third):
        to, at, b, c, n = intrinsics.unsigned(to, at, b, c, n)
        second, third = code(second), code(third)
        for i in range(n):
            m, k, v, u = vals[at + i], codes[at + i], load(src[b + i]), load(src[c + i])
            m, k = keep(m, k, v, second)
            m, k = keep(m, k, u, third)
            vals[to + i] = m
            codes[to + i] = k

    @loop
    def give_two_on(dst, indices, to, vals, codes, at, src, b, c, n, second, third, base):
        to, at, b, c, n = intrinsics.unsigned(to, at, b, c, n)
        second, third = code(second), code(third)
        for i in range(n):
            m, k, v, u = vals[at + i], codes[at + i], load(src[b + i]), load(src[c + i])
            m, k = keep(m, k, v, second)
            m, k = keep(m, k, u, third)
            dst[to + i] = store(m)
            indices[to + i] = base + np.int64(k)

    return start_two, start_three, two_on, give_two_on


@cache
def earliest_loops(better: Any, code: Any) -> Any:
    """Loops over values in any order, whose codes tell which comes first in its window."""

    @jitable(forceinline=True)
    def keep(m, k, v, c):  # without branches, as nobody could foresee them
        other = (better(v, m) & (c > k)) | ((not better(m, v)) & (c < k))
        return v if other else m, c if other else k

    @loop
    def halve(vals, codes, to, m_at, k_at, v_at, c_at, n):
        to, m_at, k_at, v_at, c_at, n = intrinsics.unsigned(to, m_at, k_at, v_at, c_at, n)
        for i in range(n):
            m, k = keep(vals[m_at + i], codes[k_at + i], vals[v_at + i], codes[c_at + i])
            vals[to + i] = m
            codes[to + i] = k

    @loop
    def pick(vals, codes, to, m_at, k_at, n, step, inner):
        """The best of ``n`` pixels, each ``step`` behind the one before."""
        to, m_at, k_at, n, step, inner, one = intrinsics.unsigned(to, m_at, k_at, n, step * inner, inner, 1)
        for j in range(inner):
            m, k = vals[m_at + j], codes[k_at + j]
            for i in range(one, n):
                m, k = keep(m, k, vals[m_at + j + i * step], codes[k_at + j + i * step])
            vals[to + j] = m
            codes[to + j] = k

    @loop
    def pick_each(vals, codes, to, m_at, k_at, starts, first, low, table, count, windows, step, inner):
        """The same for each of some windows: from its first position on, as many as the table tells."""
        to, m_at, k_at, first, count, windows = intrinsics.unsigned(to, m_at, k_at, first, count, windows)
        step, inner, one = intrinsics.unsigned(step * inner, inner, 1)
        for w in range(windows):
            away, n = np.uint64(starts[first + w] - low) * inner, np.uint64(table[count + w])
            for j in range(inner):
                m, k = vals[m_at + away + j], codes[k_at + away + j]
                for i in range(one, n):
                    m, k = keep(m, k, vals[m_at + away + j + i * step], codes[k_at + away + j + i * step])
                vals[to + w * inner + j] = m
                codes[to + w * inner + j] = k

    @loop
    def take_each(vals, codes, to, m_at, k_at, starts, first, low, windows, inner):
        """What stands at the first position of each of some windows."""
        to, m_at, k_at, inner, first, windows = intrinsics.unsigned(to, m_at, k_at, inner, first, windows)
        for w in range(windows):
            away, at = np.uint64(starts[first + w] - low) * inner, to + w * inner
            if inner == 1:  # for which a loop would take thrice as long
                vals[at], codes[at] = vals[m_at + away], codes[k_at + away]
            else:
                for j in range(inner):
                    vals[at + j], codes[at + j] = vals[m_at + away + j], codes[k_at + away + j]

    return halve, pick, pick_each, take_each
