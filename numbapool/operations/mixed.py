"""Mixed pooling: part maximum, part mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numba.extending import register_jitable
from numpy.typing import ArrayLike, NDArray

from ..kernels.compile import jitable
from ..kernels.scalars import half_to_float, itself, larger, narrowed
from ..layers import DataFormat, WindowPool
from ..reductions import Fold
from ..validation.sizes import IntOrTuple, Padding
from ..windows import Axis
from .averages import NeedsInput, check_number
from .max import MaxPool1d, MaxPool2d, MaxPool3d
from .mean import AvgPool1d, AvgPool2d, AvgPool3d, averaged_dtype
from .sums import pair_of_sums

__all__ = ["MixedPool1d", "MixedPool2d", "MixedPool3d"]


# The largest number so far and the sum of all, as one complex number: both in one pass.
@register_jitable
def _largest_and_sum(a, b):
    return complex(larger(a.real, b.real), a.imag + b.imag)


@cache
def _scalars(kind: Any, half_in: bool, half_out: bool) -> tuple[Any, Any]:
    widen, narrow = half_to_float if half_in else itself, narrowed if half_out else itself

    @jitable
    def load(value, alpha):
        number = kind(widen(value))
        return complex(number, number)

    @jitable
    def finish(both, divisor, alpha):
        # what has no part in it may be infinite
        largest = both.real * alpha if alpha > 0 else kind(0)
        return narrow(largest + both.imag / kind(divisor) * (kind(1) - alpha) if alpha < 1 else largest)

    return load, finish


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

    def normalize(self) -> None:
        super().normalize()
        check_number(self, "alpha", "from 0 to 1", lambda alpha: 0 <= alpha <= 1)

    @property
    def _both(self) -> tuple[Any, Any]:
        """The maximum and the mean over the same windows."""
        mean = self.beside((AvgPool1d, AvgPool2d, AvgPool3d), count_include_pad=self.count_include_pad)
        return self.beside((MaxPool1d, MaxPool2d, MaxPool3d)), mean

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Fold:
        result = averaged_dtype(dtype)
        pair = pair_of_sums(dtype, result, axes)
        kind = pair(0).real.dtype.type
        load, finish = _scalars(kind, dtype == np.float16, result == np.float16)
        divisors = self._both[1].divisors(axes)
        start, alpha = pair(-np.inf), kind(self.alpha)
        return Fold(load, _largest_and_sum, finish, start, alpha, result, divisors, _largest_and_sum)

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        largest, mean = self._both
        _, indices = largest.over_last_axes(x, indexed=True)
        g = grad.astype(np.result_type(grad.dtype, np.float32), copy=False)
        gx = largest.backward(self.alpha * g, indices, x.shape)
        gx += mean.backward((1 - self.alpha) * g, x.shape)
        return gx.astype(grad.dtype, copy=False)  # type: ignore[no-any-return]  # an array

    def parameter_gradient(self, grad_output: ArrayLike, x: ArrayLike) -> float:
        """Gradient with respect to `alpha`."""
        grad, array = self._checked_gradient(grad_output, x)
        if self.data_format == "channels_last":
            grad, array = np.moveaxis(grad, -1, -self.rank - 1), np.moveaxis(array, -1, -self.rank - 1)
        largest, mean = self._both
        apart = largest.over_last_axes(array).astype(np.float64) - mean.over_last_axes(array)
        return float((grad * apart).sum())


class MixedPool1d(MixedPool, rank=1): ...


class MixedPool2d(MixedPool, rank=2): ...


class MixedPool3d(MixedPool, rank=3): ...
