"""From windows, operation, dtype and order in memory to one compiled kernel and its tables, found once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import runtime
from .arrays import Layout, element_strides, find_layout, flat
from .jit import Kernel, Scratch
from .kernels import frame as f
from .kernels.along import Motion
from .kernels.flat import flat_kernel, flat_scratch
from .kernels.gather import Window, gather_kernel, gather_scratch
from .kernels.lanes import STRETCH, lanes_kernel, lanes_scratch
from .kernels.lines import Fold
from .kernels.rows import rows_kernel, rows_scratch
from .kernels.select import Choice, select_kernel, select_scratch
from .kernels.strips import place_strips
from .kernels.whole import whole_kernel, whole_scratch
from .windows import Axis, still_axis

__all__ = ["Folding", "Gathering", "Plan", "Selecting", "Work", "compute", "make_plan", "plan_as_it_lies", "stored_as"]

# Lines of about this many bytes stay in the first-level cache while they are worked on.
_STRIP_BYTES = 16 * 1024
# Scratch of the kernels that keep a line for every row of a window, in bytes.
_RING_BYTES = 640 * 1024
# From this many rows shared with neighbouring windows on, running results down the columns win over reading again.
_SHARED_ROWS = 4


@dataclass(frozen=True)
class Folding:
    """A separable reduction with its numbers for one dtype and one set of windows."""

    fold: Fold
    identity: Any  # NumPy scalar of the accumulator's dtype
    parameter: Any  # NumPy scalar of the divisor's dtype
    dtype: np.dtype[Any]  # of the result
    divisors: Sequence[NDArray[np.int64]] | None = None  # one factor for each spatial axis

    @property
    def numbers(self) -> tuple[Any, ...]:
        """What kernels need to know of it, behind the tables."""
        return self.identity, self.parameter


@dataclass(frozen=True)
class Selecting:
    """A selection of one value of each window, with its index."""

    choice: Choice
    identity: Any
    dtype: np.dtype[Any]
    divisors: None = None

    @property
    def numbers(self) -> tuple[Any, ...]:
        """What kernels need to know of it, behind the tables."""
        return (self.identity,)


@dataclass(frozen=True)
class Gathering:
    """Something done to windows one by one."""

    window: Window
    identity: Any  # NumPy scalar of the dtype in which windows are gathered
    parameters: tuple[float, ...]  # numbers of the operation's own; the first is a seed
    dtype: np.dtype[Any]
    indexed: bool = False
    # the same for all windows of a row at once, by the number of values in them; see `kernels.lanes`
    across: Mapping[int, tuple[str, Any]] = field(default_factory=dict)
    divisors: None = None

    @property
    def numbers(self) -> tuple[Any, ...]:
        """What kernels need to know of it, behind the tables."""
        return self.identity, np.array(self.parameters, np.float64)


Work = Folding | Selecting | Gathering
# float16 travels as its bits, bool as bytes.
_STORED_AS: dict[np.dtype[Any], np.dtype[Any]] = {
    np.dtype(np.float16): np.dtype(np.uint16),
    np.dtype(np.bool_): np.dtype(np.uint8),
}


def stored_as(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype as which kernels see arrays of ``dtype``."""
    return _STORED_AS.get(dtype, dtype)


