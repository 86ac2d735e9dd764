"""Scratch memory of kernels: what each needs, and what one thread of the caller keeps for all its calls."""

from __future__ import annotations

import threading
from array import array
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CACHE_LINE", "NO_SCRATCH", "Scratch", "borrow_words"]

_FLOAT32 = np.dtype(np.float32)
CACHE_LINE = 64
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
        place = _memory_of(self.bytes_each)
        views = []
        for count, length, dtype, size in self._specs:
            views.append(np.ndarray((count, length), dtype, _kept.memory, place - _kept.memory.ctypes.data))
            place += size
        _kept.divided[self] = tuple(views)
        return tuple(views)

    @cached_property
    def _specs(self) -> tuple[tuple[int, int, np.dtype[Any], int], ...]:
        """Count, length, dtype and bytes of each array of one thread."""
        specs = (self.lines, self.phases, self.extra, (self.counter_lines, self.counters, np.dtype(np.int64)))
        # an odd number of cache lines between threads and arrays, so that they do not share sets of the cache
        return tuple(
            (n, length, d, (n * length * d.itemsize // CACHE_LINE + 1 | 1) * CACHE_LINE) for n, length, d in specs
        )

    @cached_property
    def bytes_each(self) -> int:
        """What one thread needs."""
        return sum(size for *_, size in self._specs)

    @cached_property
    def kinds(self) -> tuple[NDArray[Any], ...]:
        """Arrays that stand for the types."""
        dtypes = self.lines[2], self.phases[2], self.extra[2], np.dtype(np.int64)
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
        for count, length, _, size in scratch._specs:
            words.extend((place, size, count, length))
            place += threads * size
        found.append(words)
    _kept.divided[key] = found
    return found


def _memory_of(size: int) -> int:
    """Address of so many bytes, and the beginning of a cache line; what was divided before may not be used any more."""
    memory: NDArray[np.uint8] | None = _kept.__dict__.get("memory")
    if memory is None or memory.size < size + CACHE_LINE:
        _kept.memory = memory = np.empty(size + CACHE_LINE, np.uint8)
        _kept.divided = {}
    elif len(_kept.divided) >= _MOST_DIVIDED:
        _kept.divided = {}
    address = memory.ctypes.data
    return address + -address % CACHE_LINE
