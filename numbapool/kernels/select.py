"""Selecting one value of each window, with its index: along the line first, then across the rows.

Each input row is reduced along the line once (value, and place in the window), into a ring of the last rows that
windows reach; a window's rows are then compared in order. Ties and NaN so fall in row-major order by themselves.
Places are 32-bit numbers until the last pass: three times faster than 64-bit ones in the comparisons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..jit import Kernel, kernel, scalar, vector
from .along import Motion
from .frame import (
    COUNT,
    FIRST,
    HEIGHT,
    INNER,
    KERNEL_D,
    KERNEL_H,
    KERNEL_W,
    ORIGIN,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    STEP_D,
    STEP_H,
    STEP_W,
    STRIDE_W,
    STRIP,
    X_DEPTH,
    X_HEIGHT,
    unit_position,
    x_plane,
    y_row,
)
from .lines import copy_pixels, split2, split3, split4
from .scratch import new_lines, new_phases, strip_bounds, window_span

__all__ = ["Choice", "select_kernel"]


@dataclass(frozen=True)
class Choice:
    """A selection, as jitted scalars; ``name`` must tell it from every other."""

    name: str
    load: Callable[..., Any]  # stored value -> value to compare
    better: Callable[..., Any]  # (t, m) -> whether t, later in the window, replaces m
    store: Callable[..., Any]  # the way back


@cache
def select_kernel(choice: Choice, motion: Motion) -> Kernel:
    """Forward pass with indices; a work unit is one strip of one output row."""
    load, better, store = choice.load, choice.better, choice.store
    by_table, compiled_in = motion is Motion.TABLE, motion.stride
    slides = motion is Motion.SLIDE

    @vector
    def read(target, row):
        for i in range(target.size):
            target[i] = load(row[i])

    # In all of these, `values` and `places` are the best so far, and `place` is where a candidate stands.
    @vector
    def only(values, places, a, place):
        for i in range(values.size):
            values[i] = a[i]
            places[i] = place

    @vector
    def pair(values, places, a, b, place):
        for i in range(values.size):
            take = better(b[i], a[i])
            values[i] = b[i] if take else a[i]
            places[i] = place if take else np.int32(0)

    @vector
    def triple(values, places, a, b, c, place):
        twice = np.int32(2 * place)
        for i in range(values.size):
            take = better(b[i], a[i])
            m = b[i] if take else a[i]
            p = place if take else np.int32(0)
            take = better(c[i], m)
            values[i] = c[i] if take else m
            places[i] = twice if take else p

    @vector
    def step_on(values, places, values0, places0, c, place):
        for i in range(values.size):
            take = better(c[i], values0[i])
            values[i] = c[i] if take else values0[i]
            places[i] = place if take else places0[i]

    @vector
    def row_on(values, places, values0, places0, v, p, ahead):
        for i in range(values.size):
            take = better(v[i], values0[i])
            values[i] = v[i] if take else values0[i]
            places[i] = np.int32(p[i] + ahead) if take else places0[i]

    @vector
    def keep(out, values):
        for i in range(out.size):
            out[i] = store(values[i])

    @vector
    def number(indices, places, first, apart):
        for i in range(indices.size):
            indices[i] = first + i * apart + places[i]

    @scalar
    def along(values, places, line, spare, spare_places, phases, frame, table, w0, w1, low):
        """Best value of each window's piece of this row, and its distance from the window's origin."""
        inner, kernel_size, step = frame[INNER], frame[KERNEL_W], frame[STEP_W]
        n = (w1 - w0) * inner
        if by_table:
            for w in range(w1 - w0):
                first = (table[FIRST, w0 + w] - low) * inner
                for c in range(inner):
                    m, p = line[first + c], np.int32(0)
                    for j in range(1, table[COUNT, w0 + w]):
                        t = line[first + j * step * inner + c]
                        if better(t, m):
                            m, p = t, np.int32(j * step)
                    values[w * inner + c] = m
                    places[w * inner + c] = p
            return
        stride = compiled_in if compiled_in else frame[STRIDE_W]
        reach = (kernel_size - 1) * step
        size = w1 - w0 + reach // stride
        if compiled_in == 2:
            split2(phases[0, :size], phases[1, :size], line)
        elif compiled_in == 3:
            split3(phases[0, :size], phases[1, :size], phases[2, :size], line)
        elif compiled_in == 4:
            split4(phases[0, :size], phases[1, :size], phases[2, :size], phases[3, :size], line)
        elif not slides:
            for q in range(min(stride, reach + 1)):
                copy_pixels(phases[q], line[q * inner :], size, stride, inner)
        p1, a1 = step % stride, step // stride * inner
        p2, a2 = 2 * step % stride, 2 * step // stride * inner
        place = np.int32(step)
        if slides:
            first, second, third = line, line[step * inner :], line[2 * step * inner :]
        else:
            first, second, third = phases[0], phases[p1, a1:], phases[p2, a2:]
        if kernel_size == 1:
            only(values[:n], places[:n], first, np.int32(0))
        elif kernel_size == 2:
            pair(values[:n], places[:n], first, second, place)
        elif kernel_size == 3:
            triple(values[:n], places[:n], first, second, third, place)
        else:
            triple(spare[0, :n], spare_places[0, :n], first, second, third, place)
            now = 0
            for j in range(3, kernel_size):
                at = j * step
                other = line[at * inner :] if slides else phases[at % stride, at // stride * inner :]
                if j == kernel_size - 1:
                    step_on(values[:n], places[:n], spare[now], spare_places[now], other, np.int32(at))
                else:
                    step_on(
                        spare[1 - now, :n],
                        spare_places[1 - now, :n],
                        spare[now],
                        spare_places[now],
                        other,
                        np.int32(at),
                    )
                    now = 1 - now
        # Windows that begin in the padding: the identity must not win a tie against an equal value of the input.
        for w in range(w1 - w0):
            if table[FIRST, w0 + w] == table[ORIGIN, w0 + w]:
                break
            begin = table[FIRST, w0 + w] - table[ORIGIN, w0]
            for c in range(inner):
                m = line[begin * inner + c]
                p = np.int32(begin - w * stride)
                for j in range(1, table[COUNT, w0 + w]):
                    t = line[(begin + j * step) * inner + c]
                    if better(t, m):
                        m, p = t, np.int32(begin + j * step - w * stride)
                values[w * inner + c] = m
                places[w * inner + c] = p

    @kernel(f"select-{choice.name}-{motion.value}")
    def select(x, y, indices, frame, depth, height, width, identity, begin, end):
        inner = frame[INNER]
        stride = compiled_in if compiled_in else frame[STRIDE_W]
        ring = (frame[KERNEL_H] - 1) * frame[STEP_H] + 1
        line = new_lines(frame, 1, identity)
        best = new_lines(frame, 2, identity)
        spare = new_lines(frame, 2, identity)
        phases = new_phases(frame, identity)
        long = frame[STRIP] * inner
        best_places = np.empty((2, long), np.int32)
        spare_places = np.empty((2, long), np.int32)
        values = np.full((frame[KERNEL_D] * ring, long), identity)
        places = np.empty((frame[KERNEL_D] * ring, long), np.int32)
        held = np.full(frame[KERNEL_D] * ring, np.int64(-1))  # the input row that each line of the ring holds
        strip_now, above_now = np.int64(-1), np.int64(-1)
        low = high = left = w0 = w1 = np.int64(0)
        for unit in range(begin, end):
            plane, d, strip, row = unit_position(frame, unit)
            if strip != strip_now:
                strip_now = strip
                w0, w1 = strip_bounds(frame, strip)
                low, high, origin = window_span(frame, width, w0, w1, by_table)
                left = (low - origin) * inner
                line[:] = identity
            if unit // frame[HEIGHT] != above_now:
                above_now = unit // frame[HEIGHT]
                held[:] = -1
            n, size = (w1 - w0) * inner, (high - low) * inner
            base = x_plane(frame, plane) + low * inner
            rows = height[COUNT, row]
            now = -1
            first = np.int64(0)
            for i in range(depth[COUNT, d]):
                slab = depth[FIRST, d] + i * frame[STEP_D]
                for j in range(rows):
                    here = height[FIRST, row] + j * frame[STEP_H]
                    slot = i * ring + here % ring
                    if held[slot] != here:
                        held[slot] = here
                        at = base + slab * frame[X_DEPTH] + here * frame[X_HEIGHT]
                        read(line[0, left : left + size], x[at : at + size])
                        along(
                            values[slot], places[slot], line[0], spare, spare_places, phases, frame, width, w0, w1, low
                        )
                    start = (slab * frame[PLANE_HEIGHT] + here) * frame[PLANE_WIDTH]
                    if now < 0:
                        first = start
                        now = 2
                        first_slot = slot
                    else:
                        ahead = np.int32(start - first)
                        if now == 2:
                            row_on(
                                best[0, :n],
                                best_places[0, :n],
                                values[first_slot],
                                places[first_slot],
                                values[slot],
                                places[slot],
                                ahead,
                            )
                            now = 0
                        else:
                            row_on(
                                best[1 - now, :n],
                                best_places[1 - now, :n],
                                best[now],
                                best_places[now],
                                values[slot],
                                places[slot],
                                ahead,
                            )
                            now = 1 - now
            at = y_row(frame, plane, d, row) + w0 * inner
            kept, kept_places = (values[first_slot], places[first_slot]) if now == 2 else (best[now], best_places[now])
            keep(y[at : at + n], kept)
            if by_table or inner > 1:
                for w in range(w1 - w0):
                    origin = first + (width[FIRST, w0 + w] if by_table else width[ORIGIN, w0 + w])
                    pixel = at + w * inner
                    number(indices[pixel : pixel + inner], kept_places[w * inner :], origin, 0)
            else:
                number(indices[at : at + n], kept_places, first + width[ORIGIN, w0], stride)

    return select
