"""Separable pooling, rows first: combine a window's input rows into one line, then reduce along that line.

Rows are read one after the other, in memory order: read together, as separate streams, they cost up to three times.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..jit import Kernel, kernel
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
    STRIDE_W,
    STRIP,
    X_DEPTH,
    X_HEIGHT,
    unit_position,
    x_plane,
    y_row,
)
from .lines import Fold, line_loops
from .scratch import fill_divisors, new_lines, new_phases, spread_span, strip_bounds, window_span

__all__ = ["rows_kernel"]


@cache
def rows_kernel(fold: Fold, motion: Motion) -> Kernel:
    """Forward pass of a separable reduction; a work unit is one strip of one output row."""
    loops = line_loops(fold)
    start, take = loops.start, loops.take
    along = make_along(fold, motion)
    divides, spreads, by_table = fold.divides, motion.spreads, motion is Motion.TABLE

    @kernel(f"rows-{fold.name}-{motion.value}")
    def rows(x, y, frame, depth, height, width, identity, parameter, begin, end):
        inner = frame[INNER]
        lines = new_lines(frame, 2, identity)
        spare = new_lines(frame, 4, identity)
        phases = new_phases(frame, identity)
        divisors = np.full(frame[STRIP] * inner, parameter)
        strip_now, rows_now = np.int64(-1), np.int64(-1)
        low = high = left = w0 = w1 = phase = behind = np.int64(0)
        for unit in range(begin, end):
            plane, d, strip, row = unit_position(frame, unit)
            if strip != strip_now:
                strip_now, rows_now = strip, np.int64(-1)
                w0, w1 = strip_bounds(frame, strip)
                if spreads:
                    low, high, origin, phase, behind = spread_span(frame, w0, w1)
                else:
                    low, high, origin = window_span(frame, width, w0, w1, by_table)
                left = (low - origin) * inner
                lines[:] = identity
            size = (high - low) * inner
            right = left + size
            base = x_plane(frame, plane) + low * inner
            now = -1
            for i in range(depth[COUNT, d]):
                slab = base + (depth[FIRST, d] + i * frame[STEP_D]) * frame[X_DEPTH]
                for j in range(height[COUNT, row]):
                    at = slab + (height[FIRST, row] + j * frame[STEP_H]) * frame[X_HEIGHT]
                    if now < 0:
                        start(lines[0, left:right], x[at : at + size], parameter)
                        now = 0
                    else:
                        take(lines[1 - now, left:right], lines[now, left:right], x[at : at + size], parameter)
                        now = 1 - now
            if now < 0:  # no window reaches this row
                lines[0, left:right] = identity
                now = 0
            if divides:
                share = depth[DIVISOR, d] * height[DIVISOR, row]
                if share != rows_now:
                    rows_now = share
                    fill_divisors(divisors, width, w0, w1, inner, share)
            at = y_row(frame, plane, d, row) + w0 * inner
            along(
                y[at : at + (w1 - w0) * inner],
                lines[now],
                spare,
                phases,
                divisors,
                parameter,
                w1 - w0,
                frame[KERNEL_W],
                frame[STRIDE_W],
                frame[STEP_W],
                inner,
                width[:, w0:w1],
                low,
                phase,
                behind,
            )

    return rows
