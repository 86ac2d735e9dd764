"""What has arrived where values were put: the way back of unpooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernel import kernel
from ..scratch import Scratch
from .scatter import span
from .strips import fill
from .views import nth, part

__all__ = ["take", "take_scratch"]

_NOT_YET, _TAKEN = np.uint8(0), np.uint8(1)


@kernel("take")
def take(source, indices, target, bad, inputs, outputs, inner, lines, _a, _b, _c, begin, end):
    """From planes of ``inputs`` pixels of ``inner`` numbers to planes of ``outputs`` such; a work unit is one plane.

    Where several indices are the same, the last in row-major order gets the number, and the others get zero.
    ``bad[plane]`` is set where an index lies outside of its plane; nothing is read there.
    """
    size, taken = outputs * inner, nth(lines, 0)
    for plane in range(begin, end):
        base = plane * size
        low, high = span(indices, base, base + size)
        if low < 0 or high >= inputs:
            bad[plane] = 1
            continue
        there = part(source, plane * inputs * inner, inputs * inner)
        fill(part(taken, 0, inputs * inner), _NOT_YET)
        channel = inner
        for i in range(base + size - 1, base - 1, -1):
            channel -= 1
            at = np.uint64(indices[np.uint64(i)] * inner + channel)
            target[np.uint64(i)] = there[at] if taken[at] == _NOT_YET else target.dtype.type(0)
            taken[at] = _TAKEN
            if channel == 0:
                channel = inner


def take_scratch(numbers: int) -> Scratch:
    """Scratch memory of `take` for planes of so many numbers."""
    kind: Any = np.dtype(np.uint8)
    return Scratch(lines=(1, numbers, kind))
