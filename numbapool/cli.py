"""The command line: ``python -m numbapool demo``, ``info`` and ``warmup``."""

from __future__ import annotations

import argparse
import ast
import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numba
import numpy as np

from . import operations, threads
from .errors import PoolingError
from .layers import Pool
from .operations.max import MaxPool2d
from .warm import warmup

__all__ = ["main"]

_NEEDED = "the demo needs scikit-image, matplotlib and rich: pip install 'numbapool[demo]'"
# Environment variables that change how fast calls are.
_SETTINGS = ("NUMBA_", "OMP_", "KMP_", "GOMP_", "TBB_")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m numbapool", description="Pooling operations for NumPy arrays.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="pool a photograph by max, min and mean; write a picture of the results")
    demo.add_argument("--image", type=Path, help="your own picture (default: one from scikit-image)")
    demo.add_argument("--window", type=int, default=8, help="size of the window in pixels (default: 8)")
    demo.add_argument("--output", type=Path, default=Path("demo.png"), help="where the panel goes (default: demo.png)")
    commands.add_parser("info", help="versions, threads, the kernel cache, and settings that have an effect")
    warm = commands.add_parser("warmup", help="compile kernels into the cache on disk, as when an image is built")
    warm.add_argument("layers", nargs="*", help='layers, such as "MaxPool2d(3, 2, padding=1)" (default: common ones)')
    warm.add_argument("--dtypes", nargs="+", default=["float32"], help="dtypes of the input (default: float32)")
    options = parser.parse_args(arguments)
    try:
        if options.command == "demo":
            from .demo import demo as show

            show(options.image, options.window, options.output)
        elif options.command == "info":
            for name, value in information():
                print(f"{name + ':':18s} {value}")
        else:
            made = [layer_of(text) for text in options.layers]
            print(f"{warmup(*made, dtypes=options.dtypes, progress=print)} made ready in {cache_directory()}")
    except ImportError as error:
        parser.exit(1, f"{parser.prog}: {_NEEDED} ({error})\n")
    except (OSError, PoolingError, TypeError) as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    return 0


def layer_of(text: str) -> Pool:
    """The layer that a text of the form ``Name(arguments)`` stands for; nothing else is evaluated."""
    try:
        call: Any = ast.parse(text, mode="eval").body
        kind = getattr(operations, call.func.id)
        positional = [ast.literal_eval(each) for each in call.args]
        named = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError, AttributeError):
        raise TypeError(f'warmup: layers must be like "MaxPool2d(3, 2)"; got {text!r}') from None
    return kind(*positional, **named)  # type: ignore[no-any-return]  # a layer


def cache_directory() -> str:
    """Where Numba keeps compiled kernels; empty where it can write nowhere."""
    plan, _ = MaxPool2d(2)._plan_for(np.zeros((1, 4, 4), np.float32), False)
    return str(plan.kernel.serial.stats.cache_path or "")


def information() -> Iterator[tuple[str, str]]:
    """What has an effect on speed here, as names and values."""
    from . import __version__

    yield "numbapool", __version__
    yield "Numba, NumPy", f"{numba.__version__}, {np.__version__}"
    yield "Python", f"{platform.python_version()} on {platform.platform()}"
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield "CPUs", f"{os.cpu_count()}, of which this process may use {allowed}{_quota()}"
    try:
        found = f"{numba.get_num_threads()}, by {threads.layer()}"
    except ValueError as error:
        found = f"none: {error}"
    yield "threads", found
    yield "kernel cache", cache_directory() or "none: no directory can be written"
    cpu = numba.config.CPU_NAME  # type: ignore[attr-defined]  # made at run time
    yield "compiled for", cpu or "this CPU"
    for name, value in sorted(os.environ.items()):
        if name.startswith(_SETTINGS):
            yield name, value


def _quota() -> str:
    """What a container's limit leaves, in CPUs."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return ""
    return "" if limit == "max" else f", with a quota of {int(limit) / int(period):g}"
