"""Adding gradients to the positions that were selected, or putting values there (unpooling)."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..jit import scalar
from ..kernel import Kernel, kernel

__all__ = ["extent", "scatter_kernel"]

# Indices are looked at in runs of this many: short enough to stay in the first-level cache between two looks.
_RUN = 512


@scalar
def _span(indices, begin, end):
    """Smallest and largest of a run of indices."""
    run = indices[begin:end]
    low = high = run[0]
    for i in range(run.size):
        low = min(low, run[i])
        high = max(high, run[i])
    return low, high


@kernel("extent")
def extent(indices, extremes, parts, _a, _b, _c, _d, begin, end):
    """Smallest and largest index of each of ``parts`` equal parts; a work unit is one part."""
    for unit in range(begin, end):
        first, last = indices.size * unit // parts, indices.size * (unit + 1) // parts
        low, high = _span(indices, first, last)
        extremes[2 * unit], extremes[2 * unit + 1] = low, high


@cache
def scatter_kernel(adds: bool) -> Kernel:
    """``kernel(values, indices, target, bad, planes, inputs, outputs, inner, parts)``.

    ``values`` and ``indices`` hold ``planes`` planes of ``outputs`` pixels, ``target`` as many planes of ``inputs``
    pixels, each pixel of ``inner`` numbers. A work unit is one of ``parts`` equal parts of a plane of the target: it
    takes up all that falls into it, in row-major order, whatever the other units do, so the sums do not depend on the
    number of threads. ``bad[unit]`` is set where an index lies outside its plane; nothing is written there.
    """

    @kernel(f"scatter-{'add' if adds else 'put'}")
    def scatter(values, indices, target, bad, planes, inputs, outputs, inner, parts, _a, _b, _c, _d, begin, end):
        for unit in range(begin, end):
            plane = unit // parts
            part = unit - plane * parts
            floor, ceiling = inputs * part // parts, inputs * (part + 1) // parts
            goal = target[plane * inputs * inner : (plane + 1) * inputs * inner]
            clean = floor  # up to here the target has been set to zero: just before it is needed, while in the cache
            size = outputs * inner
            base = plane * size
            for run in range(0, size, _RUN):
                stop = min(run + _RUN, size)
                low, high = _span(indices, base + run, base + stop)
                if low < 0 or high >= inputs:
                    bad[unit] = 1
                    break
                if high < floor or low >= ceiling:
                    continue
                if high >= clean:
                    until = min(high + 1, ceiling)
                    goal[clean * inner : until * inner] = 0
                    clean = until
                inside = low >= floor and high < ceiling
                if inner == 1 and inside:  # unsigned, or Numba would ask of each whether it is negative
                    for i in range(np.uint64(base + run), np.uint64(base + stop)):
                        if adds:
                            goal[np.uint64(indices[i])] += values[i]
                        else:
                            goal[np.uint64(indices[i])] = values[i]
                elif inner == 1:
                    for i in range(base + run, base + stop):
                        at = indices[i]
                        if floor <= at < ceiling:
                            if adds:
                                goal[at] += values[i]
                            else:
                                goal[at] = values[i]
                else:
                    channel = run % inner
                    for i in range(base + run, base + stop):
                        at = indices[i]
                        if inside or floor <= at < ceiling:
                            if adds:
                                goal[at * inner + channel] += values[i]
                            else:
                                goal[at * inner + channel] = values[i]
                        channel += 1
                        if channel == inner:
                            channel = 0
            goal[clean * inner : ceiling * inner] = 0

    return scatter
