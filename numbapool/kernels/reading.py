"""Rows of the input on their way into lines, in pieces: with each piece that is read, one that lies ahead is fetched.

Cores have few misses under way at a time. Asked for whole rows at once, they wait for the last of them, and memory
waits while the row is worked on.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..jit import scalar
from .combine import smaller
from .frame import AHEAD, FETCHED
from .lines import Fold, line_loops
from .prefetch import fetch_row, fetch_with_two
from .views import nth, part, rest

__all__ = ["SHORT", "piece_of", "row_loops"]

# Bytes of a piece.
_PIECE = 1024
# Numbers of rows of which several are better read together; longer ones are as many streams from memory.
SHORT = 256


@scalar
def piece_of(size, begin, itemsize):
    """How many numbers of a row of ``size`` are the piece that begins there."""
    return smaller(size - begin, _PIECE // itemsize)


@cache
def row_loops(fold: Fold) -> SimpleNamespace:
    """The loops of one reduction that read rows, each from ``x[at]`` on."""
    loops = line_loops(fold)
    start, take, take2, start3, square2 = loops.start, loops.take, loops.take2, loops.start3, loops.square2
    pair_of_lines, start2, start4, take4 = loops.start_pair, loops.start2, loops.start4, loops.take4
    cube2 = loops.cube2

    @scalar
    def start_row(target, x, at, frame, fetched, parameter):
        begin = 0
        while begin < target.size:
            n, here = piece_of(target.size, begin, x.itemsize), at + begin
            fetch_row(x, here + frame[AHEAD], fetched, n)
            start(part(target, begin, n), part(x, here, n), parameter)
            begin += n

    @scalar
    def take_row(target, line, x, at, frame, fetched, parameter):
        begin = 0
        while begin < target.size:
            n, here = piece_of(target.size, begin, x.itemsize), at + begin
            fetch_row(x, here + frame[AHEAD], fetched, n)
            take(part(target, begin, n), part(line, begin, n), part(x, here, n), parameter)
            begin += n

    @scalar
    def start_three(target, x, at, down, new, frame, parameter):
        begin = 0
        while begin < target.size:
            n, here = piece_of(target.size, begin, x.itemsize), at + begin
            b, c = here + down, here + 2 * down
            fetch_row(x, here + frame[AHEAD], new >= 0, n)
            fetch_row(x, b + frame[AHEAD], new >= -1, n)
            fetch_row(x, c + frame[AHEAD], new >= -2, n)
            start3(part(target, begin, n), part(x, here, n), part(x, b, n), part(x, c, n), parameter)
            begin += n

    @scalar
    def start_pair(lines, left, size, x, at, down, frame, parameter):
        """Two lines, each of three short rows, of which they share two."""
        b, c, d = at + down, at + 2 * down, at + 3 * down
        fetch_row(x, c + frame[AHEAD], frame[FETCHED] > 0, size)
        fetch_row(x, d + frame[AHEAD], frame[FETCHED] > 0, size)
        first, second = part(nth(lines, 0), left, size), rest(nth(lines, 1), left)
        pair_of_lines(first, second, rest(x, at), rest(x, b), rest(x, c), rest(x, d), parameter)

    @scalar
    def take_two(target, line, x, at, down, frame, fetched, parameter):
        """Short rows, ``down`` numbers apart."""
        fetch_row(x, at + frame[AHEAD], fetched, target.size)
        fetch_row(x, at + down + frame[AHEAD], fetched, target.size)
        take2(target, line, rest(x, at), rest(x, at + down), parameter)

    @scalar
    def start_two(target, x, at, down, frame, fetched, parameter):
        """Short rows, ``down`` numbers apart, as a line."""
        fetch_row(x, at + frame[AHEAD], fetched, target.size)
        fetch_row(x, at + down + frame[AHEAD], fetched, target.size)
        start2(target, rest(x, at), rest(x, at + down), parameter)

    @scalar
    def take_four(target, line, alone, x, at, down, frame, fetched, parameter):
        """Four short rows, ``alone`` or with a line."""
        b, c, d = rest(x, at + down), rest(x, at + 2 * down), rest(x, at + 3 * down)
        for i in range(4):
            fetch_row(x, at + i * down + frame[AHEAD], fetched, target.size)
        if alone:
            start4(target, rest(x, at), b, c, d, parameter)
        else:
            take4(target, line, rest(x, at), b, c, d, parameter)

    @cache
    def take_rows(together: bool) -> Any:
        """``now = take_rows(first, second, before, size, x, at, down, count, stride, frame, parameter)``.

        Combine ``count`` rows, ``down`` numbers apart, with what is in the line ``before``, the first (0) or the second
        (1) of two, or in none (-1), to the line ``now``. Short rows are read two or three at a time if some may lie
        ``together``, and so are three of which two have been read before.
        """

        @scalar
        def take_all(first, second, before, size, x, at, down, count, stride, frame, parameter):
            now, j, old = before, np.int64(0), count - frame[FETCHED]
            if now < 0 and count > 0:
                target, now = part(first, 0, size), np.int64(0)
                if together and count >= 3 and (size <= SHORT or (stride == 1 and count == 3)):
                    start_three(target, x, at, down, -old, frame, parameter)
                    j = np.int64(3)
                else:
                    start_row(target, x, at, frame, old <= 0, parameter)
                    j = np.int64(1)
            while j < count:
                here, target, so_far = at + j * down, part(second, 0, size), first
                if now == 1:
                    target, so_far = part(first, 0, size), second
                now = 1 - now
                if together and size <= SHORT and j + 1 < count:
                    take_two(target, so_far, x, here, down, frame, j + 1 >= old, parameter)
                    j += 2
                else:
                    take_row(target, so_far, x, here, frame, j >= old, parameter)
                    j += 1
            return now

        return take_all

    @scalar
    def square_rows(out, x, at, down, frame, divisors, parameter):
        """Windows of 2 × 2 side by side."""
        begin = 0
        while begin < out.size:
            n, here = piece_of(out.size, begin, 2 * x.itemsize), at + 2 * begin
            fetch_with_two(x, here, here + down, frame, 2 * n)
            upper, lower = part(x, here, 2 * n), part(x, here + down, 2 * n)
            square2(part(out, begin, n), upper, lower, rest(divisors, begin), parameter)
            begin += n

    @scalar
    def cube_rows(out, x, at, down, deep, frame, divisors, parameter):
        """Windows of 2 × 2 × 2 side by side."""
        begin = 0
        while begin < out.size:
            n, here = piece_of(out.size, begin, 2 * x.itemsize), at + 2 * begin
            b, c, d = here + down, here + deep, here + deep + down
            fetch_with_two(x, here, b, frame, 2 * n)
            fetch_with_two(x, c, d, frame, 2 * n)
            upper, lower = part(x, c, 2 * n), part(x, d, 2 * n)
            results, shares = part(out, begin, n), rest(divisors, begin)
            cube2(results, part(x, here, 2 * n), part(x, b, 2 * n), upper, lower, shares, parameter)
            begin += n

    return SimpleNamespace(
        start=start_row,
        start_pair=start_pair,
        start_two=start_two,
        take=take_row,
        take_four=take_four,
        take_rows=take_rows,
        square2=square_rows,
        cube2=cube_rows,
    )
