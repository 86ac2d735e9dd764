"""Roots of summed powers that leave the range of float64: the windows concerned are computed anew, scaled.

Such windows are rare. They are gathered with NumPy, and divided by their largest number (their smallest one for
negative powers).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, prod
from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from .. import threads
from ..kernels.compile import jitable, kernel
from ..windows import Axis

__all__ = [
    "any_outside",
    "are_outside",
    "exponent_slopes",
    "may_leave_range",
    "roots_in_range",
    "safe_roots",
    "share_by_windows",
]

# Sums of powers between these are safe: no power that matters has underflowed, and no partial sum has overflowed.
_LOW, _HIGH = 1e-290, 1e290
# Values that are gathered at a time.
_AT_A_TIME = 2**20
# Approximate cost of a check, in nanoseconds per value.
_COST = 0.2


def safe_roots(p: float) -> tuple[float, float]:
    """The smallest and the largest root ``y`` for which the sum ``y ** p`` is safe."""
    with np.errstate(over="ignore"):
        ends = np.float64(_LOW) ** (1 / p), np.float64(_HIGH) ** (1 / p)
    return float(min(ends)), float(max(ends))


def may_leave_range(dtype: np.dtype[Any], p: float, least: float | None = None) -> bool:
    """Whether sums of ``p``-th powers of values of this dtype, none smaller than ``least``, may be unsafe."""
    info: Any = np.finfo(dtype) if dtype.kind == "f" else None
    smallest = float(info.smallest_subnormal) if info else 1.0
    largest = float(info.max) if info else 2.0**64
    low, high = safe_roots(p)
    return max(smallest, least or 0.0) < low or largest * 2.0**32 > high


@kernel
def _outside():
    """Number of values outside of a range, for each piece."""

    @jitable
    def count(y, a, n, low, high, zero):
        a, found = np.uint64(a), 0
        for i in range(np.uint64(n)):
            v = np.float64(y[a + i])
            found += ((v <= low) | (v >= high)) & ((v != 0.0) | zero)
        return found

    def outside(y, found, low, high, zero, pieces):
        for piece in prange(pieces):
            begin, end = y.size * piece // pieces, y.size * (piece + 1) // pieces
            found[piece] = count(y, begin, end - begin, low, high, zero)

    return outside


def any_outside(y: NDArray[Any], low: float, high: float, *, zero: bool) -> bool:
    """Whether any root is unsafe; ``zero`` tells whether 0 counts as unsafe (norms may be exactly 0)."""
    pieces = threads.pieces_for(_COST * y.size, y.size)
    found = np.zeros(pieces, np.int64)
    line = y.ravel(order="K")
    _outside().typed(line.dtype).run(pieces, line, found, low, high, zero)
    return bool(found.any())


def are_outside(y: NDArray[Any], low: float, high: float, *, zero: bool) -> NDArray[np.bool_]:
    """Which roots are unsafe, as `any_outside` has it."""
    outside: NDArray[np.bool_] = ((y <= low) | (y >= high)) & ((y != 0) | zero)
    return outside


def _gathered(
    shape: tuple[int, ...], axes: Sequence[Axis], chosen: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]:
    """Batches of ``chosen`` windows: flat indices of the windows, of their values, and a mask of values that exist."""
    rank = len(axes)
    lead, spatial = shape[: len(shape) - rank], shape[len(shape) - rank :]
    outputs = *lead, *(a.outputs for a in axes)
    most = [int(a.count.max()) for a in axes]
    count = max(_AT_A_TIME // prod(most), 1)
    for begin in range(0, len(chosen), count):
        some = chosen[begin : begin + count]
        where = np.unravel_index(some, outputs)
        plane = np.ravel_multi_index(where[: len(lead)], lead) if lead else np.zeros(len(some), np.int64)
        places, exists = plane[:, None], np.ones((len(some), 1), bool)
        for axis, size, o, n in zip(axes, spatial, where[len(lead) :], most, strict=True):
            j = np.arange(n)
            position = axis.first[o][:, None] + j * axis.step
            there = j < axis.count[o][:, None]
            places = (places[:, :, None] * size + np.where(there, position, 0)[:, None]).reshape(len(some), -1)
            exists = (exists[:, :, None] & there[:, None]).reshape(len(some), -1)
        yield some, places, exists


def _magnitudes(values: NDArray[np.float64], least: float | None) -> NDArray[np.float64]:
    """``abs(values)``; with ``least``, ``max(values, least)``."""
    return abs(values) if least is None else np.where(values < least, least, values)


def roots_in_range(
    x: NDArray[Any], y: NDArray[Any], axes: Sequence[Axis], p: float, divisors: NDArray[Any], least: float | None
) -> NDArray[Any]:
    """A copy of the roots ``y`` of sums of powers of ``x``, over ``divisors``, with the unsafe ones recomputed."""
    with np.errstate(all="ignore"):
        chosen = np.flatnonzero(are_outside(y, *safe_roots(p), zero=least is not None))
        line = np.array(y, order="C").reshape(-1)
        shared = np.broadcast_to(divisors, y.shape).reshape(-1)
        for some, places, exists in _gathered(x.shape, axes, chosen):
            v = _magnitudes(x.reshape(-1)[places].astype(np.float64), least)
            nothing = 0.0 if p > 0 else inf
            v = np.where(exists, v, nothing)
            unit = v.max(1) if p > 0 else v.min(1)
            unit = np.where((unit > 0) & (unit < inf), unit, 1.0)
            total = np.where(exists, (v / unit[:, None]) ** p, 0.0).sum(1) / shared[some]
            line[some] = (total ** (1 / p) * unit).astype(y.dtype)
    return line.reshape(y.shape)


def share_by_windows(
    gx: NDArray[Any],
    grad: NDArray[Any],
    x: NDArray[Any],
    y: NDArray[Any],
    axes: Sequence[Axis],
    p: float,
    divisors: NDArray[Any],
    least: float | None,
    unsafe: NDArray[np.bool_],
) -> None:
    """Add to ``gx`` what the windows of ``unsafe`` roots give to their values."""
    line, roots, grads = gx.reshape(-1), y.reshape(-1), grad.reshape(-1)
    shared = np.broadcast_to(divisors, y.shape).reshape(-1)
    with np.errstate(all="ignore"):
        for some, places, exists in _gathered(x.shape, axes, np.flatnonzero(unsafe)):
            values = x.reshape(-1)[places].astype(np.float64)
            root = roots[some].astype(np.float64)[:, None]
            slope = (_magnitudes(values, least) / root) ** (p - 1) / shared[some][:, None]
            slope = np.where(values >= least, slope, 0.0) if least is not None else np.sign(values) * slope
            kept = exists & (values != 0) if least is None else exists
            share = slope * grads[some].astype(np.float64)[:, None]
            np.add.at(line, places[kept], share[kept])


def exponent_slopes(
    x: NDArray[Any],
    y: NDArray[Any],
    axes: Sequence[Axis],
    p: float,
    divisors: NDArray[Any],
    least: float,
    chosen: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The derivatives by ``p`` of the roots ``y`` that are ``chosen``; 0 for the others."""
    line, roots = np.zeros(y.size), y.reshape(-1)
    shared = np.broadcast_to(divisors, y.shape).reshape(-1)
    for some, places, exists in _gathered(x.shape, axes, np.flatnonzero(chosen)):
        root = roots[some][:, None]
        ratio = _magnitudes(x.reshape(-1)[places].astype(np.float64), least) / root
        share = np.where(exists, ratio**p * np.log(ratio), 0.0).sum(1) / shared[some]
        line[some] = roots[some] * share / p
    return line.reshape(y.shape)
