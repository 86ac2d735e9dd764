"""Mixed pooling: part maximum, part mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..choose import most_values
from ..copies import converted, in_one_piece
from ..functions import twins
from ..jit import scalar
from ..kernels.combine import larger
from ..kernels.lines import Fold
from ..layers import DataFormat
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from ..windows import Axis
from ..work import Folding
from .max import MaxPool1d, MaxPool2d, MaxPool3d
from .mean import AvgPool1d, AvgPool2d, AvgPool3d
from .sums import pair_of_sums
from .windowed import NeedsInput, averaged_dtype, check_number, conversions

__all__ = [
    "MixedPool1d",
    "MixedPool2d",
    "MixedPool3d",
    "mixed_pool1d",
    "mixed_pool2d",
    "mixed_pool3d",
]


# The largest number so far and the sum of all, as one complex number: both in one pass.
@scalar
def _largest_and_sum(a, b):
    return complex(larger(a.real, b.real), a.imag + b.imag)


@cache
def _fold(kind: Any, half_in: bool, half_out: bool) -> Fold:
    as_number, stored, name = conversions(half_in, half_out)

    @scalar
    def load(value, alpha):
        number = kind(as_number(value))
        return complex(number, number)

    @scalar
    def finish(both, divisor, alpha):
        return stored(both.real * alpha + both.imag / divisor * (kind(1) - alpha))

    return Fold(f"mixed{name}-{kind.__name__}", load, _largest_and_sum, finish, divides=True)


@dataclass(frozen=True, repr=False)
class MixedPool(NeedsInput, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    alpha: float = 0.5
    count_include_pad: bool = True
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "mixed"
    summary = "mixture of maximum and mean, ``alpha * max + (1 - alpha) * mean``,"
    notes = """The gradient takes ``(grad_output, x)``; `parameter_gradient` is that of `alpha`. Sources: Yu et al.
    2014, Mixed pooling for convolutional neural networks; Lee, Gallagher, Tu 2016, Generalizing pooling
    functions."""
    _max: ClassVar[Any]
    _mean: ClassVar[Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self, "alpha", "from 0 to 1", lambda alpha: 0 <= alpha <= 1)
        window = self.kernel_size, self.stride, self.padding
        most = (MaxPool1d, MaxPool2d, MaxPool3d)[self.rank - 1](*window, self.dilation, False, self.ceil_mode)
        mean = (AvgPool1d, AvgPool2d, AvgPool3d)[self.rank - 1](
            *window, self.ceil_mode, self.count_include_pad, None, self.dilation
        )
        object.__setattr__(self, "_max", most)
        object.__setattr__(self, "_mean", mean)

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Folding:
        result = averaged_dtype(dtype)
        pair = pair_of_sums(dtype, result, most_values(axes))
        kind = pair(0).real.dtype.type
        fold = _fold(kind, dtype == np.float16, result == np.float16)
        return Folding(fold, pair(-np.inf), kind(self.alpha), result, self._mean.divisors(axes))

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        _, indices = self._max.over_last_axes(x, indexed=True)
        g = converted(grad, np.result_type(grad.dtype, np.float32))
        gx = self._max.backward(self.alpha * g, indices, x.shape)
        gx += self._mean.backward((1 - self.alpha) * g, x.shape)
        return in_one_piece(gx, grad.dtype)

    def parameter_gradient(self, grad_output: ArrayLike, x: ArrayLike) -> float:
        """Gradient with respect to `alpha`."""
        grad, array = self._checked_gradient(grad_output, x)
        if self.data_format == "channels_last":
            grad, array = np.moveaxis(grad, -1, -self.rank - 1), np.moveaxis(array, -1, -self.rank - 1)
        apart = self._max.over_last_axes(array).astype(np.float64) - self._mean.over_last_axes(array)
        return float((grad * apart).sum())


class MixedPool1d(MixedPool, rank=1): ...


class MixedPool2d(MixedPool, rank=2): ...


class MixedPool3d(MixedPool, rank=3): ...


mixed_pool1d, mixed_pool2d, mixed_pool3d = twins((MixedPool1d, MixedPool2d, MixedPool3d))
