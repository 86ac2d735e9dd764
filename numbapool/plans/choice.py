"""Which kernel serves a call: ordered tables of (condition, kernel). The first line whose condition holds is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels import frame as f
from ..kernels import select as selecting
from ..kernels.across import across
from ..kernels.apart import fold_whole, squares
from ..kernels.compile import Kernel
from ..kernels.fold import ROWS, SLAB, SLIDE, fold
from ..kernels.gather import gather
from ..kernels.pixels import PIXELS, PLANES, fold_pixels
from ..kernels.select_any import select_any
from ..kernels.select_pixels import select_pixels
from ..kernels.sorting import median_columns
from ..kernels.spread import spread
from ..kernels.weigh import weigh, weigh_one
from ..reductions import Fold, Reduction, Selection, Slopes, Whole
from . import conditions, cutting
from .tables import Task

__all__ = ["Form", "choose", "select_any_kernel"]


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


def _squares(t: Task) -> Kernel:
    r = t.reduction
    return squares(*r.scalars, int(t.depth.count[0] * t.height.count[0]))


def _fold(source: str) -> Callable[[Task], Kernel]:
    return lambda t: fold(*t.reduction.scalars, source, t.reduction.divisors is not None)


def _fold_pixels(source: str) -> Callable[[Task], Kernel]:
    return lambda t: fold_pixels(*t.reduction.scalars, source)


# --- selections with indices


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
        conditions.are_selected_planes,
        _selecting(select_pixels, PLANES),
        cutting.cut_selected_planes,
        1.5,
    ),
    Form(
        "pixels",
        "long pixels in windows that hold few of them, or that lie side by side",
        conditions.are_selected_pixels,
        _selecting(select_pixels, PIXELS),
        cutting.cut_selected_pixels,
        0.6,
    ),
    Form(
        "any",
        "windows of several sizes",
        lambda t: t[f.KERNEL_W] == 0,
        select_any_kernel(indexed=True),
        cutting.cut_selected_any,
        1.0,
        _starts_in_table,
    ),
    Form(
        "squares",
        "windows of two positions side by side along the width",
        conditions.are_selected_squares,
        _selecting(selecting.select, selecting.SQUARES),
        lambda t: cutting.cut_selection(t, cutting.block_of_rows(t), 0),
        0.4,
    ),
    Form(
        "any",
        "few windows along the width",
        conditions.is_better_by_rows,
        select_any_kernel(indexed=True),
        cutting.cut_selected_any,
        1.0,
        _starts_in_table,
    ),
    Form(
        "slide",
        "windows that overlap far along the height",
        conditions.selects_sliding,
        _selecting(selecting.select, selecting.SLIDE),
        cutting.cut_selected_slide,
        1.2,
    ),
    Form(
        "rows",
        "any windows of one size along the width",
        lambda t: True,
        _selecting(selecting.select, selecting.ROWS),
        cutting.cut_selected_rows,
        0.6,
    ),
)
FOLDS = (
    Form(
        "whole",
        "wide windows side by side",
        conditions.are_long_runs,
        lambda t: fold_whole(t.reduction.load, t.reduction.combine, t.reduction.combine_freely, t.reduction.finish),
        cutting.cut_whole,
        0.2,
    ),
    Form(
        "squares",
        "windows of two positions along each axis side by side",
        conditions.are_squares,
        _squares,
        cutting.cut_squares,
        0.15,
    ),
    Form("planes", "many small planes", conditions.are_small_planes, _fold_pixels(PLANES), cutting.cut_planes, 0.5),
    Form(
        "pixels",
        "long pixels, or windows of several sizes",
        conditions.are_pixels,
        _fold_pixels(PIXELS),
        cutting.cut_pixels,
        0.3,
    ),
    Form("slide", "windows that overlap far along the height", conditions.slides, _fold(SLIDE), cutting.cut_slide, 0.6),
    Form("slab", "windows of volumes that overlap", conditions.shares_slabs, _fold(SLAB), cutting.cut_slab, 0.5),
    Form("rows", "any windows of one size along the width", lambda t: True, _fold(ROWS), cutting.cut_rows, 0.3),
)
SPREADS = (
    Form(
        "spread",
        "gradient of sums, at a stride above 1",
        lambda t: t[f.STRIDE_W] > 1,
        lambda t: spread(*t.reduction.scalars),
        cutting.cut_spread,
        0.3,
    ),
    *(form for form in FOLDS if form.name not in ("whole", "squares")),
)

# --- whole windows


def _across(t: Task) -> Kernel:
    r = t.reduction
    work = r.on_lines(r.identity.dtype.kind == "f")
    return across(r.load, r.store, work, r.indexed, r.draws, r.takes)


WHOLES = (
    Form(
        "columns",
        "windows of 3 × 3 that share sorted columns",
        conditions.are_columns,
        lambda t: median_columns(t.reduction.load, t.reduction.store, t.reduction.identity.dtype.kind == "f"),
        cutting.cut_columns,
        1.5,
        lambda t, table: (t.reduction.identity,),
    ),
    Form(
        "across", "many windows at a time", conditions.go_across, _across, cutting.cut_across, 3.0, takes_indices=True
    ),
    Form(
        "gather",
        "windows one by one",
        lambda t: True,
        lambda t: gather(t.reduction.load, t.reduction.one, t.reduction.store, t.reduction.gives),
        cutting.cut_gather,
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
        cutting.cut_weigh,
        10.0,
    ),
    Form(
        "weigh_one",
        "windows one by one",
        lambda t: True,
        lambda t: weigh_one(t.reduction.load, t.reduction.load_grad, t.reduction.store, t.reduction.slopes),
        cutting.cut_weigh_one,
        30.0,
    ),
)
FORMS: dict[type[Reduction], tuple[Form, ...]] = {Fold: FOLDS, Selection: SELECTIONS, Whole: WHOLES, Slopes: SLOPES}
