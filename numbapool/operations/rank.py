"""Order statistics: the median of each window, and any quantile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..functions import twins
from ..jit import scalar, vector
from ..kernels.lanes import MOST_VALUES, Across
from ..kernels.strips import fill
from ..kernels.views import nth, part
from ..layers import DataFormat
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from .medians import (
    median_of_9,
    median_of_9_numbers,
    median_of_any,
    median_of_any_but_nan,
    median_of_any_numbers,
    median_of_triples,
    median_of_triples_of_numbers,
    quantile_of_any,
)
from .missing import NanPolicy, check_nan_policy, omits_nan
from .ordering import between, first_equal, last_nan, sort_line
from .windowed import Mixes, Picks, Windowed, check_number

__all__ = [
    "MedianPool1d",
    "MedianPool2d",
    "MedianPool3d",
    "QuantilePool1d",
    "QuantilePool2d",
    "QuantilePool3d",
    "median_pool1d",
    "median_pool2d",
    "median_pool3d",
    "quantile_pool1d",
    "quantile_pool2d",
    "quantile_pool3d",
]


@scalar
def _median(values, places, parameters, number):
    nan = last_nan(values)
    if nan >= 0:
        return nan
    sort_line(values, places)
    return first_equal(values, places, values[(values.size - 1) // 2])


@scalar
def _median_of_numbers(values, places, parameters, number):
    count = 0
    for i in range(values.size):
        if values[i] == values[i]:
            values[i], values[count] = values[count], values[i]
            places[i], places[count] = places[count], places[i]
            count += 1
    if count == 0:
        return last_nan(values)
    numbers = values[:count]
    sort_line(numbers, places)
    return first_equal(numbers, places, numbers[(count - 1) // 2])


@scalar
def _quantile(values, places, parameters, number):
    nan = last_nan(values)
    if nan >= 0:
        return values[nan]
    sort_line(values, places)
    at = parameters[1] * (values.size - 1)
    low = int(at)
    high = min(low + 1, values.size - 1)
    return between(values[low], values[high], at - low)


@scalar
def _quantile_slope(values, parameters, weights):
    at = parameters[1] * (values.size - 1)
    low = int(at)
    for i in range(values.size):
        rank = 0
        for j in range(values.size):
            rank += values[j] < values[i] or (values[j] == values[i] and j < i)
        weights[i] = 1 - (at - low) if rank == low else (at - low if rank == low + 1 else 0)


@vector
def _count_smaller(ranks, ranks0, values, other, before):
    """One more where the other value is smaller, or equal and stands before."""
    for i in range(ranks.size):
        smaller = other[i] < values[i] or (before and other[i] == values[i])
        ranks[i] = ranks0[i] + 1.0 if smaller else ranks0[i]


@vector
def _share_by_rank(weights, ranks, low, share):
    for i in range(weights.size):
        above = share if ranks[i] == low + 1 else 0.0
        weights[i] = 1.0 - share if ranks[i] == low else above


@scalar
def _quantile_slopes(weights, lines, spare, count, n, parameters):
    at = parameters[1] * (count - 1)
    low = int(at)
    for k in range(count):
        now = 0
        fill(part(nth(spare, 0), 0, n), 0.0)
        for j in range(count):
            if j != k:
                ranks = part(nth(spare, 1 - now), 0, n)
                _count_smaller(ranks, nth(spare, now), nth(lines, k), nth(lines, j), j < k)
                now = 1 - now
        _share_by_rank(part(nth(weights, k), 0, n), nth(spare, now), low, at - low)


@dataclass(frozen=True, repr=False)
class MedianPool(Picks, Windowed):
    return_indices: bool = False
    nan_policy: NanPolicy = "propagate"

    reduce: ClassVar[str] = "median"
    summary = "lower median"
    notes = """Of an even number of values the lower of the two in the middle is kept, so that every dtype has a
    median. Of equal values the first is the one kept, of several NaN the last. Padding is left out."""
    choose = _median

    def __post_init__(self) -> None:
        super().__post_init__()
        check_nan_policy(self)

    def across(self, dtype: np.dtype[Any], values: int, *, alike: bool = True) -> Across | None:
        if values > MOST_VALUES:
            return None
        if dtype.kind != "f":
            nine = alike and values == 9
            return Across("median9", median_of_9) if nine else Across("medians", median_of_any)
        if omits_nan(self):
            return Across("medians-omit", median_of_any_but_nan)
        if alike and values == 9:
            return Across("median9-numbers", median_of_9_numbers)
        return Across("medians-numbers", median_of_any_numbers)

    def of_triples(self, dtype: np.dtype[Any]) -> tuple[str, Any] | None:
        if dtype.kind != "f":
            return "median", median_of_triples
        return None if omits_nan(self) else ("median-numbers", median_of_triples_of_numbers)

    def choice(self, dtype: np.dtype[Any], values: int) -> tuple[str, Any]:
        return ("median-omit", _median_of_numbers) if omits_nan(self) else ("median", _median)


@dataclass(frozen=True, repr=False)
class QuantilePool(Mixes, WindowPool):
    q: float
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "quantile"
    summary = "quantile, interpolated as by ``numpy.quantile``,"
    example = "0.5, 2"
    notes = """NaN propagates; between equal infinities lies that infinity, where NumPy has NaN. Padding is left out.
    The gradient takes ``(grad_output, x)``."""
    average = _quantile
    average_across = quantile_of_any
    weigh, weigh_across = _quantile_slope, _quantile_slopes

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self, "q", "from 0 to 1", lambda q: 0 <= q <= 1)

    def numbers(self) -> tuple[float, ...]:
        return (0.0, self.q)


class MedianPool1d(MedianPool, rank=1): ...


class MedianPool2d(MedianPool, rank=2): ...


class MedianPool3d(MedianPool, rank=3): ...


class QuantilePool1d(QuantilePool, rank=1): ...


class QuantilePool2d(QuantilePool, rank=2): ...


class QuantilePool3d(QuantilePool, rank=3): ...


median_pool1d, median_pool2d, median_pool3d = twins((MedianPool1d, MedianPool2d, MedianPool3d))
quantile_pool1d, quantile_pool2d, quantile_pool3d = twins((QuantilePool1d, QuantilePool2d, QuantilePool3d))
