"""How the bytes of a call travel: input fetched ahead, results past the cache. Measured limits, in one place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kernels import frame as f

__all__ = ["LARGEST", "goes_past_cache", "is_always_new", "is_fetched", "set_traffic"]

# Input from this many bytes on is fetched ahead, and so far, or a row: the second-level cache holds less. Of rows that
# would fill it, what lies ahead is fetched; long rows from which windows are read straight, the processor foresees.
_FETCH_FROM = 2 * 2**20
_AHEAD = 8 * 2**10
_LONG_ROW = 256 * 2**10
_LONG_FORESEEN = 8 * 2**10
# Bytes moved of which the last-level cache keeps enough to be of use, and bytes of which it keeps nothing.
_SOME_CACHED = 32 * 2**20
_NONE_CACHED = 256 * 2**20
LARGEST = _NONE_CACHED + 2**20
# Rows of results of fewer bytes gain most from that: the processor foresees stores to long ones.
_SHORT_RESULTS = 3 * 2**10
# A new array of more bytes is memory that the system fills with zeros, in the cache: it is best written there.
_ALWAYS_NEW = 32 * 2**20


def goes_past_cache(bytes_in: int, bytes_out: int, row: int = _SHORT_RESULTS) -> bool:
    """Whether results, in rows of so many bytes, are better written past the cache: a good part of much that is moved.

    What reads them next takes no longer, or less than was gained.
    """
    moved = bytes_in + bytes_out
    least = 5 if row < _SHORT_RESULTS else 2
    return moved > _NONE_CACHED or (moved > _SOME_CACHED and least * bytes_out >= bytes_in)


def is_always_new(size: int) -> bool:
    """Whether an array of so many bytes that has just been allocated is memory that nobody had before."""
    return size > _ALWAYS_NEW


def is_fetched(bytes_in: int) -> bool:
    """Whether an input is better fetched ahead: it is not in a cache of one core."""
    return bytes_in > _FETCH_FROM


def set_traffic(frame: NDArray[np.int64], bytes_in: int, rows: int, *, across: bool, direct: bool) -> None:
    """How far ahead an input of so many ``rows`` in each plane is fetched; ``direct`` is without lines in between.

    With ``across`` nothing is kept from one row of results to the next: rows may be finished one by one, so that they
    lie side by side where they go past the cache, and input is read as it lies.
    """
    if not frame[f.HEIGHT] or not bytes_in:
        return
    shared = frame[f.KERNEL_H] > frame[f.STRIDE_H]
    frame[f.ACROSS] = across and frame[f.STRIPS] > 1 and (frame[f.KERNEL_H] <= 3 or not shared)
    row = bytes_in // int(frame[f.OUTER] * frame[f.PLANE_DEPTH] * rows)
    if not is_fetched(bytes_in) or (direct and row >= _LONG_FORESEEN and not frame[f.LONG]):
        return
    # rows of blocks are read once each, one after the other
    frame[f.FETCHED] = 1 if frame[f.GROUP] else max(rows // int(frame[f.HEIGHT]), 1)
    along_rows = frame[f.ACROSS] or frame[f.STRIPS] == 1 or frame[f.HEIGHT] == 1
    if along_rows and row * int(frame[f.FETCHED]) > _LONG_ROW:
        frame[f.AHEAD] = _AHEAD * int(frame[f.PLANE_WIDTH] * frame[f.INNER]) // row
    else:
        steps = max(_AHEAD // max(row // int(frame[f.STRIPS]) * int(frame[f.FETCHED]), 1), 1)
        frame[f.AHEAD] = steps * frame[f.FETCHED] * frame[f.X_HEIGHT]
