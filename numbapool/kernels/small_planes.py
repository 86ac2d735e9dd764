"""A block of small planes transposed in scratch memory: the numbers of all lie side by side then, as channels do."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from . import frame as f
from .intrinsics import numbers_in, prefetch_line
from .lines import LINE

__all__ = ["put_planes", "take_planes"]


@register_jitable
def take_planes(tile, bases, src, table, first, here):
    """`BLOCK` planes from ``first`` on; where fewer are left, the last of those ``here`` once more.

    ``bases`` are then where these planes begin, and where those of their results do. `BLOCK` is a multiple of four.
    """
    block, rows, row = table[f.BLOCK], table[f.DEPTH] * table[f.HEIGHT], table[f.WIDTH]
    for i in range(block):
        plane = first + min(i, here - 1)
        o, p = plane // table[f.OUTER_1], plane % table[f.OUTER_1]
        bases[i] = table[f.X_BASE] + o * table[f.X_OUTER_0] + p * table[f.X_OUTER_1]
        bases[block + i] = table[f.Y_BASE] + o * table[f.Y_OUTER_0] + p * table[f.Y_OUTER_1]
    if table[f.X_HEIGHT] == row and table[f.X_DEPTH] == row * table[f.HEIGHT]:
        rows, row = 1, row * rows  # one long row
    for k in range(rows):
        d, h = k // table[f.HEIGHT], k % table[f.HEIGHT]
        at = d * table[f.X_DEPTH] + h * table[f.X_HEIGHT]
        _transpose(tile, k * row * block, block, src, bases, at, row, table[f.AHEAD])


@register_jitable
def put_planes(dst, bases, tile, table, here):
    """The way back: results of the first planes of a block, as many as are ``here``."""
    block, rows, row = table[f.BLOCK], table[f.OUT_DEPTH] * table[f.OUT_HEIGHT], table[f.OUT_WIDTH]
    if table[f.Y_HEIGHT] == row and table[f.Y_DEPTH] == row * table[f.OUT_HEIGHT]:
        rows, row = 1, row * rows
    for k in range(rows):
        d, h = k // table[f.OUT_HEIGHT], k % table[f.OUT_HEIGHT]
        at = d * table[f.Y_DEPTH] + h * table[f.Y_HEIGHT]
        _transpose_back(dst, bases, block, at, tile, k * row * block, block, here, row)


@register_jitable
def _transpose(tile, to, block, src, bases, at, n, ahead):
    """``n`` numbers of each of ``block`` planes, four planes at a time."""
    to, block, at = np.uint64(to), np.uint64(block), np.uint64(at)
    one, two, three, line = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(numbers_in(LINE, src))
    for p in range(np.uint64(0), block, np.uint64(4)):
        a, b = np.uint64(bases[p]) + at, np.uint64(bases[p + one]) + at
        c, d = np.uint64(bases[p + two]) + at, np.uint64(bases[p + three]) + at
        for begin in range(np.uint64(0), np.uint64(n), line):
            if ahead != 0:
                for k in range(4):
                    prefetch_line(src, bases[np.int64(p) + k] + np.int64(at + begin) + ahead)
            for i in range(begin, min(begin + line, np.uint64(n))):
                q, r, s, t, here = src[a + i], src[b + i], src[c + i], src[d + i], to + i * block + p
                tile[here], tile[here + one], tile[here + two], tile[here + three] = q, r, s, t


@register_jitable
def _transpose_back(dst, bases, first, at, tile, a, block, planes, n):
    a, block, first, at = np.uint64(a), np.uint64(block), np.uint64(first), np.uint64(at)
    for p in range(np.uint64(planes)):
        base = np.uint64(bases[first + p]) + at
        for i in range(np.uint64(n)):
            dst[base + i] = tile[a + i * block + p]
