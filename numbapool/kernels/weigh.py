"""Gradient of averages whose weights depend on the values: each value gets its own share of each window that holds it.

Windows of few values go side by side in lines, as in `lanes`; others, and those cut off at the sides, one by one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar, vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .frame import (
    COUNT,
    DEPTH,
    FIRST,
    HEIGHT,
    PLANE_DEPTH,
    PLANE_HEIGHT,
    PLANE_WIDTH,
    STEP_D,
    STEP_H,
    STEP_W,
    STRIDE_W,
    WIDTH,
)
from .gather import make_gather
from .lanes import EXTRA, collect
from .loads import itself
from .strips import fill
from .views import below, nth, part, rest

__all__ = ["MOST_IN_LINES", "weigh_kernel", "weigh_scratch"]

# Windows of up to so many values are worked on together, so many of them at a time: about half a MiB.
MOST_IN_LINES = 128
_STRETCH = 256


@vector
def _add(target, weights, grad, stride):
    for i in range(weights.size):
        target[i * stride] += weights[i] * grad[i]


@scalar
def _never(weights, lines, spare, count, n, parameters):
    pass


@cache
def weigh_kernel(name: str, weigh: Any, across: Any = None) -> Kernel:
    """``kernel(x, grad, gx, frame, depth, height, width, parameters)`` for contiguous arrays; a unit is one plane.

    ``weigh(values, parameters, weights)`` fills in the derivative of a window's result by each of its values;
    ``across(weights, lines, spare, count, n, parameters)``, if there is one, does so for ``n`` windows, whose k-th
    values are ``lines[k]``; ``spare`` are as many lines to work in as in `lanes`.
    """
    gather, most = make_gather(itself), MOST_IN_LINES if across else 0
    across = across or _never

    @scalar
    def one_by_one(x, grad, gx, at, frame, depth, height, width, d, row, w0, w1, parameters, lines, where):
        values, weights = nth(lines, 0), nth(lines, 1)
        for w in range(w0, w1):
            count = gather(values, where, x, at, frame, depth, height, width, d, row, w, 0)
            weigh(part(values, 0, count), parameters, weights)
            for i in range(count):
                gx[at + where[i]] += grad[w] * weights[i]

    @scalar
    def side_by_side(x, grad, gx, at, frame, depth, height, width, d, row, w0, w1, wide, parameters, lines):
        deep, high = depth[COUNT, d], height[COUNT, row]
        count = deep * high * wide
        weights, spare = below(lines, count), below(lines, 2 * count)
        for begin in range(w0, w1, _STRETCH):
            n = w1 - begin if w1 - begin < _STRETCH else np.int64(_STRETCH)
            first = at + width[FIRST, begin]
            collect(lines, x, first, frame, depth, height, d, row, wide, 0, n)
            across(weights, lines, spare, count, n, parameters)
            k = 0
            for i in range(deep):
                for j in range(high):
                    slab, here = depth[FIRST, d] + i * frame[STEP_D], height[FIRST, row] + j * frame[STEP_H]
                    start = first + (slab * frame[PLANE_HEIGHT] + here) * frame[PLANE_WIDTH]
                    for t in range(wide):
                        target = rest(gx, start + t * frame[STEP_W])
                        _add(target, part(nth(weights, k), 0, n), rest(grad, begin), frame[STRIDE_W])
                        k += 1

    @scalar
    def evenly_apart(width, outputs, stride):
        """Size of the widest windows, and a run of them that lie a stride apart: from ``w0`` to before ``w1``."""
        wide, w0 = np.int64(0), np.int64(0)
        for w in range(outputs):
            if width[COUNT, w] > wide:
                wide, w0 = width[COUNT, w], np.int64(w)
        w1 = w0 + 1
        while w1 < outputs and width[COUNT, w1] == wide and width[FIRST, w1] == width[FIRST, w1 - 1] + stride:
            w1 += 1
        return wide, w0, w1

    @kernel(f"weigh-{name}")
    def weighed(x, grad, gx, frame, depth, height, width, parameters, lines, _a, places, _b, begin, end):
        size = frame[PLANE_DEPTH] * frame[PLANE_HEIGHT] * frame[PLANE_WIDTH]
        outputs, where = frame[WIDTH], nth(places, 0)
        wide, w0, w1 = evenly_apart(width, outputs, frame[STRIDE_W])
        for plane in range(begin, end):
            at = plane * size
            fill(part(gx, at, size), 0)
            to = plane * frame[DEPTH] * frame[HEIGHT] * outputs
            for d in range(frame[DEPTH]):
                for row in range(frame[HEIGHT]):
                    g = part(grad, to, outputs)
                    a, b = w0, w1
                    if depth[COUNT, d] * height[COUNT, row] * wide > most:
                        a = b = outputs
                    one_by_one(x, g, gx, at, frame, depth, height, width, d, row, 0, a, parameters, lines, where)
                    side_by_side(x, g, gx, at, frame, depth, height, width, d, row, a, b, wide, parameters, lines)
                    one_by_one(x, g, gx, at, frame, depth, height, width, d, row, b, outputs, parameters, lines, where)
                    to += outputs

    return weighed


def weigh_scratch(most: int) -> Scratch:
    """Scratch memory of `weigh_kernel` for windows of at most ``most`` numbers."""
    together = min(most, MOST_IN_LINES)
    return Scratch(
        lines=(2 * together + EXTRA, max(most, _STRETCH + 64), np.dtype(np.float64)),
        extra=(1, most, np.dtype(np.int64)),
    )
