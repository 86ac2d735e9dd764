"""Adding gradients to the positions that were selected, or putting values there (unpooling)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import NO_SCRATCH, Scratch
from .lines import copy
from .streaming import all_arrived, kernel_name, write_past
from .views import nth, part, rest

__all__ = ["extent", "scatter_kernel", "scatter_scratch", "span"]

# Indices are looked at in runs of this many: short enough to stay in the first-level cache between two looks.
_RUN = 512


@scalar
def span(indices, begin, end):
    """Smallest and largest of a run of indices."""
    run = indices[begin:end]
    low = high = run[0]
    for i in range(run.size):
        at = run[i]
        low = at if at < low else low
        high = at if at > high else high
    return low, high


@kernel("extent")
def extent(indices, extremes, parts, _a, _b, _c, _d, begin, end):
    """Smallest and largest index of each of ``parts`` equal parts; a work unit is one part."""
    for unit in range(begin, end):
        first, last = indices.size * unit // parts, indices.size * (unit + 1) // parts
        low, high = span(indices, first, last)
        extremes[2 * unit], extremes[2 * unit + 1] = low, high


@cache
def scatter_kernel(adds: bool, streams: bool) -> Kernel:
    """``kernel(values, indices, target, bad, planes, inputs, outputs, inner, parts)``.

    ``values`` and ``indices`` hold ``planes`` planes of ``outputs`` pixels, ``target`` as many planes of ``inputs``
    pixels, each pixel of ``inner`` numbers. A work unit is one of ``parts`` equal parts of a plane of the target: it
    takes up all that falls into it, in row-major order, whatever the other units do, so the sums do not depend on the
    number of threads. ``bad[unit]`` is set where an index lies outside its plane; nothing is written there.

    With ``streams`` a plane, which is one part, is made ready in scratch memory and then written past the cache.
    """

    @kernel(kernel_name("scatter", "add" if adds else "put", streams=streams))
    def scatter(values, indices, target, bad, planes, inputs, outputs, inner, parts, stage, _b, _c, _d, begin, end):
        for unit in range(begin, end):
            plane = unit // parts
            share = unit - plane * parts
            floor, ceiling = inputs * share // parts, inputs * (share + 1) // parts
            there = part(target, plane * inputs * inner, inputs * inner)
            goal = part(nth(stage, 0), 0, inputs * inner) if streams else there
            clean = floor  # up to here the target has been set to zero: just before it is needed, while in the cache
            size = outputs * inner
            base = plane * size
            for run in range(0, size, _RUN):
                stop = run + _RUN if run + _RUN < size else size
                low, high = span(indices, base + run, base + stop)
                if low < 0 or high >= inputs:
                    bad[unit] = 1
                    break
                if high < floor or low >= ceiling:
                    continue
                if high >= clean:
                    until = high + 1 if high + 1 < ceiling else ceiling
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
            if streams and not bad[unit]:
                written = write_past(there, 0, goal, goal.size)
                copy(part(there, written, goal.size - written), rest(goal, written))
        if streams:
            all_arrived()

    return scatter


def scatter_scratch(target: NDArray[Any], planes: int, streams: bool) -> Scratch:
    """Scratch memory of `scatter_kernel`."""
    return Scratch(lines=(1, target.size // planes, target.dtype)) if streams else NO_SCRATCH
