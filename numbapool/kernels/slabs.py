"""Windows of several slabs that overlap: the rows of a slab are combined once, and kept for the next windows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from .frame import (
    COUNT,
    FIRST,
    HEIGHT,
    KERNEL_D,
    LEAST,
    PITCH,
    STEP_H,
    STRIDE_H,
    X_DEPTH,
    X_HEIGHT,
)
from .lines import Fold, copy, line_loops
from .reading import row_loops
from .strips import fill, pitch_of
from .views import nth, part, rest

__all__ = ["bytes_of_slabs", "make_slabs", "set_slabs"]


@cache
def make_slabs(fold: Fold) -> Any:
    """``slabs(target, other, room, ring, made, mark, row, x, base, frame, depth, d, height, identity, parameter)``.

    ``target`` = one row of windows, from its slabs. ``ring`` keeps a line of each row for each of the last slabs, and
    ``made`` tells up to which slab, counted from ``mark``. ``other`` is a line to work in, ``room`` are two.
    """
    loops, take_rows = line_loops(fold), row_loops(fold).take_rows(together=True)
    both, all3 = loops.both, loops.all3

    @scalar
    def slabs(target, other, room, ring, made, mark, row, x, base, frame, depth, d, height, identity, parameter):
        size, each, count = target.size, frame[HEIGHT] * frame[PITCH], height[COUNT, row]
        first, end, kept = depth[FIRST, d], row * frame[PITCH] + frame[KERNEL_D] * each, frame[KERNEL_D]
        last, have = first + depth[COUNT, d], made[row] - mark
        begin = have if first < have <= last else first
        place = row * frame[PITCH] + (first - first // kept * kept) * each  # of the first slab in the ring
        at = base + begin * frame[X_DEPTH] + height[FIRST, row] * frame[X_HEIGHT]
        new = place + (begin - first) * each
        for _ in range(begin, last):
            new = new if new < end else new - kept * each
            line, down = part(ring, new, size), frame[STEP_H] * frame[X_HEIGHT]
            now = take_rows(line, other, np.int64(-1), size, x, at, down, count, frame[STRIDE_H], frame, parameter)
            if now < 0:
                fill(line, identity)
            elif now:
                copy(line, other)
            at, new = at + frame[X_DEPTH], new + each
        made[row] = mark + last
        so_far, slab, turn = part(ring, place, size), first + 1, np.int64(0)
        if first == last:
            fill(target, identity)
        elif slab == last:
            copy(target, so_far)
        while slab < last:
            place = place + each if place + each < end else place + each - kept * each
            after = place + each if place + each < end else place + each - kept * each
            goal = target if slab + 2 >= last else part(nth(room, turn), 0, size)
            if slab + 1 < last:
                all3(goal, so_far, rest(ring, place), rest(ring, after))
            else:
                both(goal, so_far, rest(ring, place))
            so_far, turn, slab, place = goal, 1 - turn, slab + 2, after

    return slabs


def _pitch(frame: NDArray[np.int64], itemsize: int) -> int:
    """How far the lines of slabs are apart, of numbers of so many bytes; those of gradients reach a little farther."""
    return pitch_of(frame, itemsize, more=2)


def bytes_of_slabs(frame: NDArray[np.int64], itemsize: int) -> int:
    """Memory for all slabs of a window, once the width is cut into strips."""
    return int(frame[KERNEL_D] * frame[HEIGHT]) * _pitch(frame, itemsize) * itemsize


def set_slabs(frame: NDArray[np.int64], itemsize: int) -> None:
    """Set how their lines lie, and how many rows are worth to be a piece of work: the first need all their slabs."""
    frame[PITCH] = _pitch(frame, itemsize)
    frame[LEAST] = 2 * frame[KERNEL_D] * frame[HEIGHT]
