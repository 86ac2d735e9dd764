"""Pixels of several numbers, as channels-last images have, combined straight from where they stand.

All numbers of a pixel go the same way, so they are the vectors, and lines need no phases.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..jit import apart, scalar, vector
from .frame import AHEAD
from .lines import Fold, line_loops
from .prefetch import fetch_row
from .views import nth, part, rest

__all__ = ["make_combined", "pixel_loops"]


@cache
def pixel_loops(fold: Fold) -> SimpleNamespace:
    """Loops over the windows of a line for one reduction, all called alike.

    ``loop(out, a, b, c, jump, inner, divisors, parameter)``, for windows ``jump`` numbers from each other, of one pixel
    of each of two lines (``a`` and ``b``) or ``three`` that have been combined.
    """
    combine = fold.combine

    @scalar
    def of_two(a, b, c, at):
        return combine(a[at], b[at])

    @scalar
    def of_three(a, b, c, at):
        return combine(combine(a[at], b[at]), c[at])

    return SimpleNamespace(two=_over_pixels(fold, of_two), three=_over_pixels(fold, of_three))


@cache
def make_combined(fold: Fold) -> Any:
    """``combined(target, x, at, deep, rows, columns, lines, frame, parameter)``: some numbers of many pixels as one.

    Each of the three is a number of pixels, how far apart they are, and from which on what lies ahead of them is
    fetched; ``lines`` are two to work in. There must be at least one pixel.
    """
    loops = line_loops(fold)
    start, start3, take, take2 = loops.start, loops.start3, loops.take, loops.take2

    @apart
    @scalar
    def combined(target, x, at, deep, rows, columns, lines, frame, parameter):
        now, n = np.int64(-1), target.size
        for i in range(deep[0]):
            for j in range(rows[0]):
                k, first = np.int64(0), at + i * deep[1] + j * rows[1]
                while k < columns[0]:
                    here, left, step = first + k * columns[1], columns[0] - k, columns[1]
                    most = np.int64(3) if now < 0 else np.int64(2)
                    many = most if left >= most else np.int64(1)
                    for ahead in range(many):
                        wanted = j >= rows[2] and k + ahead >= columns[2]
                        fetch_row(x, here + ahead * step + frame[AHEAD], wanted, n)
                    line, turn = nth(lines, now if now > 0 else np.int64(0)), np.int64(0) if now < 0 else 1 - now
                    ends = many == left and j == rows[0] - 1 and i == deep[0] - 1
                    goal = target if ends else part(nth(lines, turn), 0, n)
                    if many == 3:
                        start3(goal, rest(x, here), rest(x, here + step), rest(x, here + 2 * step), parameter)
                    elif now < 0:
                        start(goal, rest(x, here), parameter)
                    elif many == 2:
                        take2(goal, line, rest(x, here), rest(x, here + step), parameter)
                    else:
                        take(goal, line, rest(x, here), parameter)
                    now, k = turn, k + many

    return combined


def _over_pixels(fold: Fold, reduced: Any) -> Any:
    """The loop over the windows of a line, each of which is ``reduced`` number by number."""
    finish = fold.finish

    # Unsigned places, or Numba would ask of each whether it counts from the end. Small pixels go by fours, some too
    # many: the next pixel writes over them.
    @apart
    @vector
    def over_pixels(out, a, b, c, jump, inner, divisors, parameter):
        count = out.size // inner
        fours = few_fours(inner, count)
        at, to = np.uint64(0), np.uint64(0)
        for _w in range(fours):
            for i in range(4):
                k = np.uint64(i)
                out[to + k] = finish(reduced(a, b, c, at + k), divisors[to + k], parameter)
            at, to = at + np.uint64(jump), to + np.uint64(inner)
        small = inner < 16
        for w in range(fours, count):
            at, to = np.uint64(w * jump), np.uint64(w * inner)
            if small and w < count - 1:
                for group in range(0, inner, 4):
                    come, go = at + np.uint64(group), to + np.uint64(group)
                    for i in range(4):
                        k = np.uint64(i)
                        m = reduced(a, b, c, come + k)
                        out[go + k] = finish(m, divisors[go + k], parameter)
            else:
                for i in range(inner):
                    k = np.uint64(i)
                    m = reduced(a, b, c, at + k)
                    out[to + k] = finish(m, divisors[to + k], parameter)

    return over_pixels


@scalar
def few_fours(inner, count):
    """How many of the pixels are one group of four numbers each, with what the next pixel writes over."""
    return count - 1 if inner <= 4 else 0
