"""How one value of a window is drawn: evenly, or in proportion to the values; and what is to be expected of it."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..jit import scalar, vector
from ..kernels.lanes import EXTRA, PLACES
from ..kernels.lines import copy
from ..kernels.views import nth, part, taken_as
from .ordering import last_nan

__all__ = ["any_of", "expected", "expected_slope", "in_proportion"]

# The 64-bit line in which many draws keep their places, as narrow as they are.
_KEPT = 4


@scalar
def any_of(values, places, parameters, draw):
    """Place of one of the values, each as likely."""
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
    unused, unit = (40, 2.0**-24) if single else (11, 2.0**-53)
    scale = 2.0**-7 if single else 1.0  # so that the sum of 64 of the largest numbers is one

    @scalar
    def weight(value):
        return number(0) if value <= 0 else number(value) * number(scale)

    @scalar
    def share(draw):
        return number(place(draw >> np.uint64(unused))) * number(unit)

    @scalar
    def draw_one(values, places, parameters, draw):
        total = below = number(0)
        for i in range(values.size):
            total += weight(values[i])
        if total != total:
            return last_nan(values)
        aim, kept = share(draw) * total, 0
        for i in range(values.size):
            below += weight(values[i])
            kept += int((below <= aim) & (below < total))
        return kept

    @vector
    def begin(totals, below, kept, line):
        for i in range(totals.size):
            totals[i] = weight(line[i])
            below[i], kept[i] = 0, 0

    @vector
    def add(totals, line):
        for i in range(totals.size):
            totals[i] += weight(line[i])

    @vector
    def aim_at(aims, totals, draws):
        some = 0
        for i in range(aims.size):
            aims[i] = share(np.uint64(draws[i])) * totals[i]
            some += int(totals[i] != totals[i])
        return some

    @vector
    def pass_by(kept, below, aims, totals, line):
        for i in range(kept.size):
            so_far = below[i] + weight(line[i])
            below[i] = so_far
            kept[i] += place((so_far <= aims[i]) & (so_far < totals[i]))

    @vector
    def stay_at_nan(kept, line, k):
        for i in range(kept.size):
            kept[i] = place(k) if line[i] != line[i] else kept[i]

    @scalar
    def draw_many(out, lines, draws, parameters):
        n, count = out.size, lines.shape[0] - EXTRA
        totals, below = part(taken_as(nth(draws, 1), number), 0, n), part(taken_as(nth(draws, 2), number), 0, n)
        aims, kept = part(taken_as(nth(draws, 3), number), 0, n), part(taken_as(nth(draws, _KEPT), place), 0, n)
        begin(totals, below, kept, nth(lines, 0))
        for k in range(1, count):
            add(totals, nth(lines, k))
        some = aim_at(aims, totals, nth(draws, 0))
        for k in range(count):
            pass_by(kept, below, aims, totals, nth(lines, k))
        if some:
            for k in range(count):
                stay_at_nan(kept, nth(lines, k), k)
        for i in range(n):
            out[i] = lines[np.uint64(kept[i]), np.uint64(i)]

    @scalar
    def draw_places(out, lines, draws, parameters):
        draw_many(out, lines, draws, parameters)
        copy(part(nth(draws, PLACES), 0, out.size), taken_as(nth(draws, _KEPT), place))

    return SimpleNamespace(name=name, one=draw_one, many=draw_many, places=draw_places)


@scalar
def expected(values, places, parameters, draw):
    """Mean of what is positive, each value weighted by itself."""
    total = weighted = 0.0
    for i in range(values.size):
        weight = _positive(values[i]) if values[i] == values[i] else values[i]
        total += weight
        weighted += weight * weight
    return weighted / total if total != 0 else 0.0


@scalar
def expected_slope(values, parameters, weights):
    """Derivative of `expected` by each of the values."""
    total = weighted = 0.0
    for i in range(values.size):
        weight = _positive(values[i])
        total += weight
        weighted += weight * weight
    for i in range(values.size):
        weight = _positive(values[i])
        weights[i] = (2 * weight - weighted / total) / total if weight > 0 else 0.0
