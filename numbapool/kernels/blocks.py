"""Separable pooling of windows that are a few strides high: rows of a stride are combined once, to a block.

A group of blocks is made together. Where strides along the line are 2, 4, 8 … numbers as well, all its lines are halved
in one go, so that each stride, of so many rows and columns, is one number; windows are then made of these.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import apart, scalar
from ..kernel import Kernel, kernel
from ..scratch import CACHE_LINE, Scratch
from .along import make_along
from .combine import smaller
from .ending import make_ending
from .frame import (
    COUNT,
    DIVISOR,
    FETCHED,
    FIRST,
    GROUP,
    HEIGHT,
    INNER,
    KERNEL_H,
    KERNEL_W,
    PAD_H,
    PITCH,
    PLANE_HEIGHT,
    STEP_D,
    STRIDE_H,
    STRIDE_W,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .halving import make_halved, make_over_strides
from .lines import Fold, copy, line_loops
from .motion import Motion
from .reading import SHORT, row_loops
from .rows import rows_scratch
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in
from .strips import EDGE, HIGH, LEFT, LOW, SPARE, W0, fill, line_length, pitch_of
from .views import as_one, below, nth, part, rest

__all__ = ["are_blocks", "blocks_kernel", "blocks_scratch", "lines_of_blocks", "set_blocks"]

# Rows of a stride from which on blocks pay where lines are not halved.
_LEAST_STRIDE = 8
# Bytes of rows up to which they pay for windows of two strides of two rows.
_SHORT_ROW = 512
# Bytes of a group of blocks, which stays in the first-level cache, and how many blocks that are at most.
_GROUP_BYTES, _MOST = 12 * 1024, 32
# Bytes of as many blocks as a window has.
_KEPT_BYTES = 128 * 1024


def are_blocks(frame: NDArray[np.int64], motion: Motion, row: int) -> bool:
    """Whether windows are so few strides high that their rows, of so many bytes, are better combined once a stride."""
    window, stride, across = int(frame[KERNEL_H]), int(frame[STRIDE_H]), int(frame[STRIDE_W])
    strides, left = divmod(window, stride)
    if left or strides < 2:
        return False
    if motion is Motion.HALVES:  # then they are combined of lines so much shorter
        return (window > 4 or row <= _SHORT_ROW) and strides <= across * (stride + 2) and frame[KERNEL_W] > across
    return stride >= _LEAST_STRIDE and strides <= stride + 2


def lines_of_blocks(window: int, stride: int, motion: Motion) -> int:
    """Lines that are kept for windows of so many rows."""
    return 2 + SPARE + (2 if motion is Motion.HALVES else 3 + 2 * (window // stride))


@cache
def blocks_kernel(fold: Fold, motion: Motion, streams: bool) -> Kernel:
    """As `rows_kernel`, for windows that are `are_blocks`; a work unit is one strip of one output row."""
    of_rows, both = row_loops(fold), line_loops(fold).both
    start, take, take_four, start_two = of_rows.start, of_rows.take, of_rows.take_four, of_rows.start_two
    halves, halved = motion is Motion.HALVES, make_halved(fold)
    end_row = make_ending(fold, make_over_strides(fold) if halves else make_along(fold, motion), streams)

    @apart
    @scalar
    def make_block(block, lines, x, base, upper, lower, frame, depth, d, identity, parameter):
        """``block`` = the rows from ``upper`` to before ``lower`` of all slabs of the windows."""
        size, fetched, turn = block.size, frame[FETCHED] > 0, np.int64(0)
        rows, so_far = (lower - upper) * depth[COUNT, d], block
        if rows <= 0:
            fill(block, identity)
        row, at = upper, base + depth[FIRST, d] * frame[X_DEPTH] + upper * frame[X_HEIGHT]
        left = rows
        while left > 0:
            many, alone = np.int64(1), left == rows
            if size <= SHORT and alone and (lower - row) % 4 >= 2:
                many = np.int64(2)
            elif size <= SHORT and row + 4 <= lower:
                many = np.int64(4)
            left -= many
            # never in place
            target = block if left == 0 else part(nth(lines, turn), 0, size)
            if many == 4:
                take_four(target, so_far, alone, x, at, frame[X_HEIGHT], frame, fetched, parameter)
            elif many == 2:
                start_two(target, x, at, frame[X_HEIGHT], frame, fetched, parameter)
            elif alone:
                start(target, x, at, frame, fetched, parameter)
            else:
                take(target, so_far, x, at, frame, fetched, parameter)
            so_far, turn = target, 1 - turn
            row, at = row + many, at + many * frame[X_HEIGHT]
            if row == lower:
                row, at = upper, at + frame[STEP_D] * frame[X_DEPTH] - (lower - upper) * frame[X_HEIGHT]

    @scalar
    def windows_of(target, room, blocks, each, before):
        """``target`` = windows from each of these blocks on, whose lines are ``each`` apart; with room for two more."""
        so_far, size = blocks, target.size
        for j in range(1, before + 1):
            goal = target if j == before else part(room, (j % 2) * size, size)
            both(goal, so_far, rest(blocks, j * each))
            so_far = goal

    @kernel(kernel_name("blocks", fold.name, motion.value, streams=streams))
    def blocks(
        x, y, frame, strips, depth, height, width, identity, parameter, memory, phases, shares, counters, begin, end
    ):
        inner, group, pitch, stride_w = frame[INNER], frame[GROUP], frame[PITCH], frame[STRIDE_W]
        block_rows, plane_height = frame[STRIDE_H], frame[PLANE_HEIGHT]
        before = frame[KERNEL_H] // block_rows - 1
        spare, divisors, place = below(memory, 2), nth(shares, 0), as_one(below(memory, 2 + SPARE))
        fill(nth(spare, SPARE - 1), identity)
        stage, state = stage_in(nth(counters, 0), y), nth(counters, 1)
        if streams:
            state[HELD] = 0
        strip_now, known = np.int64(-1), np.int64(0)
        unit = begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            here = strips[strip]
            low, edge = here[LOW], here[EDGE]
            size, left = (here[HIGH] - low) * inner, here[LEFT] - edge
            # lines of the blocks, each ``pitch`` after the one before; and of what is kept of each
            raw, many_raw = rest(place, edge), before + group
            kept, each = raw, pitch
            if halves:
                many_raw, kept, each = group, rest(raw, 2 * group * pitch), pitch // stride_w
            if strip != strip_now:
                strip_now = strip
                fill(part(raw, 0, many_raw * pitch), identity)
            windows = rest(kept, (before + group) * each)
            base = x_plane(frame, plane) + low * inner
            out = y_slab(frame, plane, d) + here[W0] * inner
            row, made, held = row0, row0, np.int64(0)
            while row < row1:
                many = smaller(row1 + before - made, group)
                goals = raw if halves else rest(kept, held * each)
                for i in range(many):
                    upper = (made + i) * block_rows - frame[PAD_H]
                    lower = smaller(upper + block_rows, plane_height)
                    upper = upper if upper > 0 else np.int64(0)
                    goal = part(goals, i * pitch + left, size)
                    make_block(goal, memory, x, base, upper, lower, frame, depth, d, identity, parameter)
                if halves:
                    halved(rest(kept, held * each), raw, rest(raw, group * pitch), many * pitch, stride_w)
                made, held = made + many, held + many
                ready = held - before
                if ready <= 0:
                    continue
                # short lines are best added up together, long ones stay in the cache one by one
                if halves:
                    windows_of(part(windows, 0, ready * each), rest(windows, group * each), kept, each, before)
                for i in range(ready):
                    line = windows
                    if halves:
                        line = rest(windows, i * each)
                    else:
                        windows_of(part(windows, 0, each), rest(windows, each), rest(kept, i * each), each, before)
                    at, share = out + row * frame[Y_HEIGHT], depth[DIVISOR, d] * height[DIVISOR, row]
                    known = end_row(
                        y,
                        at,
                        line,
                        spare,
                        phases,
                        divisors,
                        parameter,
                        frame,
                        width,
                        strip,
                        here,
                        share,
                        known,
                        stage,
                        state,
                    )
                    row += 1
                held = before
                for j in range(before):
                    copy(part(kept, j * each, each), rest(kept, (ready + j) * each))
        if streams:
            room_for(y, NOWHERE, NOTHING, stage, state)

    return blocks


def set_blocks(frame: NDArray[np.int64], motion: Motion, itemsize: int) -> None:
    """Set how many blocks are made together, of numbers of so many bytes, and how far their lines are apart."""
    halves, strides = motion is Motion.HALVES, int(frame[KERNEL_H] // frame[STRIDE_H])
    frame[PITCH] = pitch_of(frame, itemsize, multiple=int(frame[STRIDE_W]) if halves else 1)
    line = int(frame[PITCH]) * itemsize
    group = min(max(_GROUP_BYTES // line, 1), _MOST)
    if not halves:  # what is kept for the next group is copied
        group = max(group, min(strides, _KEPT_BYTES // line))
    frame[GROUP] = min(group, int(frame[HEIGHT]) + strides)


def blocks_scratch(
    frame: NDArray[np.int64], identity: Any, parameter: Any, motion: Motion, along: np.dtype[Any] | None = None
) -> Scratch:
    """Scratch memory of `blocks_kernel`."""
    group, pitch, before = int(frame[GROUP]), int(frame[PITCH]), int(frame[KERNEL_H] // frame[STRIDE_H]) - 1
    each = pitch // int(frame[STRIDE_W]) if motion is Motion.HALVES else pitch
    numbers = CACHE_LINE + (before + group) * each
    numbers += group * (2 * pitch + 3 * each) if motion is Motion.HALVES else 3 * pitch
    lines = -(-numbers // line_length(frame)) + 1  # loops may read a little behind
    return rows_scratch(frame, identity, parameter, more_lines=lines, motion=motion, along=along)
