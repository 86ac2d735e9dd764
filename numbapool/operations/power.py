"""Generalized mean (GeM): the mean of powers of each window, and the root of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_input
from ..functions import twins
from ..layers import DataFormat
from ..window_pool import WindowPool
from ..windows import IntOrTuple, Padding
from .mean import AvgPool1d, AvgPool2d, AvgPool3d
from .windowed import NeedsInput, averaged_dtype, check_number

__all__ = [
    "PowerAvgPool1d",
    "PowerAvgPool2d",
    "PowerAvgPool3d",
    "power_avg_pool1d",
    "power_avg_pool2d",
    "power_avg_pool3d",
]


@dataclass(frozen=True, repr=False)
class PowerAvgPool(NeedsInput, WindowPool):
    p: float
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    dilation: IntOrTuple = 1
    eps: float = 1e-6
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "power"
    summary = "generalized mean, ``mean(max(x, eps) ** p) ** (1 / p)``,"
    example = "3, 2"
    notes = """p = 1 is the mean of what is positive, and the larger p the nearer to the maximum. The gradient takes
    ``(grad_output, x)``; `parameter_gradient` is that of `p`. Source: Radenović, Tolias, Chum 2018,
    Fine-tuning CNN image retrieval."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self, "p", "a finite number but 0", lambda p: np.isfinite(p) and p != 0)
        check_number(self, "eps", "greater than 0", lambda eps: eps > 0)
        window = (
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            None,
            self.dilation,
        )
        mean = (AvgPool1d, AvgPool2d, AvgPool3d)[self.rank - 1](*window)
        object.__setattr__(self, "_mean", mean)

    _mean: ClassVar[Any]

    def _powers(self, x: NDArray[Any]) -> NDArray[Any]:
        return np.maximum(x.astype(np.float64), self.eps) ** self.p

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]]:
        return self._root

    def _root(self, x: NDArray[Any]) -> NDArray[Any]:
        root = self._mean.over_last_axes(self._powers(x)) ** (1 / self.p)
        return root.astype(averaged_dtype(x.dtype))  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        wide = np.maximum(x.astype(np.float64), self.eps)
        root = self._mean.over_last_axes(wide**self.p) ** (1 / self.p)
        shared = self._mean.backward(grad * root ** (1 - self.p), x.shape)
        return np.where(x >= self.eps, shared * wide ** (self.p - 1), 0).astype(grad.dtype)

    def parameter_gradient(self, grad_output: ArrayLike, x: ArrayLike) -> float:
        """Gradient with respect to `p`."""
        grad, array = self._checked_gradient(grad_output, x)
        if self.data_format == "channels_last":
            grad, array = np.moveaxis(grad, -1, -self.rank - 1), np.moveaxis(array, -1, -self.rank - 1)
        wide = np.maximum(array.astype(np.float64), self.eps)
        powers = wide**self.p
        mean = self._mean.over_last_axes(powers)
        logs = self._mean.over_last_axes(powers * np.log(wide))
        slope = mean ** (1 / self.p) * (logs / (self.p * mean) - np.log(mean) / self.p**2)
        return float((grad * slope).sum())

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._who)
        return self(array), lambda grad_output: self.backward(grad_output, array)


class PowerAvgPool1d(PowerAvgPool, rank=1): ...


class PowerAvgPool2d(PowerAvgPool, rank=2): ...


class PowerAvgPool3d(PowerAvgPool, rank=3): ...


power_avg_pool1d, power_avg_pool2d, power_avg_pool3d = twins((PowerAvgPool1d, PowerAvgPool2d, PowerAvgPool3d))
