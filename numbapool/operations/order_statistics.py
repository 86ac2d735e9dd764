"""Order statistics: the median of each window, and any quantile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from numba.extending import register_jitable
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingValueError, check_choice
from ..kernels.compile import jitable
from ..kernels.gather import INDEXED, SELECTED
from ..kernels.lines import fill_run
from ..kernels.order import between, first_equal, last_nan, rank_of, select_one
from ..kernels.scalars import float_to_half, half_to_float, itself
from ..kernels.sorting import median_lines, median_of_numbers_lines, quantile_lines
from ..layers import DataFormat, WindowPool
from ..reductions import Slopes, Whole
from ..validation.sizes import IntOrTuple, Padding
from ..windows import Axis
from .averages import Averages, check_number
from .missing import NanPolicy, check_nan_policy, omits_nan
from .selecting import Selects

__all__ = ["MedianPool1d", "MedianPool2d", "MedianPool3d", "QuantilePool1d", "QuantilePool2d", "QuantilePool3d"]


@register_jitable
def _median(values, places, count, parameter, draw):
    """Place of the lower median, or of the last NaN."""
    nan = last_nan(values, count)
    if nan >= 0:
        return nan
    select_one(values, places, count, (count - 1) // 2)
    return first_equal(values, places, count, values[(count - 1) // 2])


@register_jitable
def _numbers_first(values, places, count):
    """Move NaN to the end; return the number of values that are not NaN."""
    numbers = 0
    for i in range(count):
        if values[i] == values[i]:
            values[i], values[numbers] = values[numbers], values[i]
            places[i], places[numbers] = places[numbers], places[i]
            numbers += 1
    return numbers


@register_jitable
def _median_of_numbers(values, places, count, parameter, draw):
    """Place of the lower median of the values that are not NaN, or of the last NaN if all are."""
    numbers = _numbers_first(values, places, count)
    if numbers == 0:
        return count - 1
    select_one(values, places, numbers, (numbers - 1) // 2)
    return first_equal(values, places, numbers, values[(numbers - 1) // 2])


@register_jitable
def _quantile(values, places, count, parameter, draw):
    """The quantile, interpolated."""
    nan = last_nan(values, count)
    if nan >= 0:
        return values[nan]
    at = rank_of(parameter, count)
    low = int(at)
    select_one(values, places, count, low)
    high = values[low]
    if low + 1 < count:
        high = values[low + 1]
        for i in range(low + 2, count):
            high = min(high, values[i])
    return between(values[low], high, at - low)


@register_jitable
def _quantile_of_numbers(values, places, count, parameter, draw):
    """The quantile of the values that are not NaN; NaN if all are."""
    numbers = _numbers_first(values, places, count)
    return _quantile(values, places, numbers, parameter, draw) if numbers > 0 else np.nan


@cache
def _slopes(omits: bool) -> Any:
    @jitable
    def slopes_of_quantile(values, weights, places, count, parameter):
        """Derivatives of a quantile: nonzero for the two values that it is interpolated between; NaN if it is NaN."""
        if not omits and last_nan(values, count) >= 0:
            fill_run(weights, 0, count, np.nan)
            return
        numbers = 0
        for i in range(count):
            if not omits or values[i] == values[i]:
                weights[numbers] = values[i]
                numbers += 1
        at = rank_of(parameter, numbers)
        low = int(at)
        first = second = np.nan
        if numbers > 0:
            select_one(weights, places, numbers, low)
            first = second = weights[low]
        if low + 1 < numbers:
            second = weights[low + 1]
            for i in range(low + 2, numbers):
                second = min(second, weights[i])
        below_first = below_second = 0
        for i in range(count):
            below_first += values[i] < first
            below_second += values[i] < second
            weights[i] = 0.0
        # ties: equal values are ranked in the order of the window
        for i in range(count):
            if values[i] == first:
                weights[i] += 1.0 - (at - low) if below_first == low else 0.0
                below_first += 1
            if values[i] == second:
                weights[i] += at - low if below_second == low + 1 else 0.0
                below_second += 1

    return slopes_of_quantile


@dataclass(frozen=True, repr=False)
class MedianPool(Selects, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"
    return_indices: bool = False
    nan_policy: NanPolicy = "propagate"
    method: Literal["lower", "linear"] = "lower"

    reduce: ClassVar[str] = "median"
    summary = "lower median"
    notes = """Of an even number of values the lower of the two in the middle is kept, so that every dtype has a
    median; with ``method="linear"`` the mean of both, as by ``numpy.median``, which has no index. Of equal
    values the first is the one kept, of several NaN the last. Padding is left out."""

    def normalize(self) -> None:
        super().normalize()
        check_nan_policy(self)
        check_choice(self, "method", ("lower", "linear"))
        if self.method == "linear" and self.return_indices:
            raise PoolingValueError(
                f'{self._caller}: return_indices needs method="lower"; a mean of two values has no index'
            )

    @property
    def _half(self) -> Any:
        """The layer for the quantile in the middle."""
        options = {"data_format": self.data_format, "nan_policy": self.nan_policy}
        return self.beside((QuantilePool1d, QuantilePool2d, QuantilePool3d), q=0.5, **options)

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        if self.method == "lower":
            return None
        self._axes_of(x)  # raises in the name of this layer

        def quantile(x: NDArray[Any]) -> NDArray[Any]:
            """The 0.5 quantile of each window, by `QuantilePool`."""
            return self._half.over_last_axes(x)  # type: ignore[no-any-return]  # an array

        return quantile

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        return super().vjp(x) if self.method == "lower" else self._half.vjp(x)

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Whole:
        half, omits = dtype == np.float16, omits_nan(self) and dtype.kind == "f"
        number = np.dtype(np.float32 if half else np.uint8 if dtype == np.bool_ else dtype)
        return Whole(
            load=half_to_float if half else itself,
            store=float_to_half if half else itself,
            one=_median_of_numbers if omits else _median,
            gives=INDEXED if indexed else SELECTED,
            identity=number.type(0),
            parameter=number.type(0),
            dtype=dtype,
            on_lines=median_of_numbers_lines if omits else median_lines,
            indexed=indexed,
        )


@dataclass(frozen=True, repr=False)
class QuantilePool(Averages, WindowPool):
    q: float
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"

    reduce: ClassVar[str] = "quantile"
    summary = "quantile, interpolated as by ``numpy.quantile``,"
    example = "0.5, 2"
    notes = """NaN propagates; between equal infinities lies that infinity, where NumPy has NaN, and halfway between two
    values their mean, as by ``numpy.median``. Padding is left out.
    The gradient takes ``(grad_output, x)``."""
    on_lines, one, slopes = quantile_lines, _quantile, _slopes(False)

    def normalize(self) -> None:
        super().normalize()
        check_number(self, "q", "from 0 to 1", lambda q: 0 <= q <= 1)
        check_nan_policy(self)

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Whole:
        whole = super().reduction(dtype, axes, indexed=indexed)
        omits = omits_nan(self) and dtype.kind == "f"
        return replace(whole, on_lines=None, one=_quantile_of_numbers) if omits else whole

    def slopes_of(self, **known: Any) -> Slopes:
        slopes = super().slopes_of(**known)
        return replace(slopes, slopes=_slopes(True), alone=True) if omits_nan(self) else slopes

    @property
    def parameter(self) -> float:
        """The kernels' number of the operation's own."""
        return self.q


class MedianPool1d(MedianPool, rank=1): ...


class MedianPool2d(MedianPool, rank=2): ...


class MedianPool3d(MedianPool, rank=3): ...


class QuantilePool1d(QuantilePool, rank=1): ...


class QuantilePool2d(QuantilePool, rank=2): ...


class QuantilePool3d(QuantilePool, rank=3): ...
