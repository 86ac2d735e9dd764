"""One window over a whole line: its numbers meet in any order, but always in the same."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .combine import in_any_order
from .frame import DIVISOR, FIRST, X_DEPTH, X_HEIGHT, X_WIDTH, Y_HEIGHT, next_rows, x_plane, y_slab
from .lines import Fold
from .views import nth, part

__all__ = ["make_reduce", "whole_kernel", "whole_scratch"]


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
def whole_kernel(fold: Fold) -> Kernel:
    """As `rows_kernel`, for rows of one window each that holds all of the row; a work unit is one row."""
    finish, multiplies, reduce = fold.finish, fold.multiplies, make_reduce(fold.load, fold.combine)

    @kernel(f"whole-{fold.name}")
    def whole(x, y, frame, strips, depth, height, width, identity, parameter, _a, _b, shares, _c, begin, end):
        n, divisors, unit = frame[X_WIDTH], nth(shares, 0), begin
        share_now = np.int64(0)
        while unit < end:
            plane, d, _strip, row0, row1 = next_rows(frame, unit, end)
            at, out = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH], y_slab(frame, plane, d)
            for row in range(row0, row1):
                share = depth[DIVISOR, d] * height[DIVISOR, row] * width[DIVISOR, 0]
                if share != share_now:
                    share_now = share
                    divisors[0] = share
                    if multiplies:
                        divisors[0] = 1 / divisors[0]
                m = reduce(part(x, at + height[FIRST, row] * frame[X_HEIGHT], n), parameter)
                y[out + row * frame[Y_HEIGHT]] = finish(m, divisors[0], parameter)
            unit += row1 - row0

    return whole


def whole_scratch(parameter: Any) -> Scratch:
    """Scratch memory of `whole_kernel`."""
    return Scratch(extra=(1, 1, parameter.dtype))
