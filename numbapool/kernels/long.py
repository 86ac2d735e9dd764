"""Long windows along a row, each reduced where it stands: its numbers meet in any order, but always in the same."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .combine import in_any_order, smaller
from .frame import (
    AHEAD,
    ALIKE,
    COUNT,
    DIVISOR,
    FETCHED,
    FIRST,
    STRIP,
    WIDTH,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .lines import Fold
from .loads import as_is, single_as_double
from .prefetch import fetch_row
from .views import nth, part, rest

__all__ = ["LONG", "OFTEN", "long_kernel", "long_scratch", "make_reduce"]

# Windows of so many numbers in a row are worth a loop of vectors each, if no number is in more than so many windows.
LONG, OFTEN = 32, 8
# Of so many float32 numbers each place of a vector adds up a handful, as exactly as these are, and twice as fast.
_FEW = 64
# Numbers of longer windows are summed so many at a time: with each piece one that lies ahead is fetched.
_PIECE = 512


@cache
def make_reduce(load: Any, combine: Any) -> Any:
    """``reduce(line, parameter)``: all numbers of a line in one, as vectors."""
    combine = in_any_order(combine)

    @scalar
    def reduce(line, parameter):
        m = load(line[0], parameter)
        for i in range(np.uint64(1), np.uint64(line.size)):
            m = combine(m, load(line[i], parameter))
        return m

    return reduce


@cache
def _each(load: Any, fold: Fold) -> Any:
    reduce, combine, finish = make_reduce(load, fold.combine), fold.combine, fold.finish

    @scalar
    def in_pieces(x, at, size, frame, parameter):
        """As `reduce`, for more numbers than a piece has; what lies ahead is fetched."""
        fetch_row(x, at + frame[AHEAD], True, _PIECE)
        m, begin = reduce(part(x, at, _PIECE), parameter), np.int64(_PIECE)
        while begin < size:
            n = smaller(size - begin, np.int64(_PIECE))
            fetch_row(x, at + begin + frame[AHEAD], True, n)
            m = combine(m, reduce(part(x, at + begin, n), parameter))
            begin += n
        return m

    @scalar
    def each(y, x, size, count, frame, divisor, parameter):
        """The windows of one place in so many rows."""
        x_height, y_height = frame[X_HEIGHT], frame[Y_HEIGHT]
        fetched = frame[FETCHED] > 0 and size > _PIECE
        for row in range(np.uint64(count)):
            at = row * x_height
            m = in_pieces(x, at, size, frame, parameter) if fetched else reduce(part(x, at, size), parameter)
            y[row * np.uint64(y_height)] = finish(m, divisor, parameter)

    return each


@cache
def long_kernel(fold: Fold) -> Kernel:
    """As `rows_kernel`, for windows along single rows, none of which is empty; a work unit is a strip of a row."""
    divides, multiplies = fold.divides, fold.multiplies
    sums_single = fold.load is single_as_double
    many_of, few_of = _each(fold.load, fold), _each(as_is, fold)

    @kernel(f"long-{fold.name}")
    def long(x, y, frame, strips, depth, height, width, identity, parameter, _a, _b, shares, _c, begin, end):
        divisors, unit, known = nth(shares, 0), begin, np.int64(0)
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            at, out = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH], y_slab(frame, plane, d)
            first, last = strip * frame[STRIP], (strip + 1) * frame[STRIP]
            last = last if last < frame[WIDTH] else frame[WIDTH]
            # where whole planes are reduced there is nothing to be looked up for each
            together = row1 - row0 if frame[ALIKE] and last - first == 1 else 1
            for row in range(row0, row1, together):
                here, to = at + height[FIRST, row] * frame[X_HEIGHT], out + row * frame[Y_HEIGHT]
                for w in range(first, last):
                    share = depth[DIVISOR, d] * height[DIVISOR, row] * width[DIVISOR, w]
                    if divides and share != known:
                        known = share
                        divisors[0] = share
                        if multiplies:
                            divisors[0] = 1 / divisors[0]
                    source, goal, size = rest(x, here + width[FIRST, w]), rest(y, to + w), width[COUNT, w]
                    if sums_single and size <= _FEW:
                        few_of(goal, source, size, together, frame, divisors[0], parameter)
                    else:
                        many_of(goal, source, size, together, frame, divisors[0], parameter)
            unit += row1 - row0

    return long


def long_scratch(parameter: Any) -> Scratch:
    """Scratch memory of `long_kernel`."""
    return Scratch(extra=(1, 1, parameter.dtype))
