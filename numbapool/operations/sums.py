"""How windows are added up: accumulators, divisors and rounding of sums and means, for every dtype."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernels.combine import added
from ..kernels.half import float_to_half, half_to_float
from ..kernels.lines import Fold
from ..kernels.loads import as_double, as_is, single_as_double, widened, widened_to_double
from ..kernels.narrow import rounded_share
from ..kernels.quotient import MOST, quotient
from ..work import Folding

__all__ = ["largest_sum", "mean_folding", "pair_of_sums", "total_folding"]

# Up to this many float32 numbers are summed in float32 (as exact as the input itself), more in float64.
_SHORT_SUM = 32
_SHORT_HALF_SUM = 4096
# Adding and taking away these rounds to whole numbers, ties to even, on every CPU and in vectors.
_WHOLE32 = np.float32(1.5 * 2**23)
_WHOLE64 = np.float64(1.5 * 2**52)


@scalar
def _mean32(total, divisor, parameter):
    return np.float32(total) / divisor


@scalar
def _mean64(total, divisor, parameter):
    return np.float64(total) / divisor


@scalar
def _mean_half(total, divisor, parameter):
    return float_to_half(np.float32(np.float64(total) / np.float64(divisor)))


@scalar
def _whole32(total, divisor, parameter):
    return np.float32(np.float32(total) / divisor + _WHOLE32) - _WHOLE32


@scalar
def _whole64(total, divisor, parameter):
    return np.float64(total) / divisor + _WHOLE64 - _WHOLE64


# The same where all divisors are powers of two: their reciprocals are exact, and a product is cheaper than a quotient.
@scalar
def _share32(total, factor, parameter):
    return np.float32(total) * factor


@scalar
def _share64(total, factor, parameter):
    return np.float64(total) * factor


@scalar
def _whole_share32(total, factor, parameter):
    return np.float32(np.float32(total) * factor + _WHOLE32) - _WHOLE32


@scalar
def _whole_share64(total, factor, parameter):
    return np.float64(total) * factor + _WHOLE64 - _WHOLE64


@scalar
def _share_half(total, factor, parameter):
    return float_to_half(np.float32(total) * factor)


# The same in float64 where all windows have one divisor, whose reciprocal is the parameter; not in float32, where
# subnormal numbers would take seven times as long on some processors.
@scalar
def _quotient64(total, divisor, reciprocal):
    return quotient(np.float64(total), divisor, reciprocal)


@scalar
def _whole_quotient64(total, divisor, reciprocal):
    return quotient(np.float64(total), divisor, reciprocal) + _WHOLE64 - _WHOLE64


@scalar
def _quotient_half(total, divisor, reciprocal):
    return float_to_half(np.float32(quotient(np.float64(total), divisor, reciprocal)))


@cache
def _whole_shift(kind: Any, shift: int) -> Any:
    """Whole results of 2**shift numbers, in integers throughout: half as wide as float32, twice as many at a time."""

    @scalar
    def finish(total, divisor, parameter):
        return rounded_share(total, kind(0), shift)

    return finish


_SHARES = {
    _mean32: _share32,
    _mean64: _share64,
    _mean_half: _share_half,
    _whole32: _whole_share32,
    _whole64: _whole_share64,
}
_QUOTIENTS = {
    _mean64: _quotient64,
    _mean_half: _quotient_half,
    _whole64: _whole_quotient64,
}


def _loaded(x: np.dtype[Any], total: np.dtype[Any]) -> tuple[Any, str]:
    """How a number of dtype ``x`` is taken into sums, and what tells a fold with that from others."""
    half = x == np.float16
    if total == np.float64 != x:
        double = single_as_double if x == np.float32 else as_double
        return (widened_to_double, "-half-double") if half else (double, "-double")
    return (widened, "-half") if half else (as_is, "-counts" if total.kind in "iu" else "")


@cache
def _fold(name: str, load: Any, finish: Any, shares: bool, counts: bool) -> Fold:
    divides, plain = not name.startswith("shift"), load is as_is and not counts
    return Fold(f"mean-{name}", load, added, finish, divides=divides, multiplies=shares, counts=counts, plain=plain)


def largest_sum(dtype: np.dtype[Any], values: int) -> int:
    """A bound on the magnitude of sums of so many values; 0 for floating point."""
    if dtype == np.bool_:
        return values
    return values * max(abs(int(np.iinfo(dtype).min)), int(np.iinfo(dtype).max)) if dtype.kind in "iu" else 0


def _column(x: np.dtype[Any], total: np.dtype[Any]) -> tuple[Any, int]:
    """The identity for sums of whole numbers that are twice as wide as they are, and how many of them have room there.

    None if the total is no wider.
    """
    if total.kind not in "iu" or 2 * x.itemsize >= total.itemsize:
        return None, 0
    narrow = np.dtype(f"{total.kind}{2 * x.itemsize}")
    return narrow.type(0), int(np.iinfo(narrow).max) // largest_sum(x, 1)


def _is_short(x: np.dtype[Any], result: np.dtype[Any], values: int) -> bool:
    """Whether float32 has room for sums of so many floating-point numbers of dtype ``x``."""
    few = values <= (_SHORT_HALF_SUM if x == np.float16 else _SHORT_SUM)
    return few and x.itemsize <= 4 and result.itemsize <= 4


def pair_of_sums(x: np.dtype[Any], result: np.dtype[Any], values: int) -> Any:
    """The complex type whose parts have room for sums of so many numbers: two things of a window in one pass."""
    exact = result.itemsize <= 4 and largest_sum(x, values) < 2**24
    return np.complex64 if (_is_short(x, result, values) if x.kind == "f" else exact) else np.complex128


def mean_folding(x: np.dtype[Any], result: np.dtype[Any], values: int, divisors: Sequence[NDArray[Any]]) -> Folding:
    """How means of at most ``values`` numbers of dtype ``x`` are computed, as ``result``."""
    bound = largest_sum(x, values)
    if x.kind == "f":
        total: np.dtype[Any] = np.dtype(np.float32 if _is_short(x, result, values) else np.float64)
    elif x.itemsize == 8:
        total = np.dtype(np.float64) if result.kind == "f" else x
    else:
        sign = "i" if x.kind == "i" else "u"
        total = np.dtype(next(f"{sign}{n}" for n in (2, 4, 8) if bound <= np.iinfo(f"{sign}{n}").max))
    if result.kind in "iu":
        # sums beyond 2**51 would lose digits here: `exact_mean` is for them
        name, finish, divisor = ("whole32", _whole32, "f4") if bound < 2**22 else ("whole64", _whole64, "f8")
    elif result == np.float16:
        name, finish, divisor = "to-half", _mean_half, "f8"
    elif total == np.float64 or bound >= 2**24 or result == np.float64:
        name, finish, divisor = "64", _mean64, "f8"
    else:
        name, finish, divisor = "32", _mean32, "f4"
    shares = finish in _SHARES and all(((d > 0) & (d & (d - 1) == 0)).all() for d in divisors)
    same = prod(int(d[0]) for d in divisors) if all(d.size and (d == d[0]).all() for d in divisors) else 0
    if shares and finish is _whole32 and same > 1 and total.kind in "iu" and bound + same <= np.iinfo(total).max:
        shift = same.bit_length() - 1
        name, finish, shares = f"shift{shift}", _whole_shift(cast("Any", total.type), shift), False
    elif shares:
        divisor = "f4" if finish is _mean_half and total == np.float32 else divisor
        shares = finish is not _mean_half or total == np.float32
        name, finish = (f"share-{name}", _SHARES[finish]) if shares else (name, finish)
    number: Any = np.dtype(divisor).type
    parameter = number(1)
    # ties among subnormal numbers are of even divisors, and of numbers that have no fewer digits than quotients
    if finish in _QUOTIENTS and 1 < same <= MOST and (same % 2 or x != np.float64):
        name, finish, parameter = f"quotient-{name}", _QUOTIENTS[finish], number(1) / number(same)
    load, kind = _loaded(x, total)
    fold = _fold(f"{name}{kind}", load, finish, shares, total.kind in "iu")
    return Folding(fold, total.type(0), parameter, result, divisors, *_column(x, total))


@scalar
def _total(total, divisor, parameter):
    return total


@scalar
def _total_to_half(total, divisor, parameter):
    return float_to_half(np.float32(total))


@scalar
def _number(value, parameter):
    return np.float64(value) if value == value else 0.0


@scalar
def _number_widened(value, parameter):
    wide = np.float64(half_to_float(value))
    return wide if wide == wide else 0.0


def total_folding(x: np.dtype[Any], result: np.dtype[Any], *, omit: bool = False) -> Folding:
    """How sums of numbers of dtype ``x`` are computed, as ``result``; floating-point ones in float64.

    With ``omit`` NaN add nothing.
    """
    number = np.dtype(np.float64) if result.kind == "f" else result
    finish = _total_to_half if result == np.float16 else _total
    load, kind = _loaded(x, number)
    if omit and x.kind == "f":
        load, kind = (_number_widened if x == np.float16 else _number), f"{kind}-omit"
    to = "-to-half" if result == np.float16 else ""
    fold = Fold(f"sum{kind}{to}", load, added, finish, counts=number.kind in "iu")
    return Folding(fold, number.type(0), np.float32(1), result, None, *_column(x, number))
