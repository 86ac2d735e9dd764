"""The walk over rows of results whose windows are over long pixels: what `tiles` and `columns` share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .frame import (
    COUNT,
    DIVISOR,
    FIRST,
    INNER,
    STRIP,
    STRIPS,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    next_rows,
    x_plane,
    y_slab,
)
from .lines import Fold
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in, stage_length
from .strips import W0, W1, fill, set_divisors
from .views import nth, part

__all__ = ["pixel_rows_kernel", "pixel_rows_scratch"]


def pixel_rows_kernel(name: str, fold: Fold, one_row: Any, streams: bool) -> Kernel:
    """A kernel whose work unit is one strip of one output row.

    ``one_row(target, x, at, here, deep, rows, frame, width, lines, spare, divisors, identity, parameter)``, for
    windows that begin in the slab and row from ``x[at]`` on; the last line of ``spare`` holds the identity.
    """
    divides, multiplies = fold.divides, fold.multiplies

    @kernel(kernel_name(name, fold.name, streams=streams))
    def pixel_rows(
        x, y, frame, strips, depth, height, width, identity, parameter, lines, spare, shares, counters, begin, end
    ):
        inner, divisors = frame[INNER], nth(shares, 0)
        fill(nth(spare, spare.shape[0] - 1), identity)
        stage, state = stage_in(nth(counters, 0), y), nth(counters, 1)
        if streams:
            state[HELD] = 0
        known, unit = np.int64(0), begin
        while unit < end:
            plane, d, strip, row0, row1 = next_rows(frame, unit, end)
            unit += row1 - row0
            here = strips[strip]
            n = (here[W1] - here[W0]) * inner
            base = x_plane(frame, plane) + depth[FIRST, d] * frame[X_DEPTH]
            out = y_slab(frame, plane, d) + here[W0] * inner
            for row in range(row0, row1):
                if divides:
                    share = depth[DIVISOR, d] * height[DIVISOR, row]
                    known = set_divisors(divisors, width, strip, here, frame[STRIPS], inner, share, known, multiplies)
                at, deep, rows = out + row * frame[Y_HEIGHT], depth[COUNT, d], height[COUNT, row]
                if streams:
                    target = part(stage, room_for(y, at, n, stage, state), n)
                else:
                    target = part(y, at, n)
                at = base + height[FIRST, row] * frame[X_HEIGHT]
                one_row(target, x, at, here, deep, rows, frame, width, lines, spare, divisors, identity, parameter)
        if streams:
            room_for(y, NOWHERE, NOTHING, stage, state)

    return pixel_rows


def pixel_rows_scratch(
    frame: NDArray[np.int64], identity: Any, parameter: Any, lines: tuple[int, int], spare: tuple[int, int]
) -> Scratch:
    """Scratch memory of such a kernel: counts and lengths of its lines, and what any of them needs."""
    size = int(frame[STRIP] * frame[INNER])
    return Scratch(
        lines=(*lines, identity.dtype),
        phases=(*spare, identity.dtype),
        extra=(1, size, parameter.dtype),
        counters=stage_length(size),
        counter_lines=2,
    )
