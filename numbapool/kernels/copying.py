"""Arrays copied into row-major order or into given ones, or to another floating-point dtype."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar, vector
from ..kernel import Kernel, kernel
from .views import part, rest

__all__ = ["BASE", "BLOCK_COLUMNS", "BLOCK_ROWS", "COPY_BASE", "COPY_STEPS", "SHAPE", "STEPS", "copying_kernel"]

# Fields of the numbers by which a copy finds its way: four extents, the last two those of rows and columns, how far
# apart along each of them the numbers of the source are, and those of the copy, where the first of each is, and the
# size of the blocks that rows and columns are cut into. Columns follow each other in the copy.
SHAPE, STEPS, COPY_STEPS, BASE, COPY_BASE, BLOCK_ROWS, BLOCK_COLUMNS = 0, 4, 8, 12, 13, 14, 15


@cache
def copying_kernel(name: str, load: Any) -> Kernel:
    """``kernel(x, y, numbers)`` copies ``load`` of each number; a work unit is one block of rows and columns."""

    @vector
    def along(target, source):
        for i in range(target.size):
            target[i] = load(source[i])

    @vector
    def gathered(target, source, begin, step):
        for i in range(target.size):
            target[i] = load(source[np.uint64(begin + i * step)])

    @vector
    def scattered(target, source, step):
        for i in range(source.size):
            target[np.uint64(i * step)] = load(source[i])

    @scalar
    def block(x, y, at, to, rows, columns, row_step, step, width):
        """``width`` is how far apart rows of the copy are."""
        if step == 1:
            for r in range(rows):
                along(part(y, to + r * width, columns), part(x, at + r * row_step, columns))
        elif row_step != 1 or abs(step) <= width:  # the shorter of two strides meets fewer cache lines
            for r in range(rows):
                gathered(part(y, to + r * width, columns), x, at + r * row_step, step)
        else:
            for c in range(columns):
                scattered(rest(y, to + c), part(x, at + c * step, rows), width)

    @kernel(f"copy-{name}")
    def copying(x, y, numbers, _a, _b, _c, _d, begin, end):
        fast, rows, columns = numbers[SHAPE + 1], numbers[SHAPE + 2], numbers[SHAPE + 3]
        row_step, step, width = numbers[STEPS + 2], numbers[STEPS + 3], numbers[COPY_STEPS + 2]
        high, wide = numbers[BLOCK_ROWS], numbers[BLOCK_COLUMNS]
        down, across = -(-rows // high), -(-columns // wide)
        for unit in range(begin, end):
            plane = unit // (down * across)
            above = (unit - plane * down * across) // across
            r, c = above * high, (unit - (plane * down + above) * across) * wide
            slow = plane // fast
            at = numbers[BASE] + slow * numbers[STEPS] + (plane - slow * fast) * numbers[STEPS + 1]
            at += r * row_step + c * step
            to = numbers[COPY_BASE] + slow * numbers[COPY_STEPS] + (plane - slow * fast) * numbers[COPY_STEPS + 1]
            to += r * width + c
            down_to, right_to = r + high if r + high < rows else rows, c + wide if c + wide < columns else columns
            block(x, y, at, to, down_to - r, right_to - c, row_step, step, width)

    return copying
