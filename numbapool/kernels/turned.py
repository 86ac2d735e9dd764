"""Separable pooling of many small planes, a batch of them turned."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .batches import find_planes, tile_length, turn, turn_back
from .frame import DEPTH, FIELDS, HEIGHT, STRIPS
from .lines import Fold
from .motion import Motion
from .rows import make_rows, rows_scratch
from .views import nth, rest, taken_as

__all__ = ["turned_kernel", "turned_scratch"]


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
        units = frame[DEPTH] * frame[HEIGHT] * frame[STRIPS]
        for batch in range(begin, end):
            find_planes(sources, targets, planes, batch)
            turn(x_tile, x, sources, planes)
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
            turn_back(y, y_tile, targets, planes, batch)

    return turned


def turned_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any, motion: Motion) -> Scratch:
    """Scratch memory of `turned_kernel`; its tiles are in the place of the counters, whatever their dtypes."""
    within = rows_scratch(frame, identity, parameter, motion=motion)
    length = max(tile_length(frame), within.counters)
    return Scratch(within.lines, within.phases, within.extra, counters=length, counter_lines=4)
