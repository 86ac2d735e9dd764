"""Windows that lie elsewhere in every plane: the selection of fractional pooling."""

from __future__ import annotations

from functools import cache

from ..jit import Kernel, kernel
from .select import Choice

__all__ = ["planes_kernel"]


@cache
def planes_kernel(choice: Choice) -> Kernel:
    """``kernel(x, y, indices, starts, shape, outputs, kernel_size)``, for contiguous planes.

    ``starts`` holds for each plane the first positions of its windows along the depth, then the height, then the width;
    ``shape``, ``outputs`` and ``kernel_size`` three numbers each. A work unit is one plane. ``indices`` is empty where
    none are wanted.
    """
    load, better, store = choice.load, choice.better, choice.store

    @kernel(f"planes-{choice.name}")
    def planes(x, y, indices, starts, shape, outputs, kernel_size, _a, _b, _c, _d, begin, end):
        depths, heights, widths = outputs[0], outputs[1], outputs[2]
        kd, kh, kw = kernel_size[0], kernel_size[1], kernel_size[2]
        height, width = shape[1], shape[2]
        indexed = indices.size > 0
        for plane in range(begin, end):
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
                        if indexed:
                            indices[to] = place
                        to += 1

    return planes
