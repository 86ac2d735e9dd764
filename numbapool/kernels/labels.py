"""Most frequent values of windows whose numbers lie side by side in lines."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from .compile import jitable
from .lines import copy_run, fill_run
from .order import lower
from .sorting import largest_of_lines, nan_where_marked

__all__ = ["mode_but_one_lines", "mode_lines"]


@register_jitable
def count_equal(line, to, at, a, b, step, n, runs):
    """Add for each number how many of one run, or of the next three as well, equal it."""
    to, at, a, b, c = np.uint64(to), np.uint64(at), np.uint64(a), np.uint64(b), np.uint64(b + step)
    d, e = np.uint64(b + 2 * step), np.uint64(b + 3 * step)
    one, none = line.dtype.type(1), line.dtype.type(0)
    if runs == 1:
        for i in range(np.uint64(n)):
            line[to + i] = line[at + i] + (one if line[a + i] == line[b + i] else none)
        return
    for i in range(np.uint64(n)):
        v = line[a + i]
        two = (one if v == line[b + i] else none) + (one if v == line[c + i] else none)
        line[to + i] = line[at + i] + two + (one if v == line[d + i] else none) + (one if v == line[e + i] else none)


@register_jitable
def better_of_two(line, to, at, a, counts, ignored, ignores, room, n):
    """Of two labels and how often each occurs (a line behind), the more frequent, or else the smaller.

    One label may count for nothing.
    """
    to, at, a, counts, room = np.uint64(to), np.uint64(at), np.uint64(a), np.uint64(counts), np.uint64(room)
    none = line.dtype.type(0)
    for i in range(np.uint64(n)):
        v, m, many, most = line[a + i], line[at + i], line[counts + i], line[at + room + i]
        if ignores:
            many = none if v == ignored else many
        take = (many > most) | ((many == most) & (v < m))
        line[to + i] = v if take else m
        line[to + room + i] = many if take else most


@register_jitable
def _better(v, n, m, most):
    take = (n > most) | ((n == most) & (v < m))
    return (v if take else m), (n if take else most)


@register_jitable
def _same(a, b):
    return np.uint8(a == b)


@register_jitable
def all_alike(lines, count, room, n):
    """Whether each window holds one label alone: inside of one region, as most of a segmentation is."""
    alike, k = True, 1
    while alike and k < count:
        a = np.uint64(k * room)
        for i in range(np.uint64(n)):
            alike &= lines[i] == lines[a + i]
        k += 1
    return alike


@register_jitable
def mode_of_four(line, to, a, step, n):
    """Most frequent of four labels, the smallest of several."""
    to, a, b, c, d = np.uint64(to), np.uint64(a), np.uint64(a + step), np.uint64(a + 2 * step), np.uint64(a + 3 * step)
    for i in range(np.uint64(n)):  # two that are equal win, and no more than two labels have that
        v, w, x, y = line[a + i], line[b + i], line[c + i], line[d + i]
        again_v, again_w, again_x = (v == w) | (v == x) | (v == y), (w == x) | (w == y), x == y
        m = w if again_w else x
        m = v if again_v else m
        m = w if again_w & (w < m) else m
        m = x if again_x & (x < m) else m
        line[to + i] = m if again_v | again_w | again_x else lower(lower(v, w), lower(x, y))


@register_jitable
def mode_of_eight(line, to, a, step, n):
    """Most frequent of eight labels, the smallest of several."""
    to, a, b, c, d = np.uint64(to), np.uint64(a), np.uint64(a + step), np.uint64(a + 2 * step), np.uint64(a + 3 * step)
    e, f = np.uint64(a + 4 * step), np.uint64(a + 5 * step)
    g, h = np.uint64(a + 6 * step), np.uint64(a + 7 * step)
    for i in range(np.uint64(n)):
        p, q, r, s = line[a + i], line[b + i], line[c + i], line[d + i]
        t, u, v, w = line[e + i], line[f + i], line[g + i], line[h + i]
        # how often each occurs from itself on: the first of a kind finds all
        one = np.uint8(1)
        few = np.uint8(one + _same(p, q) + _same(p, r) + _same(p, s) + _same(p, t))
        m, most = p, np.uint8(few + _same(p, u) + _same(p, v) + _same(p, w))
        few = np.uint8(one + _same(q, r) + _same(q, s) + _same(q, t))
        m, most = _better(q, np.uint8(few + _same(q, u) + _same(q, v) + _same(q, w)), m, most)
        few = np.uint8(one + _same(r, s) + _same(r, t) + _same(r, u))
        m, most = _better(r, np.uint8(few + _same(r, v) + _same(r, w)), m, most)
        m, most = _better(s, np.uint8(one + _same(s, t) + _same(s, u) + _same(s, v) + _same(s, w)), m, most)
        m, most = _better(t, np.uint8(one + _same(t, u) + _same(t, v) + _same(t, w)), m, most)
        m, most = _better(u, np.uint8(one + _same(u, v) + _same(u, w)), m, most)
        m, most = _better(v, np.uint8(one + _same(v, w)), m, most)
        line[to + i] = _better(w, one, m, most)[0]


@cache
def _counting_lines(ignores: bool, floating: bool) -> Any:
    """Each number is compared with those behind it: the first of a kind finds all of them."""

    @jitable
    def modes(lines, found, count, room, spare, n, parameter, seed, places):
        label, better, now, other, mark = spare, spare + 2 * room, spare + 4 * room, spare + 5 * room, 0
        if floating:
            mark = largest_of_lines(lines, count, room, spare + 6 * room, other, n)
            other = spare + 5 * room if mark != spare + 5 * room else spare + 6 * room
        copy_run(lines, label, lines, 0, n)
        fill_run(lines, label + room, n, lines.dtype.type(0))
        for k in range(count):
            fill_run(lines, now, n, lines.dtype.type(1))
            j = k + 1
            while j < count:
                runs = 4 if j + 4 <= count else 1
                count_equal(lines, other, now, k * room, j * room, room, n, runs)
                now, other, j = other, now, j + runs
            better_of_two(lines, better, label, k * room, now, parameter, ignores, room, n)
            label, better = better, label
        if floating:
            nan_where_marked(lines, better, label, mark, n)
            label = better
        return label

    return modes


@cache
def mode_lines(floating: bool) -> Any:
    """Modes; NaN where one is. Windows of four and of eight values have loops of their own."""
    by_counting = _counting_lines(False, floating)

    @jitable
    def modes(lines, found, count, room, spare, n, parameter, seed, places):
        result = spare
        if all_alike(lines, count, room, n):
            result = 0
        elif count == 4 or count == 8:
            mark = largest_of_lines(lines, count, room, spare + room, spare + 2 * room, n) if floating else 0
            if count == 4:
                mode_of_four(lines, spare, 0, room, n)
            else:
                mode_of_eight(lines, spare, 0, room, n)
            if floating:
                result = spare + 3 * room
                nan_where_marked(lines, result, spare, mark, n)
        else:
            result = by_counting(lines, found, count, room, spare, n, parameter, seed, places)
        return result

    return modes


def mode_but_one_lines(floating: bool) -> Any:
    """Modes of all labels but ``parameter``, which is kept where nothing else is."""
    return _counting_lines(True, floating)
