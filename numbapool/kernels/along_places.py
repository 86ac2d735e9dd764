"""Selecting along a line: the best value of each window's piece of a row, and where in the window it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..jit import scalar, vector
from .along import Motion, make_split
from .frame import COUNT, FIRST, INNER, KERNEL_W, ORIGIN, STEP_W, STRIDE_W
from .views import nth, part, rest

if TYPE_CHECKING:
    from .select import Choice

__all__ = ["make_along_places"]


def make_along_places(choice: Choice, motion: Motion, place_type: Any) -> Any:
    """``along(values, places, line, spare, spare_places, phases, frame, table, low)`` for a selection and a motion.

    Places are numbers of ``place_type``, counted from each window's origin.
    """
    better, by_table, compiled_in = choice.better, motion is Motion.TABLE, motion.stride
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

    @vector
    def step_on(values, places, values0, places0, c, place):
        for i in range(values.size):
            take = better(c[i], values0[i])
            values[i] = c[i] if take else values0[i]
            places[i] = place if take else places0[i]

    @scalar
    def along(values, places, line, spare, spare_places, phases, frame, table, low):
        """Best value of each window's piece of this row, and its distance from the window's origin."""
        inner, kernel_size, step = frame[INNER], frame[KERNEL_W], frame[STEP_W]
        width = table.shape[1]
        n = width * inner
        if by_table:
            for w in range(width):
                first = (table[FIRST, w] - low) * inner
                for c in range(inner):
                    m, p = line[first + c], place_type(0)
                    for j in range(1, table[COUNT, w]):
                        t = line[first + j * step * inner + c]
                        if better(t, m):
                            m, p = t, place_type(j * step)
                    values[w * inner + c] = m
                    places[w * inner + c] = p
            return
        stride = compiled_in if compiled_in else frame[STRIDE_W]
        reach = (kernel_size - 1) * step
        size = width + reach // stride
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
        # Windows that begin in the padding: the identity must not win a tie against an equal value of the input.
        for w in range(width):
            if table[FIRST, w] == table[ORIGIN, w]:
                break
            begin = table[FIRST, w] - table[ORIGIN, 0]
            for c in range(inner):
                m = line[begin * inner + c]
                p = place_type(begin - w * stride)
                for j in range(1, table[COUNT, w]):
                    t = line[(begin + j * step) * inner + c]
                    if better(t, m):
                        m, p = t, place_type(begin + j * step - w * stride)
                values[w * inner + c] = m
                places[w * inner + c] = p

    return along
