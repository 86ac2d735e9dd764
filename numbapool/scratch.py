"""Scratch memory of kernels: what each needs, and what one thread of the caller keeps for all its calls."""

from __future__ import annotations

import threading
from array import array
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CACHE_LINE", "NO_SCRATCH", "PAGE", "Scratch", "borrow_words"]

_FLOAT32, _INT64 = np.dtype(np.float32), np.dtype(np.int64)
CACHE_LINE, PAGE = 64, 4096
# What one thread of the caller keeps for its calls: one stretch of memory, and how plans divide it.
_kept = threading.local()
_MOST_DIVIDED = 512


@dataclass(frozen=True, eq=False)
class Scratch:
    """Memory that every thread has for itself: ``(count, length, dtype)`` of lines of numbers, and int64 counters."""

    lines: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    phases: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    extra: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    counters: int = 1
    counter_lines: int = 1

    def borrow(self) -> tuple[NDArray[Any], ...]:
        """The memory for one thread, until the next call."""
        try:
            known: tuple[NDArray[Any], ...] = _kept.divided[self]
            return known
        except (AttributeError, KeyError):
            pass
        begin = _memory_of(self.bytes_each) - _kept.memory.ctypes.data
        views = tuple(
            np.ndarray((count, length), dtype, _kept.memory, begin + offset)
            for count, length, dtype, offset in self._specs
        )
        _kept.divided[self] = views
        return views

    @cached_property
    def _specs(self) -> tuple[tuple[int, int, np.dtype[Any], int], ...]:
        """Count, length, dtype and place of each array in the memory of one thread, which begins where a page does.

        No page ends in an array that is no larger: to store numbers that lie across two pages takes long.
        """
        specs, place = [], 0
        for n, length, d in (self.lines, self.phases, self.extra, (self.counter_lines, self.counters, _INT64)):
            # an odd number of cache lines for each, so that larger ones do not share sets of the cache
            size = (n * length * d.itemsize // CACHE_LINE + 1 | 1) * CACHE_LINE
            if -place % PAGE < size <= PAGE:
                place += -place % PAGE
            specs.append((n, length, d, place))
            place += size
        return tuple(specs)

    @cached_property
    def bytes_each(self) -> int:
        """What one thread needs: whole pages."""
        n, length, dtype, place = self._specs[-1]
        return -(-(place + n * length * dtype.itemsize) // PAGE) * PAGE

    @cached_property
    def kinds(self) -> tuple[NDArray[Any], ...]:
        """Arrays that stand for the types."""
        dtypes = self.lines[2], self.phases[2], self.extra[2], _INT64
        return tuple(np.empty((1, 1), dtype) for dtype in dtypes)


NO_SCRATCH = Scratch()


def borrow_words(scratches: tuple[Scratch, ...], threads: int) -> list[array[int]]:
    """The memory for several kernels at once, each for so many threads, as the words that `numbapool.entry` reads."""
    key = scratches, threads
    try:
        known: list[array[int]] = _kept.divided[key]
        return known
    except (AttributeError, KeyError):
        pass
    place = _memory_of(threads * sum(s.bytes_each for s in scratches))
    found = []
    for scratch in scratches:
        words = array("q")
        for count, length, _, offset in scratch._specs:
            words.extend((place + offset, scratch.bytes_each, count, length))
        place += threads * scratch.bytes_each
        found.append(words)
    _kept.divided[key] = found
    return found


def _memory_of(size: int) -> int:
    """Address of so many bytes, where a page begins; what was divided before may not be used any more."""
    memory: NDArray[np.uint8] | None = _kept.__dict__.get("memory")
    if memory is None or memory.size < size + PAGE:
        _kept.memory = memory = np.empty(size + PAGE, np.uint8)
        _kept.divided = {}
    elif len(_kept.divided) >= _MOST_DIVIDED:
        _kept.divided = {}
    address = memory.ctypes.data
    return address + -address % PAGE