@dataclass(frozen=True)
class Plan:
    """Everything that a call needs but its arrays."""

    kernel: Kernel
    scratch: Scratch
    tables: tuple[Any, ...]
    units: int
    elements: int
    shape: tuple[int, ...]  # of the result
    order: tuple[int, ...]  # its axes from slowest to fastest in memory
    dtype: np.dtype[Any]
    indexed: bool
    x_view: np.dtype[Any] | None
    y_view: np.dtype[Any] | None

    def new(self) -> tuple[NDArray[Any], ...]:
        """Arrays for the result (and its indices), not filled yet."""
        dtypes = (self.dtype, np.dtype(np.int64)) if self.indexed else (self.dtype,)
        in_memory = [self.shape[a] for a in self.order]
        back = sorted(range(len(self.order)), key=self.order.__getitem__)
        return tuple(np.empty(in_memory, dtype).transpose(back) for dtype in dtypes)

    def fill(self, x: NDArray[Any], y: NDArray[Any], *indices: NDArray[Any]) -> None:
        """Pool the flat array ``x`` into the flat arrays ``y`` and ``indices``."""
        if self.units:
            if self.x_view is not None:
                x = x.view(self.x_view)
            if self.y_view is not None:
                y = y.view(self.y_view)
            pieces = runtime.pieces_for(self.elements, self.units)
            self.kernel.run((x, y, *indices, *self.tables), self.scratch, self.units, pieces)

    def seeded(self, seed: float) -> Plan:
        """The same with a seed of its own, the first of the operation's numbers."""
        numbers = self.tables[-1].copy()
        numbers[0] = seed
        return replace(self, tables=(*self.tables[:-1], numbers))

    def compile(self, x_dtype: np.dtype[Any]) -> None:
        """Have the kernel ready, for one thread and for many, without running it."""
        flat = [np.empty(0, self.x_view or x_dtype), np.empty(0, self.y_view or self.dtype)]
        flat += [np.empty(0, np.int64)] * self.indexed
        self.kernel.compile((*flat, *self.tables), self.scratch)


def make_plan(
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
    axes: Sequence[Axis],
    work: Work,
    *,
    spread: bool = False,
    x_base: int = 0,
) -> Plan | None:
    """The plan for an array of this shape and these strides (in elements); None where only a copy can be worked on.

    With ``spread`` the pooling is turned round: the array is a gradient of the outputs of ``axes``, and the result
    sums, for every input position, the outputs whose windows hold it.
    """
    indexed = isinstance(work, Selecting) or (isinstance(work, Gathering) and work.indexed)
    rank, ndim = len(axes), len(shape)
    layout = find_layout(shape, strides, rank, ordered=indexed or isinstance(work, Gathering))
    if layout is None:
        return None
    walked = [a.covering for a in axes] if spread else list(axes)
    out_shape = shape[: ndim - rank] + tuple(a.outputs for a in walked)
    out_strides = _strides_in_order(out_shape, layout.order)
    divisors = work.divisors or [np.ones(a.outputs, np.int64) for a in walked]
    still = still_axis(1), np.ones(1, np.int64), still_axis(1)
    slots = [still if s is None else (walked[s - ndim], divisors[s - ndim], axes[s - ndim]) for s in layout.slots]
    if layout.line:
        length = prod(shape[a] for a in layout.inner)
        slots[2] = still_axis(length), np.ones(length, np.int64), still_axis(length)
    frame = _frame(shape, strides, out_strides, layout, [s[0] for s in slots])
    folds = isinstance(work, Folding)
    if folds and frame[f.DEPTH] == frame[f.HEIGHT] == 1 and slots[0][0].size == slots[1][0].size == 1:
        slots[1] = _planes_as_rows(frame)
    frame[f.X_BASE] = x_base
    kernel, scratch, motion = _choose(frame, [s[0] for s in slots], slots[2][2] if spread else None, work)
    tables = [np.stack([a.first, a.count, a.origin, d]).astype(np.int64) for a, d, _ in slots]
    strips = place_strips(frame, tables[2], spreads=motion.spreads, by_table=motion is Motion.TABLE)
    return Plan(
        kernel,
        scratch,
        (frame, strips, *tables, *work.numbers),
        units=int(frame[f.OUTER] * frame[f.DEPTH] * frame[f.STRIPS] * frame[f.HEIGHT]) if prod(out_shape) else 0,
        elements=max(prod(shape), prod(out_shape) * (_volume(walked) if isinstance(work, Gathering) else 1)),
        shape=out_shape,
        order=layout.order,
        dtype=work.dtype,
        indexed=indexed,
        x_view=_STORED_AS.get(dtype),
        y_view=_STORED_AS.get(work.dtype),
    )


def plan_as_it_lies(x: NDArray[Any], axes: Sequence[Axis], work: Work, *, spread: bool = False) -> Plan | None:
    """The plan for ``x`` where it stands in memory; None where only a copy can be worked on."""
    strides = element_strides(x)
    if strides is None:
        return None
    return make_plan(x.shape, strides, x.dtype, axes, work, spread=spread, x_base=flat(x)[1])


