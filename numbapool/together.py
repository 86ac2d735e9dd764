"""Several reductions of the same windows, side by side in one array: one kernel, where there is one for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from .kernels.frame import COUNT
from .kernels.squares import are_squares, squares_kernel, squares_scratch
from .plan import Plan
from .traffic import goes_past_cache, is_always_new
from .work import Folding, Work

__all__ = ["together"]


def together(plan: Plan, works: Sequence[Work], shift: int, bytes_in: int, bytes_out: int) -> Plan | None:
    """The plan for all of the ``works``, from the plan for one of them, which is the one that divides, if any does.

    Each has its results ``shift`` numbers behind those of the one before. None where they are better carried out one by
    one: other windows than 2 × 2, or not all of them reductions with results of the same dtype.
    """
    if plan.turned or not all(isinstance(work, Folding) and work.dtype == plan.dtype for work in works):
        return None
    frame, _, *axes = plan.tables[:5]
    if not plan.units or not are_squares(frame, tuple(axis[COUNT] for axis in axes)):
        return None
    folds = tuple(cast("Folding", work).fold for work in works)
    parameter = max((cast("Folding", work).parameter for work in works), key=lambda number: number.itemsize)
    made = replace(
        plan,
        kernel=squares_kernel(folds, goes_past_cache(bytes_in, bytes_out)),
        scratch=squares_scratch(frame, parameter, len(folds)),
        tables=(*plan.tables[:5], np.int64(shift), parameter),
        effort=plan.effort * len(folds),
        for_new=None,
    )
    if not is_always_new(bytes_out):
        return made
    return replace(made, for_new=replace(made, kernel=squares_kernel(folds, False)))
