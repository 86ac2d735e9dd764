"""Threads: how many, and from what amount of work on."""

from __future__ import annotations

import numba

__all__ = ["PARALLEL_FROM", "PIECES_PER_THREAD", "count", "pieces_for"]

# Nanoseconds of serial work from which on a parallel kernel is worth the two or three seconds that it takes to compile.
PARALLEL_FROM = 500_000
# More pieces than threads, so that a thread that was held up does not hold up the call.
PIECES_PER_THREAD = 8


def count() -> int:
    """Number of threads that a call may use, as `numba.set_num_threads` has it."""
    return numba.get_num_threads()


def pieces_for(cost: float, units: int) -> int:
    """Number of pieces for a call of this many nanoseconds; 1 means that it runs on the calling thread."""
    if cost < PARALLEL_FROM or units < 2:
        return 1
    many = count()
    return 1 if many == 1 else min(units, many * PIECES_PER_THREAD)
