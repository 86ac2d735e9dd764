"""Separable pooling whose cost does not grow with the window: running results down the columns.

The rows are cut into blocks. A window is then the end of one block, whole blocks, and the beginning of another: results
from each row to the end of its block and of the whole ones behind are made once, and the last block is added row by row
(van Herk 1992; Gil and Werman 1993, with one block as high as the window). No value is ever taken away again, so sums
stay exact and an inf or a NaN stays in the windows that hold it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import apart, scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .along import make_along
from .ending import make_ending
from .frame import (
    BLOCK,
    COUNT,
    DIVISOR,
    FETCHED,
    FIRST,
    INNER,
    KERNEL_H,
    PAD_H,
    PLANE_HEIGHT,
    STEP_D,
    STRIDE_H,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .lines import Fold, copy, line_loops
from .motion import Motion
from .reading import row_loops
from .rows import rows_scratch
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in
from .strips import EDGE, HIGH, LEFT, LOW, SPARE, W0, fill, fill_margins
from .views import below, nth, part, rest

__all__ = ["flat_kernel", "flat_scratch", "lines_kept", "set_block"]

# Not Python's own, for which Numba would compile anew.
_NO, _YES = np.bool_(False), np.bool_(True)

# Rows of a block, at most: what is kept for all of them should stay in the second-level cache.
_BLOCK = 32


def lines_kept(window: int) -> int:
    """Lines that are kept for windows of so many rows."""
    rows = _rows_of_block(window)
    return rows + window // rows + 2 + 5


def _rows_of_block(window: int) -> int:
    """Rows of a block such that windows hold as many whole blocks wherever they begin, or nearly so."""
    return min(range(min(window, _BLOCK), _BLOCK // 2, -1), key=lambda rows: window % rows, default=window)


@cache
def flat_kernel(fold: Fold, motion: Motion, streams: bool) -> Kernel:
    """As `rows_kernel`, for windows that are high and overlap; a work unit is one strip of one output row."""
    loops, of_rows = line_loops(fold), row_loops(fold)
    start, take, both, all3 = of_rows.start, of_rows.take, loops.both, loops.all3
    end_row = make_ending(fold, make_along(fold, motion), streams)

    @apart
    @scalar
    def onto(target, line, first, x, base, frame, depth, d, row, new, slabs, identity, parameter):
        """``target`` = ``line`` combined with input row ``row`` of the window's slabs, or that row alone.

        With a ``new`` row goes another that is fetched ahead: the others have been read before.
        """
        alone, so_far = first, line
        if depth[COUNT, d] == 0:  # in gradients, where windows leave out a slab
            if first:
                fill(target, identity)
            else:
                copy(target, line)
        for i in range(depth[COUNT, d]):
            at = base + (depth[FIRST, d] + i * frame[STEP_D]) * frame[X_DEPTH] + row * frame[X_HEIGHT]
            fetched, goal = new and frame[FETCHED] > 0, target
            if i < depth[COUNT, d] - 1:
                goal = part(nth(slabs, i % 2), 0, target.size)
            if alone:
                start(goal, x, at, frame, fetched, parameter)
            else:
                take(goal, so_far, x, at, frame, fetched, parameter)
            alone, so_far = _NO, goal

    @scalar
    def of_blocks(target, blocks, middles, first, last, kept):
        """``target`` = the blocks from ``first`` to before ``last``, two at least."""
        so_far = nth(blocks, first % kept)
        for block in range(first + 1, last - 1):
            goal = part(nth(middles, block % 2), 0, target.size)
            both(goal, so_far, nth(blocks, block % kept))
            so_far = goal
        both(target, so_far, nth(blocks, (last - 1) % kept))

    @kernel(kernel_name("flat", fold.name, motion.value, streams=streams))
    def flat(
        x, y, frame, strips, depth, height, width, identity, parameter, memory, phases, shares, counters, begin, end
    ):
        inner = frame[INNER]
        line, slabs, spare, divisors = nth(memory, 0), below(memory, 1), below(memory, 3), nth(shares, 0)
        heads = below(memory, 3 + SPARE)  # from the beginning of a block on, two in turn
        middles = below(memory, 5 + SPARE)  # the whole blocks of a window, two in turn
        tails = below(memory, 7 + SPARE)  # from a row to the end of its block
        block_rows = frame[BLOCK]
        blocks, high = below(tails, block_rows), frame[KERNEL_H] // block_rows
        kept = high + 2
        fill(nth(spare, SPARE - 1), identity)
        stage, state = stage_in(nth(counters, 0), y), nth(counters, 1)
        if streams:
            state[HELD] = 0
        strip_now, known = np.int64(-1), np.int64(0)
        unit = begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            place = strips[strip]
            low, left = place[LOW], place[LEFT]
            size = (place[HIGH] - low) * inner
            right = left + size
            if strip != strip_now:
                strip_now = strip
                fill_margins(line, left, right, identity)
            base = x_plane(frame, plane) + low * inner
            out = y_slab(frame, plane, d) + place[W0] * inner
            first, head = np.int64(-1), 0
            reached = (row0 * frame[STRIDE_H] // block_rows + 1) * block_rows
            fill(part(nth(heads, 0), 0, size), identity)
            for row in range(row0, row1):
                top = row * frame[STRIDE_H]  # counted from the first padded row
                block, block_last = top // block_rows, (top + frame[KERNEL_H]) // block_rows
                combined = part(line, left, size)
                while reached < top + frame[KERNEL_H]:
                    here = reached - frame[PAD_H]
                    if 0 <= here < frame[PLANE_HEIGHT]:
                        ahead, so_far = part(nth(heads, 1 - head), 0, size), nth(heads, head)
                        onto(ahead, so_far, _NO, x, base, frame, depth, d, here, _YES, slabs, identity, parameter)
                        head = 1 - head
                    reached += 1
                    if reached % block_rows == 0:
                        whole = (reached // block_rows - 1) % kept
                        copy(part(nth(blocks, whole), 0, size), nth(heads, head))
                        fill(part(nth(heads, head), 0, size), identity)
                if block != first:
                    # from the end of the block up, and behind it the whole blocks that all windows from here hold
                    alone, under = high == 1, nth(blocks, (block + 1) % kept)
                    if high > 2:
                        under = part(nth(heads, 1 - head), 0, size)
                        of_blocks(under, blocks, middles, block + 1, block + high, kept)
                    for k in range(block_rows - 1, top - block * block_rows - 1, -1):
                        here, tail = block * block_rows + k - frame[PAD_H], part(nth(tails, k), 0, size)
                        if 0 <= here < frame[PLANE_HEIGHT]:
                            onto(tail, under, alone, x, base, frame, depth, d, here, _NO, slabs, identity, parameter)
                        elif alone:
                            fill(tail, identity)
                        else:
                            copy(tail, under)
                        under, alone = tail, _NO
                    first = block
                tail, begun = nth(tails, top - block * block_rows), nth(heads, head)
                if block_last == block + high:
                    both(combined, tail, begun)
                else:
                    all3(combined, tail, nth(blocks, (block_last - 1) % kept), begun)
                at, share = out + row * frame[Y_HEIGHT], depth[DIVISOR, d] * height[DIVISOR, row]
                known = end_row(
                    y,
                    at,
                    rest(line, place[EDGE]),
                    spare,
                    phases,
                    divisors,
                    parameter,
                    frame,
                    width,
                    strip,
                    place,
                    share,
                    known,
                    stage,
                    state,
                )
        if streams:
            room_for(y, NOWHERE, NOTHING, stage, state)

    return flat


def set_block(frame: NDArray[np.int64]) -> None:
    """Set how many rows make a block: as many as the cache holds."""
    frame[BLOCK] = _rows_of_block(int(frame[KERNEL_H]))


def flat_scratch(
    frame: NDArray[np.int64], identity: Any, parameter: Any, motion: Motion, along: np.dtype[Any] | None = None
) -> Scratch:
    """Scratch memory of `flat_kernel`."""
    lines = lines_kept(int(frame[KERNEL_H]))
    return rows_scratch(frame, identity, parameter, more_lines=lines, motion=motion, along=along)
