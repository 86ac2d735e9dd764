"""Soft maxima: the logarithm of summed exponentials, and the mean weighted by exponentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..functions import twins
from ..jit import scalar
from .windowed import Mixes, Windowed, check_number

__all__ = [
    "LogSumExpPool1d",
    "LogSumExpPool2d",
    "LogSumExpPool3d",
    "SoftPool1d",
    "SoftPool2d",
    "SoftPool3d",
    "log_sum_exp_pool1d",
    "log_sum_exp_pool2d",
    "log_sum_exp_pool3d",
    "soft_pool1d",
    "soft_pool2d",
    "soft_pool3d",
]


@scalar
def _largest(values):
    m = values[0]
    for i in range(1, values.size):
        if values[i] > m or values[i] != values[i]:
            m = values[i]
    return m


# Powers are taken of distances from the largest value, so that none overflows.
@scalar
def _log_sum_exp(values, places, parameters, number):
    r, m = parameters[1], _largest(values)
    if np.isinf(m):
        for i in range(values.size):
            if values[i] != values[i]:
                return values[i]
        return m
    total = 0.0
    for i in range(values.size):
        total += np.exp(r * (values[i] - m))
    return m + np.log(total / values.size) / r


@scalar
def _log_sum_exp_slope(values, parameters, weights):
    r, m = parameters[1], _largest(values)
    total = 0.0
    for i in range(values.size):
        weights[i] = np.exp(r * (values[i] - m))
        total += weights[i]
    for i in range(values.size):
        weights[i] /= total


@scalar
def _soft(values, places, parameters, number):
    m = _largest(values)
    if np.isinf(m):
        for i in range(values.size):
            if values[i] != values[i]:
                return values[i]
        return m
    total = weighted = 0.0
    for i in range(values.size):
        e = np.exp(values[i] - m)
        total += e
        if e != 0:
            weighted += e * (values[i] - m)
    return m + weighted / total


@scalar
def _soft_slope(values, parameters, weights):
    m = _largest(values)
    total = mean = 0.0
    for i in range(values.size):
        weights[i] = np.exp(values[i] - m)
        total += weights[i]
        mean += weights[i] * values[i]
    mean /= total
    for i in range(values.size):
        weights[i] *= (1 + values[i] - mean) / total


@dataclass(frozen=True, repr=False)
class LogSumExpPool(Mixes, Windowed):
    sharpness: float = 1.0

    reduce: ClassVar[str] = "logsumexp"
    summary = "smooth maximum, ``log(mean(exp(r * x))) / r``,"
    notes = """Lies between the mean (small `sharpness` r) and the maximum (large r); never overflows. Padding is left
    out. The gradient takes ``(grad_output, x)``. Source: Pinheiro, Collobert 2015, From image-level to
    pixel-level labeling."""
    average = _log_sum_exp
    weigh = _log_sum_exp_slope

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self, "sharpness", "greater than 0 and finite", lambda r: 0 < r < np.inf)

    def numbers(self) -> tuple[float, ...]:
        return (0.0, self.sharpness)


@dataclass(frozen=True, repr=False)
class SoftPool(Mixes, Windowed):
    reduce: ClassVar[str] = "soft"
    summary = "mean weighted by exponentials, ``sum(exp(x) * x) / sum(exp(x))``,"
    notes = """Never overflows. Padding is left out. The gradient takes ``(grad_output, x)``. Source: Stergiou, Poppe,
    Kalliatakis 2021, Refining activation downsampling with SoftPool."""
    average = _soft
    weigh = _soft_slope


class LogSumExpPool1d(LogSumExpPool, rank=1): ...


class LogSumExpPool2d(LogSumExpPool, rank=2): ...


class LogSumExpPool3d(LogSumExpPool, rank=3): ...


class SoftPool1d(SoftPool, rank=1): ...


class SoftPool2d(SoftPool, rank=2): ...


class SoftPool3d(SoftPool, rank=3): ...


log_sum_exp_pool1d, log_sum_exp_pool2d, log_sum_exp_pool3d = twins((LogSumExpPool1d, LogSumExpPool2d, LogSumExpPool3d))
soft_pool1d, soft_pool2d, soft_pool3d = twins((SoftPool1d, SoftPool2d, SoftPool3d))
