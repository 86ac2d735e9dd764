"""Separable pooling whose cost does not grow with the window: running results down the columns.

The rows are cut into blocks as high as the window. A window is then the end of one block and the beginning of the
next: results from each row to the end of its block are made once, and the next block is added row by row (van Herk
1992; Gil and Werman 1993). No value is ever taken away again, so sums stay exact and an inf or a NaN stays in the
windows that hold it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import Kernel, Scratch, kernel, scalar
from .along import Motion, make_along
from .frame import (
    COUNT,
    DIVISOR,
    FIRST,
    INNER,
    KERNEL_H,
    KERNEL_W,
    PAD_H,
    PLANE_HEIGHT,
    STEP_D,
    STEP_W,
    STRIDE_H,
    STRIDE_W,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .lines import Fold, copy, line_loops
from .rows import rows_scratch
from .scratch import SPARE, fill_divisors, fill_margins, first_aligned, line_length, lines_at, phase_length, place_strip

__all__ = ["flat_kernel", "flat_scratch"]


@cache
def flat_kernel(fold: Fold, motion: Motion) -> Kernel:
    """As `rows_kernel`, for windows that are high and overlap; a work unit is one strip of one output row."""
    loops = line_loops(fold)
    start, take, both = loops.start, loops.take, loops.both
    along = make_along(fold, motion)
    divides, multiplies = fold.divides, fold.multiplies
    spreads, by_table = motion.spreads, motion is Motion.TABLE

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
    def flat(x, y, frame, depth, height, width, identity, parameter, memory, divisors, _, begin, end):
        inner, block_rows = frame[INNER], frame[KERNEL_H]
        length = line_length(frame)
        lines, place = lines_at(memory, first_aligned(memory), 1, length)
        slabs, place = lines_at(memory, place, 2, length)
        tails, place = lines_at(memory, place, block_rows, length)  # from a row to the end of its block
        heads, place = lines_at(memory, place, 2, length)  # from the beginning of the next block on, in turn
        spare, place = lines_at(memory, place, SPARE, length)
        phases, place = lines_at(memory, place, frame[STRIDE_W], phase_length(frame, length))
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
            block_now, reached, head = np.int64(-1), np.int64(0), 0
            for row in range(row0, row1):
                top = row * frame[STRIDE_H]  # counted from the first padded row
                block = top // block_rows
                if block != block_now:
                    block_now = block
                    for k in range(block_rows - 1, top - block * block_rows - 1, -1):
                        here = block * block_rows + k - frame[PAD_H]
                        alone = k == block_rows - 1
                        tail, below = tails[k, :size], tails[k if alone else k + 1, :size]
                        if 0 <= here < frame[PLANE_HEIGHT]:
                            onto(tail, below, alone, x, base, size, frame, depth, d, here, slabs, parameter)
                        elif alone:
                            tail[:] = identity
                        else:
                            copy(tail, below)
                    reached = (block + 1) * block_rows
                    head = 0
                    heads[0, :size] = identity
                while reached < top + block_rows:
                    here = reached - frame[PAD_H]
                    if 0 <= here < frame[PLANE_HEIGHT]:
                        ahead, so_far = heads[1 - head, :size], heads[head, :size]
                        onto(ahead, so_far, False, x, base, size, frame, depth, d, here, slabs, parameter)
                        head = 1 - head
                    reached += 1
                both(lines[0, left:right], tails[top - block * block_rows, :size], heads[head, :size])

                if divides:
                    share = depth[DIVISOR, d] * height[DIVISOR, row]
                    if share != share_now:
                        share_now = share
                        fill_divisors(divisors, table, inner, share, multiplies)
                at = out + row * frame[Y_HEIGHT]
                along(
                    y[at : at + n],
                    lines[0, edge:],
                    spare,
                    phases,
                    divisors,
                    parameter,
                    w1 - w0,
                    frame[KERNEL_W],
                    frame[STRIDE_W],
                    frame[STEP_W],
                    inner,
                    table,
                    low,
                    phase,
                    behind,
                )

    return flat


def flat_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any) -> Scratch:
    """Scratch memory of `flat_kernel`."""
    return rows_scratch(frame, identity, parameter, more_lines=int(frame[KERNEL_H]) + 3)
