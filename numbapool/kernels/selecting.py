"""The two kernels of what keeps one value of each window: with indices, and without."""

from __future__ import annotations

from typing import Any

from ..kernel import Kernel, kernel

__all__ = ["selecting_kernel"]


def selecting_kernel(name: str, rows: Any, indexed: bool, *, kept: bool = True) -> Kernel:
    """A kernel of ``rows(x, y, indices, frame, depth, height, width, numbers, lines, phases, extra, counters, …)``.

    Without indices ``rows`` gets the results in their place. ``kept`` tells whether the kernel is kept on disk.
    """
    if indexed:

        @kernel(f"{name}-indices", kept=kept)
        def selecting(
            x, y, indices, frame, strips, depth, height, width, _i, numbers, lines, phases, extra, counters, begin, end
        ):
            rows(x, y, indices, frame, depth, height, width, numbers, lines, phases, extra, counters, begin, end)

    else:

        @kernel(name, kept=kept)
        def selecting(
            x, y, frame, strips, depth, height, width, _i, numbers, lines, phases, extra, counters, begin, end
        ):
            rows(x, y, y, frame, depth, height, width, numbers, lines, phases, extra, counters, begin, end)

    return selecting
