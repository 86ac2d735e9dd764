"""A block of small planes transposed in scratch memory: the numbers of all lie side by side then, as channels do."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from . import frame as f
from . import intrinsics
from .intrinsics import SQUARE
from .lines import LINE

__all__ = ["places_for", "put_planes", "take_planes"]


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
