"""The table that a kernel reads (`kernels.frame`): written here from windows and order in memory, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels import frame as f
from ..validation.arrays import Layout, strides_in_order
from ..windows import Axis

__all__ = ["Task", "set_divisors", "set_draws", "set_indices", "set_runs", "set_strides", "set_windows"]


@dataclass
class Task:
    """What is to be done, in canonical form ``(outer, depth, height, width, inner)``; becomes a plan."""

    reduction: Any  # one of `reductions`
    dtype: np.dtype[Any]  # of the source
    depth: Axis
    height: Axis
    width: Axis
    spread: bool = False  # whether it is a gradient, of which the axes are seen from the input
    header: NDArray[np.int64] = field(default_factory=lambda: np.zeros(f.FIELDS, np.int64))
    tables: list[NDArray[np.int64]] = field(default_factory=list)
    length: int = f.FIELDS
    streams: bool = False  # whether results may go past the caches, if many bytes are moved

    def add(self, values: NDArray[np.int64]) -> int:
        """Put values behind the header; the place where they begin."""
        self.tables.append(values)
        self.length += len(values)
        return self.length - len(values)

    def __getitem__(self, place: int) -> int:
        return int(self.header[place])

    def __setitem__(self, place: int, value: int) -> None:
        self.header[place] = value

    @property
    def planes(self) -> int:
        """Number of planes, or volumes."""
        return self[f.OUTER_0] * self[f.OUTER_1]

    @property
    def rows(self) -> int:
        """Number of rows of results."""
        return self.planes * self[f.OUT_DEPTH] * self[f.OUT_HEIGHT]

    @property
    def blocks(self) -> int:
        """Number of blocks of rows of results, once their height is set."""
        return self.planes * self[f.OUT_DEPTH] * -(-self[f.OUT_HEIGHT] // self[f.BLOCK])

    @property
    def strips(self) -> int:
        """Number of strips of a row of results, once their width is set."""
        return -(-self[f.OUT_WIDTH] // self[f.STRIP])

    @property
    def row_bytes(self) -> int:
        """Bytes of a row of the source."""
        return self[f.WIDTH] * self[f.INNER] * self.dtype.itemsize

    @property
    def positions(self) -> int:
        """Number of positions of a plane of the source."""
        return self[f.DEPTH] * self[f.HEIGHT] * self[f.WIDTH]

    @property
    def outputs(self) -> int:
        """Number of results of a plane."""
        return self[f.OUT_DEPTH] * self[f.OUT_HEIGHT] * self[f.OUT_WIDTH]

    @property
    def values(self) -> int:
        """Most values of one window."""
        return prod(int(a.count.max(initial=0)) for a in (self.depth, self.height, self.width))


def set_strides(
    task: Task, shape: tuple[int, ...], strides: tuple[int, ...], out_strides: tuple[int, ...], layout: Layout
) -> None:
    """Extents of the outer and inner axes, and steps in source and result, in elements."""
    depth, height, _ = layout.slots
    counts = [prod(shape[a] for a in group) for group in layout.outer]
    task[f.OUTER_0], task[f.OUTER_1] = counts
    task[f.INNER] = 1 if layout.line else prod(shape[a] for a in layout.inner)
    for first, steps in ((f.X_OUTER_0, strides), (f.Y_OUTER_0, out_strides)):
        outer = [steps[group[-1]] if group else 0 for group in layout.outer]
        spatial = [0 if a is None else steps[a] for a in (depth, height)]
        task.header[first : first + 4] = [*outer, *spatial]


def set_windows(task: Task, shared: Axis | None = None) -> None:
    """Where the windows lie along each axis.

    Gradients of windows at a stride are told by the windows that are ``shared`` along the width, not by `Task.width`.
    """
    for i, axis in enumerate((task.depth, task.height, task.width)):
        task[f.DEPTH + i], task[f.OUT_DEPTH + i] = axis.size, axis.outputs
        seen = shared if shared is not None and i == 2 else axis
        task[f.KERNEL_D + i], task[f.STRIDE_D + i] = seen.kernel_size, seen.stride
        task[f.STEP_D + i], task[f.PAD_D + i] = seen.step, -int(seen.origin[0]) if seen.outputs else 0
        task[f.FIRST_D + i], task[f.COUNT_D + i] = task.add(axis.first), task.add(axis.count)


def set_divisors(task: Task, divisors: Sequence[NDArray[np.int64]] | None, slots: Sequence[int | None]) -> None:
    """What sums are divided by: one number for all windows, or one factor for each axis.

    ``slots`` tells which of the ``divisors`` is that of depth, height and width.
    """
    if divisors is None:
        task[f.DIVISOR] = 1
        return
    along = zip(slots, (task.depth, task.height, task.width), strict=True)
    factors = [np.ones(axis.outputs, np.int64) if s is None else divisors[s] for s, axis in along]
    if all(d.size and (d == d[0]).all() for d in factors):
        task[f.DIVISOR] = prod(int(d[0]) for d in factors)
        return
    task[f.DIVISOR] = 0
    for i, factor in enumerate(factors):
        task[f.DIVISOR_D + i] = task.add(factor)


def set_indices(task: Task, shape: tuple[int, ...], layout: Layout) -> None:
    """What one step along each axis adds to the index of a value in its plane, row-major over the spatial axes."""
    for i, axis in enumerate(layout.slots):
        task[f.INDEX_D + i] = 0 if axis is None else prod(shape[axis + 1 :])


def set_draws(task: Task, layout: Layout, shape: tuple[int, ...]) -> bool:
    """Number draws in row-major order of ``shape``, whatever the memory order; False if no steps express that."""
    apart = strides_in_order(shape, tuple(range(len(shape))))
    for group in (*layout.outer, layout.inner):
        longer = [a for a in group if shape[a] > 1]
        if any(apart[a] != apart[b] * shape[b] for a, b in pairwise(longer)):
            return False
    groups = *layout.outer, *((s,) if s is not None else () for s in layout.slots), layout.inner
    steps = [apart[group[-1]] if group else 0 for group in groups]
    task.header[f.DRAW_OUTER_0 : f.DRAW_INNER + 1] = steps
    return True


def set_runs(task: Task) -> None:
    """From each window on, how many are of one size and evenly apart, along height and width."""
    for i, axis in enumerate((task.height, task.width)):
        task[f.ALIKE_H + i] = task.add(axis.alike)
