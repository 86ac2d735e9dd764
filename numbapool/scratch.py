"""Scratch memory of kernels: what each needs, and what one thread of the caller keeps for all its calls."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CACHE_LINE", "NO_SCRATCH", "Scratch", "borrow_all"]

_FLOAT32 = np.dtype(np.float32)
CACHE_LINE = 64
# What one thread of the caller keeps for its calls: one stretch of memory, and how plans divide it.
_kept = threading.local()
_MOST_VIEWS = 512


@dataclass(frozen=True, eq=False)
class Scratch:
    """Memory that every thread has for itself: ``(count, length, dtype)`` of lines of numbers, and int64 counters."""

    lines: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    phases: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    extra: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    counters: int = 1
    counter_lines: int = 1

    def borrow(self, threads: int) -> tuple[NDArray[Any], ...]:
        """The memory for so many threads, until the next call; for a single one, without the axis of threads."""
        try:
            known: tuple[NDArray[Any], ...] = _kept.views[self, threads]
            return known
        except (AttributeError, KeyError):
            pass
        memory = _memory_of(threads * self.bytes_each)
        divided = self._divide(memory, -memory.ctypes.data % CACHE_LINE, threads)
        found = divided if threads > 1 else tuple(v[0] for v in divided)
        _kept.views[self, threads] = found
        return found

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

    def _divide(self, memory: NDArray[np.uint8], place: int, threads: int) -> tuple[NDArray[Any], ...]:
        views = []
        for count, length, dtype, size in self._specs:
            strides = (size, length * dtype.itemsize, dtype.itemsize)
            views.append(np.ndarray((threads, count, length), dtype, memory, place, strides))
            place += threads * size
        return tuple(views)

    @cached_property
    def kinds(self) -> tuple[NDArray[Any], ...]:
        """Arrays that stand for the types."""
        dtypes = self.lines[2], self.phases[2], self.extra[2], np.dtype(np.int64)
        return tuple(np.empty((1, 1), dtype) for dtype in dtypes)


NO_SCRATCH = Scratch()


def _memory_of(size: int) -> NDArray[np.uint8]:
    """At least so many bytes, and the beginning of a cache line; what was divided before may not be used any more."""
    memory: NDArray[np.uint8] | None = _kept.__dict__.get("memory")
    if memory is None or memory.size < size + CACHE_LINE:
        _kept.memory = memory = np.empty(size + CACHE_LINE, np.uint8)
        _kept.views = {}
    elif len(_kept.views) >= _MOST_VIEWS:
        _kept.views = {}
    return memory


def borrow_all(scratches: Sequence[Scratch], threads: int) -> list[tuple[NDArray[Any], ...]]:
    """The memory for several kernels at once, each for so many threads."""
    memory = _memory_of(threads * sum(s.bytes_each for s in scratches))
    place = -memory.ctypes.data % CACHE_LINE
    found = []
    for scratch in scratches:
        found.append(scratch._divide(memory, place, threads))
        place += threads * scratch.bytes_each
    return found
