"""Windows one by one: each is gathered into a line, and a function of that line says what is kept of it.

For all that is no separable fold: medians, modes, draws, softmax, and functions of the user's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernel import Kernel
from ..scratch import Scratch
from .frame import (
    COUNT,
    DRAW_INNER,
    DRAW_WIDTH,
    FIRST,
    INNER,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    STEP_D,
    STEP_H,
    STEP_W,
    WIDTH,
    X_DEPTH,
    X_HEIGHT,
    Y_HEIGHT,
    draw_number,
    next_rows,
    x_plane,
    y_slab,
)
from .selecting import selecting_kernel
from .views import nth, part

__all__ = ["Window", "gather_kernel", "gather_scratch", "make_gather"]


@dataclass(frozen=True)
class Window:
    """What becomes of one window, as jitted functions; ``name`` must tell it from every other.

    ``values`` are a window's numbers in row-major order and ``places`` where they lie in the spatial plane, both in
    memory that the function may change; ``parameters`` the operation's own numbers (float64, the first of them a seed);
    ``number`` that of the result, for which `kernels.draw` has random numbers.
    """

    name: str
    load: Callable[..., Any]  # stored value -> value in the line
    function: Callable[
        ..., Any
    ]  # (values, places, parameters, number) -> result, or the place in the line of the value kept
    store: Callable[..., Any]  # result -> stored value
    selects: bool = False  # function gives a place
    foreign: bool = False  # a function of the user's own, which other processes may know by another body


@cache
def make_gather(load: Any) -> Any:
    """The function that collects the numbers of one window, and where they lie in the spatial plane."""

    @scalar
    def gather(values, places, x, at, frame, depth, height, width, d, row, w, c):
        inner, count = frame[INNER], 0
        for i in range(depth[COUNT, d]):
            slab = depth[FIRST, d] + i * frame[STEP_D]
            for j in range(height[COUNT, row]):
                here = height[FIRST, row] + j * frame[STEP_H]
                begin = at + slab * frame[X_DEPTH] + here * frame[X_HEIGHT] + c
                plane = (slab * frame[PLANE_HEIGHT] + here) * frame[PLANE_WIDTH]
                position = width[FIRST, w]
                for _k in range(width[COUNT, w]):
                    values[count] = load(x[begin + position * inner])
                    places[count] = plane + position
                    position += frame[STEP_W]
                    count += 1
        return count

    return gather


@cache
def gather_kernel(window: Window, indexed: bool) -> Kernel:
    """Forward pass; a work unit is one row of results."""
    load, function, store, selects = window.load, window.function, window.store, window.selects
    gather = make_gather(window.load)

    @scalar
    def rows(x, y, indices, frame, depth, height, width, parameters, lines, _a, places, _b, begin, end):
        values, where = nth(lines, 0), nth(places, 0)
        inner, unit = frame[INNER], begin
        while unit < end:
            plane, d, _strip, row0, row1 = next_rows(frame, unit, end)
            at, out = x_plane(frame, plane), y_slab(frame, plane, d)
            for row in range(row0, row1):
                first = draw_number(frame, plane, d, row, 0)
                for w in range(frame[WIDTH]):
                    for c in range(inner):
                        to = out + row * frame[Y_HEIGHT] + w * inner + c
                        count = gather(values, where, x, at, frame, depth, height, width, d, row, w, c)
                        number = first + w * frame[DRAW_WIDTH] + c * frame[DRAW_INNER]
                        kept = function(part(values, 0, count), where, parameters, number)
                        if selects:
                            y[to] = store(load(x[at + _offset(frame, where[kept]) + c]))
                            if indexed:
                                indices[to] = where[kept]
                        else:
                            y[to] = store(kept)
            unit += row1 - row0

    return selecting_kernel(f"gather-{window.name}", rows, indexed, kept=not window.foreign)


@scalar
def _offset(frame, place):
    """Where a place of the spatial plane lies in memory."""
    row = place // frame[PLANE_WIDTH]
    slab = row // frame[PLANE_HEIGHT]
    row -= slab * frame[PLANE_HEIGHT]
    return slab * frame[X_DEPTH] + row * frame[X_HEIGHT] + place % frame[PLANE_WIDTH] * frame[INNER]


def gather_scratch(frame: NDArray[np.int64], identity: Any, most: int) -> Scratch:
    """Scratch memory of `gather_kernel` for windows of at most ``most`` numbers."""
    return Scratch(lines=(1, most, identity.dtype), extra=(1, most, np.dtype(np.int64)))
