"""Windows of 3 × 3 that follow each other at stride 1: three rows of the input are worked on where they stand.

Neighbouring windows share columns, so what is done to a column is done once, not three times.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .frame import (
    AHEAD,
    FETCHED,
    FIRST,
    INNER,
    STEP_H,
    STEP_W,
    STRIP,
    WIDTH,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .prefetch import fetch_row
from .views import part

__all__ = ["triples_kernel", "triples_scratch"]

# Bytes of one stretch of a row of results: its lines stay in the nearest caches.
STRETCH_BYTES = 8192


@cache
def triples_kernel(name: str, across: Any) -> Kernel:
    """``across(out, a, b, c, shift, lines)`` gives the results of windows over three rows, whose columns are apart."""

    @kernel(f"triples-{name}")
    def triples(x, y, frame, strips, depth, height, width, identity, parameters, lines, _a, _b, _c, begin, end):
        inner, size, shift, unit = frame[INNER], frame[STRIP], frame[STEP_W] * frame[INNER], begin
        below = frame[STEP_H] * frame[X_HEIGHT]
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            w0 = strip * size
            n = (size if w0 + size < frame[WIDTH] else frame[WIDTH] - w0) * inner
            at = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH] + width[FIRST, w0] * inner
            out, long = y_slab(frame, plane, d) + w0 * inner, n + 2 * shift
            for row in range(row0, row1):
                here = at + height[FIRST, row] * frame[X_HEIGHT]
                fetch_row(x, here + 2 * below + frame[AHEAD], frame[FETCHED] > 0, long)
                a, b, c = part(x, here, long), part(x, here + below, long), part(x, here + 2 * below, long)
                across(part(y, out + row * frame[Y_HEIGHT], n), a, b, c, shift, lines)
            unit += row1 - row0

    return triples


def triples_scratch(frame: NDArray[np.int64], identity: Any) -> Scratch:
    """Scratch memory of `triples_kernel`."""
    size = int((frame[STRIP] + 2 * frame[STEP_W]) * frame[INNER])
    return Scratch(lines=(4, -(-size // 64) * 64 + 64, identity.dtype))
