"""Soft maxima: the logarithm of summed exponentials, and the mean weighted by exponentials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from ..functions import twins
from ..jit import apart, free_scalar, scalar, vector
from ..kernels.elementary import exp, log
from ..kernels.lanes import EXTRA
from ..kernels.strips import fill
from ..kernels.views import below, nth, part
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


# Exponentials are of distances from the largest value, so that none overflows: a window has the sum of them, and that
# of their products with the distances. A layer has two functions of these, ``slope(e, away, total, weighted)`` of one
# value's exponential and distance, and ``result(m, total, weighted, count, sharpness)``.
@scalar
def _log_sum_exp(m, total, weighted, count, sharpness):
    return m + log(total / count) / sharpness


@scalar
def _share_of_sum(e, away, total, weighted):
    return e / total


@scalar
def _soft(m, total, weighted, count, sharpness):
    return m + weighted / total


@scalar
def _share_and_shift(e, away, total, weighted):
    share = e * (1 + away - weighted / total) / total
    return share if e != 0 else 0.0  # what is infinitely far away


@scalar
def _larger(m, v):
    """The larger of two, or a NaN."""
    return v if v > m or v != v else m


@scalar
def _weighted(e, away):
    product = e * away
    return product if e != 0 else e


@scalar
def _largest(values):
    m = values[0]
    for i in range(1, values.size):
        m = _larger(m, values[i])
    return m


@apart
@free_scalar
def _sums(values, m, sharpness):
    total = weighted = 0.0
    for i in range(values.size):
        away = values[i] - m
        e = exp(sharpness * away)
        total += e
        weighted += _weighted(e, away)
    return total, weighted


@apart
@vector
def _larger_line(target, a, b):
    for i in range(target.size):
        target[i] = _larger(a[i], b[i])


@apart
@vector
def _exponentials(target, values, m, sharpness):
    for i in range(target.size):
        target[i] = exp(sharpness * (values[i] - m[i]))


@apart
@vector
def _add_to_sums(total, weighted, total0, weighted0, e, values, m):
    for i in range(total.size):
        total[i] = total0[i] + e[i]
        weighted[i] = weighted0[i] + _weighted(e[i], values[i] - m[i])


_KEEP, _FORGET = np.bool_(True), np.bool_(False)


@scalar
def _sums_across(lines, exponentials, keep, spare, count, n, sharpness):
    """As `_largest` and `_sums` for ``n`` windows: which of the lines ``spare`` hold the three.

    If it is to ``keep`` them, each of the lines ``exponentials`` has those of its values afterwards.
    """
    at, now = 0, 2
    _larger_line(part(nth(spare, 0), 0, n), nth(lines, 0), nth(lines, 0))
    for k in range(1, count):
        _larger_line(part(nth(spare, 1 - at), 0, n), nth(spare, at), nth(lines, k))
        at = 1 - at
    m = nth(spare, at)
    fill(part(nth(spare, 2), 0, n), 0.0)
    fill(part(nth(spare, 3), 0, n), 0.0)
    for k in range(count):
        values = nth(lines, k)
        e = part(nth(exponentials, k) if keep else nth(spare, 1 - at), 0, n)
        _exponentials(e, values, m, sharpness)
        total, weighted = part(nth(spare, 6 - now), 0, n), nth(spare, 7 - now)
        _add_to_sums(total, weighted, nth(spare, now), nth(spare, now + 1), e, values, m)
        now = 6 - now
    return at, now, now + 1


@cache
def _averages(result: Any) -> tuple[Any, Any]:
    """Functions for one window, and for many side by side."""

    @scalar
    def average(values, places, parameters, number):
        m = _largest(values)
        total, weighted = _sums(values, m, parameters[1])
        return m if np.isinf(m) else result(m, total, weighted, values.size, parameters[1])

    @vector
    def finish(out, m, total, weighted, count, sharpness):
        for i in range(out.size):
            value = result(m[i], total[i], weighted[i], count, sharpness)
            out[i] = m[i] if np.isinf(m[i]) else value

    @scalar
    def average_across(out, lines, draws, parameters):
        count, n = lines.shape[0] - EXTRA, out.size
        spare = below(lines, count)
        m, total, weighted = _sums_across(lines, lines, _FORGET, spare, count, n, parameters[1])
        finish(out, nth(spare, m), nth(spare, total), nth(spare, weighted), count, parameters[1])

    return average, average_across


@cache
def _slopes(slope: Any) -> tuple[Any, Any]:
    """Functions for the weights of one window, and of many side by side."""

    @vector
    def weights_of(weights, values, m, total, weighted, sharpness):
        for i in range(weights.size):
            away = values[i] - m
            weights[i] = slope(exp(sharpness * away), away, total, weighted)

    @scalar
    def weigh(values, parameters, weights):
        m = _largest(values)
        total, weighted = _sums(values, m, parameters[1])
        weights_of(part(weights, 0, values.size), values, m, total, weighted, parameters[1])

    @vector
    def weights_across(weights, values, m, total, weighted):
        for i in range(weights.size):
            weights[i] = slope(weights[i], values[i] - m[i], total[i], weighted[i])

    @scalar
    def weigh_across(weights, lines, spare, count, n, parameters):
        m, total, weighted = _sums_across(lines, weights, _KEEP, spare, count, n, parameters[1])
        for k in range(count):
            line = part(nth(weights, k), 0, n)
            weights_across(line, nth(lines, k), nth(spare, m), nth(spare, total), nth(spare, weighted))

    return weigh, weigh_across


@dataclass(frozen=True, repr=False)
class LogSumExpPool(Mixes, Windowed):
    sharpness: float = 1.0

    reduce: ClassVar[str] = "logsumexp"
    summary = "smooth maximum, ``log(mean(exp(r * x))) / r``,"
    notes = """Lies between the mean (small `sharpness` r) and the maximum (large r); never overflows. Padding is left
    out. The gradient takes ``(grad_output, x)``. Source: Pinheiro, Collobert 2015, From image-level to
    pixel-level labeling."""
    average, average_across = _averages(_log_sum_exp)
    weigh, weigh_across = _slopes(_share_of_sum)

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
    average, average_across = _averages(_soft)
    weigh, weigh_across = _slopes(_share_and_shift)

    def numbers(self) -> tuple[float, ...]:
        return (0.0, 1.0)


class LogSumExpPool1d(LogSumExpPool, rank=1): ...


class LogSumExpPool2d(LogSumExpPool, rank=2): ...


class LogSumExpPool3d(LogSumExpPool, rank=3): ...


class SoftPool1d(SoftPool, rank=1): ...


class SoftPool2d(SoftPool, rank=2): ...


class SoftPool3d(SoftPool, rank=3): ...


log_sum_exp_pool1d, log_sum_exp_pool2d, log_sum_exp_pool3d = twins((LogSumExpPool1d, LogSumExpPool2d, LogSumExpPool3d))
soft_pool1d, soft_pool2d, soft_pool3d = twins((SoftPool1d, SoftPool2d, SoftPool3d))
