"""Separable pooling, rows first: combine a window's input rows into one line, then reduce along that line.

Rows are read one after the other, in memory order: read together, as separate streams, they cost up to three times.
Only where windows slide row by row, and all rows but one are in the cache already, three are read together.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .along import make_along
from .frame import (
    AHEAD,
    COUNT,
    DIVISOR,
    FETCHED,
    FIRST,
    HEIGHT,
    INNER,
    KERNEL_W,
    PLANE_DEPTH,
    STEP_D,
    STEP_H,
    STEP_W,
    STRIDE_H,
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
from .lines import Fold, copy
from .motion import Motion
from .prefetch import fetch_row
from .reading import row_loops
from .slabs import bytes_of_slabs, make_slabs
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in, stage_length
from .strips import (
    EDGE,
    HIGH,
    IN_PLACE,
    LEFT,
    LOW,
    SPARE,
    W0,
    W1,
    fill,
    fill_margins,
    line_length,
    phase_length,
    set_divisors,
)
from .views import as_one, below, nth, part, rest

__all__ = ["make_rows", "reads_in_place", "rows_kernel", "rows_scratch", "slabs_scratch"]


# Bytes of a row of results which stays in the first-level cache with its lines.
_SHORT_ROW = 3072
# Bytes of rows of which four are better read together, for two rows of results.
_SHORT_PAIR = 2048


def reads_in_place(fold: Fold, motion: Motion) -> bool:
    """Whether windows along single rows are read where they stand, by loops that read no more than the windows hold."""
    whole = motion.fills or motion is Motion.HALVES
    return fold.plain and (whole or motion in (Motion.SLIDE, Motion.STEPS, Motion.PIXELS, Motion.TABLE))


def make_rows(
    fold: Fold, motion: Motion, *, streams: bool = False, deep: bool = False, overlap: bool = False
) -> Callable[..., None]:
    """Forward pass of a separable reduction; a work unit is one strip of one output row.

    Windows that fill a stride of 2 are best two rows high, or if ``deep`` of two rows of two slabs. Where slabs
    ``overlap`` instead, their rows are kept for the next windows.
    """
    loops = row_loops(fold)
    along = make_along(fold, motion)
    divides, multiplies = fold.divides, fold.multiplies
    squares, square = motion is Motion.FILL2 and not (deep or overlap), loops.square2
    cubes, cube = motion is Motion.FILL2 and deep, loops.cube2
    take_rows = loops.take_rows(together=motion is not Motion.FILL2)
    of_slabs = make_slabs(fold)
    in_place = reads_in_place(fold, motion) and not overlap
    # neighbouring rows of gradients are often alike
    in_twos, repeats = streams and motion.spreads, motion.spreads and not streams
    in_pairs, start_pair = motion is Motion.SLIDE and not overlap, loops.start_pair

    def rows(
        x, y, frame, strips, depth, height, width, identity, parameter, memory, phases, shares, counters, begin, end
    ):
        inner, x_height, y_height = frame[INNER], frame[X_HEIGHT], frame[Y_HEIGHT]
        kernel_w, stride_w, step_w = frame[KERNEL_W], frame[STRIDE_W], frame[STEP_W]
        stride_h, step_h = frame[STRIDE_H], frame[STEP_H]
        lines, spare, divisors = memory, below(memory, 2), nth(shares, 0)
        fill(nth(spare, SPARE - 1), identity)
        stage, state = stage_in(nth(counters, 0), y), nth(counters, 1)
        if overlap:
            ring, made = as_one(below(spare, SPARE)), nth(counters, 2)
            fill(made, NOTHING)
        if streams:
            state[HELD] = 0
        strip_now, known = np.int64(-1), np.int64(0)
        unit = begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            here = strips[strip]
            w0, w1, low, left = here[W0], here[W1], here[LOW], here[LEFT]
            size, n = (here[HIGH] - low) * inner, (w1 - w0) * inner
            right = left + size
            if strip != strip_now:
                strip_now = strip
                fill_margins(nth(lines, 0), left, right, identity)
                fill_margins(nth(lines, 1), left, right, identity)
            in_squares, is_long = left == here[EDGE] and size >= 2 * n, n * y.itemsize > _SHORT_ROW
            are_short = in_pairs and size * x.itemsize <= _SHORT_PAIR
            ahead = depth[FIRST, d] * frame[X_DEPTH]
            base = x_plane(frame, plane) + ahead + low * inner
            out = y_slab(frame, plane, d) + w0 * inner
            done, ready = np.int64(-1), np.int64(-1)
            for row in range(row0, row1):
                if in_twos and row == done:
                    continue
                if repeats and row > row0 and same_windows(height, row - 1):
                    copy(part(y, out + row * y_height, n), part(y, out + (row - 1) * y_height, n))
                    continue
                if divides:
                    share = depth[DIVISOR, d] * height[DIVISOR, row]
                    known = set_divisors(divisors, width, strip, here, frame[STRIPS], inner, share, known, multiplies)
                # the same pairs, whichever rows are worked on together: sums must not depend on that
                pair = np.int64(row - row % 2)
                to, many, staged = out + row * y_height, n, np.int64(0)
                if in_twos and y_height == n and row + 1 < row1 and same_windows(height, row):
                    many, done = 2 * n, np.int64(row + 1)
                if streams and is_long:
                    staged = room_for(y, to, many, stage, state)
                corner, line = base + height[FIRST, row] * x_height, nth(lines, 0)
                whole = (squares or cubes) and in_squares and depth[COUNT, d] == 1 + cubes and height[COUNT, row] == 2
                if in_place and here[IN_PLACE] and depth[COUNT, d] == 1 and height[COUNT, row] == 1:
                    fetch_row(x, corner + frame[AHEAD], frame[FETCHED] > 0, size)
                    line = rest(x, corner)
                elif in_pairs and are_short and step_h == depth[COUNT, d] == 1 and share_two(height, pair):
                    if ready != pair:
                        ready, first = pair, base + height[FIRST, pair] * x_height
                        start_pair(lines, left, size, x, first, x_height, frame, parameter)
                    line = rest(nth(lines, row - pair), here[EDGE])
                elif overlap:
                    # so that no slab of another plane is taken for one of this
                    mark = (plane + 1) * (frame[PLANE_DEPTH] + 1)
                    goal, other, top = part(line, left, size), rest(nth(lines, 1), left), base - ahead
                    of_slabs(
                        goal, other, spare, ring, made, mark, row, x, top, frame, depth, d, height, identity, parameter
                    )
                    line = rest(line, here[EDGE])
                elif not whole:
                    now, first, second = np.int64(-1), rest(nth(lines, 0), left), rest(nth(lines, 1), left)
                    for i in range(depth[COUNT, d]):
                        at, count = corner + i * frame[STEP_D] * frame[X_DEPTH], height[COUNT, row]
                        down = step_h * x_height
                        now = take_rows(first, second, now, size, x, at, down, count, stride_h, frame, parameter)
                    if now < 0:  # no window reaches this row
                        fill(part(first, 0, size), identity)
                        now = np.int64(0)
                    line = rest(nth(lines, now), here[EDGE])
                # after a short line is made: what is read of it would wait for what goes from the stage to memory
                if streams and not is_long:
                    staged = room_for(y, to, many, stage, state)
                target = part(stage, staged, n) if streams else part(y, to, n)
                if squares and whole:
                    square(target, x, corner, step_h * x_height, frame, divisors, parameter)
                    continue
                if cubes and whole:
                    down, behind = step_h * x_height, frame[STEP_D] * frame[X_DEPTH]
                    cube(target, x, corner, down, behind, frame, divisors, parameter)
                    continue
                along(
                    target,
                    line,
                    spare,
                    phases,
                    divisors,
                    parameter,
                    w1 - w0,
                    kernel_w,
                    stride_w,
                    step_w,
                    inner,
                    width,
                    low,
                    here,
                )
                if in_twos and many > n:
                    copy(part(stage, staged + n, n), target)
        if streams:
            room_for(y, NOWHERE, NOTHING, stage, state)

    return rows


@scalar
def share_two(height, row):
    """Whether this row and the next are of windows of three, two of which they share."""
    there = row + 1 < height.shape[1] and height[COUNT, row] == height[COUNT, row + 1] == 3
    return there and height[FIRST, row + 1] == height[FIRST, row] + 1


@scalar
def same_windows(height, row):
    """Whether the next row is like this one: gradients of windows that follow each other."""
    same = height[FIRST, row] == height[FIRST, row + 1] and height[COUNT, row] == height[COUNT, row + 1]
    return same and height[DIVISOR, row] == height[DIVISOR, row + 1]


@cache
def rows_kernel(fold: Fold, motion: Motion, streams: bool, deep: bool, overlap: bool) -> Kernel:
    """`make_rows` as a kernel of its own."""
    kind = "slabs" if overlap else "deep" if deep else "rows"
    name = kernel_name(kind, fold.name, motion.value, streams=streams)
    return kernel(name)(make_rows(fold, motion, streams=streams, deep=deep, overlap=overlap))


def rows_scratch(
    frame: NDArray[np.int64],
    identity: Any,
    parameter: Any,
    *,
    more_lines: int = 0,
    more_counters: int = 0,
    motion: Motion = Motion.TABLE,
    along: np.dtype[Any] | None = None,
) -> Scratch:
    """Scratch memory of `rows_kernel`."""
    spreads, size = motion.spreads, int(frame[STRIP] * frame[INNER])
    phases = int(frame[STRIDE_W])
    if spreads and not motion.stride and frame[STEP_W] == 1:
        phases = 2  # no more than two differ
    if motion is Motion.GLIDE:
        phases = 2  # for sums of vectors
    return Scratch(
        lines=(2 + SPARE + more_lines, line_length(frame, spreads=spreads), identity.dtype),
        phases=(phases, phase_length(frame, spreads=spreads), along or identity.dtype),
        extra=(1, size, parameter.dtype),
        # rows that are alike are written in twos
        counters=max(stage_length(2 * size if spreads else size), more_counters),
        counter_lines=3 if more_counters else 2,
    )


def slabs_scratch(
    frame: NDArray[np.int64], identity: Any, parameter: Any, motion: Motion, along: np.dtype[Any] | None = None
) -> Scratch:
    """The same where slabs overlap."""
    length = line_length(frame, spreads=motion.spreads) * identity.dtype.itemsize
    lines = -(-bytes_of_slabs(frame, identity.dtype.itemsize) // length)
    counters = int(frame[HEIGHT])
    return rows_scratch(
        frame, identity, parameter, more_lines=lines, more_counters=counters, motion=motion, along=along
    )
