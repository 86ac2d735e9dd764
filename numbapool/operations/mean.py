"""Average pooling: the mean of each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import PoolingTypeError, PoolingValueError
from ..layers import DataFormat, Pool, WindowPool
from ..plans.plan import Plan, plan_as_it_lies
from ..reductions import Fold
from ..validation.sizes import IntOrTuple, Padding, whole_number
from ..windows import Axis, most_values
from .missing import NanPolicy, check_nan_policy, omits_nan
from .spreading import Spreads, reduce_product
from .sums import largest_sum, mean_of, mean_of_numbers, sum_of

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d"]


class Mean(Spreads):
    """Keeping the mean of each window; where the windows lie is for subclasses to say."""

    count_include_pad: bool = True
    divisor_override: int | None = None
    dtype: DTypeLike | None = None

    reduce: ClassVar[str] = "mean"
    cut: ClassVar[bool] = False  # whether integer means are cut to integers, not rounded
    peer = "PyTorch, ONNX"
    summary = "mean"
    padding_counts = "it counts as zeros, or not at all without `count_include_pad`"

    def normalize(self) -> None:
        super().normalize()
        caller = self._caller
        if self.divisor_override is not None:
            divisor = whole_number(self.divisor_override, "divisor_override", caller)
            if divisor == 0 or abs(divisor) >= 2**53:
                raise PoolingValueError(
                    f"{caller}: divisor_override must not be zero, nor 2**53 or more; got {divisor}"
                )
            object.__setattr__(self, "divisor_override", divisor)
        check_dtype(self)
        check_nan_policy(self)

    def result_dtype(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """Dtype of the mean of an input of this dtype; raises where an asked-for one could not hold it."""
        if self.dtype is None:
            return averaged_dtype(dtype)
        result = np.dtype(self.dtype)
        if result.kind in "iu" and not np.can_cast(dtype, result, "safe"):
            way_out = (
                f"{dtype}, a wider integer or a floating-point dtype" if dtype.kind in "iu" else "a floating-point one"
            )
            raise PoolingTypeError(
                f"{self._caller}: dtype={result} cannot hold every mean of {dtype} input; use {way_out}"
            )
        return result

    def divisors(self, axes: Sequence[Axis]) -> list[NDArray[np.int64]]:
        """What the sum of each window is divided by: the product of one factor for each axis."""
        if self.divisor_override is not None:
            first = np.full(axes[0].outputs, self.divisor_override, np.int64)
            return [first, *(np.ones(a.outputs, np.int64) for a in axes[1:])]
        return [a.count if a.padded is None or not self.count_include_pad else a.padded for a in axes]

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Fold:
        how = dtype, self.result_dtype(dtype), axes, self.divisors(axes)
        if omits_nan(self) and dtype.kind == "f":
            return mean_of_numbers(*how, counted=self.divisor_override is None)
        return mean_of(*how, cut=self.cut)

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        result = self.result_dtype(x.dtype)
        if result.kind in "iu":
            axes = self._axes_of(x)
            if self.divisor_override is not None or largest_sum(x.dtype, most_values(axes)) >= 2**51:

                def exact(x: NDArray[Any]) -> NDArray[Any]:
                    """Exact sums of the halves of the numbers, put together with Python's integers."""
                    return exact_mean(self, x, axes, result)

                return exact
        return None

    def _share_of_numbers(self, x: NDArray[Any]) -> NDArray[Any]:
        axes = self._axes_of(x)
        missing = sums(self, np.isnan(x), np.dtype(np.float64))
        nothing, divisor = missing == reduce_product([a.count for a in axes]), reduce_product(self.divisors(axes))
        with np.errstate(all="ignore"):
            return np.where(nothing, 0, divisor / (divisor - (missing if self.divisor_override is None else 0)))


def check_dtype(layer: Any) -> None:
    """Give the dtype that is asked for its one form, or refuse it."""
    if layer.dtype is None:
        return
    try:
        dtype = np.dtype(layer.dtype)
    except TypeError:
        raise PoolingTypeError(f"{layer._caller}: dtype must be a NumPy dtype; got {layer.dtype!r}") from None
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise PoolingTypeError(f"{layer._caller}: dtype must be an integer or floating-point dtype; got {dtype}")
    object.__setattr__(layer, "dtype", dtype.newbyteorder("=").name)


def averaged_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Dtype of averages: that of floating-point input, float32 for integers of up to 16 bits, float64 beyond."""
    return dtype if dtype.kind == "f" else np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)


def sums(layer: Pool, x: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The sum of each window of a layer as ``dtype``."""

    def plan(x: NDArray[Any]) -> Plan | None:
        return plan_as_it_lies(x, layer._axes_of(x), sum_of(x.dtype, dtype))

    return layer.computed(x, ("sums", dtype), plan)[0]


def exact_mean(layer: Mean, x: NDArray[Any], axes: Sequence[Axis], result: np.dtype[Any]) -> NDArray[Any]:
    """Exact integer means where sums may reach 2**51, or with ``divisor_override``: 32-bit halves are summed apart.

    Rounded half to even, and clipped to the result's range, which only a ``divisor_override`` can leave.
    """
    wide = x.astype(np.uint64 if x.dtype.kind in "ub" else np.int64)
    halves = (wide >> 32).astype(np.int64), (wide & 0xFFFFFFFF).astype(np.int64)
    high, low = (sums(layer, half, half.dtype) for half in halves)
    divisor = reduce_product(layer.divisors(axes))
    # Python's own integers have no end; these are few numbers, one for each window
    total = high.astype(object) * 2**32 + low.astype(object)
    sign = np.where(divisor < 0, -1, 1)
    total, positive = total * sign, (divisor * sign).astype(object)
    quotient = total // positive
    twice = 2 * (total - quotient * positive)
    up = (twice > positive) | ((twice == positive) & (quotient % 2 == 1))
    info = np.iinfo(result)
    return np.clip(quotient + up, int(info.min), int(info.max)).astype(result)  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open


@dataclass(frozen=True, repr=False)
class AvgPool(Mean, WindowPool):
    """Mean of each window, over {axes}.

    Parameters
    ----------
    <kernel_size>
    <stride>
    <padding>
    <ceil_mode>
    <count_include_pad>
    <divisor_override>
    <dilation>
    <dtype>
    <data_format>
    <nan_policy>

    See Also
    --------
    {name_of_function} : The same as a function.

    Notes
    -----
    Names, defaults and results are those of ``torch.nn.AvgPool{rank}d``; `dilation` and `dtype` are beyond it.
    Integers are summed exactly; 64-bit ones in float64, unless an integer `dtype` is asked for. Windows of more than 32
    float32 numbers, or of more than 4 along an axis, are summed in float64.

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> pool = nbp.{name}(2)
    >>> pool(np.ones((1, 3, {eights}), np.float32)).shape
    (1, 3, {fours})
    """

    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: int | None = None
    dilation: IntOrTuple = 1
    dtype: DTypeLike | None = None
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"


class AvgPool1d(AvgPool, rank=1): ...


class AvgPool2d(AvgPool, rank=2): ...


class AvgPool3d(AvgPool, rank=3): ...
