"""Windows that overlap, over pixels of many numbers: a piece of all pixels of a strip after the other.

Each column of pixels is combined once, into a line that the first-level cache holds, and windows along that line. As
lines of whole pixels would not stay there, windows of 3 × 3 take a third less time, of 5 × 5 half.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel
from ..scratch import Scratch
from .combine import smaller
from .frame import (
    COUNT,
    FETCHED,
    FIRST,
    INNER,
    KERNEL_W,
    STEP_D,
    STEP_H,
    STEP_W,
    STRIDE_W,
    STRIP,
    X_DEPTH,
    X_HEIGHT,
)
from .lines import Fold, line_loops
from .pixel_rows import pixel_rows_kernel, pixel_rows_scratch
from .pixels import make_combined
from .several import make_several
from .strips import HIGH, LOW, SPARE, W0, W1, fill
from .views import below, nth, part, rest

__all__ = ["columns_kernel", "columns_scratch"]

# Bytes of a pixel that are worked on at a time, as accumulators.
_PIECE = 1024


@cache
def columns_kernel(fold: Fold, streams: bool) -> Kernel:
    """As `rows_kernel`, for windows over long pixels that overlap; a work unit is one strip of one output row."""
    last3, several, combined = line_loops(fold).last3, make_several(fold), make_combined(fold)

    @scalar
    def column(target, x, at, frame, deep, rows, turns, identity, parameter):
        """``target`` = what lies below each other, from ``x[at]`` on."""
        if deep and rows:
            slabs, alone = (deep, frame[STEP_D] * frame[X_DEPTH], 0), (1, 0, 0)
            high = rows, frame[STEP_H] * frame[X_HEIGHT], rows - frame[FETCHED]
            combined(target, x, at, slabs, alone, high, turns, frame, parameter)
        else:
            fill(target, identity)

    @scalar
    def one_row(target, x, at, here, deep, rows, frame, width, lines, spare, divisors, identity, parameter):
        inner, w0, low, line, c = frame[INNER], here[W0], here[LOW], nth(lines, 0), np.int64(0)
        piece = np.int64(_PIECE // lines.itemsize)
        while c < inner:
            n = smaller(piece, inner - c)
            for p in range(here[HIGH] - low):
                corner = at + (low + p) * inner + c
                column(part(line, p * n, n), x, corner, frame, deep, rows, spare, identity, parameter)
            for w in range(here[W1] - w0):
                goal, shares = part(target, w * inner + c, n), rest(divisors, w * inner + c)
                count, shift = width[COUNT, w0 + w], frame[STEP_W] * n
                first = rest(line, (width[FIRST, w0 + w] - low) * n)
                if count == 3:
                    last3(goal, first, rest(first, shift), rest(first, 2 * shift), shares, parameter)
                else:
                    several(goal, first, below(spare, 2), count, shift, shares, parameter)
            c += n

    return pixel_rows_kernel("columns", fold, one_row, streams)


def columns_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any) -> Scratch:
    """Scratch memory of `columns_kernel`, for regular windows."""
    piece = _PIECE // identity.dtype.itemsize
    reached = int((frame[STRIP] - 1) * frame[STRIDE_W] + (frame[KERNEL_W] - 1) * frame[STEP_W]) + 1
    return pixel_rows_scratch(frame, identity, parameter, (1, reached * piece), (2 + SPARE, piece))
