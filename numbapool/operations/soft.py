"""Soft maxima: the logarithm of summed exponentials, and the mean weighted by exponentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numba.extending import register_jitable

from ..kernels.elementary import exp, log
from ..layers import DataFormat, WindowPool
from ..validation.sizes import IntOrTuple, Padding
from .averages import WeightedMeans, check_number

__all__ = [
    "LogSumExpPool1d",
    "LogSumExpPool2d",
    "LogSumExpPool3d",
    "SoftPool1d",
    "SoftPool2d",
    "SoftPool3d",
]


@register_jitable
def _exponential(v, m, sharpness):
    """Weight of a value, relative to the largest of its window."""
    return exp(sharpness * (v - m))


@register_jitable
def _no_product(e, v, m):
    """For logsumexp, which needs but the sum of weights."""
    return 0.0


@register_jitable
def _distance(e, v, m):
    """Weight times ``v - m``; 0 where the weight is 0, which avoids ``0 * inf``."""
    return e * (v - m) if e != 0.0 else e


@register_jitable
def _log_sum_exp(m, total, weighted, count, sharpness):
    """The logarithm of the mean exponential."""
    value = m + log(total / count) / sharpness
    return m if np.isinf(m) else value


@register_jitable
def _slope_of_log_sum_exp(e, v, m, total, weighted):
    """Its derivative by a value."""
    return e / total


@register_jitable
def _soft(m, total, weighted, count, sharpness):
    """The mean weighted by exponentials."""
    value = m + weighted / total
    return m if np.isinf(m) else value


@register_jitable
def _slope_of_soft(e, v, m, total, weighted):
    """Its derivative by a value."""
    share = e * (1.0 + (v - m) - weighted / total) / total
    return share if e != 0.0 else 0.0


@dataclass(frozen=True, repr=False)
class LogSumExpPool(WeightedMeans, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"
    sharpness: float = 1.0

    reduce: ClassVar[str] = "logsumexp"
    summary = "smooth maximum, ``log(mean(exp(r * x))) / r``,"
    notes = """Lies between the mean (small `sharpness` r) and the maximum (large r); never overflows. Near r = 0 digits
    are lost: an error of about ``1e-16 / r``. Padding is left out. The gradient takes ``(grad_output, x)``.
    Source: Pinheiro, Collobert 2015, From image-level to pixel-level labeling."""
    weight, product, finish, slope = _exponential, _no_product, _log_sum_exp, _slope_of_log_sum_exp

    def normalize(self) -> None:
        super().normalize()
        check_number(self, "sharpness", "greater than 0 and finite", lambda r: 0 < r < np.inf)

    @property
    def parameter(self) -> float:
        """The kernels' number of the operation's own."""
        return self.sharpness


@dataclass(frozen=True, repr=False)
class SoftPool(WeightedMeans, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "soft"
    summary = "mean weighted by exponentials, ``sum(exp(x) * x) / sum(exp(x))``,"
    notes = """Never overflows. Padding is left out. The gradient takes ``(grad_output, x)``. Source: Stergiou, Poppe,
    Kalliatakis 2021, Refining activation downsampling with SoftPool."""
    weight, product, finish, slope = _exponential, _distance, _soft, _slope_of_soft

    @property
    def parameter(self) -> float:
        """The kernels' number of the operation's own: the sharpness."""
        return 1.0


class LogSumExpPool1d(LogSumExpPool, rank=1): ...


class LogSumExpPool2d(LogSumExpPool, rank=2): ...


class LogSumExpPool3d(LogSumExpPool, rank=3): ...


class SoftPool1d(SoftPool, rank=1): ...


class SoftPool2d(SoftPool, rank=2): ...


class SoftPool3d(SoftPool, rank=3): ...
