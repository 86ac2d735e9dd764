"""How windows over long pixels, as channels-last images have, are reduced: measured limits, and the kernels for it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from .arrays import LINE_OF_ITS_OWN
from .kernel import Kernel
from .kernels import frame as f
from .kernels.columns import columns_kernel, columns_scratch
from .kernels.motion import Motion
from .kernels.select_tiles import select_tiles_kernel, select_tiles_scratch
from .kernels.tiles import tiles_kernel, tiles_scratch
from .scratch import CACHE_LINE, Scratch
from .windows import Axis
from .work import Folding, Selecting

__all__ = ["for_long_pixels", "motion_over_pixels"]

# Bytes of pixels from which on complete windows of 2 × 2, and of 3 × 3 at strides from 2 on, are reduced in registers;
# windows of any size, one by one; those that overlap, by columns, but 3 × 3 at stride 1 in registers; these by columns.
_SQUARES_FROM = CACHE_LINE
_ANY_FROM = 256
_OVERLAPPING_FROM = 512
_LONGEST_SLIDING = 4096
# Numbers of a pixel, at most: a thread keeps a result of one, and its divisors.
_MOST_NUMBERS = 16 * 1024
# In how many windows each number is, on average: so few, and they are reduced one by one; in more than some, by
# columns, if in no more than so many along a row, and if windows are not so many times wider than high. Else lines are
# better.
_FEW, _SOME, _OFTEN, _WIDER = 2, 4, 15, 3
# Numbers of a strip of results: they lie in a stage where they go past the cache.
_TILES_STRIP = 2048
_COLUMNS_STRIP = 16 * 1024


def motion_over_pixels(axes: Sequence[Axis], inner: int, work: Folding | Selecting) -> Motion | None:
    """How windows go over pixels of ``inner`` numbers, if not by lines."""
    size = inner * min(work.dtype.itemsize, work.identity.itemsize)
    if len(axes) < 2 or size < _SQUARES_FROM or inner > _MOST_NUMBERS or not all(a.outputs for a in axes):
        return None
    regular = all(a.kernel_size for a in axes)
    sizes, strides = {a.kernel_size for a in axes}, {a.stride for a in axes}
    if len(axes) == 2 and len(sizes) == 1 and sizes <= {2, 3}:
        if min(strides) > 1 or sizes == {2}:
            return Motion.TILES
        if strides == {1} and _OVERLAPPING_FROM <= size < _LONGEST_SLIDING and isinstance(work, Folding):
            return Motion.TILES
    if isinstance(work, Selecting):
        return None
    windows = prod(int(a.count.sum()) / a.size for a in axes)
    lines = inner >= LINE_OF_ITS_OWN and len(axes) < 3
    if windows <= _FEW:
        return Motion.TILES if size >= _ANY_FROM and not lines else None
    if not regular or size < _OVERLAPPING_FROM or (lines and windows <= _SOME):
        return None
    width, rows = axes[-1], prod(a.kernel_size for a in axes[:-1])
    narrow = width.count.sum() <= _OFTEN * width.size and width.kernel_size <= _WIDER * rows
    return Motion.COLUMNS if narrow else None


def for_long_pixels(
    frame: NDArray[np.int64], outputs: int, motion: Motion, work: Folding | Selecting, streams: bool, wide: bool
) -> tuple[Kernel, Scratch]:
    """The kernel for such a motion, and its scratch memory; cuts the width into strips.

    ``wide`` is for windows that reach over more positions than a 32-bit number counts.
    """
    most = _TILES_STRIP if motion is Motion.TILES else _COLUMNS_STRIP
    strip = min(max(most // int(frame[f.STRIDE_W] * frame[f.INNER]), 1), max(outputs, 1))
    frame[f.STRIPS] = max(-(-outputs // strip), 1)
    frame[f.STRIP] = -(-outputs // frame[f.STRIPS])
    if isinstance(work, Selecting):
        size = int(frame[f.KERNEL_W])
        return select_tiles_kernel(work.choice, size, wide, streams), select_tiles_scratch(frame, work.identity, wide)
    numbers = work.identity, work.parameter
    if motion is Motion.TILES:
        return tiles_kernel(work.fold, streams), tiles_scratch(frame, *numbers)
    return columns_kernel(work.fold, streams), columns_scratch(frame, *numbers)
