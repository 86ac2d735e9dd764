"""Windows that lie elsewhere in every plane: the selection of fractional pooling."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..jit import scalar, vector
from ..kernel import Kernel, kernel
from .choice import Choice
from .views import nth, part, rest

__all__ = ["planes_kernel"]


@cache
def planes_kernel(choice: Choice) -> Kernel:
    """``kernel(x, y, indices, starts, shape, outputs, kernel_size)``, for contiguous planes.

    ``starts`` holds for each plane the first positions of its windows along the depth, then the height, then the width;
    ``shape``, ``outputs`` and ``kernel_size`` three numbers each. A work unit is one plane. ``indices`` is empty where
    none are wanted.
    """
    load, better, store = choice.load, choice.better, choice.store

    @vector
    def start(target, row):
        for i in range(target.size):
            target[i] = load(row[i])

    @vector
    def take(target, line, row):
        for i in range(target.size):
            v = load(row[i])
            target[i] = v if better(v, line[i]) else line[i]

    @vector
    def both(target, line, later):
        for i in range(target.size):
            v = later[i]
            target[i] = v if better(v, line[i]) else line[i]

    @scalar
    def values(x, y, starts, shape, outputs, kernel_size, lines, plane):
        """One plane without indices: the rows of a window first, as vectors."""
        height, width, widths = shape[1], shape[2], outputs[2]
        base = plane * shape[0] * height * width
        table = plane * (outputs[0] + outputs[1] + widths)
        to = plane * outputs[0] * outputs[1] * widths
        columns = table + outputs[0] + outputs[1]
        for d in range(outputs[0]):
            for h in range(outputs[1]):
                now = -1
                for i in range(kernel_size[0]):
                    for j in range(kernel_size[1]):
                        row = (starts[table + d] + i) * height + starts[table + outputs[0] + h] + j
                        source = part(x, base + row * width, width)
                        if now < 0:
                            start(part(nth(lines, 0), 0, width), source)
                            now = 0
                        else:
                            take(part(nth(lines, 1 - now), 0, width), nth(lines, now), source)
                            now = 1 - now
                # every place of the line as the beginning of a window, then those that are one
                line, kept, now = nth(lines, now), nth(lines, now), 2
                size = width - kernel_size[2] + 1
                for k in range(1, kernel_size[2]):
                    both(part(nth(lines, now), 0, size), kept, rest(line, k))
                    kept = nth(lines, now)
                    now = 5 - now
                for w in range(widths):
                    y[to + w] = store(kept[np.uint64(starts[columns + w])])
                to += widths

    @kernel(f"planes-{choice.name}")
    def planes(x, y, indices, starts, shape, outputs, kernel_size, lines, _a, _b, _c, begin, end):
        depths, heights, widths = outputs[0], outputs[1], outputs[2]
        kd, kh, kw = kernel_size[0], kernel_size[1], kernel_size[2]
        height, width = shape[1], shape[2]
        indexed = indices.size > 0
        for plane in range(begin, end):
            if not indexed:
                values(x, y, starts, shape, outputs, kernel_size, lines, plane)
                continue
            base = plane * shape[0] * height * width
            table = plane * (depths + heights + widths)
            to = plane * depths * heights * widths
            for d in range(depths):
                slab = starts[table + d]
                for h in range(heights):
                    row = starts[table + depths + h]
                    corner = (slab * height + row) * width
                    for w in range(widths):
                        first = corner + starts[table + depths + heights + w]
                        place, m = first, load(x[base + first])
                        for i in range(kd):
                            for j in range(kh):
                                at = first + (i * height + j) * width
                                for k in range(kw):
                                    v = load(x[base + at + k])
                                    if better(v, m):
                                        m, place = v, at + k
                        y[to] = store(m)
                        indices[to] = place
                        to += 1

    return planes
