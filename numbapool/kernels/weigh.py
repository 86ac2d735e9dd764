"""Gradients of means whose weights depend on the values: each value gets its own share of each window that holds it.

Shares of overlapping windows are added up as float64, in one order, in a plane that is written out once it is complete.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange
from numba.extending import register_jitable

from . import frame as f
from .compile import jitable, kernel
from .lines import fill_run
from .order import rank_of
from .sorting import largest_of_lines
from .weights import count_lower, share_by_rank, sharing_loops

__all__ = ["weigh", "weigh_one"]

EVEN = 8  # lines are worked on in whole multiples of so many numbers
SPARE = 7  # lines to work in, behind those of the values and of the weights


@cache
def strided_loops(load: Any, store: Any) -> Any:
    """Loops over ``n`` runs of numbers that are ``step`` apart on one side and side by side on the other."""

    @jitable
    def take_runs(dst, to, src, a, step, n, run):
        to, a, step, n, run = np.uint64(to), np.uint64(a), np.uint64(step), np.uint64(n), np.uint64(run)
        if run == 1:
            for i in range(n):
                dst[to + i] = load(src[a + i * step])
            return
        for i in range(n):
            for j in range(run):
                dst[to + i * run + j] = load(src[a + i * step + j])

    @jitable
    def put_runs(dst, to, step, line, a, n, run):
        to, a, step, n, run = np.uint64(to), np.uint64(a), np.uint64(step), np.uint64(n), np.uint64(run)
        if step == run:
            for i in range(n * run):
                dst[to + i] = store(line[a + i])
            return
        for i in range(n):
            for j in range(run):
                dst[to + i * step + j] = store(line[a + i * run + j])

    return take_runs, put_runs


@register_jitable
def add_runs(dst, to, step, line, a, n, run):
    """Add ``n`` runs of a line to others that are ``step`` apart."""
    to, a, step, n, run = np.uint64(to), np.uint64(a), np.uint64(step), np.uint64(n), np.uint64(run)
    if run == 1:
        for i in range(n):
            dst[to + i * step] += line[a + i]
        return
    for i in range(n):
        for j in range(run):
            dst[to + i * step + j] += line[a + i * run + j]


@register_jitable
def add_pairs(dst, to, line, a, b, n):
    """Add the numbers of two runs by turns."""
    to, a, b, one = np.uint64(to), np.uint64(a), np.uint64(b), np.uint64(1)
    for i in range(np.uint64(n)):
        j = to + i + i
        p, q = dst[j] + line[a + i], dst[j + one] + line[b + i]
        dst[j] = p
        dst[j + one] = q


@kernel
def weigh(load, load_grad, store, ranks, largest, scalars):
    """Windows of so few numbers that these have a line each; a unit is a plane of some channels.

    With ``ranks`` shares go to the two numbers between which a quantile lies, and else to all.
    """
    take_runs, put_runs = strided_loops(load, store)
    take_grad = strided_loops(load_grad, store)[0]
    unused: Any = None
    keep_weights, share = (unused, unused) if ranks else sharing_loops(*scalars)

    def weigh(x, grad, gx, table, parameter, pieces):
        inner, room, channels, most = table[f.INNER], table[f.LINE_ROOM], table[f.CHANNELS], table[f.LINES_KEPT]
        parts, height, width = (inner + channels - 1) // channels, table[f.HEIGHT], table[f.WIDTH]
        step_d, step_h = table[f.STEP_D] * table[f.X_DEPTH], table[f.STEP_H] * table[f.X_HEIGHT]
        for piece in prange(pieces):
            lines = np.zeros((2 * most + SPARE) * room, np.float64)
            sums = np.empty(table[f.DEPTH] * height * width * channels, np.float64)
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                rest, c = unit // parts, unit % parts * channels
                o, p, run = rest // table[f.OUTER_1], rest % table[f.OUTER_1], min(channels, inner - c)
                source = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1] + c
                given = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1] + c
                fill_run(sums, 0, table[f.DEPTH] * height * width * run, 0.0)
                d, h, w = 0, 0, 0
                while d < table[f.OUT_DEPTH]:
                    fields = f.rectangle_of(table, h, w, table[f.BLOCK], table[f.STRIP])
                    rows, wins, first_h, first_w, high, wide, apart, stride = fields
                    first_d, deep = table[table[f.FIRST_D] + d], table[table[f.COUNT_D] + d]
                    count, n = deep * high * wide, wins * run
                    many = (rows * n + EVEN - 1) // EVEN * EVEN
                    begin = source + first_d * table[f.X_DEPTH] + first_h * table[f.X_HEIGHT] + first_w * inner
                    dst_row = ((first_d * height + first_h) * width + first_w) * run
                    grad_row = given + d * table[f.Y_DEPTH] + h * table[f.Y_HEIGHT] + w * inner
                    w += wins
                    if w == table[f.OUT_WIDTH]:
                        h, w = h + rows, 0
                    if h == table[f.OUT_HEIGHT]:
                        d, h = d + 1, 0

                    for r in range(rows):
                        row, k = begin + r * apart * table[f.X_HEIGHT], 0
                        for i in range(deep):
                            for j in range(high):
                                src = row + i * step_d + j * step_h
                                for t in range(wide):
                                    a = src + t * table[f.STEP_W] * inner
                                    take_runs(lines, k * room + r * n, x, a, stride * inner, wins, run)
                                    k += 1
                    given_line, mark, free = 2 * most * room, (2 * most + 1) * room, (2 * most + 2) * room
                    total, other = (2 * most + 3) * room, (2 * most + 5) * room
                    for r in range(rows):
                        take_grad(lines, given_line + r * n, grad, grad_row + r * table[f.Y_HEIGHT], inner, wins, run)

                    if ranks or largest:
                        mark = largest_of_lines(lines, count, room, mark, free, many)
                    if ranks:
                        at = rank_of(parameter, count)
                        low = int(at)
                        for k in range(count):
                            fill_run(lines, total, many, 0.0)
                            for j in range(count):
                                if j != k:
                                    count_lower(lines, other, total, k * room, j * room, j < k, many)
                                    total, other = other, total
                            share_by_rank(lines, (most + k) * room, total, low, at - low, mark, given_line, many)
                    else:
                        fill_run(lines, total, 2 * room, 0.0)
                        for k in range(count):
                            keep_weights(lines, other, total, (most + k) * room, k * room, mark, parameter, room, many)
                            total, other = other, total
                        for k in range(count):
                            share(lines, k * room, (most + k) * room, mark, total, given_line, room, many)

                    shares = most * room if ranks else 0
                    for r in range(rows):
                        row, k = dst_row + r * apart * width * run, shares + r * n
                        for i in range(deep):
                            for j in range(high):
                                to = row + (i * table[f.STEP_D] * height + j * table[f.STEP_H]) * width * run
                                t = 0
                                while t < wide:
                                    pair = stride == 2 and run == 1 and table[f.STEP_W] == 1 and t + 1 < wide
                                    if pair:
                                        add_pairs(sums, to + t, lines, k, k + room, n)
                                    else:
                                        add_runs(
                                            sums, to + t * table[f.STEP_W] * run, stride * run, lines, k, wins, run
                                        )
                                    k, t = k + (1 + pair) * room, t + 1 + pair

                for d in range(table[f.DEPTH]):
                    for h in range(height):
                        to, a = source + d * table[f.X_DEPTH] + h * table[f.X_HEIGHT], (d * height + h) * width * run
                        put_runs(gx, to, inner, sums, a, width, run)

    return weigh


@kernel
def weigh_one(load, load_grad, store, slopes):
    """Windows of many numbers, one by one; ``slopes(values, weights, places, count, parameter)`` fills in weights."""
    take_runs, put_runs = strided_loops(load, store)

    @jitable
    def add_times(dst, to, step, line, a, n, g):
        to, a, step = np.uint64(to), np.uint64(a), np.uint64(step)
        for i in range(np.uint64(n)):
            dst[to + i * step] += line[a + i] * g

    def weigh_one(x, grad, gx, table, parameter, pieces):
        inner, width, height = table[f.INNER], table[f.WIDTH], table[f.HEIGHT]
        step_d, step_h = table[f.STEP_D] * table[f.X_DEPTH], table[f.STEP_H] * table[f.X_HEIGHT]
        for piece in prange(pieces):
            values, weights = np.zeros(table[f.LINES_KEPT], np.float64), np.zeros(table[f.LINES_KEPT], np.float64)
            places = np.zeros(table[f.LINES_KEPT], np.int64)
            sums = np.empty(table[f.DEPTH] * height * width, np.float64)
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                rest, c = unit // inner, unit % inner
                o, p = rest // table[f.OUTER_1], rest % table[f.OUTER_1]
                source = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1] + c
                given = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1] + c
                fill_run(sums, 0, table[f.DEPTH] * height * width, 0.0)
                for window in range(table[f.OUT_DEPTH] * table[f.OUT_HEIGHT] * table[f.OUT_WIDTH]):
                    rest, w = window // table[f.OUT_WIDTH], window % table[f.OUT_WIDTH]
                    d, h = rest // table[f.OUT_HEIGHT], rest % table[f.OUT_HEIGHT]
                    first_d, deep = table[table[f.FIRST_D] + d], table[table[f.COUNT_D] + d]
                    first_h, high = table[table[f.FIRST_H] + h], table[table[f.COUNT_H] + h]
                    first_w, wide = table[table[f.FIRST_W] + w], table[table[f.COUNT_W] + w]
                    begin, k = source + first_d * table[f.X_DEPTH] + first_h * table[f.X_HEIGHT] + first_w * inner, 0
                    for i in range(deep):
                        for j in range(high):
                            row = begin + i * step_d + j * step_h
                            take_runs(values, k, x, row, table[f.STEP_W] * inner, wide, 1)
                            k += wide
                    slopes(values, weights, places, k, parameter)
                    g = load_grad(grad[given + d * table[f.Y_DEPTH] + h * table[f.Y_HEIGHT] + w * inner])
                    k = 0
                    for i in range(deep):
                        for j in range(high):
                            to = (first_d + i * table[f.STEP_D]) * height + first_h + j * table[f.STEP_H]
                            add_times(sums, to * width + first_w, table[f.STEP_W], weights, k, wide, g)
                            k += wide
                for d in range(table[f.DEPTH]):
                    for h in range(height):
                        to = source + d * table[f.X_DEPTH] + h * table[f.X_HEIGHT]
                        put_runs(gx, to, inner, sums, (d * height + h) * width, width, 1)

    return weigh_one
