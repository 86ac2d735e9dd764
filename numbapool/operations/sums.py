"""What operations share that add up windows: accumulators, divisors, exact integer means, and the gradient of a sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import prod
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_input, check_out, flat
from ..errors import PoolingTypeError, PoolingValueError
from ..jit import scalar
from ..kernels.half import float_to_half, half_to_float
from ..kernels.lines import Fold
from ..layers import Pool
from ..plan import Plan, compute, plan_as_it_lies
from ..windows import Axis
from ..work import Folding
from .missing import omits_nan

__all__ = ["Spreads", "exact_mean", "largest_sum", "mean_folding", "reduce_product", "spread_gradient", "total_folding"]

# Up to this many float32 numbers are summed in float32 (as exact as the input itself), more in float64.
_SHORT_SUM = 32
_SHORT_HALF_SUM = 4096
# Adding and taking away these rounds to whole numbers, ties to even, on every CPU and in vectors.
_WHOLE32 = np.float32(1.5 * 2**23)
_WHOLE64 = np.float64(1.5 * 2**52)


@scalar
def _as_is(value, parameter):
    return value


@scalar
def _widened(value, parameter):
    return half_to_float(value)


@scalar
def _added(m, v):
    return m + v


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


@cache
def _whole_shift(kind: Any, shift: int) -> Any:
    """Whole results of 2**shift numbers, in integers throughout: half as wide as float32, twice as many at a time."""
    less_than_half = (1 << shift >> 1) - 1

    @scalar
    def finish(total, divisor, parameter):
        odd = kind(kind(total >> shift) & kind(1))
        return kind(kind(kind(total + less_than_half) + odd) >> shift)

    return finish


_SHARES = {
    _mean32: _share32,
    _mean64: _share64,
    _mean_half: _share_half,
    _whole32: _whole_share32,
    _whole64: _whole_share64,
}


@cache
def _fold(name: str, half: bool, finish: Any, shares: bool) -> Fold:
    load = _widened if half else _as_is
    divides = not name.startswith("shift")
    return Fold(f"mean-{name}{'-half' if half else ''}", load, _added, finish, divides=divides, multiplies=shares)


def largest_sum(dtype: np.dtype[Any], values: int) -> int:
    """A bound on the magnitude of sums of so many values; 0 for floating point."""
    if dtype == np.bool_:
        return values
    return values * max(abs(int(np.iinfo(dtype).min)), int(np.iinfo(dtype).max)) if dtype.kind in "iu" else 0


def mean_folding(x: np.dtype[Any], result: np.dtype[Any], values: int, divisors: Sequence[NDArray[Any]]) -> Folding:
    """How means of at most ``values`` numbers of dtype ``x`` are computed, as ``result``."""
    half = x == np.float16
    bound = largest_sum(x, values)
    if x.kind == "f":
        short = values <= (_SHORT_HALF_SUM if half else _SHORT_SUM) and x.itemsize <= 4 and result.itemsize <= 4
        total: np.dtype[Any] = np.dtype(np.float32 if short else np.float64)
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
    fold = _fold(name, half, finish, shares)
    return Folding(fold, total.type(0), np.dtype(divisor).type(1), result, divisors)


@scalar
def _total(total, divisor, parameter):
    return total


@scalar
def _total_to_half(total, divisor, parameter):
    return float_to_half(np.float32(total))


@scalar
def _number(value, parameter):
    return value if value == value else 0 * parameter


@scalar
def _number_widened(value, parameter):
    wide = half_to_float(value)
    return wide if wide == wide else 0 * parameter


def total_folding(x: np.dtype[Any], result: np.dtype[Any], *, omit: bool = False) -> Folding:
    """How sums of numbers of dtype ``x`` are computed, as ``result``; floating-point ones in float64.

    With ``omit`` NaN add nothing.
    """
    half = x == np.float16
    number = np.dtype(np.float64) if result.kind == "f" else result
    finish = _total_to_half if result == np.float16 else _total
    omit = omit and x.kind == "f"
    load = (_number_widened if half else _number) if omit else (_widened if half else _as_is)
    name = f"sum{'-half' if half else ''}{'-to-half' if result == np.float16 else ''}{'-omit' if omit else ''}"
    fold = Fold(name, load, _added, finish)
    return Folding(fold, number.type(0), np.float32(1), result)


def reduce_product(factors: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """The product of one factor for each spatial axis, as an array over these axes."""
    product: Any = 1
    for place, factor in zip(range(-len(factors), 0), factors, strict=True):
        product = product * factor.reshape(-1, *[1] * (-place - 1))
    return product  # type: ignore[no-any-return]


def exact_mean(layer: Pool, x: NDArray[Any], axes: Sequence[Axis], result: np.dtype[Any]) -> NDArray[Any]:
    """Integer means of sums too large for one int64: the halves of each number are summed apart.

    Rounded half to even, and clipped to the result's range, which only a ``divisor_override`` can leave.
    """
    wide = x.astype(np.uint64 if x.dtype.kind in "ub" else np.int64)
    halves = (wide >> 32).astype(np.int64), (wide & 0xFFFFFFFF).astype(np.int64)
    high, low = (compute(half, axes, total_folding(half.dtype, half.dtype))[0] for half in halves)
    divisor: Any = reduce_product(layer.divisors(axes))  # type: ignore[attr-defined]
    # Python's own integers have no end; these are few numbers, one for each window
    total = high.astype(object) * 2**32 + low.astype(object)
    sign = np.where(divisor < 0, -1, 1)
    total, divisor = total * sign, (divisor * sign).astype(object)
    quotient = total // divisor
    twice = 2 * (total - quotient * divisor)
    up = (twice > divisor) | ((twice == divisor) & (quotient % 2 == 1))
    info = np.iinfo(result)
    return np.clip(quotient + up, int(info.min), int(info.max)).astype(result)  # type: ignore[no-any-return]


def spread_gradient(
    layer: Pool,
    grad: NDArray[Any],
    axes: Sequence[Axis],
    divisors: Sequence[NDArray[Any]],
    out: Any,
    *,
    channels_last: bool,
) -> NDArray[Any]:
    """Gradient of sums divided by ``divisors``: every input gets the share of each window that holds it."""
    rank = len(axes)
    g = np.moveaxis(grad, -1, -rank - 1) if channels_last else grad
    shape = g.shape[: g.ndim - rank] + tuple(a.size for a in axes)
    final = shape if not channels_last else shape[: -rank - 1] + shape[-rank:] + (shape[-rank - 1],)
    if out is not None:
        check_out(out, final, grad.dtype, grad, layer._who)
    # One divisor for all windows goes into the kernel; where they differ, the gradient is divided before.
    common = 1
    for place, divisor in zip(range(-rank, 0), divisors, strict=True):
        if divisor.size and (divisor == divisor[0]).all():
            common *= int(divisor[0])
        else:
            g = g / divisor.astype(g.dtype).reshape(-1, *[1] * (-place - 1))

    def plan_spread(g: NDArray[Any]) -> Plan | None:
        shares = [np.full(axes[0].size, common, np.int64), *(np.ones(a.size, np.int64) for a in axes[1:])]
        return plan_as_it_lies(g, axes, mean_folding(g.dtype, g.dtype, 1, shares), spread=True)

    plan, line = layer._planned(g, ("spread", final, common), plan_spread)
    (y,) = plan.new()
    back = np.moveaxis(y, -rank - 1, -1) if channels_last else y
    if out is not None and out.strides == back.strides:
        plan.fill(line, flat(out)[0])
        return out  # type: ignore[no-any-return]
    plan.fill(line, y.ravel(order="K"))
    if out is None:
        return back
    out[...] = back
    return out  # type: ignore[no-any-return]


class Spreads(Pool):
    """A sum over a window, divided by something: its gradient is shared out over the window."""

    def divisors(self, axes: Sequence[Axis]) -> list[NDArray[np.int64]]:
        """What the sum of each window is divided by: the product of one factor for each axis."""
        return [np.ones(a.outputs, np.int64) for a in axes]

    def backward(self, grad_output: ArrayLike, input_shape: Sequence[int], *, out: Any = None) -> NDArray[Any]:
        """Gradient with respect to the input: each gradient is shared out over its window.

        Parameters
        ----------
        grad_output : array_like
            Gradient with respect to the result, in the result's shape, of a floating-point dtype.
        input_shape : tuple of int
            Shape of the input.
        out : ndarray, optional
            Array for the gradient.

        Returns
        -------
        ndarray
            Of `input_shape` and the dtype of `grad_output`.
        """
        grad = as_input(grad_output, self._who, "grad_output")
        before, spatial, behind = self._split(input_shape)
        axes = self.axes(spatial)
        expected = before + tuple(a.outputs for a in axes) + behind
        if grad.shape != expected:
            given = f"for input_shape={tuple(input_shape)}; got {grad.shape}"
            raise PoolingValueError(f"{self._who}: grad_output must have shape {expected} {given}")
        if grad.dtype.kind != "f":
            raise PoolingTypeError(f"{self._who}: grad_output must be floating-point; got dtype {grad.dtype}")
        last = self.data_format == "channels_last"
        return spread_gradient(self, grad, axes, self.divisors(axes), out, channels_last=last)

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._who)
        if omits_nan(self):
            raise PoolingValueError(f'{self._who}: nan_policy="omit" has no gradient')

        def pullback(grad_output: ArrayLike) -> NDArray[Any]:
            return self.backward(grad_output, array.shape)

        return self(array), pullback
