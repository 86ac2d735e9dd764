"""How a row of results ends: its line reduced along itself, divided, and written where it belongs."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..jit import scalar
from .frame import INNER, KERNEL_W, STEP_W, STRIDE_W, STRIPS
from .lines import Fold
from .streaming import room_for
from .strips import LOW, W0, W1, set_divisors
from .views import part

__all__ = ["make_ending"]


@cache
def make_ending(fold: Fold, along: Any, streams: bool) -> Any:
    """``known = end_row(y, at, line, spare, phases, divisors, parameter, frame, width, strip, here, share, known, …)``.

    ``along`` is one of `along.make_along`; ``share`` is that of the row in its divisors, which are ``known`` already if
    they are those of the last row. Behind these are the stage, where results go past the cache, and its state.
    """
    divides, multiplies = fold.divides, fold.multiplies

    @scalar
    def end_row(y, at, line, spare, phases, divisors, parameter, frame, width, strip, here, share, known, stage, state):
        results, inner = here[W1] - here[W0], frame[INNER]
        n = results * inner
        if divides:
            known = set_divisors(divisors, width, strip, here, frame[STRIPS], inner, share, known, multiplies)
        if streams:
            target = part(stage, room_for(y, at, n, stage, state), n)
        else:
            target = part(y, at, n)
        along(
            target,
            line,
            spare,
            phases,
            divisors,
            parameter,
            results,
            frame[KERNEL_W],
            frame[STRIDE_W],
            frame[STEP_W],
            inner,
            width,
            here[LOW],
            here,
        )
        return known

    return end_row
