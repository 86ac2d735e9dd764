"""Windows × reduction × dtype × order in memory → a plan: one kernel with its table, found once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import threads
from ..kernels import frame as f
from ..kernels.compile import Kernel
from ..kernels.gather import CALLED
from ..reductions import STORED_AS, Fold, Reduction, Selection, Slopes, Whole, stored_as
from ..validation.arrays import element_strides, find_layout, flat, strides_in_order
from ..windows import Axis, adaptive_axis, started_axis, still_axis
from .choice import choose, select_any_kernel
from .cutting import cut_selected_any, rows_ahead
from .tables import Task, set_divisors, set_draws, set_indices, set_runs, set_strides, set_windows

__all__ = ["Plan", "make_plan", "plan_as_it_lies", "plan_of_starts"]

# Channels behind from which on they are rows of their own, where nothing else is pooled along them.
_ROW_OF_CHANNELS = 16
# Nanoseconds that a row of results takes beside its numbers, about.
_ROW = 10.0
_NO_INDICES = np.empty(0, np.int64)
_STILL = still_axis(1)
# Bytes of input above which it is prefetched.
_FETCH_FROM = 2 * 2**20
# Bytes moved by a call from which on results may be written past the caches.
_PAST_CACHES = 32 * 2**20


@dataclass(frozen=True)
class Plan:
    """Everything that a call needs but its arrays."""

    kernel: Kernel
    reason: str  # for which the kernel was chosen
    table: NDArray[np.int64]
    numbers: tuple[Any, ...]  # the kernel's arguments behind the table
    units: int
    cost: float  # about the time on one thread, in nanoseconds
    shape: tuple[int, ...]  # of the result
    order: tuple[int, ...]  # its axes from slowest to fastest in memory
    dtype: np.dtype[Any]
    indexed: bool
    x_view: np.dtype[Any] | None
    y_view: np.dtype[Any] | None
    bytes_moved: int
    streams: bool  # whether results may be written past the caches
    takes_indices: bool  # whether the kernel has an argument for them, used or not
    may_raise: bool  # whether a function of the user's is called

    def new(self) -> tuple[NDArray[Any], ...]:
        """Arrays for the result (and its indices), not filled yet."""
        dtypes = (self.dtype, np.dtype(np.int64)) if self.indexed else (self.dtype,)
        in_memory = [self.shape[a] for a in self.order]
        back = sorted(range(len(self.order)), key=self.order.__getitem__)
        return tuple(np.empty(in_memory, dtype).transpose(back) for dtype in dtypes)

    def fill(self, x: NDArray[Any], y: NDArray[Any], *indices: NDArray[Any]) -> None:
        """Pool the flat array ``x`` into the flat arrays ``y`` and ``indices``."""
        if self.takes_indices and not indices:
            indices = (_NO_INDICES,)
        if self._small and self.kernel.ready:
            self.kernel.serial(x, y, *indices, self.table, *self.numbers, 1)
        elif self.units:
            x = x if self.x_view is None else x.view(self.x_view)
            y = y if self.y_view is None else y.view(self.y_view)
            pieces = threads.pieces_for(self.cost, self.units)
            if self.may_raise and pieces > 1:
                indices = (np.zeros(1, np.int64),)
            self.kernel.run(pieces, x, y, *indices, self.table, *self.numbers)
            if self.may_raise and pieces > 1 and indices[0][0]:
                self.kernel.run(1, x, y, *indices, self.table, *self.numbers)  # to raise it on this thread

    def filled(self, x: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """New arrays with the results for the flat array ``x``."""
        results = self.new()
        self.fill(x, *(r.ravel(order="K") for r in results))
        return results

    @cached_property
    def _small(self) -> bool:
        """Whether it is always done on the calling thread, on the arrays as they are."""
        plain = self.x_view is None and self.y_view is None
        return plain and bool(self.units) and self.cost < threads.PARALLEL_FROM

    @cached_property
    def into_given(self) -> Plan:
        """The same for results in given arrays, which are written by non-temporal stores if they are large.

        That saves up to half the time. New memory has just been zeroed in the caches, and is better written there.
        """
        if not self.streams or self.bytes_moved <= _PAST_CACHES:
            return self
        table = self.table.copy()
        table[f.STREAMS] = 1
        return replace(self, table=table, streams=False)

    def seeded(self, seed: float) -> Plan:
        """The same for draws from a seed."""
        identity, _, parameter = self.numbers
        return replace(self, numbers=(identity, np.uint64(seed), parameter))

    def compile(self, x_dtype: np.dtype[Any]) -> None:
        """Have the kernel ready, for one thread and for many, without running it."""
        arrays = [np.empty(0, self.x_view or x_dtype), np.empty(0, self.y_view or self.dtype)]
        arrays += [_NO_INDICES] * self.takes_indices
        nothing = self.table.copy()
        nothing[f.UNITS] = 0
        for pieces in (1, 2) if threads.count() > 1 else (1,):
            self.kernel.run(pieces, *arrays, nothing, *self.numbers)

    def __str__(self) -> str:
        many = "parallel" if threads.pieces_for(self.cost, self.units) > 1 else "serial"
        return (
            f"{self.kernel.name} ({many}): {self.reason}\n"
            f"  result {self.dtype} {self.shape}, {self.bytes_moved:,} bytes moved, "
            f"about {self.cost / 1e6:.2g} ms on one thread"
        )


def make_plan(
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
    axes: Sequence[Axis],
    reduction: Reduction,
    *,
    spread: bool = False,
    x_base: int = 0,
    out_strides: tuple[int, ...] | None = None,
) -> Plan | None:
    """The plan for an array of this shape and these strides (in elements); None where only a copy can be worked on.

    ``out_strides`` are those of a given result, whose rows must lie as those of a new one would. With ``spread`` the
    pooling is reversed: the array is a gradient of the outputs of ``axes``, and the result sums, for every input
    position, the outputs whose windows hold it.
    """
    if isinstance(reduction, Fold) and not spread and len(axes) > 1 and _is_one_row(shape, strides, axes):
        return _plan_of_one_row(shape, strides, dtype, axes, reduction, x_base, out_strides)
    rank, ndim = len(axes), len(shape)
    ordered = not isinstance(reduction, Fold)
    own_row = rank == 1 or (axes[-1].outputs == 1 and not spread)
    layout = find_layout(
        shape,
        strides,
        rank,
        ordered=ordered,
        grows=spread,
        line_from=_ROW_OF_CHANNELS if own_row else 2**62,
        out_strides=out_strides,
    )
    if layout is None:
        return None
    given = [a.alone if spread else a for a in axes]
    walked = [a.covering if spread else a for a in given]
    out_shape = shape[: ndim - rank] + tuple(a.outputs for a in walked)
    y_strides = strides_in_order(out_shape, layout.order) if out_strides is None else out_strides
    slots = [None if s is None else s - ndim for s in layout.slots]
    depth, height, width = (_STILL if s is None else walked[s] for s in slots)
    if layout.line:
        width = still_axis(prod(shape[a] for a in layout.inner))
    task = Task(reduction, dtype, depth, height, width, spread)
    set_strides(task, shape, strides, y_strides, layout)
    task[f.X_BASE] = x_base
    shared = width if slots[2] is None else given[slots[2]]
    set_windows(task, shared if spread and shared.stride > 1 and shared.kernel_size and shared.step == 1 else None)
    set_divisors(task, reduction.divisors, slots)
    if ordered:
        set_indices(task, shape, layout)
    if isinstance(reduction, (Whole, Slopes)):
        set_runs(task)
    if isinstance(reduction, Whole) and reduction.draws and not set_draws(task, layout, out_shape):
        return None
    bytes_in, bytes_out = prod(shape) * dtype.itemsize, prod(out_shape) * reduction.dtype.itemsize
    if bytes_in > _FETCH_FROM:
        row = task[f.X_HEIGHT] or task[f.X_OUTER_1] or task[f.WIDTH] * task[f.INNER]
        task[f.AHEAD] = rows_ahead(task, 1) * row
    form = choose(task)
    table = np.concatenate([task.header, *task.tables])
    return Plan(
        kernel=form.kernel(task).typed(stored_as(dtype), stored_as(reduction.dtype), *reduction.dtypes),
        reason=form.reason,
        table=table,
        numbers=form.arguments(task, table),
        takes_indices=form.takes_indices or reduction.indexed,
        may_raise=isinstance(reduction, Whole) and reduction.gives == CALLED,
        units=task[f.UNITS] if prod(out_shape) else 0,
        cost=form.cost * max(prod(shape), prod(out_shape)) * dtype.itemsize / 4 + _ROW * task.rows,
        shape=out_shape,
        order=layout.order,
        dtype=reduction.dtype,
        indexed=reduction.indexed,
        x_view=STORED_AS.get(dtype),
        y_view=STORED_AS.get(reduction.dtype),
        bytes_moved=bytes_in + bytes_out + 8 * prod(out_shape) * reduction.indexed,
        streams=task.streams,
    )


def _is_one_row(shape: tuple[int, ...], strides: tuple[int, ...], axes: Sequence[Axis]) -> bool:
    """Whether the one window of each plane is all of it, and its numbers follow each other in memory."""
    step = 1
    for size, stride, axis in zip(reversed(shape), reversed(strides), reversed(axes), strict=False):
        whole = axis.outputs == axis.step == 1 and axis.count[0] == size > 0
        if not whole or (size > 1 and stride != step):
            return False
        step *= size
    return True


def _plan_of_one_row(
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
    axes: Sequence[Axis],
    fold: Fold,
    x_base: int,
    out_strides: tuple[int, ...] | None,
) -> Plan | None:
    """The plan for planes that are one window each, as rows of one window."""
    lead, row = len(shape) - len(axes), adaptive_axis(prod(a.size for a in axes), 1)
    if fold.divisors is not None:
        fold = replace(fold, divisors=[np.array([prod(int(d[0]) for d in fold.divisors)])])
    strides, out_strides = (*strides[:lead], 1), None if out_strides is None else (*out_strides[:lead], 1)
    flat_shape = (*shape[:lead], row.size)
    plan = make_plan(flat_shape, strides, dtype, [row], fold, x_base=x_base, out_strides=out_strides)
    if plan is None:
        return None
    others, i = range(lead + 1, len(shape)), plan.order.index(lead) + 1
    return replace(plan, shape=plan.shape + (1,) * len(others), order=(*plan.order[:i], *others, *plan.order[i:]))


def plan_as_it_lies(
    x: NDArray[Any],
    axes: Sequence[Axis],
    reduction: Reduction,
    *,
    spread: bool = False,
    out: NDArray[Any] | None = None,
) -> Plan | None:
    """The plan for ``x`` where it stands in memory, and ``out``, if given; None where only copies can be worked on."""
    strides = element_strides(x)
    if strides is None:
        return None
    out_strides = None if out is None else element_strides(out)
    if out is not None and (out_strides is None or min(out_strides, default=0) < 0):
        return None
    x_base = flat(x)[1]
    plan = make_plan(x.shape, strides, x.dtype, axes, reduction, spread=spread, x_base=x_base, out_strides=out_strides)
    if plan is None or out_strides is None:
        return plan
    # kernels write planes, and rows of pixels, as those of a new result would lie
    spatial, dense = range(x.ndim - len(axes), x.ndim), strides_in_order(plan.shape, plan.order)
    rows = *spatial, *plan.order[max(map(plan.order.index, spatial)) :]
    return plan if all(plan.shape[a] == 1 or out_strides[a] == dense[a] for a in rows) else None


def plan_of_starts(
    selection: Selection,
    dtype: np.dtype[Any],
    planes: int,
    spatial: Sequence[int],
    outputs: Sequence[int],
    kernel_size: Sequence[int],
    *,
    indexed: bool,
) -> tuple[Kernel, NDArray[np.int64]]:
    """The kernel and its table for windows of one size, whose first positions are given plane by plane."""
    ones = (1,) * (3 - len(spatial))
    axes = [
        started_axis(n, np.zeros(m, np.int64), k)
        for n, m, k in zip((*ones, *spatial), (*ones, *outputs), (*ones, *kernel_size), strict=True)
    ]
    t = Task(selection, dtype, axes[0], axes[1], axes[2])
    depth, height, width = (a.size for a in axes)
    t[f.OUTER_0], t[f.OUTER_1], t[f.INNER] = 1, planes, 1
    t[f.X_OUTER_1], t[f.X_DEPTH], t[f.X_HEIGHT] = depth * height * width, height * width, width
    set_windows(t)
    t[f.Y_OUTER_1], t[f.Y_DEPTH], t[f.Y_HEIGHT] = t.outputs, t[f.OUT_HEIGHT] * t[f.OUT_WIDTH], t[f.OUT_WIDTH]
    t[f.INDEX_D], t[f.INDEX_H], t[f.INDEX_W] = height * width, width, 1
    cut_selected_any(t)
    t[f.FIRST_D], t[f.FIRST_H] = 0, t[f.OUT_DEPTH]
    t[f.FIRST_W] = t[f.OUT_DEPTH] + t[f.OUT_HEIGHT]
    t[f.STARTS] = t[f.OUT_DEPTH] + t[f.OUT_HEIGHT] + t[f.OUT_WIDTH]
    stored = stored_as(dtype)
    return select_any_kernel(indexed=indexed)(t).typed(stored, stored), np.concatenate([t.header, *t.tables])
