"""Selecting one value of each large window, with its index: across the rows first, then along the line.

The rows of a window are compared number by number, as vectors, and what is left is one line, of which each window looks
at its own numbers. `select` goes the other way: a pass along each row for each number of a window's width, which pays
where windows are many and narrow, or share their rows.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar, vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .choice import Choice
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
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .prefetch import fetch_row
from .reading import piece_of
from .strips import HIGH, LOW, W0, W1, line_length
from .views import below, nth, part, rest

__all__ = ["by_rows", "select_large_kernel", "select_large_scratch"]

# Lines that are worked on, of values and of places: two across the rows, two along.
_LINES = 4
# A row of its own that is a window is cut into rows of so many numbers, if it has at least twice as many.
_LANES = 32


@cache
def by_rows(choice: Choice, place_type: Any) -> SimpleNamespace:
    """Comparing rows number by number, and then the numbers of a window along what is left of its rows."""
    load, better, store = choice.load, choice.better, choice.store

    @vector
    def first_row(values, places, row):
        for i in range(values.size):
            values[i] = load(row[i])
            places[i] = place_type(0)

    @vector
    def row_on(values, places, values0, places0, row, ahead):
        for i in range(values.size):
            v = load(row[i])
            take = better(v, values0[i])
            values[i] = v if take else values0[i]
            places[i] = ahead if take else places0[i]

    @scalar
    def beats(t, q, m, p):
        """Whether the value ``t`` at ``q`` is kept, not ``m`` at ``p``, whichever of them comes first."""
        return better(t, m) if q > p else not better(m, t)

    @scalar
    def best_of(values, places, count, jump, step):
        """The best of a window's numbers, so far apart in the line and in the plane, and where it is."""
        m, p = values[0], places[0]
        for j in range(1, count):
            t, q = values[j * jump], place_type(places[j * jump] + j * step)
            if beats(t, q, m, p):
                m, p = t, q
        return m, p

    @vector
    def give(y, indices, values, places, first):
        for c in range(y.size):
            y[c] = store(values[c])
            indices[c] = first + places[c]

    return SimpleNamespace(first_row=first_row, row_on=row_on, beats=beats, best_of=best_of, give=give)


