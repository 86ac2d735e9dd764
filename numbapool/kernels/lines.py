"""Loops over runs of flat arrays, each given by the index where it begins.

Indices are unsigned: for signed ones Numba adds a wraparound check (negative indices count from the end), which keeps
LLVM from vectorizing. The target never overlaps a source: in-place loops take four to seven times as long.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from . import intrinsics
from .compile import loop

__all__ = [
    "combining_loops",
    "copy_run",
    "fill_run",
    "finishing_loops",
    "line_begins",
    "loading_loops",
    "prefetch_run",
    "prefetch_third",
    "put_rows",
    "split_in_two",
    "take_pixels",
]

LINE = 64  # bytes of a cache line
STAGED = 256  # results that go past the caches at a time, at least


@loop
def fill_run(dst, to, n, value):
    """``n`` times the same value."""
    to, n = intrinsics.unsigned(to, n)
    for i in range(n):
        dst[to + i] = value


@loop
def copy_run(dst, to, src, a, n):
    """A copy of ``n`` numbers."""
    to, a, n = intrinsics.unsigned(to, a, n)
    for i in range(n):
        dst[to + i] = src[a + i]


@register_jitable
def line_begins(dst, streams):
    """Where in ``dst`` a cache line begins, for `put_rows`; negative where results need not go past the caches.

    Kernels ask for it in their parallel form alone: few serial calls write so much, and compiling it takes a while.
    """
    return -(np.int64(dst.ctypes.data) // dst.itemsize) % intrinsics.numbers_in(LINE, dst) if streams else -1


@loop
def put_rows(dst, end, stage, n, begins, last):
    """Write the first ``n`` results of ``stage`` by non-temporal stores, once there are `STAGED` of them.

    They go to ``dst[end - n : end]``; cache lines of ``dst`` begin at ``begins``. Lines are written whole: a remainder
    moves to the beginning of ``stage`` and waits for the next row, unless this is the ``last``. Returns how many wait.
    """
    intrinsics.optimized_by_caller()
    whole, at, ready = intrinsics.numbers_in(LINE, dst), end - n, n if last or n >= STAGED else 0
    head = min((begins - at) % whole, ready)
    tail = head + (ready - head) // whole * whole
    copy_run(dst, at, stage, 0, head)
    for i in range(head, tail, whole):
        intrinsics.stream_line(dst, at + i, stage, i)
    copy_run(dst, at + tail, stage, tail, n - tail if last else 0)
    copy_run(stage, 0, stage, tail, ready - tail if not last else 0)
    return 0 if last else n - tail


@loop
def prefetch_run(array, at, n):
    """Prefetch ``n`` numbers; the hardware prefetcher follows only long rows."""
    for i in range(0, n, intrinsics.numbers_in(LINE, array)):
        intrinsics.prefetch_line(array, at + i)


@loop
def prefetch_third(array, at, n, third):
    """Prefetch one third (0 to 2) of a run: some sixteen cache lines can be in flight, and more stall all loads."""
    begin = third * n // 3
    prefetch_run(array, at + begin, (third + 1) * n // 3 - begin)


@loop
def take_pixels(dst, to, src, a, step, n, inner):
    """Every ``step``-th of ``n`` pixels of ``inner`` numbers."""
    to, a, step, inner, one, two, n = intrinsics.unsigned(to, a, step * inner, inner, 1, 2, n)
    if inner == 1:
        for i in range(n):
            dst[to + i] = src[a + i * step]
    elif inner == 3:  # colours, for which a loop would take twice as long
        for i in range(n):
            q, r = to + i * inner, a + i * step
            dst[q], dst[q + one], dst[q + two] = src[r], src[r + one], src[r + two]
    else:
        for i in range(n):
            for j in range(inner):
                dst[to + i * inner + j] = src[a + i * step + j]


@loop
def split_in_two(dst, even, odd, src, a, n):
    """The numbers at even places and those at odd ones, ``n`` of each."""
    even, odd, a, one, n = intrinsics.unsigned(even, odd, a, 1, n)
    for i in range(n):
        j = a + i + i
        dst[even + i] = src[j]
        dst[odd + i] = src[j + one]


@cache
def loading_loops(load: Any, combine: Any) -> Any:
    """Loops over stored numbers: all rows of a window into one line; one run, alone or beside what was combined before.

    They return ``load_rows``, ``load_one`` and ``add_one``.
    """

    @loop
    def load_one(dst, to, src, a, n, parameter):
        to, a, n = intrinsics.unsigned(to, a, n)
        for i in range(n):
            dst[to + i] = load(src[a + i], parameter)

    @loop
    def add_one(dst, to, line, at, src, a, n, parameter):
        to, at, a, n = intrinsics.unsigned(to, at, a, n)
        for i in range(n):
            dst[to + i] = combine(line[at + i], load(src[a + i], parameter))

    @loop
    def load_rows(dst, now, free, src, row, size, step_d, step_h, n, identity, parameter):
        """The rows of windows of ``size`` planes and rows; where their line is, and the other place for one."""
        depth, wide = size
        rows, second = depth * wide, row + (step_h if wide > 1 else step_d)
        third = row + (2 * step_h if wide > 2 else step_d if wide == 2 else 2 * step_d)
        to, a, b, c, n = intrinsics.unsigned(now, row, second, third, n)
        if rows == 0:  # of a gradient: no window holds these positions
            fill_run(dst, now, n, identity)
        elif rows == 1:
            for i in range(n):
                dst[to + i] = load(src[a + i], parameter)
        elif rows % 2 == 0:
            for i in range(n):
                dst[to + i] = combine(load(src[a + i], parameter), load(src[b + i], parameter))
        else:
            for i in range(n):
                two = combine(load(src[a + i], parameter), load(src[b + i], parameter))
                dst[to + i] = combine(two, load(src[c + i], parameter))
        # the other rows, two by two: row k of plane j, counted on, as divisions take long
        begin, k = row, 2 + rows % 2
        while k >= wide and rows > 3:
            begin, k = begin + step_d, k - wide
        for _ in range(2 + rows % 2, rows, 2):
            third, k = begin + k * step_h, k + 1
            if k == wide:
                begin, k = begin + step_d, 0
            fourth, k = begin + k * step_h, k + 1
            if k == wide:
                begin, k = begin + step_d, 0
            to, at, a, b = intrinsics.unsigned(free, now, third, fourth)
            for i in range(n):
                two = combine(load(src[a + i], parameter), load(src[b + i], parameter))
                dst[to + i] = combine(dst[at + i], two)
            now, free = free, now
        return now, free

    return load_rows, load_one, add_one


@cache
def combining_loops(combine: Any) -> Any:
    """Loops that combine two runs, three runs, pairs of neighbours, or a run and every ``step``-th number of another.

    The last two take the same array twice, as ``dst`` and as ``line``: LLVM does not vectorize a loop over runs of one
    array that differ in stride, and compiles each of these loops by itself.
    """

    @loop
    def of_two(line, to, a, b, n):
        to, a, b, n = intrinsics.unsigned(to, a, b, n)
        for i in range(n):
            line[to + i] = combine(line[a + i], line[b + i])

    @loop
    def of_three(line, to, a, b, c, n):
        to, a, b, c, n = intrinsics.unsigned(to, a, b, c, n)
        for i in range(n):
            line[to + i] = combine(combine(line[a + i], line[b + i]), line[c + i])

    @loop
    def of_pairs(dst, to, line, a, n):
        to, a, one, n = intrinsics.unsigned(to, a, 1, n)
        for i in range(n):
            dst[to + i] = combine(line[a + i + i], line[a + i + i + one])

    @loop
    def add_every(dst, to, at, line, a, step, n):
        to, at, a, step, n = intrinsics.unsigned(to, at, a, step, n)
        for i in range(n):
            dst[to + i] = combine(dst[at + i], line[a + i * step])

    return of_two, of_three, of_pairs, add_every


@cache
def finishing_loops(combine_last: Any, finish: Any) -> Any:
    """Loops that combine the last one to three runs of a line and write results, by one divisor or by many.

    They return ``finish_one``, ``finish_runs`` and ``finish_each``.
    """

    @loop
    def finish_one(dst, to, line, a, n, divisor, parameter):
        to, a, n = intrinsics.unsigned(to, a, n)
        for i in range(n):
            dst[to + i] = finish(line[a + i], divisor, parameter)

    @loop
    def finish_each(dst, to, line, a, b, c, parts, size, divisors, at, share, parameter):
        to, a, b, c, at, n, inner = intrinsics.unsigned(to, a, b, c, at, size[0], size[1])
        for i in range(n):
            divisor = share * divisors[at + i]
            for j in range(i * inner, i * inner + inner):
                total = line[a + j]
                if parts > 1:
                    total = combine_last(total, line[b + j])
                if parts > 2:
                    total = combine_last(total, line[c + j])
                dst[to + j] = finish(total, divisor, parameter)

    @loop
    def finish_runs(dst, to, line, a, b, c, parts, n, divisor, parameter):
        to, a, b, c, n = intrinsics.unsigned(to, a, b, c, n)
        if parts == 1:
            for i in range(n):
                dst[to + i] = finish(line[a + i], divisor, parameter)
        elif parts == 2:
            for i in range(n):
                dst[to + i] = finish(combine_last(line[a + i], line[b + i]), divisor, parameter)
        else:
            for i in range(n):
                total = combine_last(combine_last(line[a + i], line[b + i]), line[c + i])
                dst[to + i] = finish(total, divisor, parameter)

    return finish_one, finish_runs, finish_each
