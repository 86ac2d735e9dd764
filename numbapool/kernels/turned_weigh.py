"""What `weigh` does, for many small planes: a batch of them turned, windows of equally many numbers together."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .batches import BATCH, find_planes, tile_length, turn
from .frame import (
    DEPTH,
    FETCHED,
    FIELDS,
    HEIGHT,
    OUTER,
    PLANE_DEPTH,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    WIDTH,
)
from .lanes import EXTRA
from .strips import fill
from .transpose import to_lanes, to_planes
from .turned_lanes import by_count, collect_turned, find_places
from .views import below, nth, part, rest, taken_as

__all__ = ["turned_weigh_kernel", "turned_weigh_scratch"]

# Windows that are worked on together.
_TOGETHER = 8


@vector
def _add(target, weights, grad):
    for i in range(target.size):
        target[i] += weights[i] * grad[i]


@cache
def turned_weigh_kernel(name: str, across: Any) -> Kernel:
    """As `weigh_kernel`, for small planes; a work unit is a batch of planes, and behind its frame is that of all."""

    @kernel(f"turned-weigh-{name}")
    def turned_weigh(x, grad, gx, frame, depth, height, width, parameters, lines, tables, room, tiles, begin, end):
        planes = rest(frame, FIELDS)
        sources, targets, windows, counts = nth(tables, 0), nth(tables, 1), nth(tables, 2), nth(tables, 3)
        x_tile, grad_tile, tile = taken_as(nth(tiles, 0), x), taken_as(nth(tiles, 1), grad), taken_as(nth(tiles, 2), gx)
        positions = frame[PLANE_DEPTH] * frame[PLANE_HEIGHT] * frame[PLANE_WIDTH]
        results, places = by_count(windows, counts, frame, depth, height, width), nth(room, 0)
        for batch in range(begin, end):
            find_planes(sources, targets, planes, batch)
            turn(x_tile, x, sources, planes)
            for lane in range(0, BATCH, 4):
                to_lanes(grad_tile, grad, targets, lane, 0, results, BATCH, 8 * results, planes[FETCHED])
            fill(part(tile, 0, positions * BATCH), tile.dtype.type(0))
            first = 0
            while first < results:
                last, count = first, counts[first]
                weights, spare = below(lines, count), below(lines, 2 * count)
                while last < results and last - first < _TOGETHER and counts[last] == count:
                    find_places(places, frame, depth, height, width, windows[last])
                    collect_turned(lines, x_tile, (last - first) * BATCH, places, count)
                    last += 1
                across(weights, lines, spare, count, (last - first) * BATCH, parameters)
                for window in range(first, last):
                    find_places(places, frame, depth, height, width, windows[window])
                    given, at = rest(grad_tile, windows[window] * BATCH), (window - first) * BATCH
                    for k in range(count):
                        _add(part(tile, places[k] * BATCH, BATCH), rest(nth(weights, k), at), given)
                first = last
            there = planes[OUTER] - batch * BATCH
            for lane in range(0, there if there < BATCH else np.int64(BATCH), 4):
                to_planes(gx, tile, sources, lane, 0, positions, BATCH)

    return turned_weigh


def turned_weigh_scratch(frame: NDArray[np.int64], most: int) -> Scratch:
    """Scratch memory of `turned_weigh_kernel` for windows of at most ``most`` numbers."""
    results = int(np.prod(frame[[DEPTH, HEIGHT, WIDTH]]))
    return Scratch(
        lines=(2 * most + EXTRA, _TOGETHER * BATCH, np.dtype(np.float64)),
        phases=(4, max(BATCH, results), np.dtype(np.int64)),
        extra=(1, most, np.dtype(np.int64)),
        counters=tile_length(frame),
        counter_lines=3,
    )
