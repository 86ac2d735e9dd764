"""Means of what is no NaN: the sum of the numbers of a window and the count of the others, in one pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernels.combine import chosen
from ..kernels.lines import Fold
from ..work import Folding
from .sums import pair_of_sums
from .windowed import conversions

__all__ = ["mean_of_numbers"]


# Both as one complex number. Numbers are added to +0, and NaN to −0: a sum of −0 is one of nothing else.
@scalar
def _sum_and_missing(a, b):
    return complex(a.real + b.real, a.imag + b.imag)


@cache
def _fold(kind: Any, half_in: bool, half_out: bool) -> Fold:
    as_number, stored, name = conversions(half_in, half_out)
    nan = math.nan

    @scalar
    def load(value, leaves_out):
        number = kind(as_number(value))
        missing = number != number
        return complex(chosen(missing, kind(-0.0), number + kind(0)), chosen(missing, kind(1), kind(0)))

    @scalar
    def finish(both, divisor, leaves_out):
        mean = both.real / (divisor - both.imag * leaves_out)
        nothing = both.real == 0 and math.copysign(kind(1), both.real) < 0
        return stored(chosen(nothing, kind(nan), mean))

    return Fold(f"mean-of-numbers{name}-{kind.__name__}", load, _sum_and_missing, finish, divides=True)


def mean_of_numbers(
    x: np.dtype[Any], result: np.dtype[Any], values: int, divisors: Sequence[NDArray[Any]], *, counted: bool
) -> Folding:
    """How means of at most ``values`` numbers of dtype ``x`` are computed that leave out NaN, as ``result``.

    What they are divided by leaves them out as well if it was ``counted``.
    """
    pair = pair_of_sums(x, result, values)
    kind = pair(0).real.dtype.type
    fold = _fold(kind, x == np.float16, result == np.float16)
    return Folding(fold, pair(complex(-0.0, 0)), kind(counted), result, divisors)
