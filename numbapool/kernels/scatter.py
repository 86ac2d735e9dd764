"""Scatter-add (gradients of selections), scatter (unpooling) and gather (gradients of unpooling), by checked indices.

Arrays are contiguous: planes of ``outputs`` values and indices on the one side, of ``inputs`` on the other, each of
``inner`` numbers. Every index is checked, and nothing is read or written where a wrong one points. Values of a plane
are taken up in row-major order, by one piece or by several, each of which owns a part of the ``inputs``.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from .compile import jitable, kernel
from .lines import fill_run

__all__ = ["CLEANED", "extent", "scatter", "take"]

CLEANED = 1024  # numbers that are set to zero at a time, shortly before values are added to them


@kernel
def extent():
    """Smallest and largest of each ``run`` indices of a plane, as pairs: what `scatter` asks for parts of planes."""

    @jitable
    def of_run(indices, a, n):
        a = np.uint64(a)
        low = high = indices[a]
        for i in range(np.uint64(n)):
            at = indices[a + i]
            low = at if at < low else low
            high = at if at > high else high
        return low, high

    def extent(indices, extremes, numbers, run, pieces):
        runs = (numbers + run - 1) // run
        units = extremes.size // 2
        for piece in prange(pieces):
            for unit in range(units * piece // pieces, units * (piece + 1) // pieces):
                first = unit % runs * run
                low, high = of_run(indices, unit // runs * numbers + first, min(run, numbers - first))
                extremes[2 * unit], extremes[2 * unit + 1] = low, high

    return extent


@kernel
def scatter(adds):
    """Scatter values to ``dst`` by their indices, zeros elsewhere; ``misses[piece]`` counts indices outside its parts.

    With several ``parts`` of a plane, ``extremes`` holds the `extent` of each run: a part skips runs outside it.
    """

    @jitable
    def place(dst, base, clean, size, floor, values, indices, a, n, inner, channel):
        """Scatter values to ``size`` positions from ``floor`` on, the first ``clean`` of which are initialized.

        Returns how many are initialized now, and how many indices lay outside of these positions.
        """
        base, size, floor, clean = np.uint64(base), np.uint64(size), np.int64(floor), np.uint64(clean)
        a, missed, one = np.uint64(a), np.uint64(0), np.uint64(1)
        if inner == 1:
            for i in range(np.uint64(n)):
                at = np.uint64(indices[a + i] - floor)  # wraps to what is beyond all sizes, if negative
                if at >= clean:
                    if at >= size:
                        missed += one
                        continue
                    until = min(at + np.uint64(CLEANED), size)
                    for j in range(clean, until):
                        dst[base + j] = 0
                    clean = until
                if adds:
                    dst[base + at] += values[a + i]
                else:
                    dst[base + at] = values[a + i]
            return clean, missed
        channel, inner = np.uint64(channel), np.uint64(inner)
        for i in range(np.uint64(n)):
            at = np.uint64(indices[a + i] - floor)
            if clean <= at < size:
                until = min(at + one + np.uint64(CLEANED) // inner, size)
                for j in range(clean * inner, until * inner):
                    dst[base + j] = 0
                clean = until
            if at < size:
                here = base + at * inner + channel
                if adds:
                    dst[here] += values[a + i]
                else:
                    dst[here] = values[a + i]
            else:
                missed += one
            channel += one
            if channel == inner:
                channel = np.uint64(0)
        return clean, missed

    def scatter(values, indices, dst, misses, extremes, run, planes, inputs, outputs, inner, parts, pieces):
        numbers = outputs * inner
        run = run if parts > 1 else numbers
        runs = (numbers + run - 1) // run if numbers > 0 else 0
        for piece in prange(pieces):
            missed = np.int64(0)
            for unit in range(planes * parts * piece // pieces, planes * parts * (piece + 1) // pieces):
                plane, part = unit // parts, unit % parts
                floor, ceiling = inputs * part // parts, inputs * (part + 1) // parts
                base, clean = (plane * inputs + floor) * inner, np.uint64(0)
                for r in range(runs):
                    first, n = r * run, min(run, numbers - r * run)
                    if parts > 1:
                        low, high = extremes[2 * (plane * runs + r)], extremes[2 * (plane * runs + r) + 1]
                        if high < floor or low >= ceiling:
                            missed += n
                            continue
                    a, size, channel = plane * numbers + first, ceiling - floor, first % inner
                    clean, some = place(dst, base, clean, size, floor, values, indices, a, n, inner, channel)
                    missed += np.int64(some)
                fill_run(dst, base + np.int64(clean) * inner, (ceiling - floor - np.int64(clean)) * inner, 0)
            misses[piece] = missed

    return scatter


@kernel
def take():
    """Gather, the gradient of `scatter` that does not add: of equal indices the last gets the value, the others zero.

    ``misses`` is as in `scatter`. ``dst`` is not written where an index is out of range.
    """

    @jitable
    def take_back(dst, src, base, taken, size, floor, indices, a, n, inner):
        """A run of indices, from the last to the first."""
        base, size, floor, a = np.uint64(base), np.uint64(size), np.int64(floor), np.uint64(a)
        inner, n, missed, one = np.uint64(inner), np.uint64(n), np.uint64(0), np.uint64(1)
        channel = inner
        for i in range(n):
            here = a + n - one - i
            channel -= one
            at = np.uint64(indices[here] - floor)
            if at < size:
                at = at * inner + channel
                v = src[base + at]
                dst[here] = v if taken[at] == 0 else dst.dtype.type(0)
                taken[at] = 1
            else:
                missed += one
            if channel == 0:
                channel = inner
        return missed

    def take(src, indices, dst, misses, extremes, run, planes, inputs, outputs, inner, parts, pieces):
        numbers, most = outputs * inner, (inputs // parts + 1) * inner
        run = run if parts > 1 else numbers
        runs = (numbers + run - 1) // run if numbers > 0 else 0
        for piece in prange(pieces):
            missed, taken = np.int64(0), np.empty(most, np.uint8)
            for unit in range(planes * parts * piece // pieces, planes * parts * (piece + 1) // pieces):
                plane, part = unit // parts, unit % parts
                floor, ceiling = inputs * part // parts, inputs * (part + 1) // parts
                fill_run(taken, 0, (ceiling - floor) * inner, 0)
                for r in range(runs - 1, -1, -1):
                    first, n = r * run, min(run, numbers - r * run)
                    if parts > 1:
                        low, high = extremes[2 * (plane * runs + r)], extremes[2 * (plane * runs + r) + 1]
                        if high < floor or low >= ceiling:
                            missed += n
                            continue
                    base, a = (plane * inputs + floor) * inner, plane * numbers + first
                    missed += np.int64(take_back(dst, src, base, taken, ceiling - floor, floor, indices, a, n, inner))
            misses[piece] = missed

    return take
