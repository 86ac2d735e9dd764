"""How one value of a window is drawn: evenly, or in proportion to the values."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..jit import scalar, vector
from ..kernels.draw import draw_for, fill_draws, fill_halves, half_for
from ..kernels.lanes import EXTRA, PLACES
from ..kernels.lines import copy
from ..kernels.strips import fill
from ..kernels.views import nth, part, taken_as
from .ordering import last_nan, stay_at_nan

__all__ = ["any_of", "in_proportion"]

# The 64-bit line in which many draws keep their places, as narrow as they are.
_KEPT = 4


@scalar
def any_of(values, places, parameters, number):
    """Place of one of the values, each as likely."""
    draw = draw_for(np.uint64(parameters[0]), number)
    return int((draw >> np.uint64(32)) * np.uint64(values.size) >> np.uint64(32))


@scalar
def _positive(value):
    return np.float64(value) if value > 0 else 0.0


@cache
def in_proportion(single: bool) -> SimpleNamespace:
    """How a value is drawn in proportion to what is positive, of one window or of many; ``places`` tells which.

    The running sum of the weights first exceeds a random share of their total where the value lies that is kept: the
    first of all if none is positive, the first infinity if there is one. The last NaN is kept whatever is drawn.
    ``single`` is for few values of at most 32 bits: sums are as exact as these, and 24 random bits are enough.
    """
    name = "in-proportion-single" if single else "in-proportion"
    number: Any = np.float32 if single else np.float64
    place: Any = np.int32 if single else np.int64
    word: Any = np.uint32 if single else np.uint64
    unused, unit = (8, 2.0**-24) if single else (11, 2.0**-53)
    scale = 2.0**-7 if single else 1.0  # so that the sum of 64 of the largest numbers is one
    largest = float(np.finfo(number).max)
    draw_of = half_for if single else draw_for

    @scalar
    def weight(value):
        return number(0) if value <= 0 else number(value) * number(scale)

    @scalar
    def aim_for(draw, total):
        """What running sums have to exceed; no number is below it where nothing is positive."""
        aim = number(place(draw >> word(unused))) * number(unit) * total
        at_end = number(-1) if total == 0 else number(largest) if total > number(largest) else number(0)
        return aim if aim < total else at_end

    @scalar
    def draw_one(values, places, parameters, place_of_result):
        total = number(0)
        for i in range(values.size):
            total += weight(values[i])
        if total != total:
            return last_nan(values)
        aim = aim_for(draw_of(np.uint64(parameters[0]), place_of_result), total)
        below, kept = weight(values[0]), 0
        for i in range(1, values.size):
            kept = i if below <= aim else kept
            below += weight(values[i])
        return kept

    @vector
    def begin(totals, line):
        for i in range(totals.size):
            totals[i] = weight(line[i])

    @vector
    def add(totals, line):
        for i in range(totals.size):
            totals[i] += weight(line[i])

    @vector
    def add_two(totals, a, b):
        for i in range(totals.size):
            totals[i] = totals[i] + weight(a[i]) + weight(b[i])

    @vector
    def aim_at(aims, totals, draws):
        some = 0
        for i in range(aims.size):
            aims[i] = aim_for(draws[i], totals[i])
            some += int(totals[i] != totals[i])
        return some

    @vector
    def choose_of_two(kept, below, aims, a, b):
        for i in range(kept.size):
            first, second = a[i], b[i]
            so_far = weight(first)
            kept[i] = second if so_far <= aims[i] else first
            below[i] = so_far + weight(second)

    @vector
    def pass_by_two(kept, below, aims, a, b):
        for i in range(kept.size):
            # all is read before anything is decided, or LLVM makes no vectors of it
            first, second, last, so_far, aim = a[i], b[i], kept[i], below[i], aims[i]
            between = so_far + weight(first)
            last = first if so_far <= aim else last
            kept[i] = second if between <= aim else last
            below[i] = between + weight(second)

    @scalar
    def aim_all(n, lines, draws):
        """Room for running sums, aims of all windows; and whether some total is NaN."""
        count = lines.shape[0] - EXTRA
        totals, aims = part(taken_as(nth(draws, 2), number), 0, n), part(taken_as(nth(draws, 3), number), 0, n)
        begin(totals, nth(lines, 0))
        if count % 2 == 0:
            add(totals, nth(lines, 1))
        for k in range(2 - count % 2, count, 2):
            add_two(totals, nth(lines, k), nth(lines, k + 1))
        return totals, aims, aim_at(aims, totals, taken_as(nth(draws, 0), word))

    @scalar
    def draw_many(out, lines, draws, parameters):
        count = lines.shape[0] - EXTRA
        below, aims, some = aim_all(out.size, lines, draws)
        if count % 2:
            begin(below, nth(lines, 0))
            copy(out, nth(lines, 0))
        else:
            choose_of_two(out, below, aims, nth(lines, 0), nth(lines, 1))
        for k in range(2 - count % 2, count, 2):
            pass_by_two(out, below, aims, nth(lines, k), nth(lines, k + 1))
        if some:
            for k in range(count):
                stay_at_nan(out, nth(lines, k))

    @vector
    def pass_on(kept, below, aims, line):
        for i in range(kept.size):
            kept[i] += place(below[i] <= aims[i])
            below[i] += weight(line[i])

    @vector
    def mark_nan(kept, line, k):
        for i in range(kept.size):
            kept[i] = k if line[i] != line[i] else kept[i]

    @scalar
    def draw_places(out, lines, draws, parameters):
        n, count = out.size, lines.shape[0] - EXTRA
        below, aims, some = aim_all(n, lines, draws)
        kept = part(taken_as(nth(draws, _KEPT), place), 0, n)
        begin(below, nth(lines, 0))
        fill(kept, place(0))
        for k in range(1, count):
            pass_on(kept, below, aims, nth(lines, k))
        if some:
            for k in range(count):
                mark_nan(kept, nth(lines, k), place(k))
        for i in range(n):
            out[i] = lines[np.uint64(kept[i]), np.uint64(i)]
        copy(part(nth(draws, PLACES), 0, n), kept)

    return SimpleNamespace(
        name=name, one=draw_one, many=draw_many, places=draw_places, fill=fill_halves if single else fill_draws
    )
