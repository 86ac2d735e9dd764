"""Windows that overlap, over pixels of many numbers: a piece of all pixels of a strip after the other.

Each column of pixels is combined once, into a line that the first-level cache holds, and windows along that line. As
lines of whole pixels would not stay there, windows of 3 × 3 take a third less time, of 5 × 5 half.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .combine import smaller
from .frame import (
    COUNT,
    DIVISOR,
    FETCHED,
    FIRST,
    INNER,
    KERNEL_W,
    STEP_D,
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
from .pixels import make_combined
from .several import make_several
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in, stage_length
from .strips import HIGH, LOW, SPARE, W0, W1, fill, set_divisors
from .views import below, nth, part, rest

__all__ = ["columns_kernel", "columns_scratch"]

# Bytes of a pixel that are worked on at a time, as accumulators.
_PIECE = 1024


@cache
def columns_kernel(fold: Fold, streams: bool) -> Kernel:
    """As `rows_kernel`, for windows over long pixels that overlap; a work unit is one strip of one output row."""
    last3, several, combined = line_loops(fold).last3, make_several(fold), make_combined(fold)
    divides, multiplies = fold.divides, fold.multiplies

    @scalar
    def column(target, x, at, frame, deep, rows, turns, identity, parameter):
        """``target`` = what lies below each other, from ``x[at]`` on."""
        if deep and rows:
            slabs, alone = (deep, frame[STEP_D] * frame[X_DEPTH], 0), (1, 0, 0)
            high = rows, frame[STEP_H] * frame[X_HEIGHT], rows - frame[FETCHED]
            combined(target, x, at, slabs, alone, high, turns, frame, parameter)
        else:
            fill(target, identity)

    @kernel(kernel_name("columns", fold.name, streams=streams))
    def columns(
        x, y, frame, strips, depth, height, width, identity, parameter, lines, phases, shares, counters, begin, end
    ):
        inner, divisors, line = frame[INNER], nth(shares, 0), nth(lines, 0)
        turns, spare, piece = phases, below(phases, 2), np.int64(_PIECE // phases.itemsize)
        fill(nth(spare, SPARE - 1), identity)
        stage, state = stage_in(nth(counters, 0), y), nth(counters, 1)
        if streams:
            state[HELD] = 0
        known, unit = np.int64(0), begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            here = strips[strip]
            w0, windows, low, columns = here[W0], here[W1] - here[W0], here[LOW], here[HIGH] - here[LOW]
            base = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH] + low * inner
            out = y_slab(frame, plane, d) + w0 * inner
            for row in range(row0, row1):
                if divides:
                    share = depth[DIVISOR, d] * height[DIVISOR, row]
                    known = set_divisors(divisors, width, strip, here, frame[STRIPS], inner, share, known, multiplies)
                at, deep, rows, n = out + row * frame[Y_HEIGHT], depth[COUNT, d], height[COUNT, row], windows * inner
                if streams:
                    target = part(stage, room_for(y, at, n, stage, state), n)
                else:
                    target = part(y, at, n)
                at, c = base + height[FIRST, row] * frame[X_HEIGHT], np.int64(0)
                while c < inner:
                    n = smaller(piece, inner - c)
                    for p in range(columns):
                        corner = at + p * inner + c
                        column(part(line, p * n, n), x, corner, frame, deep, rows, turns, identity, parameter)
                    for w in range(windows):
                        goal, shares_of = part(target, w * inner + c, n), rest(divisors, w * inner + c)
                        count, shift = width[COUNT, w0 + w], frame[STEP_W] * n
                        first = rest(line, (width[FIRST, w0 + w] - low) * n)
                        if count == 3:
                            last3(goal, first, rest(first, shift), rest(first, 2 * shift), shares_of, parameter)
                        else:
                            several(goal, first, spare, count, shift, shares_of, parameter)
                    c += n
        if streams:
            room_for(y, NOWHERE, NOTHING, stage, state)

    return columns


def columns_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any) -> Scratch:
    """Scratch memory of `columns_kernel`, for regular windows."""
    size, piece = int(frame[STRIP] * frame[INNER]), _PIECE // identity.dtype.itemsize
    reached = int((frame[STRIP] - 1) * frame[STRIDE_W] + (frame[KERNEL_W] - 1) * frame[STEP_W]) + 1
    return Scratch(
        lines=(1, reached * piece, identity.dtype),
        phases=(2 + SPARE, piece, identity.dtype),
        extra=(1, size, parameter.dtype),
        counters=stage_length(size),
        counter_lines=2,
    )
