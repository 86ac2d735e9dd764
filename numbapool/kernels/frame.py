"""The integers that tell a kernel where things lie: one flat array, its fields named here.

Kernels see every array as ``(outer, depth, height, width, inner)``, with ``outer`` itself of two axes, so that any
array whose ``(width, inner)`` block is contiguous is read where it stands. Offsets and strides count elements.
"""

from __future__ import annotations

import numpy as np

from ..jit import apart, scalar

(
    OUTER,  # number of planes = OUTER_SLOW * OUTER_FAST
    OUTER_FAST,
    DEPTH,  # output positions along each axis
    HEIGHT,
    WIDTH,
    INNER,
    X_BASE,  # where the first input element lies in the flat input, and the strides of each axis
    X_SLOW,
    X_FAST,
    X_DEPTH,
    X_HEIGHT,
    X_WIDTH,  # length (not stride) of the input along the width
    Y_SLOW,
    Y_FAST,
    Y_DEPTH,
    Y_HEIGHT,
    KERNEL_D,  # window: size, stride, dilation
    KERNEL_H,
    KERNEL_W,
    STRIDE_H,
    STRIDE_W,
    STEP_D,
    STEP_H,
    STEP_W,
    PAD_H,
    PAD_W,
    BLOCK,  # rows of a block, where windows are combined of blocks
    GROUP,  # how many blocks of a stride are made together, 0 if none are, and how far their lines are apart
    PITCH,
    ALIKE,  # whether rows of results are of rows of the input that follow each other, with the same divisor
    LONG,  # whether windows are long parts of rows, each reduced where it stands
    STRIPS,  # the width is worked in this many strips of at most STRIP outputs
    STRIP,
    ACROSS,  # whether a row of results is finished, strip by strip, before the next
    AHEAD,  # with each new row, what lies so far ahead of it is fetched
    LEAST,  # units of a piece of work that are worth what is made once for each; 0 where nothing is
    FETCHED,  # rows of a window that are new; 0 where nothing is fetched
    PLANE_DEPTH,  # input extents, for indices
    PLANE_HEIGHT,
    PLANE_WIDTH,
    DRAW_BEGIN,  # number of the first draw of this part of the result, and how far those of each axis are apart
    DRAW_SLOW,
    DRAW_FAST,
    DRAW_DEPTH,
    DRAW_HEIGHT,
    DRAW_WIDTH,
    DRAW_INNER,
    FIELDS,
) = range(48)

# Rows of an axis table: for each output, its first input position, how many it has, where it would start without
# clipping to the input, and its share of the divisor of a mean.
FIRST, COUNT, ORIGIN, DIVISOR = range(4)


@apart
@scalar
def next_rows(frame, unit, end):
    """Plane, depth, strip, first row and one past the last row of the work units from ``unit`` on.

    Rows run fastest, so that neighbours share input; they come in one go, as divisions would cost as much as a row.
    """
    if frame[ACROSS]:
        whole = unit // frame[STRIPS]
        rest = whole // frame[HEIGHT]
        row = whole - rest * frame[HEIGHT]
        plane = rest // frame[DEPTH]
        return plane, rest - plane * frame[DEPTH], unit - whole * frame[STRIPS], row, row + 1
    rest = unit // frame[HEIGHT]
    row = unit - rest * frame[HEIGHT]
    above = rest // frame[STRIPS]
    strip = rest - above * frame[STRIPS]
    plane = above // frame[DEPTH]
    last = row + end - unit
    return plane, above - plane * frame[DEPTH], strip, row, last if last < frame[HEIGHT] else frame[HEIGHT]


@scalar
def _of_plane(frame, plane, slow_step, fast_step):
    """How far a plane lies behind the first, by how far those next to each other are apart."""
    slow = plane // frame[OUTER_FAST]
    return slow * slow_step + (plane - slow * frame[OUTER_FAST]) * fast_step


@scalar
def x_plane(frame, plane):
    """Offset of a plane in the flat input."""
    return frame[X_BASE] + _of_plane(frame, plane, frame[X_SLOW], frame[X_FAST])


@scalar
def y_slab(frame, plane, depth):
    """Offset of row 0 of a plane and depth in the flat output."""
    return _of_plane(frame, plane, frame[Y_SLOW], frame[Y_FAST]) + depth * frame[Y_DEPTH]


@scalar
def draw_number(frame, plane, depth, row, w):
    """Number of a result by its place in the whole result: what is drawn for it does not depend on how work is cut."""
    number = frame[DRAW_BEGIN] + _of_plane(frame, plane, frame[DRAW_SLOW], frame[DRAW_FAST])
    return number + depth * frame[DRAW_DEPTH] + row * frame[DRAW_HEIGHT] + w * frame[DRAW_WIDTH]


@scalar
def draws_of(frame, n):
    """Of how many of the ``n`` numbers of a row the draws are evenly apart, and how far: of all, or of each pixel's.

    The draws of pixels then follow each other.
    """
    if frame[DRAW_WIDTH] < frame[INNER]:
        return frame[INNER], frame[DRAW_INNER]
    return n, np.int64(1)
