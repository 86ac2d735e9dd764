"""The mean of each window, wherever the windows lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..choose import most_values
from ..errors import PoolingTypeError, PoolingValueError
from ..layers import Pool
from ..plan import Plan
from ..planning import plan_as_it_lies
from ..sizes import whole_number
from ..windows import Axis
from ..work import Folding
from .means_of_numbers import mean_of_numbers
from .missing import check_nan_policy, omits_nan
from .spreading import Spreads
from .sums import largest_sum, mean_folding, total_folding

__all__ = ["Means", "exact_mean", "reduce_product"]


class Means(Spreads):
    """Keeping the mean of each window; where the windows lie is for subclasses to say."""

    count_include_pad: bool = True
    divisor_override: int | None = None
    dtype: DTypeLike | None = None

    reduce: ClassVar[str] = "mean"
    peer = "PyTorch, ONNX"
    summary = "mean"
    padding_counts = "it counts as zeros, or not at all without `count_include_pad`"

    def __post_init__(self) -> None:
        super().__post_init__()
        who = self._who
        if self.divisor_override is not None:
            divisor = whole_number(self.divisor_override, "divisor_override", who)
            if divisor == 0 or abs(divisor) >= 2**53:
                raise PoolingValueError(f"{who}: divisor_override must not be zero, nor 2**53 or more; got {divisor}")
            object.__setattr__(self, "divisor_override", divisor)
        if self.dtype is not None:
            try:
                dtype = np.dtype(self.dtype)
            except TypeError:
                raise PoolingTypeError(f"{who}: dtype must be a NumPy dtype; got {self.dtype!r}") from None
            if dtype.kind not in "iuf" or dtype.itemsize > 8:
                raise PoolingTypeError(f"{who}: dtype must be an integer or floating-point dtype; got {dtype}")
            object.__setattr__(self, "dtype", dtype.newbyteorder("=").name)
        check_nan_policy(self)

    def result_dtype(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """Dtype of the mean of an input of this dtype; raises where an asked-for one could not hold it."""
        if self.dtype is None:
            if dtype.kind == "f":
                return dtype
            return np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)
        result = np.dtype(self.dtype)
        if result.kind in "iu" and not np.can_cast(dtype, result, "safe"):
            raise PoolingTypeError(
                f"{self._who}: dtype={result} cannot hold every mean of {dtype} input; use {dtype}, a wider integer or "
                "a floating-point dtype"
            )
        return result

    def divisors(self, axes: Sequence[Axis]) -> list[NDArray[np.int64]]:
        """What the sum of each window is divided by: the product of one factor for each axis."""
        if self.divisor_override is not None:
            first = np.full(axes[0].outputs, self.divisor_override, np.int64)
            return [first, *(np.ones(a.outputs, np.int64) for a in axes[1:])]
        return [a.count if a.padded is None or not self.count_include_pad else a.padded for a in axes]

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Folding:
        how = dtype, self.result_dtype(dtype), most_values(axes), self.divisors(axes)
        if omits_nan(self) and dtype.kind == "f":
            return mean_of_numbers(*how, counted=self.divisor_override is None)
        return mean_folding(*how)

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        result = self.result_dtype(x.dtype)
        if result.kind in "iu":
            axes = self._axes_of(x)
            if self.divisor_override is not None or largest_sum(x.dtype, most_values(axes)) >= 2**51:
                return lambda x: exact_mean(self, x, axes, result)
        return None

    def _share_of_numbers(self, x: NDArray[Any]) -> NDArray[Any]:
        axes = self._axes_of(x)
        (missing,) = sums(self, np.isnan(x), np.dtype(np.float64))
        nothing, divisor = missing == reduce_product([a.count for a in axes]), reduce_product(self.divisors(axes))
        with np.errstate(all="ignore"):
            return np.where(nothing, 0, divisor / (divisor - (missing if self.divisor_override is None else 0)))


def reduce_product(factors: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """The product of one factor for each spatial axis, as an array over these axes."""
    product: Any = 1
    for place, factor in zip(range(-len(factors), 0), factors, strict=True):
        product = product * factor.reshape(-1, *[1] * (-place - 1))
    return product  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open


def sums(layer: Pool, x: NDArray[Any], dtype: np.dtype[Any]) -> tuple[NDArray[Any], ...]:
    """The sum of each window of a layer as ``dtype``."""

    def plan(x: NDArray[Any]) -> Plan | None:
        axes = layer._axes_of(x)
        return plan_as_it_lies(x, axes, total_folding(x.dtype, dtype))

    return layer.computed(x, ("sums", dtype), plan)


def exact_mean(layer: Pool, x: NDArray[Any], axes: Sequence[Axis], result: np.dtype[Any]) -> NDArray[Any]:
    """Integer means of sums too large for one int64: the halves of each number are summed apart.

    Rounded half to even, and clipped to the result's range, which only a ``divisor_override`` can leave.
    """
    wide = x.astype(np.uint64 if x.dtype.kind in "ub" else np.int64)
    halves = (wide >> 32).astype(np.int64), (wide & 0xFFFFFFFF).astype(np.int64)
    high, low = (sums(layer, half, half.dtype)[0] for half in halves)
    divisor: Any = reduce_product(layer.divisors(axes))  # type: ignore[attr-defined]  # means have it
    # Python's own integers have no end; these are few numbers, one for each window
    total = high.astype(object) * 2**32 + low.astype(object)
    sign = np.where(divisor < 0, -1, 1)
    total, divisor = total * sign, (divisor * sign).astype(object)
    quotient = total // divisor
    twice = 2 * (total - quotient * divisor)
    up = (twice > divisor) | ((twice == divisor) & (quotient % 2 == 1))
    info = np.iinfo(result)
    return np.clip(quotient + up, int(info.min), int(info.max)).astype(result)  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open
