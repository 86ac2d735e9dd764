"""From windows, operation, dtype and order in memory to a plan, found once and kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .arrays import LINE_OF_ITS_OWN, element_strides, find_layout, flat, strides_in_order
from .border import border_boxes
from .choose import choose, most_values, pays_to_turn
from .framing import count_draws, make_frame, planes_as_rows
from .kernels import frame as f
from .kernels.batches import BATCH, batch_frame
from .kernels.motion import Motion
from .kernels.rows import reads_in_place
from .kernels.strips import place_strips
from .long_pixels import motion_over_pixels
from .moving import runs_along
from .plan import STORED_AS, Plan
from .traffic import goes_past_cache, is_always_new, is_fetched, set_traffic
from .windows import Axis, adaptive_axis, still_axis
from .work import Folding, Gathering, Selecting, Work

__all__ = ["make_plan", "plan_as_it_lies"]

# Windows of so many positions reach far, and of so many that what lies along them would not stay in a cache.
_FAR, _VERY_FAR = 16, 1024
# Results from which on it pays to serve the windows at the border apart from those that are complete.
_WORTH_A_BORDER = 4096


def make_plan(
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
    axes: Sequence[Axis],
    work: Work,
    *,
    spread: bool = False,
    x_base: int = 0,
    out_strides: tuple[int, ...] | None = None,
) -> Plan | None:
    """The plan for an array of this shape and these strides (in elements); None where only a copy can be worked on.

    ``out_strides`` are those of a given result, whose rows must lie as those of a new one would.

    With ``spread`` the pooling is turned round: the array is a gradient of the outputs of ``axes``, and the result
    sums, for every input position, the outputs whose windows hold it.
    """
    if len(axes) > 1 and not spread and isinstance(work, Folding) and _is_one_row(shape, strides, axes):
        lead, row = len(shape) - len(axes), adaptive_axis(prod(a.size for a in axes), 1)
        if work.divisors is not None:
            work = replace(work, divisors=[np.array([prod(int(d[0]) for d in work.divisors)])])
        strides, out_strides = (*strides[:lead], 1), None if out_strides is None else (*out_strides[:lead], 1)
        plan = _plan((*shape[:lead], row.size), strides, dtype, [row], work, spread, x_base, out_strides)
        behind = range(lead + 1, len(shape))
        return plan and replace(plan, shape=(*plan.shape, *(1 for _ in behind)), order=(*plan.order, *behind))
    plan = _plan(shape, strides, dtype, axes, work, spread, x_base, out_strides)
    parted = isinstance(work, Gathering) and work.parts_at_border(most_values(axes))
    boxes = border_boxes(axes) if parted else []
    if plan is None or plan.turned or not boxes or prod(plan.shape) < _WORTH_A_BORDER:
        return plan
    y_strides = strides_in_order(plan.shape, plan.order) if out_strides is None else out_strides
    plans: list[Plan] = []
    for box in boxes:
        cut = [axis.cut(*ends) for axis, ends in zip(axes, box, strict=True)]
        begin = sum(ends[0] * step for ends, step in zip(box, y_strides[-len(box) :], strict=True))
        # parts of rows are hardly whole cache lines, which alone may go past the cache
        made = _plan(shape, strides, dtype, cut, work, spread, x_base, y_strides, ordinary=True)
        plans.append(cast("Plan", made).beginning(begin))
    return replace(plans[0], shape=plan.shape, order=plan.order, beside=tuple(plans[1:]))


def _plan(
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: np.dtype[Any],
    axes: Sequence[Axis],
    work: Work,
    spread: bool,
    x_base: int,
    out_strides: tuple[int, ...] | None,
    ordinary: bool = False,
) -> Plan | None:
    """As `make_plan`, for windows that one kernel serves; with ``ordinary`` stores results never go past the cache."""
    indexed = isinstance(work, Selecting) or (isinstance(work, Gathering) and work.indexed)
    rank, ndim = len(axes), len(shape)
    ordered = indexed or isinstance(work, Gathering)
    find = partial(find_layout, shape, strides, rank, ordered=ordered, grows=spread, out_strides=out_strides)
    layout, over_pixels = None, None
    if not (isinstance(work, Gathering) or spread):
        layout = find(line_from=sys.maxsize)
        if layout is not None:
            over_pixels = motion_over_pixels(axes, prod(shape[a] for a in layout.inner), work)
    if over_pixels is None:
        layout = find(line_from=LINE_OF_ITS_OWN if spread else _line_from(axes))
    if layout is None:
        return None
    axes = [a.alone if spread else a for a in axes]
    walked = [a.covering if spread else a for a in axes]
    out_shape = shape[: ndim - rank] + tuple(a.outputs for a in walked)
    y_strides = strides_in_order(out_shape, layout.order) if out_strides is None else out_strides
    divisors = work.divisors or [np.ones(a.outputs, np.int64) for a in walked]
    still = still_axis(1), np.ones(1, np.int64), still_axis(1)
    slots = [still if s is None else (walked[s - ndim], divisors[s - ndim], axes[s - ndim]) for s in layout.slots]
    if layout.line:
        length = prod(shape[a] for a in layout.inner)
        slots[2] = still_axis(length), np.ones(length, np.int64), still_axis(length)
    frame = make_frame(shape, strides, y_strides, layout, [s[0] for s in slots])
    frame[f.X_BASE] = x_base
    if isinstance(work, Gathering) and work.draws and not count_draws(frame, layout, out_shape, walked):
        return None
    folds, all_planes = isinstance(work, Folding), frame[:0]
    strips_matter = folds or (isinstance(work, Gathering) and work.evenly and not indexed)  # know much of each
    if pays_to_turn(frame, [s[0] for s in slots], work):
        all_planes, frame = frame, batch_frame(frame)
    elif strips_matter and frame[f.DEPTH] == frame[f.HEIGHT] == 1 and slots[0][0].size == slots[1][0].size == 1:
        slots[1] = planes_as_rows(frame, int(slots[1][1][0]))
    walks = [s[0] for s in slots]
    turned = bool(all_planes.size)
    bytes_in, number = prod(shape) * dtype.itemsize, work.dtype.itemsize
    bytes_out = prod(out_shape) * (number + 8 * indexed)
    row = 0 if over_pixels else int(frame[f.WIDTH] * frame[f.INNER]) * number
    streams = not (ordinary or turned) and goes_past_cache(bytes_in, bytes_out, row)
    spreads = slots[2][2] if spread else None
    if isinstance(work, Folding) and not spread and not turned and runs_along(frame, walks):
        work = work.in_columns(int(frame[f.KERNEL_D] * frame[f.KERNEL_H]))
    kernel, scratch, motion = choose(
        frame, walks, spreads, work, over_pixels=over_pixels, turned=turned, streams=streams
    )
    units = int(frame[f.OUTER] * frame[f.DEPTH] * frame[f.STRIPS] * frame[f.HEIGHT]) if prod(out_shape) else 0
    if turned:
        units = -(-int(all_planes[f.OUTER]) // BATCH) if units else 0
        all_planes[f.FETCHED] = is_fetched(bytes_in)
    else:
        parted = motion is Motion.PIXELS and bool(frame[f.STRIPS] > 1)
        rows = int(frame[f.KERNEL_D] * frame[f.KERNEL_H])
        in_place = isinstance(work, Folding) and rows == 1 and reads_in_place(work.fold, motion)
        in_twos = motion is Motion.FILL2 and bool(frame[f.KERNEL_D] <= 2 and frame[f.KERNEL_H] <= 2)
        direct = in_place or (folds and in_twos)
        across = over_pixels is not None or (folds and (streams or parted or in_place))
        set_traffic(frame, bytes_in, slots[1][0].size, across=across, direct=direct)
    worked_on = prod(out_shape) * (most_values(walked) if isinstance(work, Gathering) else 1)
    tables = [np.stack([a.first, a.count, a.origin, d]).astype(np.int64) for a, d, _ in slots]
    by_table = motion is Motion.TABLE
    strips = place_strips(frame, tables[2], walks[2].complete, spreads=motion.spreads, by_table=by_table)
    plan = Plan(
        kernel,
        scratch,
        (np.concatenate([frame, all_planes]), strips, *tables, *work.numbers),
        units=units,
        effort=int(_effort(work, motion, walks[2]) * max(prod(shape), worked_on)),
        shape=out_shape,
        order=layout.order,
        dtype=work.dtype,
        indexed=indexed,
        x_view=STORED_AS.get(dtype),
        y_view=STORED_AS.get(work.dtype),
        least=max(int(frame[f.LEAST]), 1),
    )
    if streams and is_always_new(prod(out_shape) * max(number, 8 * indexed)):
        other = _plan(shape, strides, dtype, axes, work, spread, x_base, out_strides, ordinary=True)
        if other is not None and other.kernel is not kernel:
            return replace(plan, for_new=other)
    return plan


def _is_one_row(shape: tuple[int, ...], strides: tuple[int, ...], axes: Sequence[Axis]) -> bool:
    """Whether the one window of each plane is all of it, and its numbers follow each other in memory."""
    step = 1
    for size, stride, axis in zip(reversed(shape), reversed(strides), reversed(axes), strict=False):
        whole = axis.outputs == axis.step == 1 and axis.count[0] == size > 0
        if not whole or (size > 1 and stride != step):
            return False
        step *= size
    return True


def plan_as_it_lies(
    x: NDArray[Any], axes: Sequence[Axis], work: Work, *, spread: bool = False, out: NDArray[Any] | None = None
) -> Plan | None:
    """The plan for ``x`` where it stands in memory, and ``out``, if given; None where only copies can be worked on."""
    strides = element_strides(x)
    if strides is None:
        return None
    out_strides = None if out is None else element_strides(out)
    if out is not None and (out_strides is None or min(out_strides, default=0) < 0):
        return None
    x_base = flat(x)[1]
    plan = make_plan(x.shape, strides, x.dtype, axes, work, spread=spread, x_base=x_base, out_strides=out_strides)
    if plan is None or out_strides is None:
        return plan
    # kernels write planes, and rows of pixels, as those of a new result would lie
    spatial, dense = range(x.ndim - len(axes), x.ndim), strides_in_order(plan.shape, plan.order)
    rows = *spatial, *plan.order[max(map(plan.order.index, spatial)) :]
    return plan if all(plan.shape[a] == 1 or out_strides[a] == dense[a] for a in rows) else None


def _line_from(axes: Sequence[Axis]) -> int:
    """How long lines have to be that are gone down rather than along: short ones, where windows reach far."""
    largest = int(axes[0].count.max(initial=0))
    if len(axes) > 1 or largest < _FAR or largest * axes[0].outputs > 2 * axes[0].size:  # or overlap
        return LINE_OF_ITS_OWN
    return 8 if largest < _VERY_FAR else 2


def _effort(work: Work, motion: Motion, width: Axis) -> float:
    """How long a number takes, against one of a fold in 4 bytes at stride 2, by where two threads begin to pay."""
    if isinstance(work, Gathering):
        return 3  # anything from 2 to 50
    narrow = min(work.identity.dtype.itemsize, 4) / 4
    fills = motion.fills or (motion is Motion.HALVES and width.kernel_size == width.stride)
    side_by_side = fills or width.outputs == 1
    if isinstance(work, Selecting):
        return float(1 + narrow) / 2 if side_by_side else 2
    each = {Motion.SLIDE: 1.5, Motion.GLIDE: 3.0}.get(motion, 1.0)
    return float(narrow * (0.5 if side_by_side else each))
