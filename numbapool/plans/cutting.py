"""How the work of a task is cut into units, and how much scratch memory a unit needs, for each form of `choice`."""

from __future__ import annotations

import numpy as np

from ..kernels import frame as f
from ..kernels.across import SPARE
from ..kernels.fold import EDGE
from ..kernels.gather import CALLED
from ..kernels.intrinsics import SQUARE
from .tables import Task

__all__ = [
    "block_of_rows",
    "cut_across",
    "cut_columns",
    "cut_gather",
    "cut_pixels",
    "cut_planes",
    "cut_rows",
    "cut_selected_any",
    "cut_selected_pixels",
    "cut_selected_planes",
    "cut_selected_rows",
    "cut_selected_slide",
    "cut_selection",
    "cut_slab",
    "cut_slide",
    "cut_spread",
    "cut_squares",
    "cut_weigh",
    "cut_weigh_one",
    "cut_whole",
    "rows_ahead",
]

# Numbers of 32 bits per line of scratch memory, so that several lines fit the L1 cache: 8 KiB.
LINE = 2048
# Numbers of 32 bits in the lines that a block of windows shares, so that they fit the L2 cache: 512 KiB.
SHARED = 128 * 1024
# Results per unit of work, enough to repay its set-up.
UNIT = 8192
# Bytes of the lines that windows are gathered into, so that they fit the L2 cache, and most windows at a time.
LINES_BYTES, WINDOWS = 256 * 1024, 512
# Prefetch distance in bytes.
AHEAD = 8 * 1024
# Bytes of a row of results from which on they may go past the caches.
STREAMED_ROW = 512
# Small planes that lie side by side in scratch memory, and numbers of them all, so that they fit the L2 cache.
PLANES, TILE = 128, 32 * 1024


