"""What `lanes` does, for many small planes: a batch of them turned, windows of equally many numbers together."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel
from ..scratch import Scratch
from .batches import BATCH, find_planes, tile_length, turn, turn_back
from .draw import fill_nothing
from .frame import (
    COUNT,
    DEPTH,
    FIELDS,
    FIRST,
    HEIGHT,
    OUTER,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    WIDTH,
    draw_number,
)
from .lanes import DRAWS, PLACES, SIDE, Across, number, set_offsets
from .lines import copy
from .selecting import selecting_kernel
from .views import below, lines_as, nth, part, rest, taken_as

__all__ = ["by_count", "collect_turned", "find_places", "turned_lanes_kernel", "turned_lanes_scratch"]


@scalar
def where(frame, window):
    """Depth, row and place in the row of a window of a plane."""
    above = window // frame[WIDTH]
    d = above // frame[HEIGHT]
    return d, above - d * frame[HEIGHT], window - above * frame[WIDTH]


@scalar
def by_count(windows, counts, frame, depth, height, width):
    """The windows of a plane, those of equally many numbers one after the other; how many they are."""
    total, found, last = frame[DEPTH] * frame[HEIGHT] * frame[WIDTH], 0, np.int64(-1)
    while found < total:
        least = np.int64(2**62)
        for window in range(total):
            d, row, w = where(frame, window)
            count = depth[COUNT, d] * height[COUNT, row] * width[COUNT, w]
            least = count if last < count < least else least
        for window in range(total):
            d, row, w = where(frame, window)
            if depth[COUNT, d] * height[COUNT, row] * width[COUNT, w] == least:
                windows[found], counts[found] = window, least
                found += 1
        last = least
    return total


@scalar
def find_places(places, frame, depth, height, width, window):
    """Where the numbers of one window lie in the plane."""
    d, row, w = where(frame, window)
    set_offsets(places, frame, depth[COUNT, d], height[COUNT, row], width[COUNT, w])
    corner = (depth[FIRST, d] * frame[PLANE_HEIGHT] + height[FIRST, row]) * frame[PLANE_WIDTH] + width[FIRST, w]
    for k in range(depth[COUNT, d] * height[COUNT, row] * width[COUNT, w]):
        places[k] += corner


@scalar
def collect_turned(lines, tile, begin, places, count):
    """So many numbers of one window, in every plane of a batch, from ``begin`` on in the lines."""
    for k in range(count):
        copy(part(nth(lines, k), begin, BATCH), rest(tile, places[k] * BATCH))


@cache
def turned_lanes_kernel(indexed: bool, many: Across) -> Kernel:
    """As `lanes_kernel`, for small planes; a work unit is a batch of planes, and behind its frame is that of all."""
    across, fill = many.function, many.fill
    drawn = fill is not fill_nothing
    extra = many.lines_for(0)
    each = many.lines_for(1) - extra

    @scalar
    def batch_by_batch(x, y, indices, frame, depth, height, width, parameters, lines, tables, room, tiles, begin, end):
        planes, seed = rest(frame, FIELDS), np.uint64(parameters[0])
        sources, targets, windows, counts = nth(tables, 0), nth(tables, 1), nth(tables, 2), nth(tables, 3)
        results, places, draws = taken_as(nth(room, 0), y), nth(room, 1), below(room, 2)
        x_tile, y_tile, index_tile = taken_as(nth(tiles, 0), x), taken_as(nth(tiles, 1), y), nth(tiles, 2)
        one = np.int64(1)
        total, most = by_count(windows, counts, frame, depth, height, width), (lines.shape[1] - SIDE) // BATCH
        for batch in range(begin, end):
            find_planes(sources, targets, planes, batch)
            turn(x_tile, x, sources, planes)
            first = 0
            while first < total:
                last = first
                kept = lines_as(lines, 0, extra + each * counts[first], lines)
                while last < total and last - first < most and counts[last] == counts[first]:
                    at = (last - first) * BATCH
                    find_places(places, frame, depth, height, width, windows[last])
                    collect_turned(kept, x_tile, at, places, counts[last])
                    if drawn:
                        d, row, w = where(frame, windows[last])
                        for lane in range(BATCH):
                            plane = batch * BATCH + lane
                            plane = plane if plane < planes[OUTER] else planes[OUTER] - 1  # as `find_planes` has it
                            fill(nth(draws, 0), at + lane, one, seed, draw_number(planes, plane, d, row, w), one)
                    last += 1
                across(part(results, 0, (last - first) * BATCH), kept, draws, parameters)
                for i in range(first, last):
                    at, to = (i - first) * BATCH, windows[i] * BATCH
                    copy(part(y_tile, to, BATCH), rest(results, at))
                    if indexed:
                        find_places(places, frame, depth, height, width, windows[i])
                        found, goal = rest(nth(draws, PLACES), at), part(index_tile, to, BATCH)
                        number(goal, found, places, np.int64(0), np.int64(0), np.int64(BATCH))
                first = last
            turn_back(y, y_tile, targets, planes, batch)
            if indexed:
                turn_back(indices, index_tile, targets, planes, batch)

    return selecting_kernel(f"turned-lanes-{many.name}", batch_by_batch, indexed)


def turned_lanes_scratch(frame: NDArray[np.int64], identity: Any, many: Across, values: int, indexed: bool) -> Scratch:
    """Scratch memory of `turned_lanes_kernel`; its tiles are in the place of the counters, whatever their dtypes."""
    results = int(np.prod(frame[[DEPTH, HEIGHT, WIDTH]]))
    together = many.together(values, identity.dtype)
    return Scratch(
        lines=(many.lines_for(values), together + SIDE, many.dtype or identity.dtype),
        phases=(4, max(BATCH, results), np.dtype(np.int64)),
        extra=(2 + DRAWS, max(together + SIDE, values), np.dtype(np.int64)),
        counters=tile_length(frame),
        counter_lines=3 if indexed else 2,
    )
