"""Selecting one value of each window, with its index, of many small planes, a batch of them turned."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .batches import BATCH, find_planes, tile_length, turn, turn_back
from .choice import Choice
from .frame import (
    COUNT,
    DEPTH,
    FIELDS,
    FIRST,
    HEIGHT,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    STEP_D,
    STEP_H,
    STEP_W,
    WIDTH,
)
from .select_large import by_rows
from .views import nth, part, rest, taken_as

__all__ = ["turned_select_kernel", "turned_select_scratch"]

_PLACE: Any = np.int32


@cache
def turned_select_kernel(choice: Choice) -> Kernel:
    """As `select_kernel`, for small planes; a work unit is a batch of planes, and behind its frame is that of all."""
    found = by_rows(choice, _PLACE)
    first_row, row_on, give = found.first_row, found.row_on, found.give

    @scalar
    def across(lines, all_places, tile, frame, corner, deep, high, wide):
        """The best of the window that begins at ``corner``, in every plane; which of the lines it is in."""
        now = 0
        first_row(nth(lines, 0), nth(all_places, 0), rest(tile, corner * BATCH))
        for i in range(deep):
            for j in range(high):
                row = (i * frame[STEP_D] * frame[PLANE_HEIGHT] + j * frame[STEP_H]) * frame[PLANE_WIDTH]
                for k in range(wide):
                    ahead = row + k * frame[STEP_W]
                    if ahead:
                        values, places = nth(lines, 1 - now), nth(all_places, 1 - now)
                        given = rest(tile, (corner + ahead) * BATCH)
                        row_on(values, places, nth(lines, now), nth(all_places, now), given, _PLACE(ahead))
                        now = 1 - now
        return now

    @kernel(f"turned-select-{choice.name}")
    def turned_select(
        x, y, indices, frame, strips, depth, height, width, identity, lines, begins, all_places, tiles, begin, end
    ):
        planes, sources, targets = rest(frame, FIELDS), nth(begins, 0), nth(begins, 1)
        x_tile, y_tile, index_tile = taken_as(nth(tiles, 0), x), taken_as(nth(tiles, 1), y), nth(tiles, 2)
        for batch in range(begin, end):
            find_planes(sources, targets, planes, batch)
            turn(x_tile, x, sources, planes)
            at = 0
            for d in range(frame[DEPTH]):
                for row in range(frame[HEIGHT]):
                    start = (depth[FIRST, d] * frame[PLANE_HEIGHT] + height[FIRST, row]) * frame[PLANE_WIDTH]
                    deep, high = depth[COUNT, d], height[COUNT, row]
                    for w in range(frame[WIDTH]):
                        corner = start + width[FIRST, w]
                        now = across(lines, all_places, x_tile, frame, corner, deep, high, width[COUNT, w])
                        kept, numbered = part(y_tile, at, BATCH), part(index_tile, at, BATCH)
                        give(kept, numbered, nth(lines, now), nth(all_places, now), corner)
                        at += BATCH
            turn_back(y, y_tile, targets, planes, batch)
            turn_back(indices, index_tile, targets, planes, batch)

    return turned_select


def turned_select_scratch(frame: NDArray[np.int64], identity: Any) -> Scratch:
    """Scratch memory of `turned_select_kernel`; its tiles are in the place of the counters, whatever their dtypes."""
    return Scratch(
        lines=(2, BATCH, identity.dtype),
        phases=(2, BATCH, np.dtype(np.int64)),
        extra=(2, BATCH, np.dtype(_PLACE)),
        counters=tile_length(frame),
        counter_lines=3,
    )
