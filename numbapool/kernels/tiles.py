"""Windows over pixels of many numbers, as channels-last images have: from where they stand.

A pixel is a vector or more, so that nothing needs to be lined up first. That pays where numbers are in few windows
each; complete windows of 2 × 2 and 3 × 3 are reduced in registers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import apart, scalar, vector
from ..kernel import Kernel
from ..scratch import Scratch
from .combine import smaller
from .frame import (
    AHEAD,
    COUNT,
    FETCHED,
    FIRST,
    INNER,
    KERNEL_D,
    KERNEL_H,
    KERNEL_W,
    STEP_D,
    STEP_H,
    STEP_W,
    STRIDE_W,
    X_DEPTH,
    X_HEIGHT,
)
from .lines import Fold, line_loops
from .pixel_rows import pixel_rows_kernel, pixel_rows_scratch
from .pixels import make_combined
from .prefetch import fetch_row, fetch_rows
from .strips import W0, W1, WHOLE0, WHOLE1
from .views import nth, part, rest

__all__ = ["PIECE", "over_pieces", "tiles_kernel", "tiles_scratch"]

# Bytes of each row that are read at a time; of windows that are reduced one by one, of accumulators of each pixel.
PIECE = 512
_PIXEL = 2048


@scalar
def fetch_ahead(x, at, down, windows, size, frame):
    """Ask for what lies ahead of ``size`` numbers of each pixel of so many windows: the rows that are new."""
    inner, stride, high = frame[INNER], frame[STRIDE_W], frame[KERNEL_H]
    for j in range(high - frame[FETCHED], high):
        ahead = at + j * down + frame[AHEAD]
        if size == inner:
            fetch_row(x, ahead, True, windows * stride * inner)
        else:
            fetch_rows(x, ahead, stride, inner, size)


def over_pieces(square: Any) -> Any:
    """``whole(x, at, windows, frame, given)``: square windows from ``x[at]`` on, some or a piece of one at a time.

    Each time ``square(x, here, to, down, jump, shift, many, n, frame, given)`` is called, for ``n`` numbers of so
    ``many`` windows that are ``jump`` numbers apart, and their pixels ``shift`` numbers, their rows ``down``.
    """

    @scalar
    def whole(x, at, windows, frame, given):
        inner, down = frame[INNER], frame[STEP_H] * frame[X_HEIGHT]
        jump, shift = frame[STRIDE_W] * inner, frame[STEP_W] * inner
        piece, w = np.int64(PIECE // x.itemsize), 0
        some = piece // jump + 1
        while w < windows:
            many, c = smaller(some, windows - w), 0
            while c < inner:
                n, here = smaller(piece, inner - c), at + w * jump + c
                fetch_ahead(x, here, down, many, n, frame)
                square(x, here, w * inner + c, down, jump, shift, many, n, frame, given)
                c += n
            w += many

    return whole


@cache
def tiles_kernel(fold: Fold, streams: bool) -> Kernel:
    """As `rows_kernel`, for windows over long pixels; a work unit is one strip of one output row."""
    last1, combined = line_loops(fold).last1, make_combined(fold)
    square2, square3 = _squares(fold)

    @scalar
    def square(x, here, to, down, jump, shift, many, n, frame, given):
        """A piece of so many windows that begin at ``x[here]``, from the number ``to`` of what is given on."""
        out, divisors, parameter = given
        goal, shares, first, second = rest(out, to), rest(divisors, to), rest(x, here), rest(x, here + down)
        if frame[KERNEL_H] == 2:
            square2(goal, first, second, second, jump, shift, frame[INNER], many, n, shares, parameter)
        else:
            third = rest(x, here + 2 * down)
            square3(goal, first, second, third, jump, shift, frame[INNER], many, n, shares, parameter)

    whole = over_pieces(square)

    @apart
    @scalar
    def reduced(out, x, at, frame, deep, rows, columns, lines, spare, divisors, parameter):
        """One window of so many pixels, any of which numbers may be none."""
        line = nth(spare, 0)
        if deep and rows and columns:
            line = nth(lines, 2)
            slabs, new = (deep, frame[STEP_D] * frame[X_DEPTH], 0), rows - frame[FETCHED]
            high, wide = (rows, frame[STEP_H] * frame[X_HEIGHT], new), (columns, frame[STEP_W] * frame[INNER], 0)
            combined(part(line, 0, out.size), x, at, slabs, high, wide, lines, frame, parameter)
        last1(out, line, divisors, parameter)

    @scalar
    def one_row(target, x, at, here, deep, rows, frame, width, lines, spare, divisors, identity, parameter):
        inner, w0, most, w = frame[INNER], here[W0], lines.shape[1], np.int64(0)
        square = frame[KERNEL_D] == 1 and frame[KERNEL_H] == frame[KERNEL_W] and 2 <= frame[KERNEL_W] <= 3
        while w < here[W1] - w0:
            goal, share_of = rest(target, w * inner), rest(divisors, w * inner)
            first, columns, many = at + width[FIRST, w0 + w] * inner, width[COUNT, w0 + w], np.int64(1)
            if square and deep == 1 and rows == frame[KERNEL_H] and w0 + w == here[WHOLE0] < here[WHOLE1]:
                many = here[WHOLE1] - here[WHOLE0]
                whole(x, first, many, frame, (goal, share_of, parameter))
            else:
                for c in range(0, inner, most):
                    goal_of, shares_of = part(goal, c, smaller(inner - c, most)), rest(share_of, c)
                    reduced(goal_of, x, first + c, frame, deep, rows, columns, lines, spare, shares_of, parameter)
            w += many

    return pixel_rows_kernel("tiles", fold, one_row, streams)


def _squares(fold: Fold) -> tuple[Any, Any]:
    """Loops over square windows of 2 or 3 rows ``a``, ``b`` and ``c``, ``jump`` numbers from each other.

    ``loop(out, a, b, c, jump, shift, inner, n, divisors, parameter)``, for the first ``n`` numbers of each pixel of
    ``inner``; pixels of a window are ``shift`` numbers from each other.
    """
    load, combine, finish = fold.load, fold.combine, fold.finish

    @scalar
    def column2(a, b, c, at, parameter):
        return combine(load(a[at], parameter), load(b[at], parameter))

    @scalar
    def column3(a, b, c, at, parameter):
        return combine(column2(a, b, c, at, parameter), load(c[at], parameter))

    # column by column, as lines of whole rows would be: the same sums
    @scalar
    def of_two(a, b, c, shift, at, parameter):
        return combine(column2(a, b, c, at, parameter), column2(a, b, c, at + shift, parameter))

    @scalar
    def of_three(a, b, c, shift, at, parameter):
        left, middle = column3(a, b, c, at, parameter), column3(a, b, c, at + shift, parameter)
        return combine(combine(left, middle), column3(a, b, c, at + np.uint64(2) * shift, parameter))

    def over_pixels(reduced):
        @apart
        @vector
        def squares(out, a, b, c, jump, shift, inner, windows, n, divisors, parameter):
            apart_by = np.uint64(shift)
            for w in range(windows):
                at, to = np.uint64(w * jump), np.uint64(w * inner)
                for i in range(n):
                    k = np.uint64(i)
                    m = reduced(a, b, c, apart_by, at + k, parameter)
                    out[to + k] = finish(m, divisors[to + k], parameter)

        return squares

    return over_pixels(of_two), over_pixels(of_three)


def tiles_scratch(frame: NDArray[np.int64], identity: Any, parameter: Any) -> Scratch:
    """Scratch memory of `tiles_kernel`."""
    piece = min(int(frame[INNER]), _PIXEL // identity.dtype.itemsize)
    return pixel_rows_scratch(frame, identity, parameter, (3, piece), (1, piece))
