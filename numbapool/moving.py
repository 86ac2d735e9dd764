"""How given windows move along the width: which `Motion` serves them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kernels import frame as f
from .kernels.long import LONG, OFTEN
from .kernels.motion import NARROW, RUNS_FROM, Motion
from .windows import Axis

__all__ = ["are_long", "runs_along", "set_motion"]

# Windows up to this size are reduced phase by phase at strides 2, 3 and 4; beyond it trebling takes fewer passes.
_MOST_SHUFFLED = 24


def set_motion(frame: NDArray[np.int64], width: Axis, spread: Axis | None, selects: bool) -> Motion:
    """How windows move along the width, with the numbers for it in the frame."""
    motion = _motion(width, int(frame[f.INNER]), spread, selects)
    if spread is not None and motion.spreads:
        frame[f.KERNEL_W], frame[f.STRIDE_W], frame[f.STEP_W] = spread.kernel_size, spread.stride, spread.step
        frame[f.PAD_W] = -spread.origin[0]
    elif motion is Motion.TABLE:
        frame[f.STRIDE_W], frame[f.KERNEL_W], frame[f.PAD_W] = 1, _widest_strip(width), 0
    return motion


def _motion(width: Axis, inner: int, spread: Axis | None, selects: bool) -> Motion:
    regular = spread if spread is not None else width
    wide = -int(regular.origin[0]) > max(2 * regular.size, 64) if regular.outputs else True
    if wide or not regular.kernel_size:
        return Motion.TABLE
    # a single window moves as those at any stride do: no kernel of its own in a sweep over sizes
    single = width.outputs == inner == 1 and spread is None and not selects and width.kernel_size > NARROW
    if regular.stride == 1 and not single:
        return Motion.SLIDE if selects or width.kernel_size <= NARROW else Motion.GLIDE
    compiled_in = inner == 1 and (spread is not None or selects or width.kernel_size <= _MOST_SHUFFLED)
    if inner > 1 and spread is None and not selects:
        return Motion.PIXELS if width.kernel_size in (2, 3) else Motion.WIDE_PIXELS
    if spread is None and not selects and _are_whole_strides(width):
        return Motion.HALVES
    fills = width.kernel_size == width.stride and width.step == 1
    return Motion.of(regular.stride if compiled_in else 0, fills=fills, spread=spread is not None)


def _are_whole_strides(width: Axis) -> bool:
    """Whether windows are strides of 2, 4, 8 … numbers, of which halves make one number each; not single pairs."""
    strides, left = divmod(width.kernel_size, width.stride)
    doubled = width.stride > 1 and width.stride & (width.stride - 1) == 0
    return doubled and left == 0 and (strides > 1 or width.stride > 2) and width.step == 1


def runs_along(frame: NDArray[np.int64], slots: list[Axis]) -> bool:
    """Whether sums of whole numbers run along lines, where each window is the difference of two of them."""
    side_by_side = frame[f.INNER] == frame[f.STEP_W] == 1 and frame[f.KERNEL_W] >= RUNS_FROM
    return bool(side_by_side) and _motion(slots[2], 1, None, False) is Motion.GLIDE and not are_long(*slots)


def are_long(depth: Axis, height: Axis, width: Axis) -> bool:
    """Whether no window is more than a row, or a long part of it, and numbers are in few windows each."""
    still = all(a.outputs == a.size and (a.count == 1).all() for a in (depth, height))
    if not still or width.step > 1 or not width.outputs:
        return False
    least = int(width.count.min())
    whole = width.outputs == 1 and least == width.size
    return whole or (least >= LONG and width.count.sum() <= OFTEN * width.size)


def _widest_strip(width: Axis) -> int:
    """A window size that makes lines long enough for any strip of irregular windows."""
    last = width.first + np.maximum(width.count - 1, 0) * width.step
    return int((np.max(last, initial=0) - np.min(width.first, initial=0)) // width.step + 1)
