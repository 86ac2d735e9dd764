"""Separable poolings pixel by pixel: runs of numbers that lie side by side are combined for one window after the other.

For channels behind the width (`PIXELS`), and for many small planes, of which a block is transposed in scratch memory
so that their numbers lie side by side as channels do (`PLANES`). Windows may be of any sizes along every axis.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange
from numba.extending import register_jitable

from . import frame as f
from . import intrinsics
from .compile import jitable, kernel
from .intrinsics import SQUARE
from .lines import (
    LINE,
    combining_loops,
    fill_run,
    finishing_loops,
    loading_loops,
    prefetch_run,
)

__all__ = ["PIXELS", "PLANES", "fold_pixels", "places_for", "put_planes", "take_planes"]

PIXELS, PLANES = "pixels", "planes"


@cache
def _uneven_windows(combine: Any, finish: Any) -> Any:
    """Windows of several sizes along a line of single numbers."""

    @jitable
    def uneven_windows(dst, to, line, now, low, table, w, n, identity, divisor, share, parameter):
        first, count, factors = table[f.FIRST_W] + w, table[f.COUNT_W] + w, table[f.DIVISOR_W] + w
        step = table[f.STEP_W]
        for i in range(n):
            a, total = now + table[first + i] - low, identity
            for k in range(table[count + i]):
                total = combine(total, line[a + k * step])
            dst[to + i] = finish(total, divisor if divisor != 0 else share * table[factors + i], parameter)

    return uneven_windows


@kernel
def fold_pixels(load, combine, combine_last, finish, source):
    """Rows of a window are combined into one line of pixels, then the pixels of each window."""
    load_rows, *_ = loading_loops(load, combine)
    _, of_three, _, _ = combining_loops(combine)
    _, finish_runs, _ = finishing_loops(combine_last, finish)
    uneven_windows = _uneven_windows(combine, finish)

    def fold_pixels(x, y, table, identity, parameter, pieces):
        strip, strips = table[f.STRIP], (table[f.OUT_WIDTH] + table[f.STRIP] - 1) // table[f.STRIP]
        block, room, divisor, ahead = table[f.BLOCK], table[f.LINE_ROOM], table[f.DIVISOR], table[f.AHEAD]
        planes = table[f.OUTER_0] * table[f.OUTER_1]
        outputs = table[f.OUT_DEPTH] * table[f.OUT_HEIGHT] * table[f.OUT_WIDTH]
        inner = block if source == PLANES else table[f.INNER]
        x_height = table[f.WIDTH] * block if source == PLANES else table[f.X_HEIGHT]
        x_depth = table[f.HEIGHT] * x_height if source == PLANES else table[f.X_DEPTH]
        numbers = table[f.DEPTH] * table[f.HEIGHT] * table[f.WIDTH]
        step_d, step_h, step_w = table[f.STEP_D] * x_depth, table[f.STEP_H] * x_height, table[f.STEP_W] * inner
        rows_of_unit = table[f.OUT_DEPTH] * table[f.OUT_HEIGHT] if source == PLANES else 1
        for piece in prange(pieces):
            lines = np.full(2 * room + 2 * inner, identity)
            if source == PLANES:
                places = places_for(block, max(numbers, outputs))
                src, dst = np.empty(numbers * block, x.dtype), np.empty(outputs * block, y.dtype)
            else:
                src, dst = x, y
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                if source == PLANES:
                    first_row, w, here = 0, 0, min(block, planes - unit * block)
                    take_planes(src, places, x, table, unit * block, here)
                else:
                    first_row, w = unit // strips, unit % strips * strip
                n = min(strip, table[f.OUT_WIDTH] - w)
                first_w, count_w = table[f.FIRST_W] + w, table[f.COUNT_W] + w
                low, high = table[f.WIDTH], 0
                for k in range(n):
                    if table[count_w + k] > 0:
                        low = min(low, table[first_w + k])
                        high = max(high, table[first_w + k] + (table[count_w + k] - 1) * table[f.STEP_W] + 1)
                span = max(high - low, 0) * inner
                for row in range(first_row, first_row + rows_of_unit):
                    rest, h = row // table[f.OUT_HEIGHT], row % table[f.OUT_HEIGHT]
                    d = rest % table[f.OUT_DEPTH]
                    if source == PLANES:
                        plane, to = 0, row * table[f.OUT_WIDTH] * block
                    else:
                        o = rest // table[f.OUT_DEPTH] // table[f.OUTER_1]
                        p = rest // table[f.OUT_DEPTH] % table[f.OUTER_1]
                        plane = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1]
                        to = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1]
                        to += d * table[f.Y_DEPTH] + h * table[f.Y_HEIGHT] + w * inner

                    # the rows of a window, as one line
                    at = plane + table[table[f.FIRST_D] + d] * x_depth + low * inner
                    at += table[table[f.FIRST_H] + h] * x_height
                    wide, deep = table[table[f.COUNT_H] + h], table[table[f.COUNT_D] + d]
                    if ahead != 0:
                        prefetch_run(src, at + ahead, deep * wide * span)
                    now, _ = load_rows(lines, 0, room, src, at, (deep, wide), step_d, step_h, span, identity, parameter)

                    # the pixels of each window
                    share = table[table[f.DIVISOR_D] + d] * table[table[f.DIVISOR_H] + h] if divisor == 0 else 0
                    if inner == 1:
                        uneven_windows(dst, to, lines, now, low, table, w, n, identity, divisor, share, parameter)
                    for k in range(n if inner > 1 else 0):
                        begin, count, taken = now + (table[first_w + k] - low) * inner, table[count_w + k], 1
                        a, free, other = begin, 2 * room, 2 * room + inner
                        by = divisor if divisor != 0 else share * table[table[f.DIVISOR_W] + w + k]
                        if count == 0:
                            fill_run(lines, free, inner, identity)
                            a, taken = free, 0
                        elif count > 3:
                            of_three(lines, free, a, a + step_w, a + 2 * step_w, inner)
                            a, taken = free, 3
                        while count - taken > 2:
                            b = begin + taken * step_w
                            of_three(lines, other, a, b, b + step_w, inner)
                            a, free, other, taken = other, other, free, taken + 2
                        b, left = begin + taken * step_w, count - taken
                        c = b + step_w
                        finish_runs(dst, to + k * inner, lines, a, b, c, left + 1, inner, by, parameter)
                if source == PLANES:
                    put_planes(y, places, dst, table, here)

    return fold_pixels


@register_jitable
def places_for(planes, positions):
    """Where each of some planes begins, in the source and in the result, and each position of a plane in the tile."""
    places = np.empty(2 * planes + positions, np.int64)
    for i in range(positions):
        places[2 * planes + i] = i * planes
    return places


@register_jitable
def take_planes(tile, places, src, table, first, here):
    """`BLOCK` planes from ``first`` on; where fewer are left, the last of those ``here`` once more.

    ``places`` then tell where they begin. `BLOCK` is a multiple of `SQUARE`.
    """
    block, rows, row = table[f.BLOCK], table[f.DEPTH] * table[f.HEIGHT], table[f.WIDTH]
    o, p = first // table[f.OUTER_1], first % table[f.OUTER_1]
    for i in range(block):
        places[i] = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1]
        places[block + i] = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1]
        if i + 1 < here:
            p += 1
        if p == table[f.OUTER_1]:
            o, p = o + 1, 0
    if table[f.X_HEIGHT] == row and table[f.X_DEPTH] == row * table[f.HEIGHT]:
        rows, row = 1, row * rows  # one long row
    for k in range(rows):
        d, h = k // table[f.HEIGHT], k % table[f.HEIGHT]
        at = d * table[f.X_DEPTH] + h * table[f.X_HEIGHT]
        _transpose(tile, k * row, block, src, places, at, row, table[f.AHEAD])


@register_jitable
def put_planes(dst, places, tile, table, here):
    """The way back: results of the first planes of a block, as many as are ``here``."""
    block, rows, row = table[f.BLOCK], table[f.OUT_DEPTH] * table[f.OUT_HEIGHT], table[f.OUT_WIDTH]
    if table[f.Y_HEIGHT] == row and table[f.Y_DEPTH] == row * table[f.OUT_HEIGHT]:
        rows, row = 1, row * rows
    for k in range(rows):
        d, h = k // table[f.OUT_HEIGHT], k % table[f.OUT_HEIGHT]
        at = d * table[f.Y_DEPTH] + h * table[f.Y_HEIGHT]
        _transpose_back(dst, places, block, at, tile, k * row, here, row)


@register_jitable
def _transpose(tile, first, block, src, places, at, n, ahead):
    """``n`` numbers of each plane, into the rows of the tile from ``first`` on."""
    for p in range(0, block, SQUARE):
        for begin in range(0, n, SQUARE):
            if ahead != 0 and begin % intrinsics.numbers_in(LINE, src) == 0:
                for k in range(p, p + SQUARE):
                    intrinsics.prefetch_line(src, places[k] + at + begin + ahead)
            i = min(begin, n - SQUARE)  # the last square overlaps the one before
            if i >= 0:
                intrinsics.transpose_square(tile, places, 2 * block + first + i, p, src, places, p, at + i)
        for i in range(n if n < SQUARE else 0):
            for k in range(p, p + SQUARE):
                tile[np.uint64((first + i) * block + k)] = src[np.uint64(places[k] + at + i)]


@register_jitable
def _transpose_back(dst, places, block, at, tile, first, planes, n):
    for p in range(0, planes, SQUARE):
        whole = n >= SQUARE and p + SQUARE <= planes
        for begin in range(0, n if whole else 0, SQUARE):
            i = min(begin, n - SQUARE)
            intrinsics.transpose_square(dst, places, block + p, at + i, tile, places, 2 * block + first + i, p)
        for k in range(p, min(p + SQUARE, planes) if not whole else 0):
            for i in range(n):
                dst[np.uint64(places[block + k] + at + i)] = tile[np.uint64((first + i) * block + k)]
