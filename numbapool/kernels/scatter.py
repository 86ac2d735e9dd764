"""Adding gradients to the positions that were selected, or putting values there (unpooling)."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .streaming import all_arrived, write_past
from .views import nth, part, taken_as

__all__ = ["extent", "scatter_kernel", "scatter_scratch"]

# Indices are looked at in runs of this many: short enough to stay in the first-level cache between two looks.
_RUN = 512
# Bytes of the target that are worked on in the second-level cache before they are written past it.
_STAGED = 256 * 1024


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


@scalar
def _write_out(goal, base, stage, until, held):
    """Write ``stage[:until]`` to ``goal[base:]`` and move what is held behind it to the front; how many are written."""
    written = write_past(goal, base, stage, until)
    for i in range(held - written):
        stage[i] = stage[written + i]
    return written


@cache
def scatter_kernel(adds: bool) -> Kernel:
    """``kernel(values, indices, target, bad, planes, inputs, outputs, inner, parts, streams)``.

    ``values`` and ``indices`` hold ``planes`` planes of ``outputs`` pixels, ``target`` as many planes of ``inputs``
    pixels, each pixel of ``inner`` numbers. A work unit is one of ``parts`` equal parts of a plane of the target: it
    takes up all that falls into it, in row-major order, whatever the other units do, so the sums do not depend on the
    number of threads. ``bad[unit]`` is set where an index lies outside its plane; nothing is written there.
    With ``streams`` the target is worked on in a stage, and written past the cache.
    """

    @scalar
    def all_inside(where, base, values, indices, begin, stop):
        """A run whose places all lie in ``where``, which begins at ``base``."""
        # unsigned, or Numba would ask of each whether it is negative
        away = np.uint64(base)
        for i in range(np.uint64(begin), np.uint64(stop)):
            if adds:
                where[np.uint64(indices[i]) - away] += values[i]
            else:
                where[np.uint64(indices[i]) - away] = values[i]

    @scalar
    def some_inside(where, base, goal, values, indices, begin, stop, floor, ceiling, inner, channel):
        """A run of which some may lie in other parts, or before ``base`` in what has been written already."""
        for i in range(begin, stop):
            if floor <= indices[i] < ceiling:
                at = indices[i] * inner + channel
                if at < base:
                    if adds:
                        goal[at] += values[i]
                    else:
                        goal[at] = values[i]
                elif adds:
                    where[at - base] += values[i]
                else:
                    where[at - base] = values[i]
            channel += 1
            if channel == inner:
                channel = 0

    @kernel(f"scatter-{'add' if adds else 'put'}")
    def scatter(
        values, indices, target, bad, planes, inputs, outputs, inner, parts, streams, _a, _b, _c, counters, begin, end
    ):
        stage = taken_as(nth(counters, 0), target)
        room = stage.size
        for unit in range(begin, end):
            plane = unit // parts
            share = unit - plane * parts
            floor, ceiling = inputs * share // parts, inputs * (share + 1) // parts
            goal = part(target, plane * inputs * inner, inputs * inner)
            # `where` holds the goal from `base` on; up to `clean` it has been set to zero: just before it is needed
            staged, base, clean = streams, floor * inner, floor * inner
            where = stage
            if not staged:
                where, base = goal, 0
            size = outputs * inner
            first = plane * size
            for run in range(first, first + size, _RUN):
                stop = min(run + _RUN, first + size)
                low, high = _span(indices, run, stop)
                if low < 0 or high >= inputs:
                    bad[unit] = 1
                    break
                if high < floor or low >= ceiling:
                    continue
                until = min(high + 1, ceiling) * inner
                if staged and until - base > room:
                    # neighbouring windows may come back to a few rows before this run
                    done = min(max(low * inner - room // 4, base), clean)
                    base += _write_out(goal, base, stage, done - base, clean - base)
                    if until - base > room:  # too far apart for the stage
                        for i in range(clean - base):
                            goal[base + i] = stage[i]
                        where, staged, base = goal, 0, 0
                if until > clean:
                    for i in range(clean - base, until - base):
                        where[i] = 0
                    clean = until
                if inner == 1 and low >= max(floor, base) and high < ceiling:
                    all_inside(where, base, values, indices, run, stop)
                else:
                    channel = (run - first) % inner
                    some_inside(where, base, goal, values, indices, run, stop, floor, ceiling, inner, channel)
            if staged:
                written = write_past(goal, base, stage, clean - base)
                for i in range(written, clean - base):
                    goal[base + i] = stage[i]
            for i in range(clean, ceiling * inner):
                goal[i] = 0
        if streams:
            all_arrived()

    return scatter


def scatter_scratch(streams: bool) -> Scratch:
    """Scratch memory of `scatter_kernel`."""
    return Scratch(counters=_STAGED // 8 if streams else 1)
