"""Selecting along a line: the best value of each window's piece of a row, and where in the window it stands."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..jit import apart, scalar, vector
from .along import make_split
from .choice import Choice
from .frame import FIRST, INNER, KERNEL_W, ORIGIN, STEP_W, STRIDE_W
from .motion import Motion
from .strips import whole_vectors
from .views import nth, part, rest

__all__ = ["make_along_places"]


def make_along_places(choice: Choice, motion: Motion, place_type: Any) -> Any:
    """The jitted function ``along`` for one selection and one motion.

    Its arguments are ``(values, places, line, spare, spare_places, phases, frame, width, w0, w1, low)``, with the axis
    table of the width and which of its windows are meant. Places are numbers of ``place_type``, counted from each
    window's origin.
    """
    return (_side_by_side if motion.fills else _in_steps)(choice, motion, place_type)


@scalar
def _leave_padding(places, first, origin, begin, end, inner):
    """Where a window begins in the padding, whose value never wins but in a tie: the first value of the input has it.

    ``first`` and ``origin`` are rows of the axis table, for the windows from ``begin`` to ``end``.
    """
    for w in range(begin, end):
        inside = first[w] - origin[w]
        if inside == 0:
            break
        for i in range((w - begin) * inner, (w - begin + 1) * inner):
            if places[i] < inside:
                places[i] = inside


def _side_by_side(choice: Choice, motion: Motion, place_type: Any) -> Any:
    better, size = choice.better, motion.stride

    @vector
    def group(values, places, line):
        for i in range(values.size):
            m, p = line[size * i], place_type(0)
            for j in range(1, size):
                t = line[size * i + j]
                take = better(t, m)
                m, p = t if take else m, place_type(j) if take else p
            values[i] = m
            places[i] = p

    @scalar
    def along(values, places, line, spare, spare_places, phases, frame, width, w0, w1, low):
        n = whole_vectors(w1 - w0)
        group(part(values, 0, n), part(places, 0, n), line)
        _leave_padding(places, nth(width, FIRST), nth(width, ORIGIN), w0, w1, 1)

    return along


def _in_steps(choice: Choice, motion: Motion, place_type: Any) -> Any:
    better, compiled_in = choice.better, motion.stride
    slides = motion is Motion.SLIDE
    split = make_split(motion)

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
            places[i] = place if take else place_type(0)

    @apart
    @vector
    def triple(values, places, a, b, c, place):
        twice = place_type(2 * place)
        for i in range(values.size):
            take = better(b[i], a[i])
            m = b[i] if take else a[i]
            p = place if take else place_type(0)
            take = better(c[i], m)
            values[i] = c[i] if take else m
            places[i] = twice if take else p

    @apart
    @vector
    def step_on(values, places, values0, places0, c, place):
        for i in range(values.size):
            take = better(c[i], values0[i])
            values[i] = c[i] if take else values0[i]
            places[i] = place if take else places0[i]

    @scalar
    def along(values, places, line, spare, spare_places, phases, frame, width, w0, w1, low):
        """Best value of each window's piece of this row, and its distance from the window's origin."""
        inner, kernel_size, step = frame[INNER], frame[KERNEL_W], frame[STEP_W]
        n = whole_vectors((w1 - w0) * inner)
        stride = np.int64(compiled_in) if compiled_in else frame[STRIDE_W]
        reach = (kernel_size - 1) * step
        size = w1 - w0 + reach // stride
        if not slides:
            split(line, phases, size, stride if stride <= reach else reach + 1, stride, inner)
        p1, a1 = step % stride, step // stride * inner
        p2, a2 = 2 * step % stride, 2 * step // stride * inner
        place = place_type(step)
        if slides:
            first, second, third = line, rest(line, step * inner), rest(line, 2 * step * inner)
        else:
            first, second, third = nth(phases, 0), rest(nth(phases, p1), a1), rest(nth(phases, p2), a2)
        if kernel_size == 1:
            only(part(values, 0, n), part(places, 0, n), first, place_type(0))
        elif kernel_size == 2:
            pair(part(values, 0, n), part(places, 0, n), first, second, place)
        elif kernel_size == 3:
            triple(part(values, 0, n), part(places, 0, n), first, second, third, place)
        else:
            triple(part(nth(spare, 0), 0, n), part(nth(spare_places, 0), 0, n), first, second, third, place)
            now = 0
            for j in range(3, kernel_size):
                at = j * step
                other = rest(line, at * inner) if slides else rest(nth(phases, at % stride), at // stride * inner)
                if j == kernel_size - 1:
                    step_on(
                        part(values, 0, n),
                        part(places, 0, n),
                        nth(spare, now),
                        nth(spare_places, now),
                        other,
                        place_type(at),
                    )
                else:
                    step_on(
                        part(nth(spare, 1 - now), 0, n),
                        part(nth(spare_places, 1 - now), 0, n),
                        nth(spare, now),
                        nth(spare_places, now),
                        other,
                        place_type(at),
                    )
                    now = 1 - now
        _leave_padding(places, nth(width, FIRST), nth(width, ORIGIN), w0, w1, inner)

    return along
