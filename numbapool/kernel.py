"""Kernels: compiled passes over work units, run alone, in pieces on all threads, or several in turns."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.core.caching import NullCache
from numba.np.numpy_support import from_dtype, map_layout
from numpy.typing import NDArray

from . import runtime
from .disk import cache_for
from .entry import RAISED, job_table, loop_of, piece_of, words_of
from .jit import KERNEL, Whole, told_apart
from .scratch import Scratch, borrow_words

__all__ = ["Job", "Kernel", "compiled_kernels", "kernel", "run_in_turns", "turns_over"]

# Bytes of input of one turn: all that work on it find it in the second-level cache.
_TURN = 256 * 1024


class Kernel:
    """A compiled pass over work units: a function of ``(*arguments, lines, phases, extra, counters, begin, end)``."""

    def __init__(self, name: str, function: Callable[..., Any], kept: bool = True) -> None:
        self.name = name
        self.serial = numba.njit(pipeline_class=Whole, **KERNEL)(told_apart(function))
        self.serial.typeof_pyval = _type_of
        self.serial._cache = cache_for(function.__qualname__.rpartition(".")[2], function) if kept else NullCache()
        self._addresses: dict[Any, tuple[int, int]] = {}
        _kernels.append(self)

    def run(self, arguments: tuple[Any, ...], scratch: Scratch, units: int, pieces: int) -> None:
        """Work on all units, in so many pieces, on as many threads as Numba has."""
        if pieces == 1:  # small calls, which would notice a job of their own
            self.serial(*arguments, *scratch.borrow(), 0, units)
            return
        run_in_turns([(Job(self, scratch, units, arguments), ())], pieces)

    def addresses(self, arguments: tuple[Any, ...], scratch: Scratch) -> tuple[int, int]:
        """Where the code for one piece is, and that of a worker; compiled or loaded, if it is not yet."""
        given = (*arguments, *scratch.kinds)
        key = tuple(getattr(a, "dtype", None) for a in given)
        if key not in self._addresses:
            signature = (*map(_type_of, given), types.int64, types.int64)
            self.serial.compile(signature)
            compiled = self.serial.overloads[signature]
            piece, loop = (compiled.library.get_pointer_to_function(f(compiled.fndesc)) for f in (piece_of, loop_of))
            self._addresses[key] = piece, loop
        return self._addresses[key]


def _type_of(value: Any) -> Any:
    """Numba's type of an argument; of arrays without looking whether they are masked, which takes 20 ms at first."""
    if type(value) is not np.ndarray:
        return numba.typeof(value)
    return types.Array(from_dtype(value.dtype), value.ndim, map_layout(value), readonly=not value.flags.writeable)


@dataclass(eq=False)
class Job:
    """A pass over so many work units, for any arrays of the same types."""

    kernel: Kernel
    scratch: Scratch
    units: int
    tables: tuple[Any, ...]  # the arguments behind the arrays
    _addresses: tuple[int, int] | None = None

    @cached_property
    def words(self) -> array[int]:
        """Words of the tables."""
        return words_of(self.tables)

    def addresses(self, arrays: tuple[NDArray[Any], ...]) -> tuple[int, int]:
        """As `Kernel.addresses`, asked once."""
        if self._addresses is None:
            self._addresses = self.kernel.addresses((*arrays, *self.tables), self.scratch)
        return self._addresses


def turns_over(bytes_in: int) -> int:
    """Number of pieces for passes over so many bytes that are to take turns."""
    return max(bytes_in // _TURN, 2)


def run_in_turns(jobs: Sequence[tuple[Job, tuple[NDArray[Any], ...]]], pieces: int) -> None:
    """Passes over the same input, cut into so many pieces: all work on one piece before the next is begun.

    So memory is read once for all.
    """
    if pieces > 1:
        workers = runtime.threads()
        found, held, loop = [], [], 0
        borrowed = borrow_words(tuple(job.scratch for job, _ in jobs), workers)
        for (job, arrays), scratch in zip(jobs, borrowed, strict=True):
            words = words_of(arrays)
            words.extend(job.words)
            words.extend(scratch)
            held.append(words)
            piece, loop = job.addresses(arrays)
            found.append((piece, words.buffer_info()[0], job.units))
        if not runtime.on_all_threads(loop, job_table(found, pieces, workers), workers)[RAISED]:
            return
    # Only functions of the user's own can raise: then it is run once more, for the error itself.
    for job, arrays in jobs:
        job.kernel.serial(*arrays, *job.tables, *job.scratch.borrow(), 0, job.units)


_kernels: list[Kernel] = []


def kernel(name: str, *, kept: bool = True) -> Callable[[Callable[..., Any]], Kernel]:
    """Decorate a pass over work units; ``name`` is what people see of it, ``kept`` whether it is kept on disk."""
    return lambda function: Kernel(name, function, kept)


def compiled_kernels() -> list[tuple[str, str]]:
    """Name and argument types of every kernel compiled, or loaded from disk, in this process."""
    return [(k.name, ", ".join(map(str, s))) for k in _kernels for s in k.serial.overloads]
