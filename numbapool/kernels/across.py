"""Whole windows, many at a time: their k-th numbers lie side by side in line k, and loops go across the lines.

What a window becomes is computed for all windows of a rectangle of results at once, without a branch, in vectors.
Windows clipped at a border are rectangles of their own.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange
from numba.extending import register_jitable

from . import frame as f
from .compile import jitable, kernel
from .draw import aiming_loop, draw_of_four, draw_positions, pass_on
from .intrinsics import larger
from .labels import better_of_two, count_equal, mode_of_eight, mode_of_four
from .lines import combining_loops, copy_run, fetch_run, fill_run
from .order import (
    between_lines,
    exchange,
    find_equal,
    median_of_nine,
    nan_where_marked,
    pick_middle,
    rank_of,
    set_aside,
)
from .weights import summing_loops

__all__ = ["EVENLY", "MEDIAN", "MEDIAN_OF_NUMBERS", "MODE", "MODE_BUT_ONE", "QUANTILE", "SHARES", "WEIGHTED", "across"]

MEDIAN, MEDIAN_OF_NUMBERS, QUANTILE = "median", "median of what is no NaN", "quantile"
MODE, MODE_BUT_ONE = "mode", "mode of all labels but one"
WEIGHTED = "weighted mean"
EVENLY, SHARES = "drawn evenly", "drawn in proportion"
SPARE = 7  # lines to work in, behind those of the numbers
EVEN = 64  # lines are worked on in whole multiples of so many numbers, without remainders one by one


@cache
def taking_loops(load: Any, store: Any) -> Any:
    """Loops from the source into lines, and from these into the results."""

    @jitable
    def take(dst, to, src, a, step, n, inner):
        """Every ``step``-th of ``n`` pixels of ``inner`` numbers."""
        to, a, step, n, inner = np.uint64(to), np.uint64(a), np.uint64(step), np.uint64(n), np.uint64(inner)
        if step == 1:
            for i in range(n * inner):
                dst[to + i] = load(src[a + i])
        elif inner == 1 and step == 2:
            for i in range(n):
                dst[to + i] = load(src[a + i + i])
        elif inner == 1:
            for i in range(n):
                dst[to + i] = load(src[a + i * step])
        else:
            for i in range(n):
                for j in range(inner):
                    dst[to + i * inner + j] = load(src[a + i * step * inner + j])

    @jitable
    def take_two(dst, even, odd, src, a, n):
        even, odd, a, one = np.uint64(even), np.uint64(odd), np.uint64(a), np.uint64(1)
        for i in range(np.uint64(n)):
            dst[even + i] = load(src[a + i + i])
            dst[odd + i] = load(src[a + i + i + one])

    @jitable
    def put(dst, to, line, a, n):
        to, a = np.uint64(to), np.uint64(a)
        for i in range(np.uint64(n)):
            dst[to + i] = store(line[a + i])

    return take, take_two, put


@register_jitable
def added(a, b):
    """The sum of two numbers."""
    return a + b


@register_jitable
def put_chosen(dst, to, src, a, step, n, inner, found, at, offsets):
    """Of each window the number that was found, ``offsets`` from its first."""
    to, at, a, step, inner = np.uint64(to), np.uint64(at), np.int64(a), np.int64(step), np.uint64(inner)
    if inner == 1:
        for i in range(np.uint64(n)):
            dst[to + i] = src[np.uint64(a + np.int64(i) * step + offsets[np.uint64(found[at + i])])]
        return
    for i in range(np.uint64(n)):
        for j in range(inner):
            k = i * inner + j
            dst[to + k] = src[np.uint64(a + np.int64(i) * step + np.int64(j) + offsets[np.uint64(found[at + k])])]


@register_jitable
def put_indices(dst, to, first, step, n, inner, found, at, offsets, begin):
    """And where these lie in the plane: ``offsets`` from ``begin`` on."""
    to, at, inner, begin = np.uint64(to), np.uint64(at), np.uint64(inner), np.uint64(begin)
    for i in range(np.uint64(n)):
        for j in range(inner):
            k = i * inner + j
            dst[to + k] = first + np.int64(i) * step + offsets[begin + np.uint64(found[at + k])]


@kernel
def across(load, store, form, indexed, floating, option, scalars):
    """Windows of so few numbers that these have a line each.

    ``option`` tells of `SHARES` whether weights are float32, of `WEIGHTED` whether the largest value is needed, and of
    others for windows of how many numbers to have a loop of its own: 9 (`MEDIAN`), 4, 8 (`MODE`) or 0.
    """
    take, take_two, put = taking_loops(load, store)
    of_two, of_three = combining_loops(larger)[:2]
    aim_all = aiming_loop(form == SHARES and bool(option))[1]
    sorts = form in (MEDIAN, MEDIAN_OF_NUMBERS, QUANTILE)
    modes = form in (MODE, MODE_BUT_ONE)
    draws, takes = form in (EVENLY, SHARES), form != EVENLY
    marks = option if form == WEIGHTED else floating and (form in (MEDIAN, QUANTILE) or modes)
    copies = indexed and sorts
    searches, finds = indexed and not draws, indexed or draws
    sum_of_two, sum_of_three = combining_loops(added)[:2]
    unused: Any = added
    add_weights, finish_weights = summing_loops(*scalars) if form == WEIGHTED else (unused, unused)

    def across(x, y, indices, table, identity, seed, parameter, pieces):
        inner, room, ahead, sets = table[f.INNER], table[f.LINE_ROOM], table[f.AHEAD], 2 if copies else 1
        strip, strips = table[f.STRIP], (table[f.OUT_WIDTH] + table[f.STRIP] - 1) // table[f.STRIP]
        block, blocks = table[f.BLOCK], (table[f.OUT_HEIGHT] + table[f.BLOCK] - 1) // table[f.BLOCK]
        step_d, step_h = table[f.STEP_D] * table[f.X_DEPTH], table[f.STEP_H] * table[f.X_HEIGHT]
        step_w, spare = table[f.STEP_W] * inner, sets * table[f.LINES_KEPT] * room
        for piece in prange(pieces):
            lines = np.full((sets * table[f.LINES_KEPT] + SPARE) * room if takes else 1, identity)
            found = np.zeros(room if finds else 1, np.int32)
            offsets = np.zeros(2 * table[f.LINES_KEPT] if finds else 1, np.int64)
            deep_known, high_known, wide_known = 0, 0, 0
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                rest, w_begin = unit // strips, unit % strips * strip
                rest, top = rest // blocks, rest % blocks * block
                rest, d = rest // table[f.OUT_DEPTH], rest % table[f.OUT_DEPTH]
                o, p = rest // table[f.OUTER_1], rest % table[f.OUTER_1]
                bottom, w_end = min(top + block, table[f.OUT_HEIGHT]), min(w_begin + strip, table[f.OUT_WIDTH])
                first_d, deep = table[table[f.FIRST_D] + d], table[table[f.COUNT_D] + d]
                plane = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1] + first_d * table[f.X_DEPTH]
                out = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1] + d * table[f.Y_DEPTH]
                draw_plane = table[f.DRAW_BASE] + o * table[f.DRAW_OUTER_0] + p * table[f.DRAW_OUTER_1]
                draw_plane += d * table[f.DRAW_DEPTH]

                h, w = top, w_begin
                while h < bottom:
                    # a rectangle of windows of one size, evenly apart
                    rows, wins = (
                        min(table[table[f.ALIKE_H] + h], bottom - h),
                        min(table[table[f.ALIKE_W] + w], w_end - w),
                    )
                    high, wide = table[table[f.COUNT_H] + h], table[table[f.COUNT_W] + w]
                    h_now, w_now = table[f.FIRST_H] + h, table[f.FIRST_W] + w
                    apart = table[h_now + 1] - table[h_now] if rows > 1 else 1
                    stride = table[w_now + 1] - table[w_now] if wins > 1 else 1
                    first_h, first_w, count, n = table[h_now], table[w_now], deep * high * wide, wins * inner
                    begin = plane + first_h * table[f.X_HEIGHT] + first_w * inner
                    to = out + h * table[f.Y_HEIGHT] + w * inner
                    draw = draw_plane + h * table[f.DRAW_HEIGHT] + w * table[f.DRAW_WIDTH]
                    many, src_row = (rows * n + EVEN - 1) // EVEN * EVEN, apart * table[f.X_HEIGHT]
                    w += wins
                    if w == w_end:
                        h, w = h + rows, w_begin

                    if finds and (deep != deep_known or high != high_known or wide != wide_known):
                        deep_known, high_known, wide_known, k = deep, high, wide, 0
                        for i in range(deep):
                            for j in range(high):
                                index = i * table[f.STEP_D] * table[f.INDEX_D] + j * table[f.STEP_H] * table[f.INDEX_H]
                                for t in range(wide):
                                    offsets[k] = i * step_d + j * step_h + t * step_w
                                    offsets[count + k] = index + t * table[f.STEP_W] * table[f.INDEX_W]
                                    k += 1
                    if takes:
                        k, pairs = 0, stride == 2 and step_w == 1 and inner == 1
                        # row by row, or down a column
                        runs, pixels, pace = (1, rows, src_row) if n == 1 else (rows, wins, stride)
                        for i in range(deep):
                            for j in range(high):
                                row, new, t = begin + i * step_d + j * step_h, j >= high - table[f.STRIDE_H], 0
                                while t < wide:
                                    target, src = k * room, row + t * step_w
                                    two = pairs and t + 1 < wide
                                    for _run in range(runs):
                                        if ahead != 0 and t == 0 and new:
                                            fetch_run(x, src + ahead, n * stride)
                                        if two:
                                            take_two(lines, target, target + room, x, src, n)
                                        else:
                                            take(lines, target, x, src, pace, pixels, inner)
                                        target, src = target + n, src + src_row
                                    k, t = k + 1 + two, t + 1 + two
                    if copies:
                        copy_run(lines, count * room, lines, 0, count * room)
                    result, mark, free = spare, spare + 5 * room, spare + 6 * room

                    if marks and not (form == MEDIAN and option == 9 and count == 9):
                        # the largest of each window, or the NaN in it
                        now = 0
                        if count % 2 == 0:
                            of_two(lines, mark, 0, room, many)
                            now = mark
                        for k in range(2 - count % 2, count, 2):
                            of_three(lines, free, now, k * room, (k + 1) * room, many)
                            mark, free = free, mark
                            now = mark
                        mark = now
                    if form == MEDIAN_OF_NUMBERS:
                        fill_run(lines, mark, many, identity)
                        for k in range(count):
                            set_aside(lines, free, mark, k * room, many)
                            mark, free = free, mark
                    if form == MEDIAN and option == 9 and count == 9:
                        median_of_nine(lines, spare, 0, room, floating, many)
                    elif sorts:  # Batcher's merge exchange: Knuth, The Art of Computer Programming 3, 5.2.2 M
                        power = 1
                        while 2 * power < count:
                            power *= 2
                        span = power
                        while span > 0:
                            turn, phase, distance = power, 0, span
                            while distance > 0:
                                for k in range(count - distance):
                                    if k & span == phase:
                                        exchange(lines, k * room, (k + distance) * room, many)
                                distance, phase = turn - span, span
                                turn //= 2
                            span //= 2
                        result = (count - 1) // 2 * room
                    if form == MEDIAN and floating and not (option == 9 and count == 9):
                        nan_where_marked(lines, spare + room, result, mark, many)
                        result = spare + room
                    if form == MEDIAN_OF_NUMBERS:
                        result, other = spare, spare + room
                        fill_run(lines, result, many, lines.dtype.type(np.nan))
                        for k in range((count + 1) // 2):
                            pick_middle(lines, other, result, k * room, mark, k, many)
                            result, other = other, result
                    if form == QUANTILE:
                        at = rank_of(parameter, count)
                        k = int(at)
                        between_lines(lines, spare, k * room, min(k + 1, count - 1) * room, mark, at - k, many)
                        result = spare

                    if form == MODE and option == 4 and count == 4:
                        mode_of_four(lines, result, 0, room, many)
                    elif form == MODE and option == 8 and count == 8:
                        mode_of_eight(lines, result, 0, room, many)
                    elif modes:  # each number is compared with those behind it: the first of a kind finds all of them
                        label, better, now, other = spare, spare + 2 * room, spare + 4 * room, free
                        copy_run(lines, label, lines, 0, many)
                        fill_run(lines, label + room, many, lines.dtype.type(0))
                        for k in range(count):
                            fill_run(lines, now, many, lines.dtype.type(1))
                            j = k + 1
                            while j < count:
                                lots = 4 if j + 4 <= count else 1
                                count_equal(lines, other, now, k * room, j * room, room, many, lots)
                                now, other, j = other, now, j + lots
                            ignores = form == MODE_BUT_ONE
                            better_of_two(lines, better, label, k * room, now, parameter, ignores, room, many)
                            label, better = better, label
                        result = label
                    if modes and floating:
                        other = spare + room if result == spare else spare
                        nan_where_marked(lines, other, result, mark, many)
                        result = other

                    if form == WEIGHTED:
                        total, other = spare, spare + 2 * room
                        fill_run(lines, total, many, identity)
                        fill_run(lines, total + room, many, identity)
                        for k in range(count):
                            add_weights(lines, other, total, k * room, mark, parameter, room, many)
                            total, other = other, total
                        result = other
                        finish_weights(lines, result, mark, total, count, parameter, room, many)

                    # draws of a row follow each other evenly, or those of each of its pixels
                    even = inner == 1 or table[f.DRAW_WIDTH] == inner * table[f.DRAW_INNER]
                    groups, line = (1, n) if even else (wins, inner)
                    by_number = table[f.DRAW_WIDTH] if inner == 1 else table[f.DRAW_INNER]
                    squares = form == EVENLY and not indexed and count == 4 and wide == stride == 2
                    squares = squares and step_w == 1 and inner == 1
                    if form == EVENLY and not squares:
                        for r in range(rows):
                            number, by_pixel = draw + r * table[f.DRAW_HEIGHT], table[f.DRAW_WIDTH]
                            draw_positions(found, r * n, seed, number, by_pixel, groups, by_number, line, count)
                    if form == SHARES:
                        total, other, aim = 0, spare, spare + 2 * room
                        if count % 2 == 0:
                            sum_of_two(lines, spare + room, 0, room, many)
                            total = spare + room
                        for k in range(2 - count % 2, count, 2):
                            sum_of_three(lines, other, total, k * room, (k + 1) * room, many)
                            total, other = other, spare + room if other == spare else spare
                        for r in range(rows):
                            number, at = draw + r * table[f.DRAW_HEIGHT], r * n
                            by_pixel = table[f.DRAW_WIDTH]
                            aim_all(lines, aim + at, total + at, seed, number, by_pixel, groups, by_number, line)
                        below, other = 0, spare
                        fill_run(found, 0, many, np.int32(0))
                        for k in range(1, count):
                            pass_on(found, lines, other, below, aim, k * room, k, many)
                            below, other = other, spare + room if other == spare else spare
                    if searches:
                        fill_run(found, 0, many, np.int32(-1))
                        for k in range(count - 1, -1, -1):
                            find_equal(found, lines, ((sets - 1) * count + k) * room, result, k, many)

                    # results
                    joined = not finds and table[f.Y_HEIGHT] == n
                    for r in range(1 if joined else rows):
                        goal = to + r * table[f.Y_HEIGHT]
                        if draws:
                            src, step, number = begin + r * src_row, stride * inner, draw + r * table[f.DRAW_HEIGHT]
                            if ahead != 0 and not takes:
                                for j in range(min(table[f.STRIDE_H], high)):
                                    fetch_run(x, src + ahead + j * step_h, n * stride)
                        if form == EVENLY and squares:
                            draw_of_four(y, goal, x, src, src + offsets[2], seed, number, by_number, n)
                        elif draws:
                            put_chosen(y, goal, x, src, step, wins, inner, found, r * n, offsets)
                        else:
                            put(y, goal, lines, result + r * n, rows * n if joined else n)
                        if indexed:
                            corner = first_d * table[f.INDEX_D] + (first_h + r * apart) * table[f.INDEX_H]
                            corner += first_w * table[f.INDEX_W]
                            step = stride * table[f.INDEX_W]
                            put_indices(indices, goal, corner, step, wins, inner, found, r * n, offsets, count)

    return across
