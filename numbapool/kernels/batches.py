"""Many small planes: a batch of them is turned, so that its planes lie side by side as the numbers of one pixel.

Rows of 7 or 14 numbers are too short for vectors, and cost more in calls than in work. Turned, every loop runs over
the planes of the batch, whatever the windows: 14 × 14 to 5 × 5 takes a third of the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..jit import apart, scalar
from .frame import (
    DEPTH,
    FETCHED,
    HEIGHT,
    INNER,
    OUTER,
    OUTER_FAST,
    PLANE_DEPTH,
    PLANE_HEIGHT,
    WIDTH,
    X_BASE,
    X_DEPTH,
    X_FAST,
    X_HEIGHT,
    X_SLOW,
    X_WIDTH,
    Y_DEPTH,
    Y_FAST,
    Y_HEIGHT,
    Y_SLOW,
    x_plane,
    y_slab,
)
from .transpose import to_lanes, to_planes
from .views import rest

__all__ = ["BATCH", "FEWEST_PLANES", "batch_frame", "find_planes", "tile_length", "turn", "turn_back"]

# Planes of a batch, and how many there have to be for turning them to pay.
BATCH = 32
FEWEST_PLANES = 2 * BATCH


def batch_frame(frame: NDArray[np.int64]) -> NDArray[np.int64]:
    """The frame of one turned batch of the planes of ``frame``."""
    turned = frame.copy()
    turned[[OUTER, OUTER_FAST, INNER]] = 1, 1, BATCH
    turned[[X_BASE, X_SLOW, X_FAST, Y_SLOW, Y_FAST]] = 0
    turned[X_HEIGHT], turned[Y_HEIGHT] = turned[X_WIDTH] * BATCH, turned[WIDTH] * BATCH
    turned[X_DEPTH], turned[Y_DEPTH] = turned[PLANE_HEIGHT] * turned[X_HEIGHT], turned[HEIGHT] * turned[Y_HEIGHT]
    return turned


def tile_length(frame: NDArray[np.int64]) -> int:
    """Length, in 64-bit numbers, of a tile that holds a batch of planes, or their results."""
    positions, results = (int(np.prod(frame[i : i + 3])) for i in (PLANE_DEPTH, DEPTH))
    return BATCH * max(positions, results)


@scalar
def _as_few_rows(row, rows, slabs, row_apart, slab_apart):
    """The numbers of a plane as rows: one long one, where they follow each other in memory."""
    if (rows == 1 or row_apart == row) and (slabs == 1 or slab_apart == rows * row):
        return row * rows * slabs, np.int64(1), np.int64(1)
    return row, rows, slabs


@apart
@scalar
def find_planes(sources, targets, planes, batch):
    """Where the planes of a batch and their results begin; ``planes`` is the frame of all."""
    for lane in range(BATCH):
        plane = batch * BATCH + lane
        if plane >= planes[OUTER]:  # places that no plane is left for hold the last one once more
            sources[lane], targets[lane] = sources[lane - 1], targets[lane - 1]
        elif lane == 0 or plane % planes[OUTER_FAST] == 0:
            sources[lane], targets[lane] = x_plane(planes, plane), y_slab(planes, plane, 0)
        else:
            sources[lane] = sources[lane - 1] + planes[X_FAST]
            targets[lane] = targets[lane - 1] + planes[Y_FAST]


@scalar
def turn(tile, x, sources, planes):
    """The planes of a batch, turned: all numbers of one position side by side."""
    row, rows, slabs = _as_few_rows(
        planes[X_WIDTH], planes[PLANE_HEIGHT], planes[PLANE_DEPTH], planes[X_HEIGHT], planes[X_DEPTH]
    )
    for lane in range(0, BATCH, 4):
        at = 0
        for d in range(slabs):
            for h in range(rows):
                here = d * planes[X_DEPTH] + h * planes[X_HEIGHT]
                to_lanes(
                    rest(tile, at * BATCH), x, sources, lane, here, row, BATCH, 8 * planes[X_FAST], planes[FETCHED]
                )
                at += row


@scalar
def turn_back(y, tile, targets, planes, batch):
    """The results of a batch, back to where those of each plane belong."""
    row, rows, slabs = _as_few_rows(planes[WIDTH], planes[HEIGHT], planes[DEPTH], planes[Y_HEIGHT], planes[Y_DEPTH])
    there = planes[OUTER] - batch * BATCH
    for lane in range(0, there if there < BATCH else np.int64(BATCH), 4):
        at = 0
        for d in range(slabs):
            for h in range(rows):
                here = d * planes[Y_DEPTH] + h * planes[Y_HEIGHT]
                to_planes(y, rest(tile, at * BATCH), targets, lane, here, row, BATCH)
                at += row
