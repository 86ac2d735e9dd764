"""Windows that lie elsewhere in every plane: the selection of fractional pooling."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar, vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .choice import Choice
from .select_large import by_rows
from .views import nth, part, rest

__all__ = ["planes_kernel", "planes_scratch"]


@scalar
def _begin_of(plane, shape, outputs):
    """Where a plane begins in input and result, and its windows and those along the width in the table of starts."""
    table = plane * (outputs[0] + outputs[1] + outputs[2])
    base, to = plane * shape[0] * shape[1] * shape[2], plane * outputs[0] * outputs[1] * outputs[2]
    return base, to, table, table + outputs[0] + outputs[1]


@cache
def planes_kernel(choice: Choice, wide: bool) -> Kernel:
    """``kernel(x, y, indices, starts, shape, outputs, kernel_size)``, for contiguous planes.

    ``starts`` holds for each plane the first positions of its windows along the depth, then the height, then the width;
    ``shape``, ``outputs`` and ``kernel_size`` three numbers each. A work unit is one plane. ``indices`` is empty where
    none are wanted. ``wide`` is for windows that reach over more positions than a 32-bit number counts.
    """
    load, better, store = choice.load, choice.better, choice.store
    place_type: Any = np.int64 if wide else np.int32
    found = by_rows(choice, place_type)
    first_row, row_on, best_of = found.first_row, found.row_on, found.best_of

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
        base, to, table, columns = _begin_of(plane, shape, outputs)
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

    @scalar
    def values_and_places(x, y, indices, starts, shape, outputs, kernel_size, lines, places, plane):
        """One plane with indices: the same, with where in its rows a value comes from."""
        height, width, widths = shape[1], shape[2], outputs[2]
        base, to, table, columns = _begin_of(plane, shape, outputs)
        for d in range(outputs[0]):
            for h in range(outputs[1]):
                corner = (starts[table + d] * height + starts[table + outputs[0] + h]) * width
                now = 0
                first_row(part(nth(lines, 0), 0, width), nth(places, 0), rest(x, base + corner))
                for i in range(kernel_size[0]):
                    for j in range(kernel_size[1]):
                        ahead = (i * height + j) * width
                        if ahead:
                            line, where = part(nth(lines, 1 - now), 0, width), nth(places, 1 - now)
                            source = rest(x, base + corner + ahead)
                            row_on(line, where, nth(lines, now), nth(places, now), source, place_type(ahead))
                            now = 1 - now
                for w in range(widths):
                    first = starts[columns + w]
                    m, p = best_of(rest(nth(lines, now), first), rest(nth(places, now), first), kernel_size[2], 1, 1)
                    y[to + w] = store(m)
                    indices[to + w] = corner + first + p
                to += widths

    @kernel(f"planes-{choice.name}{'-wide' if wide else ''}")
    def planes(x, y, indices, starts, shape, outputs, kernel_size, lines, _a, places, _b, begin, end):
        for plane in range(begin, end):
            if indices.size > 0:
                values_and_places(x, y, indices, starts, shape, outputs, kernel_size, lines, places, plane)
            else:
                values(x, y, starts, shape, outputs, kernel_size, lines, plane)

    return planes


def planes_scratch(width: int, identity: Any, wide: bool) -> Scratch:
    """Scratch memory of `planes_kernel`."""
    return Scratch(lines=(4, width, identity.dtype), extra=(2, width, np.dtype(np.int64 if wide else np.int32)))
