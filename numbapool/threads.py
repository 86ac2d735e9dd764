"""Threads: how many a call may use, from what amount of work on, and where Numba's must not be started."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numba

__all__ = [
    "PARALLEL_FROM",
    "PIECES_PER_THREAD",
    "count",
    "is_foreign_thread",
    "layer",
    "one_thread",
    "pieces_for",
    "starting",
]

# Nanoseconds of serial work from which on a parallel kernel is worth the two or three seconds that it takes to compile.
PARALLEL_FROM = 500_000
# More pieces than threads, so that a thread that was held up does not hold up the call.
PIECES_PER_THREAD = 8

# Numba's workqueue layer ends the process when two threads start parallel code at once.
_one_at_a_time = threading.RLock()
_no_lock = nullcontext()
# Whether this process was forked from one whose threads of OpenMP or TBB did not come along.
_lost_threads = False


def count() -> int:
    """Number of threads that a call may use, as `numba.set_num_threads` has it."""
    if _lost_threads or (layer() == "workqueue" and is_foreign_thread()):
        return 1
    return numba.get_num_threads()


def pieces_for(cost: float, units: int) -> int:
    """Number of pieces for a call of this many nanoseconds; 1 means that it runs on the calling thread."""
    if cost < PARALLEL_FROM or units < 2:
        return 1
    many = count()
    return 1 if many == 1 else min(units, many * PIECES_PER_THREAD)


def starting() -> AbstractContextManager[object]:
    """What to hold while parallel code runs: a lock, where the threading layer serves one caller at a time."""
    return _one_at_a_time if layer() in ("", "workqueue") else _no_lock


@contextmanager
def one_thread() -> Iterator[None]:
    """Run calls from this thread serially, where a scheduler or a loop around them uses all cores already."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def layer() -> str:
    """Numba's threading layer; empty as long as nothing has started it."""
    try:
        return str(numba.threading_layer())  # type: ignore[attr-defined]  # public, but not listed
    except ValueError:
        return ""


def is_foreign_thread() -> bool:
    """Whether Python did not start this thread, as those of Numba: a call from there is inside of parallel code."""
    return threading.current_thread().name.startswith("Dummy-")


def _after_fork_in_child() -> None:
    global _lost_threads, _one_at_a_time
    _one_at_a_time = threading.RLock()  # a thread of the parent may have held the old one
    _lost_threads = _lost_threads or layer() in ("omp", "tbb")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
