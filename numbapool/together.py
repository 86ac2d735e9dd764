"""Several reductions of the same windows, side by side in one array: one kernel, where there is one for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels.frame import COUNT
from .kernels.squares import are_squares, squares_kernel, squares_scratch
from .plan import Plan
from .planning import plan_as_it_lies
from .traffic import goes_past_cache, is_always_new
from .windows import Axis
from .work import Folding, Work

__all__ = ["shifted", "together"]


def together(
    x: NDArray[Any], axes: Sequence[Axis], works: Sequence[Work], y: NDArray[Any], shifts: Sequence[int]
) -> Plan | None:
    """The plan for all of the ``works``, with results as in ``y``, so many numbers behind where the memory begins.

    None where they are better carried out one by one: other windows than 2 × 2, or something else than reductions with
    results that can be stored as they are.
    """
    folding = [work for work in works if isinstance(work, Folding) and _is_stored_as(work.dtype, y.dtype)]
    if len(folding) < max(len(works), 2):
        return None
    # the tables of one that divides serve the others as well, and so do its numbers if those that divide agree on them
    dividing = [work for work in folding if work.divisors is not None]
    if len({(work.parameter.dtype, work.parameter, work.fold.multiplies) for work in dividing}) > 1:
        return None
    lead = (dividing or folding)[0]
    plan = plan_as_it_lies(x, axes, replace(lead, dtype=y.dtype), out=y)
    if plan is None or plan.turned or not plan.units:
        return None
    frame, _, *counted = plan.tables[:5]
    if not are_squares(frame, tuple(axis[COUNT] for axis in counted)):
        return None
    folds, bytes_out = tuple(work.fold for work in folding), len(works) * y.nbytes
    made = replace(
        plan,
        kernel=squares_kernel(folds, goes_past_cache(x.nbytes, bytes_out)),
        scratch=squares_scratch(frame, lead.parameter, len(folds)),
        tables=(*plan.tables[:5], np.array(shifts, np.int64), lead.parameter),
        effort=plan.effort * len(folds),
        for_new=None,
    )
    if not is_always_new(bytes_out):
        return made
    return replace(made, for_new=replace(made, kernel=squares_kernel(folds, False)))


def shifted(plan: Plan, shifts: Sequence[int]) -> Plan:
    """The same plan for results so many numbers behind where the memory begins."""
    for_new = None if plan.for_new is None else shifted(plan.for_new, shifts)
    return replace(plan, tables=(*plan.tables[:5], np.array(shifts, np.int64), plan.tables[6]), for_new=for_new)


def _is_stored_as(dtype: np.dtype[Any], result: np.dtype[Any]) -> bool:
    """Whether kernels can store numbers of ``dtype`` as ``result``: all but float16, which travels as its bits."""
    return dtype == result or np.float16 not in (dtype, result)
