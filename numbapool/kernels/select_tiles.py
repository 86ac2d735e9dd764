"""Selection with indices from windows of 2 × 2 and 3 × 3 pixels of many numbers: from where they stand.

As `tiles`, a pixel is a vector or more: values and places stay in registers, and only results are written.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import apart, scalar, vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .choice import Choice
from .combine import chosen, smaller
from .frame import (
    COUNT,
    FIRST,
    INNER,
    KERNEL_H,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    STEP_H,
    STEP_W,
    STRIDE_W,
    STRIP,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .select_large import by_rows
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in, stage_length
from .strips import W0, W1, WHOLE0, WHOLE1
from .tiles import PIECE, over_pieces
from .views import nth, part, rest

__all__ = ["select_tiles_kernel", "select_tiles_scratch"]


@cache
def select_tiles_kernel(choice: Choice, size: int, wide: bool, streams: bool) -> Kernel:
    """As `select_kernel`, for square windows of this ``size``; a work unit is one strip of one output row."""
    place_type: Any = np.int64 if wide else np.int32
    store, by_pixels = choice.store, by_rows(choice, place_type)
    begin_with, go_on = by_pixels.first_row, by_pixels.row_on
    square = _squares(choice, size, place_type)

    @vector
    def end_with(out, indices, values, places, first):
        for i in range(out.size):
            out[i] = store(values[i])
            indices[i] = first + places[i]

    @apart
    @scalar
    def clipped(out, indices, x, at, rows, columns, frame, memory, all_places, first):
        """One window of so many pixels."""
        now, n = 0, out.size
        begin_with(part(nth(memory, 0), 0, n), nth(all_places, 0), rest(x, at))
        for j in range(rows):
            for k in range(columns):
                if j + k > 0:
                    pixel = rest(x, at + j * frame[STEP_H] * frame[X_HEIGHT] + k * frame[STEP_W] * frame[INNER])
                    place = place_type(j * frame[STEP_H] * frame[PLANE_WIDTH] + k * frame[STEP_W])
                    values, places = part(nth(memory, 1 - now), 0, n), nth(all_places, 1 - now)
                    go_on(values, places, nth(memory, now), nth(all_places, now), pixel, place)
                    now = 1 - now
        end_with(out, indices, nth(memory, now), nth(all_places, now), first)

    @scalar
    def some(x, here, to, down, jump, shift, many, n, frame, given):
        """A piece of so many windows that begin at ``x[here]``, from the number ``to`` of what is given on."""
        out, indices, first = given
        aside, below = place_type(frame[STEP_W]), place_type(frame[STEP_H] * frame[PLANE_WIDTH])
        kept, numbered, upper, lower = rest(out, to), rest(indices, to), rest(x, here), rest(x, here + down)
        last, inner = rest(x, here + (size - 1) * down), frame[INNER]
        start = first + to // inner * frame[STRIDE_W]
        square(kept, numbered, upper, lower, last, jump, shift, inner, many, n, aside, below, start, frame)

    whole = over_pieces(some)

    @kernel(kernel_name("select-tiles", choice.name, str(size), "wide" if wide else "", streams=streams))
    def select_tiles(
        x, y, indices, frame, strips, depth, height, width, identity, memory, phases, all_places, counters, begin, end
    ):
        inner = frame[INNER]
        y_stage, y_state = stage_in(nth(counters, 0), y), nth(counters, 1)
        i_stage, i_state = stage_in(nth(counters, 2), indices), nth(counters, 3)
        if streams:
            y_state[HELD] = i_state[HELD] = 0
        unit = begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            here = strips[strip]
            w0, windows = here[W0], here[W1] - here[W0]
            base, slab = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH], depth[FIRST, d] * frame[PLANE_HEIGHT]
            out = y_slab(frame, plane, d) + w0 * inner
            for row in range(row0, row1):
                at, n, rows = out + row * frame[Y_HEIGHT], windows * inner, height[COUNT, row]
                if streams:
                    kept = part(y_stage, room_for(y, at, n, y_stage, y_state), n)
                    numbered = part(i_stage, room_for(indices, at, n, i_stage, i_state), n)
                else:
                    kept, numbered = part(y, at, n), part(indices, at, n)
                at, w = base + height[FIRST, row] * frame[X_HEIGHT], np.int64(0)
                start = (slab + height[FIRST, row]) * frame[PLANE_WIDTH]
                while w < windows:
                    goal, places, column = rest(kept, w * inner), rest(numbered, w * inner), width[FIRST, w0 + w]
                    first, place, many = at + column * inner, start + column, np.int64(1)
                    if rows == frame[KERNEL_H] and w0 + w == here[WHOLE0] < here[WHOLE1]:
                        many = here[WHOLE1] - here[WHOLE0]
                        whole(x, first, many, frame, (goal, places, place))
                    else:
                        columns, most = width[COUNT, w0 + w], memory.shape[1]
                        for c in range(0, inner, most):
                            kept_of, places_of = part(goal, c, smaller(inner - c, most)), rest(places, c)
                            clipped(kept_of, places_of, x, first + c, rows, columns, frame, memory, all_places, place)
                    w += many
        if streams:
            room_for(y, NOWHERE, NOTHING, y_stage, y_state)
            room_for(indices, NOWHERE, NOTHING, i_stage, i_state)

    return select_tiles


def _squares(choice: Choice, size: int, place_type: Any) -> Any:
    """The loop over square windows of so many pixels a row, of which the first begins at position ``start``.

    Pixels of a window are ``shift`` numbers from each other and ``aside`` positions, its rows ``below`` positions.
    """
    load, better, store = choice.load, choice.better, choice.store

    @scalar
    def later(value, place, pixel, where):
        """What is kept of a value and a later one, and where it stands."""
        take = better(pixel, value)
        return chosen(take, pixel, value), chosen(take, where, place)

    @apart
    @vector
    def square(out, indices, a, b, c, jump, shift, inner, windows, n, aside, below, start, frame):
        beside, stride = np.uint64(shift), frame[STRIDE_W]
        for w in range(windows):
            at, to, first = np.uint64(w * jump), np.uint64(w * inner), start + w * stride
            for i in range(n):
                k = np.uint64(i)
                s = at + k
                m, p = load(a[s]), place_type(0)
                m, p = later(m, p, load(a[s + beside]), aside)
                if size == 3:
                    m, p = later(m, p, load(a[s + beside + beside]), place_type(2 * aside))
                m, p = later(m, p, load(b[s]), below)
                m, p = later(m, p, load(b[s + beside]), place_type(below + aside))
                if size == 3:
                    m, p = later(m, p, load(b[s + beside + beside]), place_type(below + 2 * aside))
                    m, p = later(m, p, load(c[s]), place_type(2 * below))
                    m, p = later(m, p, load(c[s + beside]), place_type(2 * below + aside))
                    m, p = later(m, p, load(c[s + beside + beside]), place_type(2 * below + 2 * aside))
                out[to + k] = store(m)
                indices[to + k] = first + p

    return square


def select_tiles_scratch(frame: NDArray[np.int64], identity: Any, wide: bool) -> Scratch:
    """Scratch memory of `select_tiles_kernel`."""
    size = int(frame[STRIP] * frame[INNER])
    piece = min(int(frame[INNER]), PIECE)
    return Scratch(
        lines=(2, piece, identity.dtype),
        extra=(2, piece, np.dtype(np.int64 if wide else np.int32)),
        counters=stage_length(size),
        counter_lines=4,
    )