def compute(x: NDArray[Any], axes: Sequence[Axis], work: Work) -> tuple[NDArray[Any], ...]:
    """Pool the last axes of ``x`` into new arrays, whose axes lie in memory in the order of those of ``x``."""
    plan = plan_as_it_lies(x, axes, work)
    if plan is None:
        return compute(np.array(x, order="C"), axes, work)
    results = plan.new()
    plan.fill(flat(x)[0], *(r.ravel(order="K") for r in results))
    return results


def _strides_in_order(shape: tuple[int, ...], order: tuple[int, ...]) -> tuple[int, ...]:
    strides = [0] * len(shape)
    step = 1
    for axis in reversed(order):
        strides[axis] = step
        step *= shape[axis]
    return tuple(strides)


def _frame(
    shape: tuple[int, ...], strides: tuple[int, ...], out_strides: tuple[int, ...], layout: Layout, slots: list[Axis]
) -> NDArray[np.int64]:
    frame = np.zeros(f.FIELDS, np.int64)
    counts = [prod(shape[a] for a in group) for group in layout.outer]
    frame[f.OUTER], frame[f.OUTER_FAST] = counts[0] * counts[1], counts[1]
    frame[f.DEPTH : f.WIDTH + 1] = [a.outputs for a in slots]
    frame[f.INNER] = 1 if layout.line else prod(shape[a] for a in layout.inner)
    depth, height, _ = layout.slots
    for fields, steps in (((f.X_SLOW, f.X_DEPTH), strides), ((f.Y_SLOW, f.Y_DEPTH), out_strides)):
        frame[fields[0] : fields[0] + 2] = [steps[group[-1]] if group else 0 for group in layout.outer]
        frame[fields[1] : fields[1] + 2] = [0 if a is None else steps[a] for a in (depth, height)]
    frame[f.X_WIDTH] = slots[2].size
    frame[f.PLANE_DEPTH : f.PLANE_WIDTH + 1] = [a.size for a in slots]
    frame[f.KERNEL_D : f.KERNEL_W + 1] = [a.kernel_size or int(a.count.max(initial=1)) for a in slots]
    frame[f.STRIDE_H], frame[f.STRIDE_W] = slots[1].stride, slots[2].stride
    frame[f.STEP_D : f.STEP_W + 1] = [a.step for a in slots]
    frame[f.PAD_H] = -slots[1].origin[0] if slots[1].outputs else 0
    frame[f.PAD_W] = -slots[2].origin[0] if slots[2].outputs else 0
    return frame


def _planes_as_rows(frame: NDArray[np.int64]) -> tuple[Axis, NDArray[np.int64], Axis]:
    """Where there is one row in each plane, the planes are made the rows, so that strips need not change in between."""
    count = int(frame[f.OUTER_FAST])
    frame[f.OUTER], frame[f.OUTER_FAST], frame[f.HEIGHT] = frame[f.OUTER] // max(count, 1), 1, count
    frame[f.X_HEIGHT], frame[f.Y_HEIGHT] = frame[f.X_FAST], frame[f.Y_FAST]
    frame[f.KERNEL_H], frame[f.STRIDE_H], frame[f.STEP_H], frame[f.PAD_H] = 1, 1, 1, 0
    return still_axis(count), np.ones(count, np.int64), still_axis(count)


