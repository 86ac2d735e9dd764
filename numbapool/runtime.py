"""Threads, cache directory and compilation events: the only module that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
from numba.core import event
from numba.misc.appdirs import AppDirs

__all__ = ["cache_directory", "pieces_for", "watch_compilation"]

_dirs: Any = AppDirs

# Measured crossover: below about this many elements of input one thread is done before a second one wakes.
PARALLEL_FROM = 80_000
# More pieces than threads, so that a thread that was held up does not hold up the call.
PIECES_PER_THREAD = 8


def cache_directory() -> Path:
    """Folder of the compiled kernels: ``NUMBAPOOL_CACHE_DIR``, or the user's cache directory."""
    moved = os.environ.get("NUMBAPOOL_CACHE_DIR")
    return Path(moved) if moved else Path(_dirs(appname="numbapool", appauthor=False).user_cache_dir)


def pieces_for(elements: int, units: int) -> int:
    """Number of pieces to split a call into; 1 means: run it here, without threads."""
    if elements < PARALLEL_FROM or units < 2:
        return 1
    threads = numba.get_num_threads()
    return 1 if threads == 1 else min(units, threads * PIECES_PER_THREAD)


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
