"""One value of each window at random, every position as likely: only where it lies is computed, for a row at a time.

The draws are those of `gather.draw_for`, so that it does not matter how windows are cut at the border, or whether
indices are asked for.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar, vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .frame import (
    AHEAD,
    COUNT,
    FETCHED,
    FIRST,
    INNER,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    STEP_D,
    STEP_H,
    STEP_W,
    STRIDE_W,
    STRIP,
    WIDTH,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    draw_number,
    next_rows,
    x_plane,
    y_slab,
)
from .gather import draw_for
from .prefetch import fetch_rows
from .views import nth, part

__all__ = ["chance_kernel", "chance_scratch"]

# Results of one stretch of a row: what is known of their windows stays in the first-level cache.
STRETCH = 256


@vector
def _draw(kept, counts, rows, seed, number):
    """Which of its numbers each window keeps."""
    for i in range(kept.size):
        many = np.uint64(counts[i] * rows)
        kept[i] = (draw_for(seed, number + i) >> np.uint64(32)) * many >> np.uint64(32)


@vector
def _find(places, kept, counts, shares, first, high, share, slab, row, step):
    """Where in memory, or in the plane, what is kept lies; ``shares`` are the reciprocals of ``counts``."""
    for i in range(places.size):
        line = np.int64((kept[i] + 0.5) * shares[i])  # exact: the half keeps away from whole quotients
        behind = kept[i] - line * counts[i]
        deep = np.int64((line + 0.5) * share)
        places[i] = first[i] + deep * slab + (line - deep * high) * row + behind * step


@vector
def _take(out, x, places, begin):
    for i in range(out.size):
        out[i] = x[np.uint64(begin + places[i])]


@vector
def _number(indices, places, begin):
    for i in range(indices.size):
        indices[i] = begin + places[i]


@scalar
def _know(counts, first, at, shares, width, w0, inner):
    """What is known of the windows of a stretch: their numbers in a row, and where these begin."""
    for i in range(counts.size):
        w = w0 + i // inner
        counts[i], first[i] = width[COUNT, w], width[FIRST, w]
        at[i] = width[FIRST, w] * inner + i % inner
        shares[i] = 1 / width[COUNT, w]


@cache
def chance_kernel(indexed: bool) -> Kernel:
    """Forward pass; a work unit is one stretch of one row of results."""

    @scalar
    def rows(x, y, indices, frame, depth, height, width, parameters, all_shares, memory, begin, end):
        inner, size = frame[INNER], frame[STRIP]
        seed, unit, strip_now = np.uint64(parameters[0]), begin, np.int64(-1)
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            w0 = strip * size
            n = min(size, frame[WIDTH] - w0) * inner
            counts, first, at = part(nth(memory, 0), 0, n), part(nth(memory, 1), 0, n), part(nth(memory, 2), 0, n)
            kept, places, shares = (
                part(nth(memory, 3), 0, n),
                part(nth(memory, 4), 0, n),
                part(nth(all_shares, 0), 0, n),
            )
            if strip != strip_now:
                strip_now = strip
                _know(counts, first, at, shares, width, w0, inner)
            slab, deep = depth[FIRST, d], depth[COUNT, d]
            base, out = x_plane(frame, plane) + slab * frame[X_DEPTH], y_slab(frame, plane, d) + w0 * inner
            for row in range(row0, row1):
                here, high = height[FIRST, row], height[COUNT, row]
                begin_row = base + here * frame[X_HEIGHT]
                ahead = begin_row + at[0] + frame[AHEAD]
                fetch_rows(x, ahead, frame[FETCHED], frame[X_HEIGHT], n * frame[STRIDE_W])
                _draw(kept, counts, deep * high, seed, draw_number(frame, plane, d, row, w0))
                x_slab, x_row = frame[STEP_D] * frame[X_DEPTH], frame[STEP_H] * frame[X_HEIGHT]
                _find(places, kept, counts, shares, at, high, 1 / high, x_slab, x_row, frame[STEP_W] * inner)
                to = out + row * frame[Y_HEIGHT]
                _take(part(y, to, n), x, places, begin_row)
                if indexed:
                    p_slab = frame[STEP_D] * frame[PLANE_HEIGHT] * frame[PLANE_WIDTH]
                    p_row = frame[STEP_H] * frame[PLANE_WIDTH]
                    _find(places, kept, counts, shares, first, high, 1 / high, p_slab, p_row, frame[STEP_W])
                    _number(part(indices, to, n), places, (slab * frame[PLANE_HEIGHT] + here) * frame[PLANE_WIDTH])

    if indexed:

        @kernel("chance-indices")
        def chance(
            x, y, indices, frame, strips, depth, height, width, identity, numbers, _a, shares, _b, memory, begin, end
        ):
            rows(x, y, indices, frame, depth, height, width, numbers, shares, memory, begin, end)

    else:

        @kernel("chance")
        def chance(x, y, frame, strips, depth, height, width, identity, numbers, _a, shares, _b, memory, begin, end):
            rows(x, y, y, frame, depth, height, width, numbers, shares, memory, begin, end)

    return chance


def chance_scratch(frame: NDArray[np.int64]) -> Scratch:
    """Scratch memory of `chance_kernel`."""
    size = int(frame[STRIP] * frame[INNER])
    return Scratch(phases=(1, size, np.dtype(np.float64)), counters=size, counter_lines=5)