def _choose(
    frame: NDArray[np.int64], slots: list[Axis], spread: Axis | None, work: Work
) -> tuple[Kernel, Scratch, Motion]:
    """The kernel for these windows, and its scratch memory; sets how the frame cuts the width into strips."""
    depth, height, width = slots
    if isinstance(work, Gathering):
        frame[f.STRIPS], frame[f.STRIP] = 1, frame[f.WIDTH]
        most = _volume(slots)
        least = prod(int(a.count.min(initial=most)) for a in slots)
        name, across = work.across.get(most, ("", None)) if least == most and width.kernel_size else ("", None)
        if across is not None and not work.indexed:
            strip = max(STRETCH // int(frame[f.INNER]), 1)
            frame[f.STRIP] = min(strip, max(width.outputs, 1))
            frame[f.STRIPS] = -(-width.outputs // frame[f.STRIP])
            return lanes_kernel(name, across), lanes_scratch(frame, work.identity, most), Motion.SLIDE
        return gather_kernel(work.window, work.indexed), gather_scratch(frame, work.identity, most), Motion.TABLE
    inner = int(frame[f.INNER])
    if isinstance(work, Folding) and spread is None and inner == 1 and _is_whole(depth, height, width):
        frame[f.STRIPS] = frame[f.STRIP] = 1
        return whole_kernel(work.fold), whole_scratch(frame, work.identity, work.parameter), Motion.SLIDE
    motion = _motion(width, inner, spread)
    if spread is not None and motion.spreads:
        frame[f.KERNEL_W], frame[f.STRIDE_W], frame[f.STEP_W] = spread.kernel_size, spread.stride, spread.step
        frame[f.PAD_W] = -spread.origin[0]
    elif motion is Motion.TABLE:
        frame[f.STRIDE_W], frame[f.KERNEL_W] = 1, _widest_strip(width)
        frame[f.PAD_W] = 0
    number = work.identity.dtype.itemsize
    reach = int((frame[f.KERNEL_W] - 1) * frame[f.STEP_W] + 1)
    pixels = 1 if motion.spreads else int(frame[f.STRIDE_W])
    lines, wide = 0, False
    if isinstance(work, Selecting):
        wide = (_tallest(depth) * height.size + _tallest(height)) * width.size >= 2**31
        kernel = select_kernel(work.choice, motion, wide)
        lines = int(frame[f.KERNEL_D] * ((frame[f.KERNEL_H] - 1) * frame[f.STEP_H] + 1))
        number += 4
    elif _shares_rows(height):
        kernel = flat_kernel(work.fold, motion)
        lines = height.kernel_size
    else:
        kernel = rows_kernel(work.fold, motion)
    numbers = _STRIP_BYTES // work.identity.dtype.itemsize
    strip = max(numbers, min(2 * reach * inner, 4 * numbers)) // (pixels * inner)
    if lines:
        across = _RING_BYTES // (lines * number * inner)
        strip = min(strip, across if isinstance(work, Selecting) else (across - reach) // pixels)
    strip = min(max(strip, 16), max(width.outputs, 1))
    frame[f.STRIPS] = max(-(-width.outputs // strip), 1)
    frame[f.STRIP] = -(-width.outputs // frame[f.STRIPS])
    if isinstance(work, Selecting):
        return kernel, select_scratch(frame, work.identity, wide), motion
    scratch = flat_scratch if lines else rows_scratch
    return kernel, scratch(frame, work.identity, work.parameter), motion


def _motion(width: Axis, inner: int, spread: Axis | None) -> Motion:
    regular = spread if spread is not None else width
    wide = -int(regular.origin[0]) > max(2 * regular.size, 64) if regular.outputs else True
    if wide or not regular.kernel_size:
        return Motion.TABLE
    if regular.stride == 1:
        return Motion.SLIDE
    return Motion.of(regular.stride if inner == 1 else 0, spread=spread is not None)


def _is_whole(depth: Axis, height: Axis, width: Axis) -> bool:
    """Whether each row is one window, and no window is more than a row."""
    still = all(a.outputs == a.size and a.count.max(initial=1) == 1 for a in (depth, height))
    return still and width.outputs == 1 and int(width.count[0]) == width.size and width.step == 1


def _shares_rows(height: Axis) -> bool:
    """Whether neighbouring windows share so many rows that running results pay."""
    often = height.kernel_size * height.outputs >= _SHARED_ROWS * height.size
    return height.kernel_size > 4 and height.step == 1 and often


def _volume(axes: Sequence[Axis]) -> int:
    """Number of values in the largest window."""
    return prod(int(a.count.max(initial=1)) for a in axes)


def _tallest(axis: Axis) -> int:
    """Distance from the first to the last position of the largest window."""
    return int(np.max((axis.count - 1) * axis.step, initial=0))


def _widest_strip(width: Axis) -> int:
    """A window size that makes lines long enough for any strip of irregular windows."""
    last = width.first + np.maximum(width.count - 1, 0) * width.step
    return int((np.max(last, initial=0) - np.min(width.first, initial=0)) // width.step + 1)
