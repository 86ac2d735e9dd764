"""Long windows along a row, each reduced where it stands: its numbers meet in any order, but always in the same."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .combine import in_any_order
from .frame import COUNT, DIVISOR, FIRST, STRIP, WIDTH, X_DEPTH, X_HEIGHT, Y_HEIGHT, next_rows, x_plane, y_slab
from .lines import Fold
from .loads import as_is, single_as_double
from .views import nth, part

__all__ = ["LONG", "OFTEN", "long_kernel", "long_scratch", "make_reduce"]

# Windows of so many numbers in a row are worth a loop of vectors each, if no number is in more than so many windows.
LONG, OFTEN = 32, 8
# Of so many float32 numbers each place of a vector adds up a handful, as exactly as these are, and twice as fast.
_FEW = 64


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
def long_kernel(fold: Fold) -> Kernel:
    """As `rows_kernel`, for windows along single rows, none of which is empty; a work unit is a strip of a row."""
    finish, divides, multiplies = fold.finish, fold.divides, fold.multiplies
    reduce = make_reduce(fold.load, fold.combine)
    sums_single, reduce_few = fold.load is single_as_double, make_reduce(as_is, fold.combine)

    @kernel(f"long-{fold.name}")
    def long(x, y, frame, strips, depth, height, width, identity, parameter, _a, _b, shares, _c, begin, end):
        divisors, unit, known = nth(shares, 0), begin, np.int64(0)
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            at, out = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH], y_slab(frame, plane, d)
            first, last = strip * frame[STRIP], (strip + 1) * frame[STRIP]
            for row in range(row0, row1):
                here, to = at + height[FIRST, row] * frame[X_HEIGHT], out + row * frame[Y_HEIGHT]
                for w in range(first, last if last < frame[WIDTH] else frame[WIDTH]):
                    share = depth[DIVISOR, d] * height[DIVISOR, row] * width[DIVISOR, w]
                    if divides and share != known:
                        known = share
                        divisors[0] = share
                        if multiplies:
                            divisors[0] = 1 / divisors[0]
                    window = part(x, here + width[FIRST, w], width[COUNT, w])
                    if sums_single and window.size <= _FEW:
                        y[to + w] = finish(reduce_few(window, parameter), divisors[0], parameter)
                    else:
                        y[to + w] = finish(reduce(window, parameter), divisors[0], parameter)
            unit += row1 - row0

    return long


def long_scratch(parameter: Any) -> Scratch:
    """Scratch memory of `long_kernel`."""
    return Scratch(extra=(1, 1, parameter.dtype))
