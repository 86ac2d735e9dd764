"""Average pooling: the mean of each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..errors import PoolingTypeError, PoolingValueError
from ..functions import by_rank, layer_for
from ..layers import DataFormat, WindowPool
from ..plan import compute
from ..windows import Axis, IntOrTuple, Padding, whole_number
from ..work import Folding
from .missing import NanPolicy, check_nan_policy, omits_nan
from .sums import Spreads, exact_mean, largest_sum, mean_folding, reduce_product, total_folding

__all__ = [
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "avg_pool1d",
    "avg_pool1d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool3d",
    "avg_pool3d_backward",
]


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
        if not isinstance(self.count_include_pad, (bool, np.bool_)):
            raise PoolingTypeError(f"{who}: count_include_pad must be True or False; got {self.count_include_pad!r}")
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
        return mean_folding(dtype, self.result_dtype(dtype), _most(axes), self.divisors(axes))

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        result = self.result_dtype(x.dtype)
        if omits_nan(self) and x.dtype.kind == "f":
            return partial(self._mean_of_numbers, result=result)
        if result.kind in "iu":
            axes = self.axes(x.shape[x.ndim - self.rank :])
            if self.divisor_override is not None or largest_sum(x.dtype, _most(axes)) >= 2**51:
                return lambda x: exact_mean(self, x, axes, result)
        return None

    def _mean_of_numbers(self, x: NDArray[Any], result: np.dtype[Any]) -> NDArray[Any]:
        """Means of what is no NaN; NaN where there is nothing else."""
        axes = self.axes(x.shape[x.ndim - self.rank :])
        missing = np.isnan(x)
        wide = np.where(missing, 0, x)
        counted = self.divisors(axes)
        (total,) = compute(wide, axes, total_folding(wide.dtype, np.dtype(np.float64)))
        (lost,) = compute(missing, axes, total_folding(missing.dtype, np.dtype(np.float64)))
        divisor = reduce_product(counted) - (lost if self.divisor_override is None else 0)
        held = reduce_product([a.count for a in axes])
        with np.errstate(all="ignore"):
            return np.where(lost == held, np.nan, total / divisor).astype(result)


@dataclass(frozen=True, repr=False)
class AvgPool(Means, WindowPool):
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
    float32 numbers are summed in float64.

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


def _most(axes: Sequence[Axis]) -> int:
    """Number of values in the largest window."""
    return prod(int(a.count.max(initial=1)) for a in axes)


class AvgPool1d(AvgPool, rank=1): ...


class AvgPool2d(AvgPool, rank=2): ...


class AvgPool3d(AvgPool, rank=3): ...


LAYERS = (AvgPool1d, AvgPool2d, AvgPool3d)


def _avg_pool(
    layer: type[AvgPool],
    x: ArrayLike,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    dilation: IntOrTuple = 1,
    dtype: DTypeLike | None = None,
    data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate",
    out: Any = None,
) -> Any:
    """Mean of each window, over {axes}.

    Parameters
    ----------
    <x>
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
    <out>

    Returns
    -------
    ndarray
        The means.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    See Also
    --------
    {name_of_layer} : The same as a layer, which keeps its compiled kernel at hand.

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> nbp.{name}(np.ones((1, 3, {eights}), np.float32), 2).shape
    (1, 3, {fours})
    """
    made = layer_for(
        layer,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
        dilation,
        dtype,
        data_format,
        nan_policy,
    )
    return made(x, out=out)


def _avg_pool_backward(
    layer: type[AvgPool],
    grad_output: ArrayLike,
    input_shape: Sequence[int],
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    dilation: IntOrTuple = 1,
    data_format: DataFormat = "channels_first",
    out: Any = None,
) -> NDArray[Any]:
    """Gradient of `{name_of_function}`: each gradient is shared out over its window.

    Parameters
    ----------
    <grad_output>
    <input_shape>
    <kernel_size>
    <stride>
    <padding>
    <ceil_mode>
    <count_include_pad>
    <divisor_override>
    <dilation>
    <data_format>
    out : ndarray, optional
        Array for the result.

    Returns
    -------
    ndarray
        Of `input_shape` and the dtype of `grad_output`; the same bits for any number of threads.
    """
    made = layer_for(
        layer,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
        dilation,
        None,
        data_format,
        "propagate",
    )
    return made.backward(grad_output, input_shape, out=out)


avg_pool1d, avg_pool2d, avg_pool3d = by_rank(_avg_pool, LAYERS)
avg_pool1d_backward, avg_pool2d_backward, avg_pool3d_backward = by_rank(_avg_pool_backward, LAYERS, "_backward")
