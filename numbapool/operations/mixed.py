"""Mixed pooling: part maximum, part mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..copies import converted, in_one_piece
from ..functions import twins
from ..jit import scalar
from ..layers import DataFormat
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from .max import MaxPool1d, MaxPool2d, MaxPool3d
from .mean import AvgPool1d, AvgPool2d, AvgPool3d
from .pairs import for_each
from .windowed import NeedsInput, averaged_dtype, check_number

__all__ = [
    "MixedPool1d",
    "MixedPool2d",
    "MixedPool3d",
    "mixed_pool1d",
    "mixed_pool2d",
    "mixed_pool3d",
]


@scalar
def _mixture(largest, mean, alpha, beta):
    return largest * alpha + mean * beta


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

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]]:
        return self._mixture

    def _mixture(self, x: NDArray[Any]) -> NDArray[Any]:
        result = averaged_dtype(x.dtype)
        largest, mean = (layer.over_last_axes(x) for layer in (self._max, self._mean))
        return for_each("mixture", _mixture, largest, mean, (self.alpha, 1 - self.alpha), result)

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
