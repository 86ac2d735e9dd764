"""Which compiled kernel serves given windows, and how it cuts the width into strips."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from .kernel import Kernel
from .kernels import chance, triples
from .kernels import frame as f
from .kernels.batches import FEWEST_PLANES
from .kernels.blocks import are_blocks, blocks_kernel, blocks_scratch, lines_of_blocks, set_blocks
from .kernels.flat import flat_kernel, flat_scratch, lines_kept, set_block
from .kernels.gather import gather_kernel, gather_scratch
from .kernels.lanes import Across, lanes_kernel, lanes_scratch
from .kernels.long import long_kernel, long_scratch
from .kernels.motion import Motion
from .kernels.rows import rows_kernel, rows_scratch, slabs_scratch
from .kernels.select import select_kernel, select_scratch
from .kernels.select_large import select_large_kernel, select_large_scratch
from .kernels.slabs import bytes_of_slabs, set_slabs
from .kernels.turned import turned_kernel, turned_scratch
from .kernels.turned_lanes import turned_lanes_kernel, turned_lanes_scratch
from .kernels.turned_select import turned_select_kernel, turned_select_scratch
from .long_pixels import for_long_pixels
from .moving import are_long, set_motion
from .scratch import Scratch
from .windows import Axis
from .work import Folding, Gathering, Selecting, Work

__all__ = ["choose", "most_values", "pays_to_turn"]

# Lines of about this many bytes stay in the first-level cache while they are worked on.
_STRIP_BYTES = 8 * 1024
# Numbers of a line where selections go across the rows first: four lines of values and of places, in the second level.
_STRIP_NUMBERS = 4096
# Scratch of the kernels that keep a line for every row of a window, or of its slabs, in bytes.
_RING_BYTES = 640 * 1024
# Positions of a plane, at most, where planes are turned, and twice as many if rows are short; more to select from them
# with indices, if rows of regular windows have fewer than `_SHORT_ROW` results, or twice as many where these overlap.
_MOST_POSITIONS = 256
_MOST_SELECTED = 1024
_SHORT_ROW = 8
# Numbers of a strip, where long windows lie along rows.
_LONG_STRETCH = 64 * 1024
# From this many rows shared with neighbouring windows on, running results down the columns win over reading again.
_SHARED_ROWS = 4


def choose(
    frame: NDArray[np.int64],
    slots: list[Axis],
    spread: Axis | None,
    work: Work,
    *,
    over_pixels: Motion | None = None,
    turned: bool = False,
    streams: bool = False,
) -> tuple[Kernel, Scratch, Motion]:
    """The kernel for these windows, and its scratch memory; sets how the frame cuts the width into strips.

    ``over_pixels`` tells how windows go over long pixels, if not by lines. With ``turned`` the frame is that of a
    turned batch of planes; with ``streams`` results go past the cache.
    """
    frame[f.STRIPS], frame[f.STRIP] = 1, frame[f.WIDTH]  # unless a kernel has it cut
    if isinstance(work, Gathering):
        return _for_turned_lanes(frame, slots, work) if turned else _for_gathering(frame, slots, work, streams)
    depth, height, width = slots
    inner = int(frame[f.INNER])
    if isinstance(work, Folding) and spread is None and inner == 1 and are_long(depth, height, width):
        frame[f.LONG] = True
        _stretch(frame, max(_LONG_STRETCH // int(width.count.max()), 1))
        return long_kernel(work.fold), long_scratch(work.parameter), Motion.SLIDE
    if turned and isinstance(work, Selecting):
        return turned_select_kernel(work.choice), turned_select_scratch(frame, work.identity), Motion.TABLE
    if over_pixels is not None:
        wide = _positions(slots) >= 2**31
        return *for_long_pixels(frame, width.outputs, over_pixels, work, streams, wide), over_pixels
    motion = set_motion(frame, width, spread, isinstance(work, Selecting))
    if isinstance(work, Selecting):
        return _for_selecting(frame, slots, motion, work, streams)
    numbers, high = (work.identity, work.parameter), height.kernel_size
    if turned:
        _cut(frame, width.outputs, motion, work, 0)
        return turned_kernel(work.fold, motion), turned_scratch(frame, *numbers, motion), motion
    row, several = width.size * inner * work.identity.dtype.itemsize, height.outputs > 1 and height.step == 1
    if several and high and spread is None and are_blocks(frame, motion, row):
        _cut(frame, width.outputs, motion, work, lines_of_blocks(high, height.stride, motion))
        set_blocks(frame, motion, work.identity.dtype.itemsize)
        return blocks_kernel(work.fold, motion, streams), blocks_scratch(frame, *numbers, motion, work.along), motion
    _cut(frame, width.outputs, motion, work, 0)
    if _keeps_slabs(frame, depth, work.identity.dtype.itemsize):
        set_slabs(frame, work.identity.dtype.itemsize)
        scratch = slabs_scratch(frame, *numbers, motion, work.along)
        return rows_kernel(work.fold, motion, streams, deep=False, overlap=True), scratch, motion
    if _shares_rows(height):
        _cut(frame, width.outputs, motion, work, lines_kept(high))
        set_block(frame)
        return flat_kernel(work.fold, motion, streams), flat_scratch(frame, *numbers, motion, work.along), motion
    deep = motion is Motion.FILL2 and depth.kernel_size == 2
    scratch = rows_scratch(frame, *numbers, motion=motion, along=work.along)
    return rows_kernel(work.fold, motion, streams, deep=deep, overlap=False), scratch, motion


def _for_selecting(
    frame: NDArray[np.int64], slots: list[Axis], motion: Motion, work: Selecting, streams: bool
) -> tuple[Kernel, Scratch, Motion]:
    wide, width = _positions(slots) >= 2**31, slots[2]
    if motion is Motion.TABLE or _pays_rows_first(slots, int(frame[f.INNER])):
        _cut_by_table(frame, width)
        return select_large_kernel(work.choice, wide), select_large_scratch(frame, work.identity, wide), Motion.TABLE
    lines = int(frame[f.KERNEL_D] * ((frame[f.KERNEL_H] - 1) * frame[f.STEP_H] + 1))
    _cut(frame, width.outputs, motion, work, lines)
    return select_kernel(work.choice, motion, wide, streams), select_scratch(frame, work.identity, wide), motion


def _for_gathering(
    frame: NDArray[np.int64], slots: list[Axis], work: Gathering, streams: bool
) -> tuple[Kernel, Scratch, Motion]:
    width = slots[2]
    most = most_values(slots)
    if work.evenly and most < 2**31:
        _stretch(frame, chance.STRETCH)
        wide = max(_positions(slots), _reach(frame, slots)) >= 2**31
        return chance.chance_kernel(work.indexed, wide), chance.chance_scratch(frame, wide), Motion.SLIDE
    alike = all(a.kernel_size and len(a.runs) == 1 for a in slots)
    if alike and work.of_triples and width.stride == 1 and [int(a.count[0]) for a in slots] == [1, 3, 3]:
        _stretch(frame, triples.STRETCH_BYTES // work.identity.dtype.itemsize)
        return triples.triples_kernel(*work.of_triples), triples.triples_scratch(frame, work.identity), Motion.SLIDE
    across = work.across(most) if alike and work.across is not None else None
    if across is None:
        return gather_kernel(work.window, work.indexed), gather_scratch(frame, work.identity, most), Motion.TABLE
    _stretch(frame, across.together(most, work.identity.dtype))
    scratch = lanes_scratch(frame, work.identity, across, most)
    return lanes_kernel(streams, work.indexed, across), scratch, Motion.SLIDE


def _for_turned_lanes(frame: NDArray[np.int64], slots: list[Axis], work: Gathering) -> tuple[Kernel, Scratch, Motion]:
    most, across = most_values(slots), _across_any(slots, work)
    if across is None:  # then it would not be turned
        raise AssertionError
    scratch = turned_lanes_scratch(frame, work.identity, across, most, work.indexed)
    return turned_lanes_kernel(work.indexed, across), scratch, Motion.SLIDE


def _across_any(slots: list[Axis], work: Gathering) -> Across | None:
    """What works on all windows at once, if there is such a thing; other than that for some, where they differ."""
    alike = all(a.count.min(initial=1) == a.count.max(initial=1) for a in slots)
    return None if work.across is None else work.across(most_values(slots), alike=alike)


def _stretch(frame: NDArray[np.int64], most: int) -> None:
    """Cut the width into strips of at most so many numbers."""
    frame[f.STRIP] = min(max(most // frame[f.INNER], 1), max(frame[f.WIDTH], 1))
    frame[f.STRIPS] = -(-frame[f.WIDTH] // frame[f.STRIP])


def _cut(frame: NDArray[np.int64], outputs: int, motion: Motion, work: Folding | Selecting, lines: int) -> None:
    """Cut the width into strips; ``lines`` is how many lines of results a kernel keeps beside the one it works on."""
    inner, number = int(frame[f.INNER]), work.identity.dtype.itemsize
    reach = int((frame[f.KERNEL_W] - 1) * frame[f.STEP_W] + 1)
    pixels = 1 if motion.spreads else int(frame[f.STRIDE_W])
    numbers = _STRIP_BYTES // number
    if motion is Motion.FILL2 and isinstance(work, Folding):
        numbers *= 4  # windows that need no line: rows are better read whole
    strip = max(numbers, min(2 * reach * inner, 4 * numbers)) // (pixels * inner)
    if isinstance(work, Selecting):
        strip = min(strip, _RING_BYTES // (lines * (number + 4) * inner))
    elif lines:
        strip = min(strip, (_RING_BYTES // (lines * number * inner) - reach) // pixels)
    strip = min(max(strip, 16), max(outputs, 1))
    frame[f.STRIPS] = max(-(-outputs // strip), 1)
    frame[f.STRIP] = -(-outputs // frame[f.STRIPS])


def pays_to_turn(frame: NDArray[np.int64], slots: list[Axis], work: Work) -> bool:
    """Whether planes are so small, and so many, that batches of them had better lie side by side."""
    if frame[f.INNER] != 1 or frame[f.OUTER] < FEWEST_PLANES or are_long(*slots):
        return False
    positions, results, width = prod(a.size for a in slots), prod(a.outputs for a in slots), slots[2]
    if not isinstance(work, Selecting):
        most = _MOST_POSITIONS if width.size > _SHORT_ROW else 2 * _MOST_POSITIONS
        small = 1 < positions <= most and results <= most
        return small and (isinstance(work, Folding) or _across_any(slots, work) is not None)
    short = _SHORT_ROW if width.kernel_size <= width.stride else 2 * _SHORT_ROW
    return max(positions, results) <= _MOST_SELECTED and (not width.kernel_size or width.outputs < short)


def _cut_by_table(frame: NDArray[np.int64], width: Axis) -> None:
    """Cut the width into strips that reach over lines of about `_STRIP_NUMBERS`, or over one window each."""
    reached = max(width.size * int(frame[f.INNER]), 1)
    frame[f.STRIP] = max(min(_STRIP_NUMBERS * width.outputs // reached, width.outputs), 1)
    frame[f.STRIPS] = max(-(-width.outputs // frame[f.STRIP]), 1)
    begin = np.arange(0, width.outputs, frame[f.STRIP])
    end = np.minimum(begin + frame[f.STRIP], width.outputs) - 1
    last = width.first + (width.count - 1) * width.step
    frame[f.STRIDE_W], frame[f.PAD_W] = 1, 0
    frame[f.KERNEL_W] = np.max(last[end] - width.first[begin], initial=0) // width.step + 1


def _pays_rows_first(slots: list[Axis], inner: int) -> bool:
    """Whether a selection had better go across the rows of windows first, and along them then: in ns, as measured."""
    height, width = slots[1:]
    deep, high, wide = (int(a.count.max(initial=0)) for a in slots)
    numbers, results = width.size * inner, width.outputs * inner
    # phases, then a pass for each number of a window's width, on each row that the window before did not have
    strips = -(-width.outputs // max(_STRIP_BYTES // 4 // width.stride, 16))
    new = high if height.outputs == 1 else min(height.stride, high)
    split = 0.3 if width.stride <= 4 or inner >= 8 else 0.8
    along_first = deep * new * (split * numbers + wide * (12 * strips + 0.2 * results))
    if deep * high == inner == width.step == 1 and wide >= 64:  # a single row is cut into rows itself
        return width.outputs * (130 + 0.55 * wide) < along_first
    each = 10 + inner if inner >= 8 else 8 * inner
    return 0.25 * deep * high * numbers + width.outputs * wide * each < along_first


def _shares_rows(height: Axis) -> bool:
    """Whether neighbouring windows share so many rows that running results pay."""
    often = height.kernel_size * height.outputs >= _SHARED_ROWS * height.size
    return height.kernel_size > 4 and height.step == 1 and often


def _keeps_slabs(frame: NDArray[np.int64], depth: Axis, itemsize: int) -> bool:
    """Whether neighbouring windows share slabs, of three rows or more, all of which the second-level cache holds."""
    shared = depth.outputs > 1 and depth.step == 1 and (depth.kernel_size - depth.stride) * frame[f.KERNEL_H] > 2
    return shared and frame[f.STRIPS] == 1 and bytes_of_slabs(frame, itemsize) <= _RING_BYTES


def most_values(axes: Sequence[Axis]) -> int:
    """Number of values in the largest window."""
    return prod(int(a.count.max(initial=1)) for a in axes)


def _tallest(axis: Axis) -> int:
    """Distance from the first to the last position of the largest window."""
    return int(np.max((axis.count - 1) * axis.step, initial=0))


def _positions(slots: Sequence[Axis]) -> int:
    """How far apart in their plane numbers of one row of windows may lie."""
    depth, height, width = slots
    return (_tallest(depth) * height.size + _tallest(height) + 1) * width.size


def _reach(frame: NDArray[np.int64], slots: Sequence[Axis]) -> int:
    """How far apart in memory they may lie."""
    depth, height, width = slots
    rows = _tallest(depth) * abs(frame[f.X_DEPTH]) + _tallest(height) * abs(frame[f.X_HEIGHT])
    return int(rows + width.size * frame[f.INNER])
