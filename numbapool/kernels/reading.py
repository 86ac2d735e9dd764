"""Rows of the input on their way into lines, in pieces: with each piece that is read, one that lies ahead is fetched.

Cores have few misses under way at a time. Asked for whole rows at once, they wait for the last of them, and memory
waits while the row is worked on.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

from ..jit import scalar
from .frame import AHEAD
from .lines import Fold, line_loops
from .prefetch import fetch_row, fetch_with_two
from .views import part, rest

__all__ = ["piece_of", "row_loops"]

# Bytes of a piece.
_PIECE = 1024


@scalar
def piece_of(size, begin, itemsize):
    """How many numbers of a row of ``size`` are the piece that begins there."""
    most = _PIECE // itemsize
    return size - begin if size - begin < most else most


@cache
def row_loops(fold: Fold) -> SimpleNamespace:
    """The loops of one reduction that read rows, each from ``x[at]`` on."""
    loops = line_loops(fold)
    start, take, start3, square2 = loops.start, loops.take, loops.start3, loops.square2

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
    def start_three(target, x, at, down, frame, parameter):
        """Rows that are ``down`` numbers apart; two of them at most are new."""
        begin = 0
        while begin < target.size:
            n, here = piece_of(target.size, begin, x.itemsize), at + begin
            b, c = here + down, here + 2 * down
            fetch_with_two(x, b, c, frame, n)
            start3(part(target, begin, n), part(x, here, n), part(x, b, n), part(x, c, n), parameter)
            begin += n

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

    return SimpleNamespace(start=start_row, take=take_row, start3=start_three, square2=square_rows)