@cache
def select_large_kernel(choice: Choice, wide: bool) -> Kernel:
    """As `select_kernel`, for windows of any size and place along the width."""
    place_type: Any = np.int64 if wide else np.int32
    load, better, store = choice.load, choice.better, choice.store
    found = by_rows(choice, place_type)
    first_row, row_on, beats, best_of, give = found.first_row, found.row_on, found.beats, found.best_of, found.give

    @scalar
    def best_of_row(row, count, lines, all_places):
        """The same for a window that is one row, in rows of its own."""
        m, p, begin = load(row[0]), place_type(0), 1
        if count >= 2 * _LANES:
            now, begin = 0, count - count % _LANES
            first_row(part(nth(lines, 0), 0, _LANES), part(nth(all_places, 0), 0, _LANES), row)
            for at in range(_LANES, begin, _LANES):
                values, places = part(nth(lines, 1 - now), 0, _LANES), part(nth(all_places, 1 - now), 0, _LANES)
                row_on(values, places, nth(lines, now), nth(all_places, now), rest(row, at), place_type(at))
                now = 1 - now
            m, p = best_of(nth(lines, now), nth(all_places, now), _LANES, 1, 1)
        for at in range(begin, count):
            t = load(row[at])
            if better(t, m):
                m, p = t, place_type(at)
        return m, p

    @vector
    def pixel_on(values, places, values0, places0, pixel, given, ahead):
        for c in range(values.size):
            v, q, m, p = pixel[c], place_type(given[c] + ahead), values0[c], places0[c]
            take = beats(v, q, m, p)
            values[c] = v if take else m
            places[c] = q if take else p

    @scalar
    def best_of_pixels(y, indices, line, places, spare, spare_places, count, step, first):
        """The same for pixels of several numbers."""
        inner, now = y.size, 0
        so_far, places_so_far = line, places
        for j in range(1, count):
            values, found = part(nth(spare, now), 0, inner), part(nth(spare_places, now), 0, inner)
            at = j * step * inner
            pixel_on(values, found, so_far, places_so_far, rest(line, at), rest(places, at), place_type(j * step))
            so_far, places_so_far = nth(spare, now), nth(spare_places, now)
            now = 1 - now
        give(y, indices, so_far, places_so_far, first)

    @scalar
    def across_rows(lines, all_places, x, base, size, frame, depth, height, d, row):
        """The best of each column of a row of windows; which of the lines it is in."""
        slab0, row0 = depth[FIRST, d], height[FIRST, row]
        now = 0
        for i in range(depth[COUNT, d]):
            for j in range(height[COUNT, row]):
                deeper, lower = i * frame[STEP_D], j * frame[STEP_H]
                at = base + (slab0 + deeper) * frame[X_DEPTH] + (row0 + lower) * frame[X_HEIGHT]
                to = now if i == 0 and j == 0 else 1 - now
                ahead, begin = place_type((deeper * frame[PLANE_HEIGHT] + lower) * frame[PLANE_WIDTH]), 0
                while begin < size:
                    n = piece_of(size, begin, x.itemsize)
                    fetch_row(x, at + begin + frame[AHEAD], j >= height[COUNT, row] - frame[FETCHED], n)
                    given = part(x, at + begin, n)
                    values, places = part(nth(lines, to), begin, n), rest(nth(all_places, to), begin)
                    if to == now:
                        first_row(values, places, given)
                    else:
                        so_far, places_so_far = rest(nth(lines, now), begin), rest(nth(all_places, now), begin)
                        row_on(values, places, so_far, places_so_far, given, ahead)
                    begin += n
                now = to
        return now

    @kernel(f"select-large-{choice.name}{'-wide' if wide else ''}")
    def select_large(
        x, y, indices, frame, strips, depth, height, width, identity, lines, _a, all_places, _b, begin, end
    ):
        inner, step = frame[INNER], frame[STEP_W]
        firsts, counts = nth(width, FIRST), nth(width, COUNT)
        spare, spare_places = below(lines, 2), below(all_places, 2)
        unit = begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            w0, w1, low = strips[strip, W0], strips[strip, W1], strips[strip, LOW]
            size = (strips[strip, HIGH] - low) * inner
            base = x_plane(frame, plane) + low * inner
            out = y_slab(frame, plane, d) + w0 * inner
            for row in range(row0, row1):
                at, first = out + row * frame[Y_HEIGHT], depth[FIRST, d] * frame[PLANE_HEIGHT] + height[FIRST, row]
                alone = depth[COUNT, d] * height[COUNT, row] == 1 and inner == 1 and step == 1
                if alone and counts[(w0 + w1) // 2] >= 2 * _LANES:
                    begin_of_row = base - low + depth[FIRST, d] * frame[X_DEPTH] + height[FIRST, row] * frame[X_HEIGHT]
                    for w in range(w0, w1):
                        given = rest(x, begin_of_row + firsts[w])
                        m, p = best_of_row(given, counts[w], lines, all_places)
                        y[at], indices[at] = store(m), first * frame[PLANE_WIDTH] + firsts[w] + p
                        at += 1
                    continue
                now = across_rows(lines, all_places, x, base, size, frame, depth, height, d, row)
                for w in range(w0, w1):
                    here, start = (firsts[w] - low) * inner, first * frame[PLANE_WIDTH] + firsts[w]
                    line, places = rest(nth(lines, now), here), rest(nth(all_places, now), here)
                    if inner < 8:
                        for c in range(inner):
                            m, p = best_of(rest(line, c), rest(places, c), counts[w], step * inner, step)
                            y[at + c], indices[at + c] = store(m), start + p
                    else:
                        kept, numbered = part(y, at, inner), part(indices, at, inner)
                        best_of_pixels(kept, numbered, line, places, spare, spare_places, counts[w], step, start)
                    at += inner

    return select_large


def select_large_scratch(frame: NDArray[np.int64], identity: Any, wide: bool) -> Scratch:
    """Scratch memory of `select_large_kernel`."""
    length = line_length(frame)
    return Scratch(
        lines=(_LINES, length, identity.dtype),
        extra=(_LINES, length, np.dtype(np.int64 if wide else np.int32)),
    )
