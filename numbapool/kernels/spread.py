"""Gradients of sums at strides above 1: each input position gets the sum of the gradients of the windows that hold it.

Positions of one phase (equal modulo the stride) are held by equally many adjacent windows: for them this is a pooling
of ``grad_output`` at stride 1. So its rows are combined into a line, from which the positions of each phase are filled.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from . import frame as f
from . import intrinsics
from .compile import kernel, loop
from .lines import (
    STAGED,
    combining_loops,
    copy_run,
    fill_run,
    finishing_loops,
    line_begins,
    loading_loops,
    prefetch_run,
    put_rows,
)

__all__ = ["spread"]

ALIKE = 4  # rows of results that are made at once, where the same windows hold them


@loop
def put_pixels(dst, to, step, src, a, n, inner):
    """``n`` pixels of ``inner`` numbers, ``step`` pixels apart."""
    to, a, step, inner, n = intrinsics.unsigned(to, a, step, inner, n)
    if inner == 1:
        for i in range(n):
            dst[to + i * step] = src[a + i]
        return
    for i in range(n):
        for j in range(inner):
            dst[to + i * step * inner + j] = src[a + i * inner + j]


@kernel
def spread(load, combine, combine_last, finish, *, parallel):
    """Here the source is the gradient of the results, and its positions are windows; dilation is 1 along the width."""
    load_rows, *_ = loading_loops(load, combine)
    of_two, of_three, _, _ = combining_loops(combine)
    finish_one, _, _ = finishing_loops(combine_last, finish)

    @loop
    def finish_in_turn(dst, to, line, even, odd, n, divisor, parameter):
        to, even, odd, one, n = intrinsics.unsigned(to, even, odd, 1, n)
        for i in range(n):
            p, q = finish(line[even + i], divisor, parameter), finish(line[odd + i], divisor, parameter)
            dst[to + i + i] = p
            dst[to + i + i + one] = q

    def spread(x, y, table, identity, parameter, pieces):
        kernel, stride, pad, inner = table[f.KERNEL_W], table[f.STRIDE_W], table[f.PAD_W], table[f.INNER]
        width, span = table[f.OUT_WIDTH], table[f.WIDTH] * table[f.INNER]
        room, divisor = table[f.LINE_ROOM], table[f.DIVISOR]
        step_d, step_h = table[f.STEP_D] * table[f.X_DEPTH], table[f.STEP_H] * table[f.X_HEIGHT]
        before = (kernel - 1) // stride * inner
        numbers = width * inner
        line_at = line_begins(y, table[f.STREAMS] and table[f.Y_HEIGHT] == numbers) if parallel else -1
        apart = numbers if line_at >= 0 else table[f.Y_HEIGHT]
        for piece in prange(pieces):
            lines, results, first_phase = np.full(6 * room, identity), np.empty(room, y.dtype), 0
            filled = np.empty(ALIKE * numbers + STAGED, y.dtype) if line_at >= 0 else y
            for unit in range(table[f.UNITS] * piece // pieces, table[f.UNITS] * (piece + 1) // pieces):
                _, _, d, h, bottom, _, _, plane, to = f.strip_of(table, unit)
                depth, held = table[table[f.COUNT_D] + d], 0
                while h < bottom:
                    first, wide, again = table[table[f.FIRST_H] + h], table[table[f.COUNT_H] + h], h + 1
                    while (
                        again < min(bottom, h + ALIKE)
                        and first == table[table[f.FIRST_H] + again]
                        and wide == table[table[f.COUNT_H] + again]
                    ):
                        again += 1  # the same windows hold these rows
                    at = held if line_at >= 0 else to + h * apart

                    # the rows of the gradient, as one line
                    row = plane + first * table[f.X_HEIGHT]
                    if table[f.AHEAD] != 0:
                        prefetch_run(x, row + table[f.AHEAD], span)
                    one, two, size = before, room + before, (depth, wide)
                    now, _ = load_rows(lines, one, two, x, row, size, step_d, step_h, span, identity, parameter)

                    # each phase: the positions that stand equally in their windows
                    for phase in range(min(stride, width)):
                        place = (phase + pad) % stride
                        begin, n = now + (phase + pad) // stride * inner, ((width - 1 - phase) // stride + 1) * inner
                        count = (kernel - 1 - place) // stride + 1 if place < kernel else 0
                        free, other = (2 + 2 * (phase % 2)) * room, (3 + 2 * (phase % 2)) * room
                        a, b, c = begin, begin - inner, begin - 2 * inner
                        if count == 0:
                            fill_run(lines, free, n, identity)
                            a = free
                        elif count == 2:
                            of_two(lines, free, a, b, n)
                            a = free
                        elif count > 2:
                            of_three(lines, free, a, b, c, n)
                            a = free
                        for k in range(3, count - 1, 2):
                            of_three(lines, other, a, begin - k * inner, begin - (k + 1) * inner, n)
                            a, free, other = other, other, free
                        if count > 3 and count % 2 == 0:
                            free = other if a == free else free
                            of_two(lines, free, a, begin - (count - 1) * inner, n)
                            a = free
                        if stride != 2 or inner > 1 or width == 1:
                            finish_one(results, 0, lines, a, n, divisor, parameter)
                            put_pixels(filled, at + phase * inner, stride, results, 0, n // inner, inner)
                        elif phase == 0:
                            first_phase = a
                        else:
                            finish_in_turn(filled, at, lines, first_phase, a, n, divisor, parameter)
                            if width % 2:
                                finish_one(filled, at + width - 1, lines, first_phase + n, 1, divisor, parameter)

                    for r in range(1, again - h):
                        copy_run(filled, at + r * apart, filled, at, numbers)
                    if line_at >= 0:
                        held += (again - h) * numbers
                        held = put_rows(y, to + again * numbers, filled, held, line_at, again == bottom)
                    h = again

    return spread
