"""Threads, cache directory and compilation events: the only module that reads the environment."""

from __future__ import annotations

import ctypes
import os
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
from numba.core import event
from numba.misc.appdirs import AppDirs
from numba.np.ufunc import parallel

__all__ = ["cache_directory", "on_all_threads", "pieces_for", "threads", "watch_compilation"]

_dirs: Any = AppDirs

# Measured crossover: one thread is done with fewer numbers of max k3 s2, of 4 bytes each, before it has called a second
# one, which takes it 10 to 25 µs, most of it in Python. `plan` says how long other numbers take.
PARALLEL_FROM = 200_000
# More pieces than threads, so that a thread that was held up does not hold up the call.
PIECES_PER_THREAD = 8


def cache_directory() -> Path:
    """Folder of the compiled kernels: ``NUMBAPOOL_CACHE_DIR``, or the user's cache directory."""
    moved = os.environ.get("NUMBAPOOL_CACHE_DIR")
    return Path(moved) if moved else Path(_dirs(appname="numbapool", appauthor=False).user_cache_dir)


def threads() -> int:
    """Number of threads that a call may use, as `numba.set_num_threads` has it."""
    return _asked_for()()


@cache
def _asked_for() -> Callable[[], int]:
    # Numba is asked once, which has it start its threads; then without its locks, at a tenth of the time.
    numba.get_num_threads()
    asked: Callable[[], int] = parallel._get_num_threads  # type: ignore[attr-defined]  # made when threads start
    return asked


def on_all_threads(loop: int, table: array[int], workers: int) -> array[int]:
    """Have so many threads of Numba's run the code at an address on ``table``, which is returned."""
    run, numbers, steps = _parallel_for()
    run(loop, numbers, _so_many(workers), steps, table.buffer_info()[0], 0, 1, workers)
    return table


@cache
def _so_many(workers: int) -> Any:
    return ctypes.byref(ctypes.c_size_t(workers))


@cache
def _parallel_for() -> tuple[Any, Any, Any]:
    # What Numba's parallel loops and ufuncs call themselves, with its choice of threading layer. It moves a pointer on
    # for each worker: from 0 by 1, the pointer is the worker's number.
    parallel._launch_threads()
    address = llvmlite.binding.address_of_symbol("numba_parallel_for")
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    run = ctypes.CFUNCTYPE(None, pointer, pointer, pointer, pointer, pointer, size, size, size)(address)
    return run, (pointer * 1)(0), (size * 1)(1)


def pieces_for(effort: int, units: int, least: int = 1) -> int:
    """Number of pieces to split a call into, of ``least`` units each; 1 means: run it here, without threads."""
    if effort < PARALLEL_FROM or units < 2:
        return 1
    many = threads()
    return 1 if many == 1 else min(units, max(many, min(many * PIECES_PER_THREAD, units // least)))


class _Watcher(event.Listener):
    def __init__(self, callback: Callable[[str], None]) -> None:
        self.callback = callback

    def on_start(self, event: Any) -> None:
        name = event.data["dispatcher"].py_func.__name__
        self.callback(name)

    def on_end(self, event: Any) -> None:
        pass


@contextmanager
def watch_compilation(callback: Callable[[str], None]) -> Iterator[None]:
    """Call ``callback(function_name)`` whenever Numba starts to compile a function inside this block."""
    with event.install_listener("numba:compile", _Watcher(callback)):
        yield
