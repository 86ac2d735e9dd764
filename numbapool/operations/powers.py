"""Powers and roots as scalars, and the gradient of a root of summed powers: that of norms and of generalized means."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from ..kernels.compile import jitable
from ..kernels.elementary import power
from ..layers import Pool
from .rescaled import any_outside, are_outside, roots_in_range, safe_roots, share_by_windows

__all__ = ["raised_to", "root_gradient", "root_of", "roots_of"]

# Powers by whole numbers up to this one are products.
_MOST_FACTORS = 8


@cache
def _product(factors: int) -> Any:
    @jitable
    def product(v, p):
        result = v
        for _ in range(factors - 1):
            result = result * v
        return result

    return product


@register_jitable
def _one(v, p):
    return np.float64(1)


@register_jitable
def _itself(v, p):
    return v


@register_jitable
def _square_root(v, p):
    return np.sqrt(v)


@register_jitable
def _exact(v, p):
    """The power as the C library has it, to the last place of a float64, and slow."""
    return v**p


def raised_to(p: float, exact: bool) -> Any:
    """A function ``(v, p)`` for powers of nonnegative numbers; ``exact`` is for results of 64 bits."""
    if p in range(_MOST_FACTORS + 1):
        return _product(int(p)) if p else _one
    return _exact if exact else power


def root_of(p: float, exact: bool) -> Any:
    """A function ``(v, 1 / p)`` for the p-th root; 0.5 stands for any exponent that is not an integer."""
    return {1.0: _itself, 2.0: _square_root}.get(p) or raised_to(0.5, exact)


def roots_of(
    layer: Pool, p: float, least: float | None = None, divisors: NDArray[Any] | None = None
) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """A function for a layer's roots of summed powers that recomputes those whose powers overflow or underflow."""
    shared = np.ones(()) if divisors is None else divisors

    def roots(x: NDArray[Any]) -> NDArray[Any]:
        """Roots of summed powers; windows whose powers overflow or underflow float64 are recomputed, scaled."""
        y = layer._by_its_kernel(x)
        wide = y.astype(np.float32) if y.dtype == np.float16 else y
        if not any_outside(wide, *safe_roots(p), zero=least is not None):
            return y
        return roots_in_range(x, y, layer._axes_of(x), p, shared, least)

    return roots


def root_gradient(
    layer: Pool,
    grad: NDArray[Any],
    x: NDArray[Any],
    p: float,
    spread: Callable[[NDArray[Any]], NDArray[Any]],
    divisors: NDArray[Any],
    eps: float | None = None,
) -> NDArray[Any]:
    """Gradient of ``y = sum(abs(x) ** p) ** (1 / p)``; of ``max(x, eps)`` instead of magnitudes, if there is one.

    ``spread`` gives every position the sum of what the windows have that hold it, divided by ``divisors``.
    """
    wide, y = x.astype(np.float64), layer.over_last_axes(x).astype(np.float64)
    unsafe = are_outside(y, *safe_roots(max(abs(p), abs(p - 1))), zero=False)
    with np.errstate(all="ignore"):
        shares = spread(np.where((y != 0) & ~unsafe, grad / y ** (p - 1), 0.0))
        if eps is not None:
            slope = np.where(wide >= eps, wide ** (p - 1) * shares, 0.0)
        else:
            slope = np.where(wide != 0, np.sign(wide) * abs(wide) ** (p - 1) * shares, 0.0)
    if unsafe.any():
        # where nothing else has a share, powers of what is unsafe may be infinite
        slope = np.where(shares == 0, 0.0, slope)
        share_by_windows(slope, grad, x, y, layer._axes_of(x), p, divisors, eps, unsafe)
    return slope.astype(grad.dtype)
