"""Kernels: compiled passes over work units, run alone, in pieces on all threads, or several in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numba
import numpy as np
from numba import get_thread_id  # type: ignore[attr-defined]  # compiled, without annotations
from numba.core import types
from numba.core.caching import NullCache
from numba.core.cgutils import unpack_tuple
from numba.extending import intrinsic

from .disk import cache_for
from .jit import KERNEL, OUTSIDE, Undisturbed, Whole, told_apart
from .scratch import Scratch, borrow_all

__all__ = ["Kernel", "compiled_kernels", "kernel", "run_in_turns"]


def _call_at(typingctx: Any, address: Any, arguments: Any) -> Any:
    """Call the compiled kernel at ``address`` with a tuple of arguments; whether it raised an error."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        argument_types = signature.args[1].types
        function_type = context.call_conv.get_function_type(types.none, argument_types)
        function = builder.inttoptr(values[0], function_type.as_pointer())
        unpacked = unpack_tuple(builder, values[1])
        status, _ = context.call_conv.call_function(builder, function, types.none, argument_types, unpacked)
        return status.is_error

    return types.boolean(address, arguments), codegen


run_at: Any = intrinsic(_call_at)


def _in_pieces(address, arguments, lines, phases, extra, counters, failed, total):
    pieces = failed.size
    for p in numba.prange(pieces):
        t = get_thread_id()
        scratch = (lines[t], phases[t], extra[t], counters[t])
        failed[p] = run_at(address, arguments + scratch + (total * p // pieces, total * (p + 1) // pieces))


@cache
def _threads() -> Any:
    # One parallel loop serves every kernel of the same argument types: compiling a prange around each
    # kernel would double what a first call costs (0.5 s against 1.1 s).
    dispatcher = numba.njit(pipeline_class=Undisturbed, parallel=True, **OUTSIDE)(_in_pieces)
    dispatcher._cache = cache_for("in_pieces", _in_pieces)
    return dispatcher


# Bytes of input that several kernels take their turns on, while the cache of one core holds them.
_TURN = 256 * 1024


@cache
def _turns(counts: tuple[int, ...]) -> Any:
    """One turn of each of several kernels, one after the other, that take so many arguments each."""
    if not counts:

        def done(jobs, t, p, pieces):
            return False

        return numba.njit(**OUTSIDE)(done)
    others, behind = _turns(counts[1:]), counts[0] + 6

    # All in one tuple, as a parallel loop takes no tuples of tuples.
    def turn(jobs, t, p, pieces):
        address, total, lines, phases, extra, counters = jobs[:6]
        scratch = (lines[t], phases[t], extra[t], counters[t])
        failed = run_at(address, jobs[6:behind] + scratch + (total * p // pieces, total * (p + 1) // pieces))
        return others(jobs[behind:], t, p, pieces) or failed

    return numba.njit(**OUTSIDE)(told_apart(turn))


@cache
def _threads_in_turns(counts: tuple[int, ...]) -> Any:
    turns = _turns(counts)

    def in_turns(jobs, failed):
        pieces = failed.size
        for p in numba.prange(pieces):
            failed[p] = turns(jobs, get_thread_id(), p, pieces)

    dispatcher = numba.njit(pipeline_class=Undisturbed, parallel=True, **OUTSIDE)(told_apart(in_turns))
    dispatcher._cache = cache_for(f"in_turns_{'_'.join(map(str, counts))}", in_turns)
    return dispatcher


class Kernel:
    """A compiled pass over work units: a function of ``(*arguments, lines, phases, extra, counters, begin, end)``."""

    def __init__(self, name: str, function: Callable[..., Any], kept: bool = True) -> None:
        self.name = name
        self.serial = numba.njit(pipeline_class=Whole, **KERNEL)(told_apart(function))
        self.serial._cache = cache_for(function.__qualname__.rpartition(".")[2], function) if kept else NullCache()
        self._addresses: dict[Any, int] = {}
        _kernels.append(self)

    def run(self, arguments: tuple[Any, ...], scratch: Scratch, total: int, pieces: int) -> None:
        """Work on units ``0 … total``, in that many pieces, on as many threads as Numba has."""
        if pieces <= 1:
            self.serial(*arguments, *scratch.borrow(1), 0, total)
        else:
            memory = scratch.borrow(max(numba.get_num_threads(), 2))
            failed = np.zeros(pieces, np.bool_)
            _threads()(self._address(arguments, scratch), arguments, *memory, failed, total)
            if failed.any():  # only functions of the user's own can; once more, for the error itself
                self.serial(*arguments, *scratch.borrow(1), 0, total)

    def compile(self, arguments: tuple[Any, ...], scratch: Scratch) -> None:
        """Have the code for arguments of these types ready, for one thread and for many, without running it."""
        address = self._address(arguments, scratch)
        _threads()(address, arguments, *scratch.borrow(2), np.zeros(0, np.bool_), 0)

    def _address(self, arguments: tuple[Any, ...], scratch: Scratch) -> int:
        given = (*arguments, *scratch.kinds)
        key = tuple(getattr(a, "dtype", None) for a in given)
        if key not in self._addresses:
            signature = (*map(numba.typeof, given), types.int64, types.int64)
            self.serial.compile(signature)
            compiled = self.serial.overloads[signature]
            self._addresses[key] = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
        return self._addresses[key]


_kernels: list[Kernel] = []


def kernel(name: str, *, kept: bool = True) -> Callable[[Callable[..., Any]], Kernel]:
    """Decorate a pass over work units; ``name`` is what people see of it, ``kept`` whether it is kept on disk."""
    return lambda function: Kernel(name, function, kept)


def compiled_kernels() -> list[tuple[str, str]]:
    """Name and argument types of every kernel compiled, or loaded from disk, in this process."""
    return [(k.name, ", ".join(map(str, s))) for k in _kernels for s in k.serial.overloads]


def run_in_turns(jobs: Sequence[tuple[Kernel, tuple[Any, ...], Scratch, int]], size: int) -> None:
    """Several passes over the same input of ``size`` bytes, as ``(kernel, arguments, scratch, units)``.

    All work on one part of the input before the next, so that memory is read once.
    """
    threads = max(numba.get_num_threads(), 2)
    memory = borrow_all([scratch for _, _, scratch, _ in jobs], threads)
    given: list[Any] = []
    for (kernel, arguments, scratch, units), views in zip(jobs, memory, strict=True):
        given += kernel._address(arguments, scratch), units, *views, *arguments
    most = min(units for *_, units in jobs)
    failed = np.zeros(min(max(size // _TURN, 1), most), np.bool_)
    _threads_in_turns(tuple(len(arguments) for _, arguments, _, _ in jobs))(tuple(given), failed)
    if failed.any():
        for kernel, arguments, scratch, units in jobs:
            kernel.run(arguments, scratch, units, 1)
