"""Separable pooling, rows first: combine a window's input rows into one line, then reduce along that line.

Rows are read one after the other, in memory order: read together, as separate streams, they cost up to three times.
Only where windows slide row by row, and all rows but one are in the cache already, three are read together.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import Kernel, Scratch, kernel
from .along import Motion, make_along
from .frame import (
    COUNT,
    DIVISOR,
    FIRST,
    INNER,
    KERNEL_W,
    STEP_D,
    STEP_H,
    STEP_W,
    STRIDE_H,
    STRIDE_W,
    STRIP,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .lines import Fold, line_loops
from .scratch import (
    CACHE_LINE,
    SPARE,
    fill_divisors,
    fill_margins,
    first_aligned,
    line_length,
    lines_at,
    phase_length,
    place_strip,
)

__all__ = ["rows_kernel", "rows_scratch"]


@cache
def rows_kernel(fold: Fold, motion: Motion) -> Kernel:
    """Forward pass of a separable reduction; a work unit is one strip of one output row."""
    loops = line_loops(fold)
    start, take, start3 = loops.start, loops.take, loops.start3
    along = make_along(fold, motion)
    divides, multiplies = fold.divides, fold.multiplies
    spreads, by_table = motion.spreads, motion is Motion.TABLE

    @kernel(f"rows-{fold.name}-{motion.value}")
    def rows(x, y, frame, depth, height, width, identity, parameter, memory, divisors, _, begin, end):
        inner, x_height, y_height = frame[INNER], frame[X_HEIGHT], frame[Y_HEIGHT]
        kernel_w, stride_w, step_w = frame[KERNEL_W], frame[STRIDE_W], frame[STEP_W]
        stride_h, step_h = frame[STRIDE_H], frame[STEP_H]
        length = line_length(frame)
        lines, place = lines_at(memory, first_aligned(memory), 2, length)
        spare, place = lines_at(memory, place, SPARE, length)
        phases, place = lines_at(memory, place, stride_w, phase_length(frame, length))
        spare[SPARE - 1] = identity
        strip_now, share_now = np.int64(-1), np.int64(-1)
        w0 = w1 = low = high = edge = left = phase = behind = np.int64(0)
        unit = begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            if strip != strip_now:
                strip_now, share_now = strip, np.int64(-1)
                w0, w1, low, high, edge, left, phase, behind = place_strip(frame, width, strip, spreads, by_table)
                fill_margins(lines, left, left + (high - low) * inner, identity)
            size, n = (high - low) * inner, (w1 - w0) * inner
            right = left + size
            base = x_plane(frame, plane) + low * inner
            out = y_slab(frame, plane, d) + w0 * inner
            table = width[:, w0:w1]
            for row in range(row0, row1):
                now = -1
                for i in range(depth[COUNT, d]):
                    at = base + (depth[FIRST, d] + i * frame[STEP_D]) * frame[X_DEPTH] + height[FIRST, row] * x_height
                    rest = height[COUNT, row]
                    if now < 0 and rest == 3 and stride_h == 1:
                        b, c = at + step_h * x_height, at + 2 * step_h * x_height
                        a = x[at : at + size]
                        start3(lines[0, left:right], a, x[b : b + size], x[c : c + size], parameter)
                        now = 0
                        continue
                    for _j in range(rest):
                        if now < 0:
                            start(lines[0, left:right], x[at : at + size], parameter)
                            now = 0
                        else:
                            take(lines[1 - now, left:right], lines[now, left:right], x[at : at + size], parameter)
                            now = 1 - now
                        at += step_h * x_height
                if now < 0:  # no window reaches this row
                    lines[0, left:right] = identity
                    now = 0
                if divides:
                    share = depth[DIVISOR, d] * height[DIVISOR, row]
                    if share != share_now:
                        share_now = share
                        fill_divisors(divisors, table, inner, share, multiplies)
                at = out + row * y_height
                along(
                    y[at : at + n],
                    lines[now, edge:],
                    spare,
                    phases,
                    divisors,
                    parameter,
                    w1 - w0,
                    kernel_w,
                    stride_w,
                    step_w,
                    inner,
                    table,
                    low,
                    phase,
                    behind,
                )

    return rows


def rows_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any, *, more_lines: int = 0) -> Scratch:
    """Scratch memory of `rows_kernel`."""
    length = line_length.py_func(frame)
    numbers = (2 + SPARE + more_lines) * length + frame[STRIDE_W] * phase_length.py_func(frame, length)
    return Scratch(int(numbers) + CACHE_LINE, identity.dtype, int(frame[STRIP] * frame[INNER]), parameter.dtype)
