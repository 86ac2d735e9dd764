"""Several reductions of the same windows of 2 × 2, side by side: two or three of them in one loop over two rows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar, vector
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
from .lines import Fold
from .loads import two_of, two_to_count
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
    """As `rows_kernel`, for windows that `are_squares` and two or more reductions; a work unit is one strip of a row.

    Results of each begin so many numbers behind where ``y`` does as ``shifts`` tells.
    """
    divided = [fold.multiplies for fold in folds if fold.divides]
    divides, multiplies = bool(divided), any(divided)
    each, finish, number = _nothing, _nothing_left, 0
    while number < len(folds):
        left = len(folds) - number
        three = left == 3 or left > 4
        each = _some_more(each, folds, number, three, streams)
        number += 3 if three else 2
    for number in range(len(folds)):
        finish = _one_more_left(finish, number)

    @kernel(kernel_name("squares", *(fold.name for fold in folds), streams=streams))
    def squares(x, y, frame, strips, depth, height, width, shifts, parameter, _a, _b, shares, counters, begin, end):
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
                    each(y, to + begin, shifts, upper, under, rest(divisors, begin), parameter, counters)
                    begin += many
        if streams:
            finish(y, counters)

    return squares


@cache
def _place(streams: bool) -> Any:
    """Where the row of results of a reduction belongs: in its stage, or in ``y``."""

    @scalar
    def place(y, at, shifts, number, n, counters):
        here = at + shifts[number]
        if streams:
            stage = stage_in(nth(counters, 2 * number), y)
            return room_for(y, here, n, stage, nth(counters, 2 * number + 1))
        return here

    return place


def _of_four(fold: Fold) -> Any:
    """The result for the four numbers of a window."""
    load, combine, finish = fold.load, fold.combine, fold.finish

    @scalar
    def of_four(a, b, c, d, divisor, parameter):
        left, right = combine(load(a, parameter), load(c, parameter)), combine(load(b, parameter), load(d, parameter))
        return finish(combine(left, right), divisor, parameter)

    return of_four


def _some_more(before: Any, folds: tuple[Fold, ...], first: int, three: bool, streams: bool) -> Any:
    """After what comes ``before``, rows of two more reductions, or of ``three``, from the one of this number on."""
    second, third = first + 1, first + 2 if three else first + 1
    f, g, h = (_of_four(folds[number]) for number in (first, second, third))
    two = two_to_count if any(fold.counts for fold in folds) else two_of
    place = _place(streams)

    @vector
    def rows(y, other, last, upper, lower, divisors, parameter):
        for i in range(y.size):
            (a, b), (c, d) = two(upper, i), two(lower, i)
            y[i] = f(a, b, c, d, divisors[i], parameter)
            other[i] = g(a, b, c, d, divisors[i], parameter)
            if three:
                last[i] = h(a, b, c, d, divisors[i], parameter)

    @scalar
    def some_more(y, at, shifts, upper, lower, divisors, parameter, counters):
        before(y, at, shifts, upper, lower, divisors, parameter, counters)
        n = upper.size // 2
        one, other = place(y, at, shifts, first, n, counters), place(y, at, shifts, second, n, counters)
        last = place(y, at, shifts, third, n, counters) if three else other
        to_one = stage_in(nth(counters, 2 * first), y) if streams else y
        to_other = stage_in(nth(counters, 2 * second), y) if streams else y
        to_last = stage_in(nth(counters, 2 * third), y) if streams else y
        targets = part(to_one, one, n), part(to_other, other, n), part(to_last, last, n)
        rows(*targets, upper, lower, divisors, parameter)

    return some_more


def _one_more_left(before: Any, number: int) -> Any:
    """After what comes ``before``, the stage of one more reduction is emptied."""

    @scalar
    def one_more_left(y, counters):
        before(y, counters)
        room_for(y, NOWHERE, NOTHING, stage_in(nth(counters, 2 * number), y), nth(counters, 2 * number + 1))

    return one_more_left


@scalar
def _nothing(y, at, shifts, upper, lower, divisors, parameter, counters):
    pass


@scalar
def _nothing_left(y, counters):
    pass


def squares_scratch(frame: NDArray[np.int64], parameter: Any, folds: int) -> Scratch:
    """Scratch memory of `squares_kernel`."""
    size = int(frame[STRIP])
    return Scratch(extra=(1, size, parameter.dtype), counters=stage_length(size), counter_lines=2 * folds)
