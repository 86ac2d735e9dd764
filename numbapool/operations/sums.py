"""How windows are added up: accumulators, divisors and rounding of sums and means, for every dtype."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import copysign, nan, prod
from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from ..kernels.compile import jitable
from ..kernels.scalars import (
    added,
    added_freely,
    added_in_double,
    as_double,
    as_stored,
    float_to_half,
    half_as_double,
    half_as_single,
    kept,
    kept_as_half,
    sum_in,
)
from ..reductions import Fold
from ..windows import Axis, most_along, most_values

__all__ = ["in_float32", "largest_sum", "mean_of", "mean_of_numbers", "pair_of_sums", "sum_of"]

# Largest windows that are summed in float32: values of float32, in all and along one axis, which keeps means within
# 2 units in the last place; and values of float16.
_FEW, _FEW_ALONG, _FEW_HALVES = 32, 4, 4096
# Adding and taking away these rounds to whole numbers, ties to even, on every CPU and in vectors.
_WHOLE32, _WHOLE64 = np.float32(1.5 * 2**23), np.float64(1.5 * 2**52)


@register_jitable
def _mean32(total, divisor, parameter):
    return np.float32(total) / np.float32(divisor)


@register_jitable
def _mean_rounded_once(total, divisor, parameter):
    return np.float32(np.float64(total) * (1.0 / np.float64(divisor)))


@register_jitable
def _mean64(total, divisor, parameter):
    return np.float64(total) / np.float64(divisor)


@register_jitable
def _mean_half(total, divisor, parameter):
    return float_to_half(np.float32(np.float64(total) * (1.0 / np.float64(divisor))))


@register_jitable
def _whole32(total, divisor, parameter):
    return np.float32(np.float32(total) / np.float32(divisor) + _WHOLE32) - _WHOLE32


@register_jitable
def _whole64(total, divisor, parameter):
    return np.float64(total) / np.float64(divisor) + _WHOLE64 - _WHOLE64


@cache
def _whole_cut(kind: Any, number: Any) -> Any:
    @jitable
    def cut_share(total, divisor, parameter):
        return kind(number(total) / number(divisor))

    return cut_share


@cache
def _whole_shift(kind: Any) -> Any:
    """Whole results of ``2**parameter`` numbers, in integers throughout: twice as many at a time as float32."""
    one, most = kind(1), kind(np.iinfo(kind).bits - 1)

    @jitable
    def rounded_share(total, divisor, parameter):
        bits = kind(parameter & most)  # no more than there are, which LLVM knows then: it shifts in this type
        almost_half = kind(kind(one << bits) >> one) - one
        odd = kind(total >> bits) & one
        return kind(kind(total + almost_half) + odd) >> bits

    return rounded_share


def largest_sum(dtype: np.dtype[Any], values: int) -> int:
    """A bound on the magnitude of sums of so many values; 0 for floating point."""
    if dtype == np.bool_:
        return values
    return values * max(abs(int(np.iinfo(dtype).min)), int(np.iinfo(dtype).max)) if dtype.kind in "iu" else 0


def in_float32(x: np.dtype[Any], result: np.dtype[Any], values: int, along: int) -> bool:
    """Whether float32 has room for sums of so many numbers of a floating-point dtype, and so many along one axis."""
    few = values <= _FEW_HALVES if x == np.float16 else values <= _FEW and along <= _FEW_ALONG
    return few and x.itemsize <= 4 and result.itemsize <= 4


def pair_of_sums(x: np.dtype[Any], result: np.dtype[Any], axes: Sequence[Axis]) -> Any:
    """Complex type for two results of a window in one pass: its parts have room for sums of its values."""
    values, along = most_values(axes), most_along(axes)
    exact = result.itemsize <= 4 and largest_sum(x, values) < 2**24
    return np.complex64 if (in_float32(x, result, values, along) if x.kind == "f" else exact) else np.complex128


def _loaded(x: np.dtype[Any], total: np.dtype[Any]) -> Any:
    """How a number of dtype ``x`` is taken into sums."""
    if x == np.float16:
        return half_as_double if total == np.float64 else half_as_single
    return as_double if total == np.float64 != x else as_stored


def _fold(
    x: np.dtype[Any],
    total: np.dtype[Any],
    finish: Any,
    result: np.dtype[Any],
    divisors: Sequence[NDArray[Any]] | None = None,
    parameter: Any = None,
) -> Fold:
    whole = total.kind in "iu"
    kind: Any = total.type  # classes have a hash
    combine, freely = (sum_in(kind), sum_in(kind)) if whole else (added, added_freely)
    number = total.type(0) if parameter is None else parameter
    return Fold(_loaded(x, total), combine, finish, total.type(0), number, result, divisors, freely)


def mean_of(
    x: np.dtype[Any],
    result: np.dtype[Any],
    axes: Sequence[Axis],
    divisors: Sequence[NDArray[Any]],
    *,
    cut: bool = False,
) -> Fold:
    """How means of numbers of dtype ``x`` are computed, as ``result``; integer ones are rounded, or ``cut``."""
    values, last = most_values(axes), None
    bound = largest_sum(x, values)
    if x.kind == "f":
        total: np.dtype[Any] = np.dtype(np.float32 if in_float32(x, result, values, most_along(axes)) else np.float64)
    elif x.itemsize == 8:
        total = np.dtype(np.float64) if result.kind == "f" else x
    else:
        sign = "i" if x.kind == "i" else "u"
        total = np.dtype(next(f"{sign}{n}" for n in (2, 4, 8) if bound <= np.iinfo(f"{sign}{n}").max))
    if cut and result.kind in "iu":
        whole: Any = result.type  # classes have a hash
        finish: Any = _whole_cut(whole, np.float32 if bound < 2**24 else np.float64)
    elif result.kind in "iu":
        same = prod(int(d[0]) for d in divisors) if all(d.size and (d == d[0]).all() for d in divisors) else 0
        room = total.kind in "iu" and bound + same <= np.iinfo(total).max
        if same > 1 and same & (same - 1) == 0 and room:
            shift = total.type(same.bit_length() - 1)
            kind: Any = total.type  # classes have a hash
            return _fold(x, total, _whole_shift(kind), result, divisors, shift)
        # sums beyond 2**51 would lose digits here: `mean.exact_mean` is for them
        finish = _whole32 if bound < 2**22 else _whole64
    elif result == np.float16:
        finish = _mean_half
    elif total == result == np.float32:
        finish, last = _mean_rounded_once, added_in_double
    else:
        finish = _mean64 if total == np.float64 or bound >= 2**24 or result == np.float64 else _mean32
    return replace(_fold(x, total, finish, result, divisors), combine_last=last)


@register_jitable
def _number(value, parameter):
    return np.float64(value) if value == value else 0.0


@register_jitable
def _half_number(value, parameter):
    wide = half_as_double(value, parameter)
    return wide if wide == wide else 0.0


def sum_of(x: np.dtype[Any], result: np.dtype[Any], *, omit: bool = False) -> Fold:
    """How sums of numbers of dtype ``x`` are computed, as ``result``; floating-point ones in float64.

    With ``omit`` NaN add nothing.
    """
    total = np.dtype(np.float64) if result.kind == "f" else result
    fold = _fold(x, total, kept_as_half if result == np.float16 else kept, result)
    if not (omit and x.kind == "f"):
        return fold
    load = _half_number if x == np.float16 else _number
    return Fold(load, added, fold.finish, fold.identity, fold.parameter, result, None, added_freely)


# Sum of the numbers and count of the NaN of a window, as one complex number. Numbers are loaded as ``number + 0``
# and NaN as −0: a sum of −0 means a window of nothing but NaN.
@register_jitable
def _sum_and_missing(a, b):
    return complex(a.real + b.real, a.imag + b.imag)


@register_jitable
def _sum_and_missing_in_double(a, b):
    return complex(np.float64(a.real) + np.float64(b.real), np.float64(a.imag) + np.float64(b.imag))


@cache
def _missing(kind: Any, half_in: bool, half_out: bool, rounded_once: bool) -> tuple[Any, Any]:
    as_number = half_as_double if half_in else as_double

    @jitable
    def load(value, leaves_out):
        number = kind(as_number(value, leaves_out))
        missing = number != number
        return complex(kind(-0.0) if missing else number + kind(0), kind(1) if missing else kind(0))

    @jitable
    def finish(both, divisor, leaves_out):
        if rounded_once:
            mean = np.float64(both.real) * (1.0 / (np.float64(divisor) - np.float64(both.imag * leaves_out)))
        else:
            mean = both.real / (kind(divisor) - both.imag * leaves_out)
        nothing = both.real == 0 and copysign(1.0, both.real) < 0
        result = kind(nan) if nothing else kind(mean)
        return float_to_half(np.float32(result)) if half_out else result

    return load, finish


def mean_of_numbers(
    x: np.dtype[Any], result: np.dtype[Any], axes: Sequence[Axis], divisors: Sequence[NDArray[Any]], *, counted: bool
) -> Fold:
    """How means of numbers of dtype ``x`` are computed that leave out NaN, as ``result``.

    What they are divided by leaves them out as well if it was ``counted``.
    """
    pair = pair_of_sums(x, result, axes)
    kind = pair(0).real.dtype.type
    once = pair == np.complex64 and result == np.float32
    load, finish = _missing(kind, x == np.float16, result == np.float16, once)
    start, leaves_out, last = pair(complex(-0.0, 0)), kind(counted), _sum_and_missing_in_double if once else None
    return Fold(load, _sum_and_missing, finish, start, leaves_out, result, divisors, _sum_and_missing, last)
