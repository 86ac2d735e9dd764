"""One value of each window at random, every position as likely: only where it lies is computed, for a row at a time.

The draws are those of `draw.draw_for`, so that it does not matter how windows are cut at the border, or whether
indices are asked for.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar, vector
from ..kernel import Kernel
from ..scratch import Scratch
from .combine import chosen
from .draw import NEXT_DRAW, draw_from, draw_state
from .frame import (
    AHEAD,
    COUNT,
    FETCHED,
    FIRST,
    INNER,
    KERNEL_W,
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
    draws_of,
    next_rows,
    x_plane,
    y_slab,
)
from .loads import two_of
from .prefetch import fetch_rows, fetch_with_two
from .reading import piece_of
from .selecting import selecting_kernel
from .views import nth, part

__all__ = ["chance_kernel", "chance_scratch"]

# Results of one stretch of a row: what is known of their windows stays in the nearest caches, and seldom changes.
STRETCH = 1024


@vector
def _take(out, x, places, begin):
    for i in range(out.size):
        out[i] = x[np.uint64(begin + places[i])]


@vector
def _number(indices, places, begin):
    for i in range(indices.size):
        indices[i] = begin + places[i]


@vector
def _square(out, upper, lower, state, step):
    """Windows of 2 × 2 side by side: of four numbers, the upper two bits of a draw say which."""
    for i in range(out.size):
        which = draw_from(state) >> np.uint64(62)
        (a, b), (c, d) = two_of(upper, i), two_of(lower, i)
        right, below = (which & np.uint64(1)) != 0, (which & np.uint64(2)) != 0
        out[i] = chosen(below, chosen(right, d, c), chosen(right, b, a))
        state += step


@scalar
def _squares(out, x, at, down, frame, seed, first, apart):
    begin, step = 0, np.uint64(apart) * NEXT_DRAW
    while begin < out.size:
        n, here = piece_of(out.size, begin, 2 * x.itemsize), at + 2 * begin
        fetch_with_two(x, here, here + down, frame, 2 * n)
        upper, lower = part(x, here, 2 * n), part(x, here + down, 2 * n)
        _square(part(out, begin, n), upper, lower, draw_state(seed, first + begin * apart), step)
        begin += n


@scalar
def _know(counts, first, at, shares, width, w0, inner):
    """What is known of the windows of a stretch: their numbers in a row, and where these begin."""
    for i in range(counts.size):
        w = w0 + i // inner
        counts[i], first[i] = width[COUNT, w], width[FIRST, w]
        at[i] = width[FIRST, w] * inner + i % inner
        shares[i] = 1 / width[COUNT, w]


@cache
def _rows(place_type: Any, indexed: bool) -> Any:
    """The rows of one range of work units; ``place_type`` is what counts where numbers lie, from a row's first on."""
    # All of one width, or LLVM would make no vectors of it: AVX2 has no conversions from and to int64.
    number = place_type

    @vector
    def draw(kept, counts, rows, seed, first, apart):
        """Which of its numbers each window keeps."""
        state, step = draw_state(seed, first), np.uint64(apart) * NEXT_DRAW
        for i in range(kept.size):
            many = np.uint64(np.uint32(counts[i] * rows))
            kept[i] = number((draw_from(state) >> np.uint64(32)) * many >> np.uint64(32))
            state += step

    @vector
    def find(places, kept, counts, shares, first, row, step):
        """Where in memory, or in the plane, what is kept lies; ``shares`` are the reciprocals of ``counts``."""
        for i in range(places.size):
            line = number((kept[i] + 0.5) * shares[i])  # exact: the half keeps away from whole quotients
            behind = number(kept[i] - line * counts[i])
            places[i] = number(first[i] + line * row + behind * step)

    @vector
    def find_deep(places, kept, counts, shares, first, high, share, slab, row, step):
        """The same for windows of several planes of ``high`` rows each; ``share`` is the reciprocal."""
        for i in range(places.size):
            line = number((kept[i] + 0.5) * shares[i])
            behind = number(kept[i] - line * counts[i])
            deep = number((line + 0.5) * share)
            places[i] = number(first[i] + deep * slab + number(line - deep * high) * row + behind * step)

    @scalar
    def find_all(places, kept, counts, shares, first, deep, high, slab, row, step):
        if deep == 1:
            find(places, kept, counts, shares, first, number(row), number(step))
        else:
            find_deep(
                places, kept, counts, shares, first, number(high), 1 / high, number(slab), number(row), number(step)
            )

    @scalar
    def rows(x, y, indices, frame, depth, height, width, parameters, memory, all_shares, _a, _b, begin, end):
        inner, size = frame[INNER], frame[STRIP]
        seed, unit, strip_now = np.uint64(parameters[0]), begin, np.int64(-1)
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            w0 = strip * size
            n = (size if w0 + size < frame[WIDTH] else frame[WIDTH] - w0) * inner
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
            # only windows at the border have fewer numbers
            pairs = inner == frame[STEP_W] == 1 and frame[KERNEL_W] == frame[STRIDE_W] == 2
            in_pairs = pairs and counts[0] == counts[n - 1] == 2
            base, out = x_plane(frame, plane) + slab * frame[X_DEPTH], y_slab(frame, plane, d) + w0 * inner
            length, between = draws_of(frame, n)
            for row in range(row0, row1):
                here, high = height[FIRST, row], height[COUNT, row]
                begin_row = base + here * frame[X_HEIGHT]
                first_draw = draw_number(frame, plane, d, row, w0)
                if not indexed and in_pairs and deep == 1 and high == 2:
                    goal, down = part(y, out + row * frame[Y_HEIGHT], n), frame[STEP_H] * frame[X_HEIGHT]
                    _squares(goal, x, begin_row + at[0], down, frame, seed, first_draw, between)
                    continue
                # half of the rows that lie ahead before each of two passes, as rows make way one after the other
                ahead, reach = begin_row + at[0] + frame[AHEAD], n * frame[STRIDE_W]
                half = (frame[FETCHED] + 1) // 2
                fetch_rows(x, ahead, half, frame[X_HEIGHT], reach)
                for i in range(0, n, length):
                    some, of_them = part(kept, i, length), part(counts, i, length)
                    draw(some, of_them, number(deep * high), seed, first_draw + i // inner, between)
                fetch_rows(x, ahead + half * frame[X_HEIGHT], frame[FETCHED] - half, frame[X_HEIGHT], reach)
                x_slab, x_row = frame[STEP_D] * frame[X_DEPTH], frame[STEP_H] * frame[X_HEIGHT]
                find_all(places, kept, counts, shares, at, deep, high, x_slab, x_row, frame[STEP_W] * inner)
                to = out + row * frame[Y_HEIGHT]
                _take(part(y, to, n), x, places, begin_row)
                if indexed:
                    p_slab = frame[STEP_D] * frame[PLANE_HEIGHT] * frame[PLANE_WIDTH]
                    p_row = frame[STEP_H] * frame[PLANE_WIDTH]
                    find_all(places, kept, counts, shares, first, deep, high, p_slab, p_row, frame[STEP_W])
                    _number(part(indices, to, n), places, (slab * frame[PLANE_HEIGHT] + here) * frame[PLANE_WIDTH])

    return rows


@cache
def chance_kernel(indexed: bool, wide: bool) -> Kernel:
    """Forward pass; a work unit is one stretch of one row of results.

    ``wide`` is for windows that reach over more memory than a 32-bit number counts.
    """
    rows = _rows(np.int64 if wide else np.int32, indexed)
    return selecting_kernel(f"chance{'-wide' if wide else ''}", rows, indexed)


def chance_scratch(frame: NDArray[np.int64], wide: bool) -> Scratch:
    """Scratch memory of `chance_kernel`."""
    size = int(frame[STRIP] * frame[INNER])
    return Scratch(lines=(5, size, np.dtype(np.int64 if wide else np.int32)), phases=(1, size, np.dtype(np.float64)))
