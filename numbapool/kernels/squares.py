"""Several reductions of the same windows of 2 × 2, side by side: all of them on two rows before the next two."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import apart, scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .frame import (
    DIVISOR,
    FIRST,
    INNER,
    KERNEL_W,
    STEP_H,
    STEP_W,
    STRIDE_W,
    STRIP,
    STRIPS,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .lines import Fold, line_loops
from .prefetch import fetch_with_two
from .reading import piece_of
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in, stage_length
from .strips import LOW, W0, W1, set_divisors
from .views import nth, part, rest

__all__ = ["are_squares", "squares_kernel", "squares_scratch"]


def are_squares(frame: NDArray[np.int64], counts: tuple[NDArray[np.int64], ...]) -> bool:
    """Whether windows of so many positions along depth, height and width are whole squares of 2 × 2, side by side."""
    side_by_side = frame[INNER] == frame[STEP_W] == 1 and frame[KERNEL_W] == frame[STRIDE_W] == 2
    return bool(side_by_side) and all((c == n).all() for c, n in zip(counts, (1, 2, 2), strict=True))


@cache
def squares_kernel(folds: tuple[Fold, ...], streams: bool) -> Kernel:
    """As `rows_kernel`, for windows that `are_squares`; a work unit is one strip of one row of each reduction.

    Results of each begin ``shift`` numbers behind those of the one before.
    """
    divided = [fold.multiplies for fold in folds if fold.divides]
    divides, multiplies = bool(divided), any(divided)
    each, finish = _nothing, _nothing_left
    for number, fold in enumerate(folds):
        each, finish = _one_more(each, fold, number, streams), _one_more_left(finish, number)

    @kernel(kernel_name("squares", *(fold.name for fold in folds), streams=streams))
    def squares(x, y, frame, strips, depth, height, width, shift, parameter, _a, _b, shares, counters, begin, end):
        x_height, below_it, divisors = frame[X_HEIGHT], frame[STEP_H] * frame[X_HEIGHT], nth(shares, 0)
        known, unit = np.int64(0), begin
        if streams:
            for i in range(1, counters.shape[0], 2):
                nth(counters, i)[HELD] = 0
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            here = strips[strip]
            w0, n = here[W0], here[W1] - here[W0]
            base = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH] + here[LOW]
            out = y_slab(frame, plane, d) + w0
            for row in range(row0, row1):
                if divides:
                    share = depth[DIVISOR, d] * height[DIVISOR, row]
                    known = set_divisors(divisors, width, strip, here, frame[STRIPS], 1, share, known, multiplies)
                at = base + height[FIRST, row] * x_height
                lower = at + below_it
                to, begin = out + row * frame[Y_HEIGHT], 0
                while begin < n:
                    many, come = piece_of(n, begin, 2 * x.itemsize), 2 * begin
                    fetch_with_two(x, at + come, lower + come, frame, 2 * many)
                    upper, under = part(x, at + come, 2 * many), part(x, lower + come, 2 * many)
                    each(y, to + begin, shift, upper, under, rest(divisors, begin), parameter, counters)
                    begin += many
        if streams:
            finish(y, counters)

    return squares


def _one_more(before: Any, fold: Fold, number: int, streams: bool) -> Any:
    """After what comes ``before``, a row of one more reduction."""
    square = line_loops(fold).square2

    @scalar
    def one_more(y, at, shift, upper, lower, divisors, parameter, counters):
        before(y, at, shift, upper, lower, divisors, parameter, counters)
        n, here = upper.size // 2, at + number * shift
        if streams:
            stage = stage_in(nth(counters, 2 * number), y)
            target = part(stage, _room_for(y, here, n, stage, nth(counters, 2 * number + 1)), n)
        else:
            target = part(y, here, n)
        square(target, upper, lower, divisors, parameter)

    return one_more


def _one_more_left(before: Any, number: int) -> Any:
    """After what comes ``before``, the stage of one more reduction is emptied."""

    @scalar
    def one_more_left(y, counters):
        before(y, counters)
        _room_for(y, NOWHERE, NOTHING, stage_in(nth(counters, 2 * number), y), nth(counters, 2 * number + 1))

    return one_more_left


@scalar
def _nothing(y, at, shift, upper, lower, divisors, parameter, counters):
    pass


@scalar
def _nothing_left(y, counters):
    pass


@apart
@scalar
def _room_for(y, at, count, stage, state):
    return room_for(y, at, count, stage, state)


def squares_scratch(frame: NDArray[np.int64], parameter: Any, folds: int) -> Scratch:
    """Scratch memory of `squares_kernel`."""
    size = int(frame[STRIP])
    return Scratch(extra=(1, size, parameter.dtype), counters=stage_length(size), counter_lines=2 * folds)
