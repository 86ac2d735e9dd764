"""Separable pooling whose cost does not grow with the window: running results down the columns.

The rows are cut into blocks as high as the window. A window is then the end of one block and the beginning of the
next: results from each row to the end of its block are made once, and the next block is added row by row (van Herk
1992; Gil and Werman 1993). No value is ever taken away again, so sums stay exact and an inf or a NaN stays in the
windows that hold it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..jit import Kernel, kernel, scalar
from .along import Motion, make_along
from .frame import (
    COUNT,
    DIVISOR,
    FIRST,
    HEIGHT,
    INNER,
    KERNEL_H,
    KERNEL_W,
    PAD_H,
    PLANE_HEIGHT,
    STEP_D,
    STEP_W,
    STRIDE_H,
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

__all__ = ["flat_kernel"]


@cache
def flat_kernel(fold: Fold, motion: Motion) -> Kernel:
    """As `rows_kernel`, for windows that are high and overlap; a work unit is one strip of one output row."""
    loops = line_loops(fold)
    start, take, both = loops.start, loops.take, loops.both
    along = make_along(fold, motion)
    divides, spreads, by_table = fold.divides, motion.spreads, motion is Motion.TABLE

    @scalar
    def onto(target, line, first, x, base, size, frame, depth, d, row, slabs, parameter):
        """``target`` = ``line`` combined with input row ``row`` of the window's slabs, or that row alone."""
        for i in range(depth[COUNT, d]):
            at = base + (depth[FIRST, d] + i * frame[STEP_D]) * frame[X_DEPTH] + row * frame[X_HEIGHT]
            last = i == depth[COUNT, d] - 1
            if i == 0 and first:
                if last:
                    start(target, x[at : at + size], parameter)
                else:
                    start(slabs[0, :size], x[at : at + size], parameter)
            elif i == 0:
                if last:
                    take(target, line, x[at : at + size], parameter)
                else:
                    take(slabs[0, :size], line, x[at : at + size], parameter)
            elif last:
                take(target, slabs[(i - 1) % 2, :size], x[at : at + size], parameter)
            else:
                take(slabs[i % 2, :size], slabs[(i - 1) % 2, :size], x[at : at + size], parameter)

    @kernel(f"flat-{fold.name}-{motion.value}")
    def flat(x, y, frame, depth, height, width, identity, parameter, begin, end):
        inner, block_rows = frame[INNER], frame[KERNEL_H]
        lines = new_lines(frame, 1, identity)
        slabs = new_lines(frame, 2, identity)
        tails = new_lines(frame, block_rows, identity)  # from a row to the end of its block
        heads = new_lines(frame, 2, identity)  # from the beginning of the next block on, in turn
        spare = new_lines(frame, 4, identity)
        phases = new_phases(frame, identity)
        divisors = np.full(frame[STRIP] * inner, parameter)
        strip_now, rows_now, above_now, block_now = np.int64(-1), np.int64(-1), np.int64(-1), np.int64(-1)
        low = high = left = w0 = w1 = phase = behind = reached = head = np.int64(0)
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

            # positions are counted from the first padded row
            top = row * frame[STRIDE_H]
            block = top // block_rows
            above = unit // frame[HEIGHT]
            if above != above_now or block != block_now:
                above_now, block_now = above, block
                for k in range(block_rows - 1, top - block * block_rows - 1, -1):
                    here = block * block_rows + k - frame[PAD_H]
                    if 0 <= here < frame[PLANE_HEIGHT]:
                        alone = k == block_rows - 1
                        before = tails[min(k + 1, block_rows - 1), :size]
                        onto(tails[k, :size], before, alone, x, base, size, frame, depth, d, here, slabs, parameter)
                    elif k == block_rows - 1:
                        tails[k, :size] = identity
                    else:
                        tails[k, :size] = tails[k + 1, :size]
                reached = (block + 1) * block_rows
                head = np.int64(0)
                heads[0, :size] = identity
            while reached < top + block_rows:
                here = reached - frame[PAD_H]
                if 0 <= here < frame[PLANE_HEIGHT]:
                    onto(
                        heads[1 - head, :size],
                        heads[head, :size],
                        False,
                        x,
                        base,
                        size,
                        frame,
                        depth,
                        d,
                        here,
                        slabs,
                        parameter,
                    )
                    head = 1 - head
                reached += 1
            both(lines[0, left:right], tails[top - block * block_rows, :size], heads[head, :size])

            if divides:
                share = depth[DIVISOR, d] * height[DIVISOR, row]
                if share != rows_now:
                    rows_now = share
                    fill_divisors(divisors, width, w0, w1, inner, share)
            at = y_row(frame, plane, d, row) + w0 * inner
            along(
                y[at : at + (w1 - w0) * inner],
                lines[0],
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

    return flat
