"""Windows over pixels of several numbers, as channels-last images have: each is reduced straight from where it stands.

All numbers of a pixel go the same way, so they are the vectors; lines need no phases, and squares of 2 × 2 and 3 × 3
need no line.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..jit import apart, scalar, vector
from .lines import Fold

__all__ = ["pixel_loops"]


@cache
def pixel_loops(fold: Fold) -> SimpleNamespace:
    """Loops over the windows of a line for one reduction, all called alike.

    ``loop(out, a, b, c, jump, shift, inner, divisors, parameter)``, for windows ``jump`` numbers from each other. Of
    two lines (``a`` and ``b``) or ``three`` that have been combined a window has one pixel each; of two or three rows
    of input it has pixels ``shift`` numbers from each other, as many as rows.
    """
    load, combine = fold.load, fold.combine

    @scalar
    def of_two(a, b, c, shift, at, parameter):
        return combine(a[at], b[at])

    @scalar
    def of_three(a, b, c, shift, at, parameter):
        return combine(combine(a[at], b[at]), c[at])

    @scalar
    def column2(a, b, c, at, parameter):
        return combine(load(a[at], parameter), load(b[at], parameter))

    @scalar
    def column3(a, b, c, at, parameter):
        return combine(column2(a, b, c, at, parameter), load(c[at], parameter))

    # column by column, as lines of whole rows would be: the same sums
    @scalar
    def of_square2(a, b, c, shift, at, parameter):
        return combine(column2(a, b, c, at, parameter), column2(a, b, c, at + shift, parameter))

    @scalar
    def of_square3(a, b, c, shift, at, parameter):
        left, middle = column3(a, b, c, at, parameter), column3(a, b, c, at + shift, parameter)
        return combine(combine(left, middle), column3(a, b, c, at + np.uint64(2) * shift, parameter))

    return SimpleNamespace(
        two=_over_pixels(fold, of_two),
        three=_over_pixels(fold, of_three),
        square2=_over_pixels(fold, of_square2),
        square3=_over_pixels(fold, of_square3),
    )


def _over_pixels(fold: Fold, reduced: Any) -> Any:
    """The loop over the windows of a line, each of which is ``reduced`` number by number."""
    finish = fold.finish

    # Unsigned places, or Numba would ask of each whether it counts from the end. Small pixels go by fours, some too
    # many: the next pixel writes over them.
    @apart
    @vector
    def over_pixels(out, a, b, c, jump, shift, inner, divisors, parameter):
        count, apart_by = out.size // inner, np.uint64(shift)
        fours = few_fours(inner, count)
        at, to = np.uint64(0), np.uint64(0)
        for _w in range(fours):
            for i in range(4):
                k = np.uint64(i)
                out[to + k] = finish(reduced(a, b, c, apart_by, at + k, parameter), divisors[to + k], parameter)
            at, to = at + np.uint64(jump), to + np.uint64(inner)
        small = inner < 16
        for w in range(fours, count):
            at, to = np.uint64(w * jump), np.uint64(w * inner)
            if small and w < count - 1:
                for group in range(0, inner, 4):
                    come, go = at + np.uint64(group), to + np.uint64(group)
                    for i in range(4):
                        k = np.uint64(i)
                        m = reduced(a, b, c, apart_by, come + k, parameter)
                        out[go + k] = finish(m, divisors[go + k], parameter)
            else:
                for i in range(inner):
                    k = np.uint64(i)
                    m = reduced(a, b, c, apart_by, at + k, parameter)
                    out[to + k] = finish(m, divisors[to + k], parameter)

    return over_pixels


@scalar
def few_fours(inner, count):
    """How many of the pixels are one group of four numbers each, with what the next pixel writes over."""
    return count - 1 if inner <= 4 else 0
