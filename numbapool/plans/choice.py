"""Which kernel serves a call: ordered tables of (condition, kernel). The first line whose condition holds is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels import across
from ..kernels import frame as f
from ..kernels import select as selecting
from ..kernels.columns import median_columns
from ..kernels.compile import Kernel
from ..kernels.fold import ROWS, SLAB, SLIDE, fold
from ..kernels.gather import gather
from ..kernels.pixels import PIXELS, PLANES, fold_pixels
from ..kernels.select_any import LANES, select_any
from ..kernels.select_pixels import select_pixels
from ..kernels.spread import spread
from ..kernels.squares import squares
from ..kernels.weigh import weigh, weigh_one
from ..kernels.whole import fold_whole
from ..reductions import Fold, Reduction, Selection, Slopes, Whole
from .cutting import (
    block_of_rows,
    cut_across,
    cut_columns,
    cut_gather,
    cut_pixels,
    cut_planes,
    cut_rows,
    cut_selected_any,
    cut_selected_pixels,
    cut_selected_planes,
    cut_selected_rows,
    cut_selected_slide,
    cut_selection,
    cut_slab,
    cut_slide,
    cut_spread,
    cut_squares,
    cut_weigh,
    cut_weigh_one,
    cut_whole,
)
from .tables import Task

__all__ = ["Form", "choose", "select_any_kernel"]

# Positions of a plane that is small, and how many there must be.
SMALL_PLANE, MANY_PLANES = 400, 256
# Windows that hold a position, on average: from more on small planes are not worked on value by value.
FEW_VALUES = 16
# Numbers of a window along one row from which on it is combined in whole vectors.
LONG_WINDOW = 32
# Numbers of a window along one row from which on it is combined by itself, beside others.
VERY_WIDE = 1024
# Channels from which on pixels are combined one by one, where a stride leaves most of them out.
LONG_PIXEL = 16
# Positions of a window up to which they are listed, as a list takes 16 bytes for each.
LISTED = 1024


@dataclass(frozen=True)
class Form:
    """One way to serve a call."""

    name: str
    reason: str
    serves: Callable[[Task], bool]
    kernel: Callable[[Task], Kernel]
    cut: Callable[[Task], None]  # sets how the work is cut into units, and how much scratch memory a unit needs
    cost: float  # nanoseconds for a number of the source or the result, on one thread
    arguments: Callable[[Task, NDArray[np.int64]], tuple[Any, ...]] = lambda t, table: t.reduction.arguments
    takes_indices: bool = False  # whether the kernel has an argument for indices, used or not


def choose(task: Task) -> Form:
    """The form for a task, whose table then tells how the work is cut."""
    forms = SPREADS if task.spread else FORMS[type(task.reduction)]
    form = next(form for form in forms if form.serves(task))
    form.cut(task)
    return form


# --- folds


def _are_long_runs(t: Task) -> bool:
    """Windows of neighbouring numbers, one along the width, or side by side and either very wide or of one row."""
    if t[f.INNER] != 1 or t[f.STEP_W] != 1 or not t[f.OUT_WIDTH] or t.width.count.min() <= LONG_WINDOW:
        return False
    apart = 0 < t[f.KERNEL_W] <= t[f.STRIDE_W]
    one_row = t[f.HEIGHT] == t[f.DEPTH] == 1
    return t[f.OUT_WIDTH] == 1 or (apart and (one_row or t[f.KERNEL_W] >= VERY_WIDE))


def _are_small_planes(t: Task) -> bool:
    few = t.width.count.sum() <= FEW_VALUES * t[f.WIDTH]
    return t[f.INNER] == 1 and few and t.planes >= MANY_PLANES and t.positions <= SMALL_PLANE


def _are_squares(t: Task) -> bool:
    side_by_side = t[f.KERNEL_W] == t[f.STRIDE_W] == 2 and t[f.STEP_W] == 1 and t[f.PAD_W] == 0 and t[f.INNER] == 1
    if not side_by_side or t[f.DIVISOR] == 0:
        return False
    counts = [a.count for a in (t.depth, t.height, t.width)]
    return all(len(c) and c[0] in (1, 2) and bool((c == c[0]).all()) for c in counts) and counts[2][0] == 2


def _squares(t: Task) -> Kernel:
    r = t.reduction
    return squares(*r.scalars, int(t.depth.count[0] * t.height.count[0]))


def _slides(t: Task) -> bool:
    shared = t[f.KERNEL_H] > 5 * t[f.STRIDE_H] and t[f.STEP_H] == 1 and t[f.OUT_HEIGHT] > 1
    return shared and bool((t.depth.count > 0).all())


def _shares_slabs(t: Task) -> bool:
    d, h, s = t[f.KERNEL_D], t[f.KERNEL_H], t[f.STRIDE_H]
    shared = d > 1 and h > s and t[f.OUT_HEIGHT] > 1 and d * h > d * s + h
    return shared and bool((t.depth.count > 0).all())


def _are_pixels(t: Task) -> bool:
    return t[f.KERNEL_W] == 0 or (t[f.STRIDE_W] > 1 and t[f.INNER] >= LONG_PIXEL)


def _fold(source: str) -> Callable[[Task], Kernel]:
    def kernel(t: Task) -> Kernel:
        r = t.reduction
        return fold(*r.scalars, source, t[f.STRIDE_W] > 1, r.divisors is not None)

    return kernel


def _fold_pixels(source: str) -> Callable[[Task], Kernel]:
    return lambda t: fold_pixels(*t.reduction.scalars, source)


# --- selections with indices


def _are_selected_planes(t: Task) -> bool:
    few = t.planes >= 64 and max(t.positions, t.outputs) <= 1024 and t[f.INNER] == 1
    if t[f.KERNEL_W] == 0 or not few:
        return few
    if _are_selected_squares(t) and t.positions > SMALL_PLANE:
        return False
    values = prod(int(a.count.sum()) for a in (t.depth, t.height, t.width))  # of all windows
    by_rows = t[f.DEPTH] * t[f.HEIGHT] * _selected_row(t, t[f.WIDTH])
    return 0.6 * t.positions + 0.35 * values < by_rows


def _selected_row(t: Task, numbers: int) -> float:
    """Nanoseconds, about, for pooling one row of so many numbers along its line (`asv_bench/choices.py`)."""
    kernel, stride = t[f.KERNEL_W], t[f.STRIDE_W]
    passes = kernel.bit_length() if stride == 1 else min(2 * stride, kernel)
    return 35 + 20 * passes + 0.37 * numbers


def _is_better_by_rows(t: Task) -> bool:
    """Whether the rows of a window are better compared before the numbers along it: nanoseconds for a row, about."""
    kernel, depth, row = t[f.KERNEL_W], int(t.depth.count.max(initial=1)), t[f.WIDTH] * t[f.INNER]
    alone = kernel * t[f.INNER] > LANES  # then each window reads its own numbers
    again = max(kernel / t[f.STRIDE_W], 1) if alone else 1
    window = 3 * kernel if kernel < 16 else 30 * kernel.bit_length() - 90
    by_rows = 60 + 0.15 * again * depth * t[f.KERNEL_H] * row + t[f.OUT_WIDTH] * t[f.INNER] * window
    return by_rows < depth * min(t[f.STRIDE_H], t[f.KERNEL_H]) * _selected_row(t, row)


def _are_selected_pixels(t: Task) -> bool:
    apart = all(0 < t[k] <= t[s] for k, s in ((f.KERNEL_H, f.STRIDE_H), (f.KERNEL_W, f.STRIDE_W)))
    return t[f.INNER] >= LONG_PIXEL and (t.values <= 9 or (t.values <= LISTED and (apart or t[f.KERNEL_W] == 0)))


def _are_selected_squares(t: Task) -> bool:
    pairs = t[f.KERNEL_W] == t[f.STRIDE_W] == 2 and t[f.STEP_W] == 1 and t[f.PAD_W] == 0 and t[f.INNER] == 1
    return pairs and bool((t.width.count == 2).all() and (t.height.count == 2).all())


def _selects_sliding(t: Task) -> bool:
    return t[f.KERNEL_H] >= 6 * t[f.STRIDE_H] and t[f.STEP_H] == 1 and bool((t.depth.count == 1).all())


def _selecting(make: Callable[..., Kernel], *more: Any) -> Callable[[Task], Kernel]:
    def kernel(t: Task) -> Kernel:
        r = t.reduction
        code = np.int64 if t.positions >= 2**31 else np.int32
        return make(r.load, r.better, r.store, r.number, code, *more)

    return kernel


def select_any_kernel(*, indexed: bool) -> Callable[[Task], Kernel]:
    """Which kernel selects from any windows, with or without indices."""
    return _selecting(select_any, indexed)


def _starts_in_table(t: Task, table: NDArray[np.int64]) -> tuple[Any, ...]:
    return (table,)


SELECTIONS = (
    Form(
        "planes",
        "many small planes",
        _are_selected_planes,
        _selecting(select_pixels, PLANES),
        cut_selected_planes,
        1.5,
    ),
    Form(
        "pixels",
        "long pixels in windows that hold few of them, or that lie side by side",
        _are_selected_pixels,
        _selecting(select_pixels, PIXELS),
        cut_selected_pixels,
        0.6,
    ),
    Form(
        "any",
        "windows of several sizes",
        lambda t: t[f.KERNEL_W] == 0,
        select_any_kernel(indexed=True),
        cut_selected_any,
        1.0,
        _starts_in_table,
    ),
    Form(
        "squares",
        "windows of two positions side by side along the width",
        _are_selected_squares,
        _selecting(selecting.select, selecting.SQUARES),
        lambda t: cut_selection(t, block_of_rows(t), 0),
        0.4,
    ),
    Form(
        "any",
        "few windows along the width",
        _is_better_by_rows,
        select_any_kernel(indexed=True),
        cut_selected_any,
        1.0,
        _starts_in_table,
    ),
    Form(
        "slide",
        "windows that overlap far along the height",
        _selects_sliding,
        _selecting(selecting.select, selecting.SLIDE),
        cut_selected_slide,
        1.2,
    ),
    Form(
        "rows",
        "any windows of one size along the width",
        lambda t: True,
        _selecting(selecting.select, selecting.ROWS),
        cut_selected_rows,
        0.6,
    ),
)
FOLDS = (
    Form(
        "whole",
        "wide windows side by side",
        _are_long_runs,
        lambda t: fold_whole(t.reduction.load, t.reduction.combine, t.reduction.combine_freely, t.reduction.finish),
        cut_whole,
        0.2,
    ),
    Form(
        "squares",
        "windows of two positions along each axis side by side",
        _are_squares,
        _squares,
        cut_squares,
        0.15,
    ),
    Form("planes", "many small planes", _are_small_planes, _fold_pixels(PLANES), cut_planes, 0.5),
    Form("pixels", "long pixels, or windows of several sizes", _are_pixels, _fold_pixels(PIXELS), cut_pixels, 0.3),
    Form("slide", "windows that overlap far along the height", _slides, _fold(SLIDE), cut_slide, 0.6),
    Form("slab", "windows of volumes that overlap", _shares_slabs, _fold(SLAB), cut_slab, 0.5),
    Form("rows", "any windows of one size along the width", lambda t: True, _fold(ROWS), cut_rows, 0.3),
)
SPREADS = (
    Form(
        "spread",
        "gradient of sums, at a stride above 1",
        lambda t: t[f.STRIDE_W] > 1,
        lambda t: spread(*t.reduction.scalars),
        cut_spread,
        0.3,
    ),
    *(form for form in FOLDS if form.name not in ("whole", "squares")),
)

# --- whole windows


def _are_columns(t: Task) -> bool:
    r, axes = t.reduction, (t.depth, t.height, t.width)
    whole = all(bool((a.count == n).all()) for a, n in zip(axes, (1, 3, 3), strict=True))
    sizes = t[f.KERNEL_H] == t[f.KERNEL_W] == 3
    return r.form == across.MEDIAN and not r.indexed and whole and sizes and t[f.STRIDE_W] == 1


def _go_across(t: Task) -> bool:
    return t.reduction.form is not None and (t.values <= t.reduction.most or t.reduction.form == across.EVENLY)


def _across(t: Task) -> Kernel:
    r = t.reduction
    floating = r.identity.dtype.kind == "f" and r.form != across.EVENLY
    option = r.option
    if r.form in (across.MEDIAN, across.MODE):  # windows for which there are sorting networks
        option = t.values if t.values in {across.MEDIAN: (9,), across.MODE: (4, 8)}[r.form] else 0
    return across.across(r.load, r.store, r.form, r.indexed, floating, option, r.scalars)


WHOLES = (
    Form(
        "columns",
        "windows of 3 × 3 that share sorted columns",
        _are_columns,
        lambda t: median_columns(t.reduction.load, t.reduction.store, t.reduction.identity.dtype.kind == "f"),
        cut_columns,
        1.5,
        lambda t, table: (t.reduction.identity,),
    ),
    Form("across", "many windows at a time", _go_across, _across, cut_across, 3.0, takes_indices=True),
    Form(
        "gather",
        "windows one by one",
        lambda t: True,
        lambda t: gather(t.reduction.load, t.reduction.one, t.reduction.store, t.reduction.gives),
        cut_gather,
        20.0,
        takes_indices=True,
    ),
)
SLOPES = (
    Form(
        "weigh",
        "many windows at a time",
        lambda t: t.values <= 128 and not t.reduction.alone,
        lambda t: weigh(
            t.reduction.load,
            t.reduction.load_grad,
            t.reduction.store,
            not t.reduction.scalars,
            t.reduction.largest,
            t.reduction.scalars,
        ),
        cut_weigh,
        10.0,
    ),
    Form(
        "weigh_one",
        "windows one by one",
        lambda t: True,
        lambda t: weigh_one(t.reduction.load, t.reduction.load_grad, t.reduction.store, t.reduction.slopes),
        cut_weigh_one,
        30.0,
    ),
)
FORMS: dict[type[Reduction], tuple[Form, ...]] = {Fold: FOLDS, Selection: SELECTIONS, Whole: WHOLES, Slopes: SLOPES}
