"""Generalized mean (GeM): the mean of powers of each window, and the root of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..functions import twins
from ..jit import scalar
from ..kernels.combine import added
from ..kernels.elementary import log
from ..kernels.lines import Fold
from ..layers import DataFormat
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from ..windows import Axis
from ..work import Folding
from .mean import AvgPool1d, AvgPool2d, AvgPool3d
from .pairs import for_each
from .powers import raised_to, root_gradient, root_of
from .windowed import NeedsInput, averaged_dtype, check_number, conversions

__all__ = [
    "PowerAvgPool1d",
    "PowerAvgPool2d",
    "PowerAvgPool3d",
    "power_avg_pool1d",
    "power_avg_pool2d",
    "power_avg_pool3d",
]


@cache
def _fold(kind: str, raised: Any, root: Any, eps: float, half_in: bool, half_out: bool) -> Fold:
    # eps is compiled in: kernels take one number of an operation, which is p
    widen, narrow, halves = conversions(half_in, half_out)

    @scalar
    def load(value, p):
        v = np.float64(widen(value))
        return raised(eps if v < eps else v, p)

    @scalar
    def finish(total, divisor, p):
        return narrow(root(total / divisor, 1 / p))

    name = f"power-{kind}-{eps}{halves}"
    return Fold(name, load, added, finish, divides=True)


@scalar
def _log_by_library(v):
    return np.log(v)


@cache
def _change(raised: Any, exact: bool) -> Any:
    """The derivative of a power by its exponent."""
    logarithm = _log_by_library if exact else log

    @scalar
    def change(x, _x, p, eps):
        v = np.float64(eps if x < eps else x)
        return raised(v, p) * logarithm(v)

    return change


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

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Folding:
        result = averaged_dtype(dtype)
        exact = result.itemsize > 4
        kind, raised = raised_to(self.p, exact)
        fold = _fold(kind, raised, root_of(self.p, exact), self.eps, dtype == np.float16, result == np.float16)
        return Folding(fold, np.float64(0), np.float64(self.p), result, self._mean.divisors(axes))

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        return root_gradient(
            grad, x, self.over_last_axes(x), self.p, lambda shares: self._mean.backward(shares, x.shape), self.eps
        )

    def parameter_gradient(self, grad_output: ArrayLike, x: ArrayLike) -> float:
        """Gradient with respect to `p`."""
        grad, array = self._checked_gradient(grad_output, x)
        if self.data_format == "channels_last":
            grad, array = np.moveaxis(grad, -1, -self.rank - 1), np.moveaxis(array, -1, -self.rank - 1)
        exact = array.dtype.itemsize > 4
        kind, raised = raised_to(self.p, exact)
        changes = for_each(f"change-{kind}", _change(raised, exact), array, array, (self.p, self.eps), np.float64)
        root = self.over_last_axes(array.astype(np.result_type(array.dtype, np.float32), copy=False)).astype(np.float64)
        mean = root**self.p
        slope = root * (self._mean.over_last_axes(changes) / (self.p * mean) - np.log(mean) / self.p**2)
        return float((grad * slope).sum())


class PowerAvgPool1d(PowerAvgPool, rank=1): ...


class PowerAvgPool2d(PowerAvgPool, rank=2): ...


class PowerAvgPool3d(PowerAvgPool, rank=3): ...


power_avg_pool1d, power_avg_pool2d, power_avg_pool3d = twins((PowerAvgPool1d, PowerAvgPool2d, PowerAvgPool3d))
