"""Adding gradients to the positions that were selected, or putting values there (unpooling)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .combine import smaller
from .lines import copy
from .prefetch import fetch
from .streaming import all_arrived, kernel_name, write_past
from .views import nth, part, rest

__all__ = ["extent", "scatter_kernel", "span", "staged_scatter_kernel", "staged_scratch"]

# Indices are looked at in runs of this many: short enough to stay in the first-level cache between two looks.
_RUN = 512
# The same where what is ready is written in between, and the numbers from which on it pays to begin.
_SHORT_RUN = 256
_WORTH_WRITING = 64
# Numbers ahead that are fetched, a piece of so many at a time: memory is busy while numbers are added up. Always whole
# pieces, for which LLVM writes no loop; with one, large gradients took a fifth longer.
_AHEAD = 1024
_PIECE = 64


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


@scalar
def _add(goal, at, value):
    goal[at] += value


@scalar
def _put(goal, at, value):
    goal[at] = value


@cache
def _placing(adds: bool) -> tuple[Any, Any]:
    """How one value gets to its place, and a run of them, all of which belong into ``goal``.

    What is so many numbers ``ahead``, if any, is fetched meanwhile.
    """
    place = _add if adds else _put

    @scalar
    def place_piece(goal, values, indices, begin, end, inner, channel):
        """The channel that comes next is returned."""
        # places are unsigned, or Numba would ask of each whether it is negative
        if inner == 1:
            for i in range(np.uint64(begin), np.uint64(end)):
                place(goal, np.uint64(indices[i]), values[i])
            return channel
        for i in range(begin, end):
            place(goal, np.uint64(indices[i] * inner + channel), values[i])
            channel += 1
            if channel == inner:
                channel = 0
        return channel

    @scalar
    def place_all(goal, values, indices, begin, end, inner, channel, ahead):
        while begin < end:
            n = smaller(end - begin, np.int64(_PIECE))
            if ahead:
                fetch(indices, begin + ahead, _PIECE)
                fetch(values, begin + ahead, _PIECE)
            channel = place_piece(goal, values, indices, begin, begin + n, inner, channel)
            begin += n

    return place, place_all


@cache
def scatter_kernel(adds: bool) -> Kernel:
    """``kernel(values, indices, target, bad, planes, inputs, outputs, inner, parts, fetches)``.

    ``values`` and ``indices`` hold ``planes`` planes of ``outputs`` pixels, ``target`` as many planes of ``inputs``
    pixels, each pixel of ``inner`` numbers. A work unit is one of ``parts`` equal parts of a plane of the target: it
    takes up all that falls into it, in row-major order, whatever the other units do, so the sums do not depend on the
    number of threads. ``bad[unit]`` is set where an index lies outside its plane; nothing is written there. With
    ``fetches`` all three arrays are fetched ahead.
    """
    place, place_all = _placing(adds)

    @kernel(kernel_name("scatter", "add" if adds else "put", streams=False))
    def scatter(
        values, indices, target, bad, planes, inputs, outputs, inner, parts, fetches, _a, _b, _c, _d, begin, end
    ):
        ahead: Any = _AHEAD if fetches else 0
        for unit in range(begin, end):
            plane = unit // parts
            share = unit - plane * parts
            floor, ceiling = inputs * share // parts, inputs * (share + 1) // parts
            goal = part(target, plane * inputs * inner, inputs * inner)
            clean = floor  # up to here the target has been set to zero: just before it is needed, while in the cache
            size = outputs * inner
            base = plane * size
            for run in range(0, size, _RUN):
                stop = smaller(run + _RUN, size)
                low, high = span(indices, base + run, base + stop)
                if low < 0 or high >= inputs:
                    bad[unit] = 1
                    break
                if high < floor or low >= ceiling:
                    continue
                if high >= clean:
                    until = smaller(high + 1, ceiling)
                    fetch(goal, (clean + ahead) * inner, (until - clean) * inner if fetches else 0)
                    goal[clean * inner : until * inner] = 0
                    clean = until
                if low >= floor and high < ceiling:
                    place_all(goal, values, indices, base + run, base + stop, inner, run % inner, ahead)
                    continue
                channel = run % inner
                for i in range(base + run, base + stop):
                    at = indices[i]
                    if floor <= at < ceiling:
                        place(goal, np.uint64(at * inner + channel), values[i])
                    channel += 1
                    if channel == inner:
                        channel = 0
            goal[clean * inner : ceiling * inner] = 0

    return scatter


@cache
def staged_scatter_kernel(adds: bool) -> Kernel:
    """As `scatter_kernel`, for whole planes, which are made ready in scratch memory and written past the cache.

    What no later index points to is written after each run, so that memory is busy while the next is made ready.
    """
    _, place_all = _placing(adds)

    @kernel(kernel_name("scatter", "add" if adds else "put", streams=True))
    def scatter(
        values, indices, target, bad, planes, inputs, outputs, inner, parts, fetches, stage, _b, _c, spans, begin, end
    ):
        goal, after, highs = part(nth(stage, 0), 0, inputs * inner), nth(spans, 0), nth(spans, 1)
        size = outputs * inner
        for plane in range(begin, end):
            there, base = part(target, plane * inputs * inner, inputs * inner), plane * size
            runs, highest, least = np.int64(0), np.int64(-1), inputs
            for run in range(0, size, _SHORT_RUN):
                after[runs], highs[runs] = span(indices, base + run, base + smaller(run + _SHORT_RUN, size))
                highest = highs[runs] if highs[runs] > highest else highest
                runs += 1
            for r in range(runs):  # from the last to the first: the lowest index of all runs that come after
                here = after[runs - 1 - r]
                after[runs - 1 - r] = least
                least = smaller(least, here)
            if least < 0 or highest >= inputs:
                bad[plane] = 1
                continue
            clean, written = np.int64(0), np.int64(0)
            for r in range(runs):
                if highs[r] >= clean:
                    goal[clean * inner : (highs[r] + 1) * inner] = 0
                    clean = highs[r] + 1
                run = r * _SHORT_RUN
                stop = smaller(run + _SHORT_RUN, size)
                # the next plane is on its way while this one is made ready
                place_all(goal, values, indices, base + run, base + stop, inner, run % inner, size if fetches else 0)
                done = smaller(after[r], clean) * inner
                if done - written >= _WORTH_WRITING:
                    written += write_past(there, written, rest(goal, written), done - written)
            goal[clean * inner :] = 0
            written += write_past(there, written, rest(goal, written), goal.size - written)
            copy(part(there, written, goal.size - written), rest(goal, written))
        all_arrived()

    return scatter


def staged_scratch(target: NDArray[Any], planes: int, values: int) -> Scratch:
    """Scratch memory of `staged_scatter_kernel` for planes of so many ``values``."""
    lines = (1, target.size // planes, target.dtype)
    return Scratch(lines=lines, counters=values // planes // _SHORT_RUN + 1, counter_lines=2)
