"""Many small planes: a batch of them is turned, so that its planes lie side by side as the numbers of one pixel.

Rows of 7 or 14 numbers are too short for vectors, and cost more in calls than in work. Turned, every loop runs over
the planes of the batch, whatever the windows: 14 × 14 to 5 × 5 takes a third of the time.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .frame import (
    DEPTH,
    FETCHED,
    FIELDS,
    HEIGHT,
    INNER,
    OUTER,
    OUTER_FAST,
    PLANE_DEPTH,
    PLANE_HEIGHT,
    STRIPS,
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
from .lines import Fold
from .motion import Motion
from .rows import make_rows, rows_scratch
from .transpose import to_lanes, to_planes
from .views import nth, rest, taken_as

__all__ = ["BATCH", "batch_frame", "turned_kernel", "turned_scratch"]

# Planes of a batch; and tiles of this many positions stay in the first-level cache.
BATCH = 32
MOST_POSITIONS = 256


def batch_frame(frame: NDArray[np.int64]) -> NDArray[np.int64]:
    """The frame of one turned batch of the planes of ``frame``."""
    turned = frame.copy()
    turned[[OUTER, OUTER_FAST, INNER]] = 1, 1, BATCH
    turned[[X_BASE, X_SLOW, X_FAST, Y_SLOW, Y_FAST]] = 0
    turned[X_HEIGHT], turned[Y_HEIGHT] = turned[X_WIDTH] * BATCH, turned[WIDTH] * BATCH
    turned[X_DEPTH], turned[Y_DEPTH] = turned[PLANE_HEIGHT] * turned[X_HEIGHT], turned[HEIGHT] * turned[Y_HEIGHT]
    return turned


@scalar
def _as_few_rows(row, rows, slabs, row_apart, slab_apart):
    """The numbers of a plane as rows: one long one, where they follow each other in memory."""
    if (rows == 1 or row_apart == row) and (slabs == 1 or slab_apart == rows * row):
        return row * rows * slabs, np.int64(1), np.int64(1)
    return row, rows, slabs


@cache
def turned_kernel(fold: Fold, motion: Motion) -> Kernel:
    """As `rows_kernel`, for small planes; a work unit is a batch of planes, and behind its frame is that of all."""
    rows = scalar(make_rows(fold, motion))

    @kernel(f"turned-{fold.name}-{motion.value}")
    def turned(
        x, y, frame, strips, depth, height, width, identity, parameter, memory, phases, shares, counters, begin, end
    ):
        planes = rest(frame, FIELDS)
        x_tile, y_tile = taken_as(nth(counters, 0), x), taken_as(nth(counters, 1), y)
        sources, targets = nth(counters, 2), nth(counters, 3)
        x_row, x_rows, x_slabs = _as_few_rows(
            frame[X_WIDTH], frame[PLANE_HEIGHT], frame[PLANE_DEPTH], planes[X_HEIGHT], planes[X_DEPTH]
        )
        y_row, y_rows, y_slabs = _as_few_rows(
            frame[WIDTH], frame[HEIGHT], frame[DEPTH], planes[Y_HEIGHT], planes[Y_DEPTH]
        )
        units = frame[DEPTH] * frame[HEIGHT] * frame[STRIPS]
        for batch in range(begin, end):
            for lane in range(BATCH):
                plane = batch * BATCH + lane
                if plane >= planes[OUTER]:  # places that no plane is left for hold the last one once more
                    sources[lane], targets[lane] = sources[lane - 1], targets[lane - 1]
                elif lane == 0 or plane % planes[OUTER_FAST] == 0:
                    sources[lane], targets[lane] = x_plane(planes, plane), y_slab(planes, plane, 0)
                else:
                    sources[lane] = sources[lane - 1] + planes[X_FAST]
                    targets[lane] = targets[lane - 1] + planes[Y_FAST]
            for lane in range(0, BATCH, 4):
                at = 0
                for d in range(x_slabs):
                    for h in range(x_rows):
                        here = d * planes[X_DEPTH] + h * planes[X_HEIGHT]
                        tile = rest(x_tile, at * BATCH)
                        to_lanes(tile, x, sources, lane, here, x_row, BATCH, 8 * planes[X_FAST], planes[FETCHED])
                        at += x_row
            rows(
                x_tile,
                y_tile,
                frame,
                strips,
                depth,
                height,
                width,
                identity,
                parameter,
                memory,
                phases,
                shares,
                counters,
                0,
                units,
            )
            there = planes[OUTER] - batch * BATCH
            for lane in range(0, there if there < BATCH else np.int64(BATCH), 4):
                at = 0
                for d in range(y_slabs):
                    for h in range(y_rows):
                        here = d * planes[Y_DEPTH] + h * planes[Y_HEIGHT]
                        to_planes(y, rest(y_tile, at * BATCH), targets, lane, here, y_row, BATCH)
                        at += y_row

    return turned


def turned_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any, motion: Motion) -> Scratch:
    """Scratch memory of `turned_kernel`; its tiles are in the place of the counters, whatever their dtypes."""
    within = rows_scratch(frame, identity, parameter, motion=motion)
    return Scratch(within.lines, within.phases, within.extra, counters=BATCH * MOST_POSITIONS, counter_lines=4)
