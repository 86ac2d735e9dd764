"""Selecting one value of each window, with its index: along the line first, then across the rows.

Each input row is reduced along the line once (value, and place in the window), into a ring of the last rows that
windows reach; a window's rows are then compared in order. Ties and NaN so fall in row-major order by themselves.
Places are 32-bit numbers until the last pass: three times faster than 64-bit ones in the comparisons.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar, vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .along_places import make_along_places
from .choice import Choice
from .frame import (
    AHEAD,
    COUNT,
    FETCHED,
    FIRST,
    INNER,
    KERNEL_D,
    KERNEL_H,
    ORIGIN,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    STEP_D,
    STEP_H,
    STRIDE_W,
    STRIP,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .motion import Motion
from .prefetch import fetch_row, fetch_with_two
from .reading import piece_of
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in, stage_length
from .strips import EDGE, HIGH, LEFT, LOW, W0, W1, fill_margins, line_length, phase_length, ring_length, whole_vectors
from .views import below, nth, part, rest

__all__ = ["select_kernel", "select_scratch"]


@cache
def select_kernel(choice: Choice, motion: Motion, wide: bool, streams: bool) -> Kernel:
    """Forward pass with indices; a work unit is one strip of one output row.

    ``wide`` is for windows that reach over more positions than a 32-bit number counts.
    """
    place_type: Any = np.int64 if wide else np.int32
    load, better, store = choice.load, choice.better, choice.store
    in_twos = motion is Motion.FILL2
    along = make_along_places(choice, motion, place_type)

    @vector
    def read(target, row):
        for i in range(target.size):
            target[i] = load(row[i])

    @vector
    def row_on(values, places, values0, places0, v, p, ahead):
        for i in range(values.size):
            take = better(v[i], values0[i])
            values[i] = v[i] if take else values0[i]
            places[i] = place_type(p[i] + ahead) if take else places0[i]

    @vector
    def one_row(out, indices, positions, values, places, first):
        for i in range(out.size):
            out[i] = store(values[i])
            indices[i] = first + place_type(positions[i] + places[i])

    @vector
    def two_rows(out, indices, positions, values0, places0, v, p, ahead, first):
        for i in range(out.size):
            take = better(v[i], values0[i])
            out[i] = store(v[i] if take else values0[i])
            place = place_type(p[i] + ahead) if take else places0[i]
            indices[i] = first + place_type(positions[i] + place)

    @vector
    def three_rows(out, indices, positions, values0, places0, v, p, ahead, w, q, further, first):
        for i in range(out.size):
            take = better(v[i], values0[i])
            value = v[i] if take else values0[i]
            place = place_type(p[i] + ahead) if take else places0[i]
            take = better(w[i], value)
            out[i] = store(w[i] if take else value)
            place = place_type(q[i] + further) if take else place
            indices[i] = first + place_type(positions[i] + place)

    @vector
    def square(out, indices, upper, lower, first, below):
        """Windows of 2 × 2 side by side, whose input needs no line in between."""
        for i in range(out.size):
            m, p = load(upper[2 * i]), place_type(0)
            t = load(upper[2 * i + 1])
            take = better(t, m)
            m, p = t if take else m, place_type(1) if take else p
            t = load(lower[2 * i])
            take = better(t, m)
            m, p = t if take else m, below if take else p
            t = load(lower[2 * i + 1])
            take = better(t, m)
            m, p = t if take else m, place_type(below + 1) if take else p
            out[i] = store(m)
            indices[i] = first + 2 * i + p

    @scalar
    def squares(out, indices, x, at, down, frame, first):
        begin, under = 0, place_type(frame[STEP_H] * frame[PLANE_WIDTH])
        while begin < out.size:
            n, come = piece_of(out.size, begin, 2 * x.itemsize), 2 * begin
            upper, lower = at + come, at + down + come
            fetch_with_two(x, upper, lower, frame, 2 * n)
            kept, numbered = part(out, begin, n), part(indices, begin, n)
            square(kept, numbered, part(x, upper, 2 * n), part(x, lower, 2 * n), first + come, under)
            begin += n

    @scalar
    def place_windows(positions, windows, stride, inner):
        """How far the windows of a strip lie behind its first."""
        for w in range(windows):
            for i in range(w * inner, (w + 1) * inner):
                positions[i] = place_type(w * stride)

    @kernel(kernel_name("select", choice.name, motion.value, "wide" if wide else "", streams=streams))
    def select(
        x, y, indices, frame, strips, depth, height, width, identity, memory, phases, all_places, counters, begin, end
    ):
        inner = frame[INNER]
        ring = (frame[KERNEL_H] - 1) * frame[STEP_H] + 1
        line, best, spare, values = nth(memory, 0), below(memory, 1), below(memory, 3), below(memory, 5)
        positions, best_places = nth(all_places, 0), below(all_places, 1)
        spare_places, places = below(all_places, 3), below(all_places, 5)
        held = nth(counters, 0)
        y_stage, y_state = stage_in(nth(counters, 1), y), nth(counters, 2)
        i_stage, i_state = stage_in(nth(counters, 3), indices), nth(counters, 4)
        place_windows(positions, frame[STRIP], frame[STRIDE_W], inner)
        if streams:
            y_state[HELD] = i_state[HELD] = 0
        strip_now = np.int64(-1)
        unit = begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            for i in range(ring * frame[KERNEL_D]):
                held[i] = -1
            w0, w1, low, left = strips[strip, W0], strips[strip, W1], strips[strip, LOW], strips[strip, LEFT]
            n, size = (w1 - w0) * inner, (strips[strip, HIGH] - low) * inner
            right = left + size
            if strip != strip_now:
                strip_now = strip
                fill_margins(line, left, right, identity)
            base = x_plane(frame, plane) + low * inner
            out = y_slab(frame, plane, d) + w0 * inner
            in_squares = left == strips[strip, EDGE] and size >= 2 * n
            for row in range(row0, row1):
                at = out + row * frame[Y_HEIGHT]
                if streams:
                    kept = part(y_stage, room_for(y, at, n, y_stage, y_state), n)
                    numbered = part(i_stage, room_for(indices, at, n, i_stage, i_state), n)
                else:
                    kept, numbered = part(y, at, n), part(indices, at, n)
                if in_twos and in_squares and depth[COUNT, d] == 1 and height[COUNT, row] == 2:
                    here, apart = height[FIRST, row], frame[STEP_H] * frame[X_HEIGHT]
                    at = base + depth[FIRST, d] * frame[X_DEPTH] + here * frame[X_HEIGHT]
                    start = (depth[FIRST, d] * frame[PLANE_HEIGHT] + here) * frame[PLANE_WIDTH] + width[FIRST, w0]
                    squares(kept, numbered, x, at, apart, frame, start)
                    continue
                # the last three rows are compared in one pass, in which results are written: the one before the last
                # is waiting for it
                first, to, now, many = np.int64(0), 0, 0, depth[COUNT, d] * height[COUNT, row]
                so_far, places_so_far = nth(best, 0), nth(best_places, 0)
                waiting, places_waiting, ahead_waiting = so_far, places_so_far, place_type(0)
                for i in range(depth[COUNT, d]):
                    slab = depth[FIRST, d] + i * frame[STEP_D]
                    for j in range(height[COUNT, row]):
                        here = height[FIRST, row] + j * frame[STEP_H]
                        slot = i * ring + here % ring
                        v, p = nth(values, slot), nth(places, slot)
                        if held[slot] != here:
                            held[slot] = here
                            at = base + slab * frame[X_DEPTH] + here * frame[X_HEIGHT]
                            # a third with each of the passes over a row, as one after the other they make way
                            fetched, ahead_of, third = frame[FETCHED] > 0, at + frame[AHEAD], size // 3
                            fetch_row(x, ahead_of, fetched, third)
                            read(part(line, left, size), part(x, at, size))
                            fetch_row(x, ahead_of + third, fetched, third)
                            given = rest(line, strips[strip, EDGE])
                            along(v, p, given, spare, spare_places, phases, frame, width, w0, w1, low)
                            fetch_row(x, ahead_of + 2 * third, fetched, size - 2 * third)
                        start = (slab * frame[PLANE_HEIGHT] + here) * frame[PLANE_WIDTH] + width[ORIGIN, w0]
                        now += 1
                        if now == 1:
                            first, so_far, places_so_far = start, v, p
                            if many == 1:
                                one_row(kept, numbered, positions, v, p, first)
                            continue
                        ahead = place_type(start - first)
                        if now == many == 2:
                            two_rows(kept, numbered, positions, so_far, places_so_far, v, p, ahead, first)
                        elif now == many:
                            three_rows(
                                kept,
                                numbered,
                                positions,
                                so_far,
                                places_so_far,
                                waiting,
                                places_waiting,
                                ahead_waiting,
                                v,
                                p,
                                ahead,
                                first,
                            )
                        elif now == many - 1:
                            waiting, places_waiting, ahead_waiting = v, p, ahead
                        else:
                            best_now, best_places_now = nth(best, to), nth(best_places, to)
                            whole = part(best_now, 0, whole_vectors(n))
                            row_on(whole, best_places_now, so_far, places_so_far, v, p, ahead)
                            to, so_far, places_so_far = 1 - to, best_now, best_places_now
        if streams:
            room_for(y, NOWHERE, NOTHING, y_stage, y_state)
            room_for(indices, NOWHERE, NOTHING, i_stage, i_state)

    return select


def select_scratch(frame: NDArray[np.int64], identity: Any, wide: bool) -> Scratch:
    """Scratch memory of `select_kernel`; ``held`` names the input row that each line of the ring holds."""
    ring = int(frame[KERNEL_D] * ((frame[KERNEL_H] - 1) * frame[STEP_H] + 1))
    return Scratch(
        lines=(5 + ring, line_length(frame), identity.dtype),
        phases=(int(frame[STRIDE_W]), phase_length(frame), identity.dtype),
        extra=(5 + ring, ring_length(frame), np.dtype(np.int64 if wide else np.int32)),
        counters=max(ring, stage_length(int(frame[STRIP] * frame[INNER]))),
        counter_lines=5,
    )
