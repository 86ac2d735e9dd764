"""One compiled kernel with its tables: all that a call needs but its arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import runtime
from .kernel import Job, Kernel, run_in_turns, turns_over
from .kernels import frame as f
from .scratch import Scratch

__all__ = ["STORED_AS", "Plan", "stored_as"]

# float16 travels as its bits, bool as bytes.
STORED_AS: dict[np.dtype[Any], np.dtype[Any]] = {
    np.dtype(np.float16): np.dtype(np.uint16),
    np.dtype(np.bool_): np.dtype(np.uint8),
}


def stored_as(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype as which kernels see arrays of ``dtype``."""
    return STORED_AS.get(dtype, dtype)


@dataclass(frozen=True)
class Plan:
    """Everything that a call needs but its arrays."""

    kernel: Kernel
    scratch: Scratch
    tables: tuple[Any, ...]
    units: int
    effort: int  # numbers that are worked on, as `runtime.pieces_for` counts them
    shape: tuple[int, ...]  # of the result
    order: tuple[int, ...]  # its axes from slowest to fastest in memory
    dtype: np.dtype[Any]
    indexed: bool
    x_view: np.dtype[Any] | None
    y_view: np.dtype[Any] | None
    least: int = 1  # units of a piece of work that are worth what is made once for each
    begin: int = 0  # where its results begin in the memory of all
    beside: tuple[Plan, ...] = ()  # for the windows that other kernels serve
    for_new: Plan | None = None  # for results in memory that nobody had before, if that is better served otherwise

    def new(self) -> tuple[NDArray[Any], ...]:
        """Arrays for the result (and its indices), not filled yet."""
        dtypes = (self.dtype, np.dtype(np.int64)) if self.indexed else (self.dtype,)
        in_memory = [self.shape[a] for a in self.order]
        back = sorted(range(len(self.order)), key=self.order.__getitem__)
        return tuple(np.empty(in_memory, dtype).transpose(back) for dtype in dtypes)

    def fill(self, x: NDArray[Any], y: NDArray[Any], *indices: NDArray[Any], fresh: bool = False) -> None:
        """Pool the flat array ``x`` into the flat arrays ``y`` and ``indices``, ``fresh`` from `new` or not."""
        if self._small:  # where every call on the way counts
            self.kernel.serial(x, y, *indices, *self.tables, *self.scratch.borrow(), 0, self.units)
            return
        pieces = runtime.pieces_for(self.effort, self.units, self.least)
        if self._alone and (self.for_new is None or not fresh):  # most calls, which find the caches cold
            run_in_turns([(self.job, (x, y, *indices))], pieces)
            return
        first = self.for_new if fresh and self.for_new is not None else self
        parts = [part for part in (first, *self.beside) if part.units]
        if parts:
            if pieces > 1 and len(parts) > 1:
                pieces = turns_over(x.nbytes)
            run_in_turns([(part.job, part.seen(x, y, *indices)) for part in parts], pieces)

    def filled(self, x: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """New arrays with the results for the flat array ``x``."""
        results = self.new()
        self.fill(x, *(r.ravel(order="K") for r in results), fresh=True)
        return results

    @cached_property
    def job(self) -> Job:
        """What is to be run on `seen` arrays."""
        return Job(self.kernel, self.scratch, self.units, self.tables)

    def seen(self, x: NDArray[Any], y: NDArray[Any], *indices: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """The flat arrays as the kernel sees them."""
        if self.x_view is not None:
            x = x.view(self.x_view)
        if self.y_view is not None:
            y = y.view(self.y_view)
        return x, *(result[self.begin :] if self.begin else result for result in (y, *indices))

    @cached_property
    def _alone(self) -> bool:
        """Whether one kernel does all of it, on the arrays as they are."""
        plain = self.x_view is None and self.y_view is None and not self.begin
        return bool(self.units) and plain and not self.beside

    @cached_property
    def _small(self) -> bool:
        """Whether that is always done in one piece."""
        return self._alone and self.effort < runtime.PARALLEL_FROM

    @property
    def turned(self) -> bool:
        """Whether it is for batches of small planes: behind the frame of one is that of all."""
        return len(self.tables[0]) > f.FIELDS

    def seeded(self, seed: float) -> Plan:
        """The same with a seed of its own, the first of the operation's numbers."""
        numbers = self.tables[-1].copy()
        numbers[0] = seed
        for_new = self.for_new.seeded(seed) if self.for_new is not None else None
        beside = tuple(plan.seeded(seed) for plan in self.beside)
        return replace(self, tables=(*self.tables[:-1], numbers), for_new=for_new, beside=beside)

    def beginning(self, begin: int) -> Plan:
        """The same with results from ``begin`` on in the memory of all."""
        return replace(self, begin=begin)

    def compile(self, x_dtype: np.dtype[Any]) -> None:
        """Have the kernel ready, for one thread and for many, without running it."""
        flat = [np.empty(0, self.x_view or x_dtype), np.empty(0, self.y_view or self.dtype)]
        flat += [np.empty(0, np.int64)] * self.indexed
        self.kernel.addresses((*flat, *self.tables), self.scratch)
        for plan in self.beside:
            plan.compile(x_dtype)
