"""Which of its numbers each of many windows keeps, found by what it keeps; see `kernels.lanes`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar, vector
from ..kernels.lanes import EXTRA, PLACES, Across
from ..kernels.lines import copy
from ..kernels.views import below, nth, part, taken_as

__all__ = ["placed"]

# The 64-bit line in which places are found, as narrow as most numbers are.
_FOUND = 2
_place: Any = np.int32


@vector
def _begin(found, last):
    for i in range(found.size):
        found[i] = _place(last)


@vector
def _look(found, kept, line, k):
    for i in range(found.size):
        found[i] = _place(k) if line[i] == kept[i] else found[i]


@vector
def _look_for_nan(found, kept, line, k):
    for i in range(found.size):
        found[i] = _place(k) if (line[i] != line[i]) & (kept[i] != kept[i]) else found[i]


def placed(many: Across, floating: bool) -> Across:
    """The same for windows that are asked where what they keep lies: the first number equal to it, or the last NaN."""
    return replace(many, function=_with_places(many.function, floating), lines_for=_with_copies)


def _with_copies(values: int) -> int:
    return 2 * values + EXTRA


@cache
def _with_places(across: Any, floating: bool) -> Any:
    # it may change its numbers, so it gets copies

    @scalar
    def across_with_places(out, lines, draws, parameters):
        count, n = (lines.shape[0] - EXTRA) // 2, out.size
        copies, found = below(lines, count), part(taken_as(nth(draws, _FOUND), _place), 0, n)
        for k in range(count):
            copy(part(nth(copies, k), 0, n), nth(lines, k))
        across(out, copies, draws, parameters)
        _begin(found, count - 1)
        for k in range(count - 2, -1, -1):
            _look(found, out, nth(lines, k), k)
        if floating:
            for k in range(count):
                _look_for_nan(found, out, nth(lines, k), k)
        copy(part(nth(draws, PLACES), 0, n), found)

    return across_with_places