def cut_lines(t: Task, kept: int, block: int) -> None:
    """Strips of which a line, and the lines kept for a block of rows, stay in the caches."""
    reach, width = (t[f.KERNEL_W] - 1) * t[f.STEP_W], max(t[f.OUT_WIDTH], 1)
    smaller = max(4 // t.reduction.identity.dtype.itemsize, 1)
    line = min(LINE, SHARED // max(kept, 1)) * smaller // t[f.INNER]
    fits = max((line - reach) // t[f.STRIDE_W], 2 * reach // t[f.STRIDE_W], 16)
    strips = 1 if width <= 1.5 * fits else -(-width // fits)
    t[f.STRIP], t[f.BLOCK], t[f.LINES_KEPT] = -(-width // strips), block, kept
    numbers = ((t[f.STRIP] - 1) * t[f.STRIDE_W] + reach + 2) * t[f.INNER]
    t[f.LINE_ROOM] = (numbers + 3 * EDGE + 31) // 16 * 16
    t[f.UNITS] = t.blocks * t.strips
    if block == 1 and strips > 1 and t[f.AHEAD] != 0:  # the next unit goes on in the same row
        t[f.AHEAD] = AHEAD // t.dtype.itemsize
    stream_rows(t, STREAMED_ROW)


def cut_rows(t: Task) -> None:
    row = max(t[f.OUT_WIDTH] * t[f.INNER], 1)
    cut_lines(t, 0, max(min(UNIT // row, t[f.OUT_HEIGHT]), 1))


def cut_slide(t: Task) -> None:
    block = max(min(t[f.KERNEL_H] // t[f.STRIDE_H], t[f.OUT_HEIGHT]), 1)
    cut_lines(t, block, block)


def cut_slab(t: Task) -> None:
    stride, reach = t[f.STRIDE_H], (t[f.KERNEL_H] - 1) * t[f.STEP_H]
    line = min(LINE, (t[f.WIDTH] + 2 * EDGE) * t[f.INNER])
    block = max(min((SHARED // line - reach) // stride, t[f.OUT_HEIGHT]), 4)
    cut_lines(t, (block - 1) * stride + reach + 1, block)


def rows_ahead(t: Task, together: int) -> int:
    """The prefetch distance in rows, a multiple of those that are read ``together``."""
    return -(-AHEAD // max(together * t.row_bytes, 1)) * together


def prefetch_rows(t: Task, least: int, below: int = 2**62) -> None:
    """Prefetch rows of so many bytes alone: shorter ones take little time, long ones the hardware follows."""
    if not least <= t.row_bytes < below:
        t[f.AHEAD] = 0


def stream_rows(t: Task, least: int) -> None:
    """Let results go past the caches, in rows of at least so many bytes."""
    t.streams = t[f.OUT_WIDTH] * t[f.INNER] * t.reduction.dtype.itemsize >= least


def cut_squares(t: Task) -> None:
    row = max(t[f.OUT_WIDTH], 1)
    t[f.STRIP], t[f.BLOCK] = min(row, UNIT), max(min(UNIT // row, t[f.OUT_HEIGHT]), 1)
    t[f.UNITS] = t.blocks * -(-row // t[f.STRIP])
    prefetch_rows(t, 256, AHEAD)
    stream_rows(t, STREAMED_ROW // 3)  # shorter ones, as little is computed, and rows are put out together


def cut_pixels(t: Task) -> None:
    strip = max(min(LINE * t[f.OUT_WIDTH] // max(t[f.INNER] * t[f.WIDTH], 1), t[f.OUT_WIDTH]), 1)
    begins = np.arange(0, max(t[f.OUT_WIDTH], 1), strip)
    held = t.width.count > 0
    first = np.where(held, t.width.first, t.width.size)
    last = np.where(held, t.width.first + (t.width.count - 1) * t.width.step, -1)
    spans = np.maximum.reduceat(last, begins) - np.minimum.reduceat(first, begins) + 1 if len(first) else begins
    t[f.STRIP], t[f.BLOCK], t[f.LINE_ROOM] = strip, 1, max(int(spans.max()), 1) * t[f.INNER]
    t[f.UNITS] = t.rows * len(begins)
    prefetch_rows(t, 0, AHEAD)


def block_of_planes(t: Task) -> int:
    fit = min(PLANES, t.planes, TILE // max(t.positions, t.outputs, 1))
    return -(-max(fit, SQUARE) // SQUARE) * SQUARE


def cut_planes(t: Task) -> None:
    t[f.STRIP], t[f.BLOCK] = max(t[f.OUT_WIDTH], 1), block_of_planes(t)
    t[f.LINE_ROOM] = t[f.WIDTH] * t[f.BLOCK]
    t[f.UNITS] = -(-t.planes // t[f.BLOCK]) if t.outputs else 0


def cut_whole(t: Task) -> None:
    t[f.UNITS] = t.rows * t[f.OUT_WIDTH]


def cut_spread(t: Task) -> None:
    row = max(t[f.OUT_WIDTH] * t[f.INNER], 1)
    t[f.STRIP], t[f.BLOCK] = max(t[f.OUT_WIDTH], 1), max(min(UNIT // row, t[f.OUT_HEIGHT]), 1)
    reach = (t[f.KERNEL_W] - 1) // t[f.STRIDE_W]
    runs = (t[f.OUT_WIDTH] + t[f.PAD_W]) // t[f.STRIDE_W] + 2
    t[f.LINE_ROOM] = (max(runs, t[f.WIDTH]) + reach) * t[f.INNER] + EDGE
    t[f.UNITS] = t.blocks
    stream_rows(t, STREAMED_ROW)


def cut_selection(t: Task, block: int, kept: int) -> None:
    inner, stride, reach = t[f.INNER], t[f.STRIDE_W], (t[f.KERNEL_W] - 1) * t[f.STEP_W]

    def room(strip: int) -> int:
        lines = [((strip - 1) * stride + reach + 1) * inner + 112, (strip + reach) * inner + 64]
        if stride > 1:
            phase = ((strip + reach // stride) * inner + 32) // 32 * 32
            lines.append(min(stride, reach + 1) * phase + 64)
        return -(-max(lines) // 16) * 16

    strip = max(min(LINE // (stride * inner), t[f.OUT_WIDTH]), min(16, t[f.OUT_WIDTH]), 1)
    while strip > 16 and (7 + kept) * room(strip) > SHARED // 2:
        strip = -(-strip // 2)
    t[f.STRIP], t[f.BLOCK], t[f.LINES_KEPT], t[f.LINE_ROOM] = strip, block, kept, room(strip)
    t[f.UNITS] = t.blocks * t.strips
    prefetch_rows(t, 512)
    stream_rows(t, STREAMED_ROW)


def block_of_rows(t: Task) -> int:
    return max(t[f.OUT_HEIGHT] if t.planes >= 32 else max(t[f.OUT_HEIGHT] // 8, 8), 1)


def cut_selected_rows(t: Task) -> None:
    depth, height = (int(a.count.max(initial=1)) for a in (t.depth, t.height))
    cut_selection(t, block_of_rows(t), depth * ((height - 1) * t[f.STEP_H] + 1))


def cut_selected_slide(t: Task) -> None:
    block = max(min(-(-t[f.KERNEL_H] // t[f.STRIDE_H]), t[f.OUT_HEIGHT]), 1)
    cut_selection(t, block, block)


def cut_selected_any(t: Task) -> None:
    widest = int(t.width.count.max(initial=1)) * t[f.INNER]
    t[f.STRIP], t[f.BLOCK], t[f.STARTS] = max(min(t[f.OUT_WIDTH], 8 * UNIT // widest), 1), 8, 0
    numbers = max(t[f.INNER], min(max(t[f.WIDTH], t[f.OUT_WIDTH]) * t[f.INNER], 2 * LINE))
    t[f.LINE_ROOM] = -(-numbers // 16) * 16
    t[f.UNITS] = t.blocks * t.strips


def cut_selected_planes(t: Task) -> None:
    t[f.BLOCK], t[f.STRIP], t[f.LINES_KEPT] = block_of_planes(t), max(t[f.OUT_WIDTH], 1), t.values
    t[f.UNITS] = -(-t.planes // t[f.BLOCK])


def cut_selected_pixels(t: Task) -> None:
    t[f.BLOCK], t[f.STRIP], t[f.LINES_KEPT] = 1, max(UNIT // t[f.INNER], 1), t.values
    t[f.UNITS] = t.rows * t.strips
    prefetch_rows(t, 0, AHEAD)


def cut_windows(t: Task, windows: int, channels: int, unit: int) -> None:
    strip = max(min(windows // channels, t[f.OUT_WIDTH]), 1)
    block = max(min(windows // (strip * channels), t[f.OUT_HEIGHT]), 1)
    t[f.STRIP], t[f.BLOCK], t[f.LINES_KEPT] = strip, block, t.values
    t[f.LINE_ROOM] = -(-strip * block * channels // unit) * unit


def cut_across(t: Task) -> None:
    r, itemsize = t.reduction, t.reduction.identity.dtype.itemsize
    lines = t.values * (2 if r.indexed and not r.draws else 1) + SPARE
    windows = min(max(LINES_BYTES // (lines * itemsize) // 64, 1) * 64, WINDOWS)
    cut_windows(t, windows, t[f.INNER], 64)
    if t[f.STRIP] * t[f.INNER] * itemsize >= 1024:
        t[f.BLOCK] = 1
        t[f.LINE_ROOM] = -(-t[f.STRIP] * t[f.INNER] // 64) * 64
    t[f.UNITS] = t.blocks * t.strips
    t[f.AHEAD] = rows_ahead(t, t[f.BLOCK] * t[f.STRIDE_H]) * t[f.X_HEIGHT]  # whole rectangles of windows


def cut_columns(t: Task) -> None:
    strip = max(min(8192 // t.reduction.identity.dtype.itemsize // t[f.INNER], t[f.OUT_WIDTH]), 1)
    t[f.STRIP], t[f.BLOCK] = strip, 8
    t[f.LINE_ROOM] = -(-(strip + 2 * t[f.STEP_W]) * t[f.INNER] // 64) * 64
    t[f.UNITS] = t.blocks * t.strips


def cut_gather(t: Task) -> None:
    padded = t[f.KERNEL_D] * t[f.KERNEL_H] * t[f.KERNEL_W]  # what is called gets whole windows
    values = padded if t.reduction.gives == CALLED else t.values
    t[f.STRIP], t[f.BLOCK], t[f.LINES_KEPT], t[f.LINE_ROOM] = max(64 // t[f.INNER], 1), 1, values, 0
    t[f.UNITS] = t.rows * t.strips


def cut_weigh(t: Task) -> None:
    t[f.CHANNELS] = min(t[f.INNER], 64)
    windows = max(min(LINES_BYTES // ((2 * t.values + SPARE) * 8) // 8 * 8, WINDOWS // 2), 8)
    cut_windows(t, windows, t[f.CHANNELS], 8)
    t[f.UNITS] = t.planes * -(-t[f.INNER] // t[f.CHANNELS])


def cut_weigh_one(t: Task) -> None:
    t[f.CHANNELS], t[f.LINES_KEPT] = 1, t.values
    t[f.UNITS] = t.planes * t[f.INNER]
