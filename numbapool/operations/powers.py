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

__all__ = ["raised_to", "root_gradient", "root_of"]

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
    """The function ``(v, p)`` for powers of numbers that are not negative, ``exact`` for those of 64 bits."""
    if p in range(_MOST_FACTORS + 1):
        return _product(int(p)) if p else _one
    return _exact if exact else power


def root_of(p: float, exact: bool) -> Any:
    """The function ``(v, 1 / p)`` that is the root."""
    return {1.0: _itself, 2.0: _square_root}.get(p) or raised_to(0.5, exact)


def root_gradient(
    grad: NDArray[Any],
    x: NDArray[Any],
    y: NDArray[Any],
    p: float,
    spread: Callable[[NDArray[Any]], NDArray[Any]],
    eps: float | None = None,
) -> NDArray[Any]:
    """Gradient of ``y = sum(abs(x) ** p) ** (1 / p)``; of ``max(x, eps)`` instead of magnitudes, if there is one.

    ``spread`` gives every position the sum of what the windows have that hold it.
    """
    wide, result = x.astype(np.float64), y.astype(np.float64)
    with np.errstate(all="ignore"):
        shares = spread(np.where(result != 0, grad / result ** (p - 1), 0.0))
        if eps is not None:
            slope = np.where(wide >= eps, wide ** (p - 1) * shares, 0.0)
        else:
            slope = np.where(wide != 0, np.sign(wide) * abs(wide) ** (p - 1) * shares, 0.0)
    return slope.astype(grad.dtype)
