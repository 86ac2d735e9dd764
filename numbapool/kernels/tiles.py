"""Windows of 2 × 2 or 3 × 3 pixels of many numbers, as channels-last images have: from where they stand.

A pixel is a vector or more, so that nothing needs to be lined up first: a third less time than by way of lines.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import apart, scalar
from ..kernel import Kernel, kernel
from ..scratch import CACHE_LINE, Scratch
from .frame import (
    COUNT,
    DIVISOR,
    FIRST,
    INNER,
    KERNEL_D,
    KERNEL_H,
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
from .pixels import pixel_loops
from .prefetch import fetch_with_two
from .several import make_several
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in, stage_length
from .strips import HIGH, LOW, SPARE, W0, W1, WHOLE0, WHOLE1, fill, set_divisors
from .views import below, nth, part, rest

__all__ = ["are_tiles", "tiles_kernel", "tiles_scratch"]


def are_tiles(frame: NDArray[np.int64], itemsize: int) -> bool:
    """Whether windows are of 2 × 2 or 3 × 3 pixels, at least where they are whole, and pixels fill vectors."""
    deep, high, wide = frame[KERNEL_D], frame[KERNEL_H], frame[KERNEL_W]
    return bool(deep == 1 and high == wide and wide in (2, 3) and frame[INNER] * itemsize >= CACHE_LINE)


@cache
def tiles_kernel(fold: Fold, streams: bool) -> Kernel:
    """As `rows_kernel`, for windows that `are_tiles`; a work unit is one strip of one output row."""
    loops, over_pixels = line_loops(fold), pixel_loops(fold)
    start, take, several = loops.start, loops.take, make_several(fold)
    square2, square3 = over_pixels.square2, over_pixels.square3
    divides, multiplies = fold.divides, fold.multiplies

    @scalar
    def whole(out, x, at, frame, size, divisors, parameter):
        """Windows that begin at ``x[at]``, ``size`` numbers in a row."""
        inner, down = frame[INNER], frame[STEP_H] * frame[X_HEIGHT]
        jump, shift = frame[STRIDE_W] * inner, frame[STEP_W] * inner
        first, second = rest(x, at), rest(x, at + down)
        if frame[KERNEL_W] == 2:
            fetch_with_two(x, at, at + down, frame, size)
            square2(out, first, second, second, jump, shift, inner, divisors, parameter)
        else:
            fetch_with_two(x, at + down, at + 2 * down, frame, size)
            square3(out, first, second, rest(x, at + 2 * down), jump, shift, inner, divisors, parameter)

    @apart
    @scalar
    def clipped(out, x, at, rows, down, columns, shift, lines, spare, divisors, parameter):
        """One window of so many ``rows`` and ``columns``, either of which may be none."""
        span, now = (columns - 1) * shift + out.size, 0
        if rows and columns:
            start(part(nth(lines, 0), 0, span), part(x, at, span), parameter)
            for j in range(1, rows):
                so_far, here = part(nth(lines, now), 0, span), part(x, at + j * down, span)
                take(part(nth(lines, 1 - now), 0, span), so_far, here, parameter)
                now = 1 - now
        several(out, nth(lines, now), spare, columns if rows else 0, shift, divisors, parameter)

    @kernel(kernel_name("tiles", fold.name, streams=streams))
    def tiles(
        x, y, frame, strips, depth, height, width, identity, parameter, lines, phases, shares, counters, begin, end
    ):
        inner, down, shift = frame[INNER], frame[STEP_H] * frame[X_HEIGHT], frame[STEP_W] * frame[INNER]
        spare, divisors = below(lines, 2), nth(shares, 0)
        fill(nth(spare, SPARE - 1), identity)
        stage, state = stage_in(nth(counters, 0), y), nth(counters, 1)
        if streams:
            state[HELD] = 0
        known, unit = np.int64(0), begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            here = strips[strip]
            w0, windows, size = here[W0], here[W1] - here[W0], (here[HIGH] - here[LOW]) * inner
            base = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH]
            out = y_slab(frame, plane, d) + w0 * inner
            for row in range(row0, row1):
                if divides:
                    share = depth[DIVISOR, d] * height[DIVISOR, row]
                    known = set_divisors(divisors, width, strip, here, frame[STRIPS], inner, share, known, multiplies)
                at, rows, n = out + row * frame[Y_HEIGHT], height[COUNT, row] * depth[COUNT, d], windows * inner
                if streams:
                    target = part(stage, room_for(y, at, n, stage, state), n)
                else:
                    target = part(y, at, n)
                at, w = base + height[FIRST, row] * frame[X_HEIGHT], np.int64(0)
                while w < windows:
                    goal, share_of = rest(target, w * inner), rest(divisors, w * inner)
                    first, columns, many = at + width[FIRST, w0 + w] * inner, width[COUNT, w0 + w], np.int64(1)
                    if rows == frame[KERNEL_H] and w0 + w == here[WHOLE0] < here[WHOLE1]:
                        many = here[WHOLE1] - here[WHOLE0]
                        whole(part(goal, 0, many * inner), x, first, frame, size, share_of, parameter)
                    else:
                        goal = part(goal, 0, inner)
                        clipped(goal, x, first, rows, down, columns, shift, lines, spare, share_of, parameter)
                    w += many
        if streams:
            room_for(y, NOWHERE, NOTHING, stage, state)

    return tiles


def tiles_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any) -> Scratch:
    """Scratch memory of `tiles_kernel`."""
    size = int(frame[STRIP] * frame[INNER])
    window = int(((frame[KERNEL_W] - 1) * frame[STEP_W] + 1) * frame[INNER])
    return Scratch(
        lines=(2 + SPARE, window, identity.dtype),
        extra=(1, size, parameter.dtype),
        counters=stage_length(size),
        counter_lines=2,
    )
