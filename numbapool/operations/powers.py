"""Powers and roots in kernels, and the gradient of a root of summed powers: that of norms and of generalized means."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import scalar
from ..kernels.elementary import power
from .pairs import for_each

__all__ = ["raised_to", "root_gradient", "root_of"]

# Powers by whole numbers up to this one are products.
_MOST_FACTORS = 8


@cache
def _product(factors: int) -> Any:
    @scalar
    def product(v, p):
        result = v
        for _ in range(factors - 1):
            result = result * v
        return result

    return product


@scalar
def _one(v, p):
    return np.float64(1)


@scalar
def _itself(v, p):
    return v


@scalar
def _square_root(v, p):
    return np.sqrt(v)


@scalar
def _exact(v, p):
    """The power as the C library has it, to the last place of a float64, and slow."""
    return v**p


def raised_to(p: float, exact: bool) -> tuple[str, Any]:
    """Name and function ``(v, p)`` of a power of numbers that are not negative, ``exact`` for those of 64 bits."""
    if p in range(_MOST_FACTORS + 1):
        return str(int(p)), _product(int(p)) if p else _one
    return ("exact", _exact) if exact else ("general", power)


def root_of(p: float, exact: bool) -> Any:
    """The function ``(v, 1 / p)`` that is the root."""
    return {1.0: _itself, 2.0: _square_root}.get(p) or raised_to(0.5, exact)[1]


@cache
def _share(raised: Any) -> Any:
    @scalar
    def share(g, y, exponent, eps):
        value = g / raised(np.float64(y), exponent)
        return value if y != 0 else 0.0

    return share


@cache
def _slope_of_magnitude(raised: Any) -> Any:
    @scalar
    def slope(x, shared, exponent, eps):
        size = abs(np.float64(x))
        value = raised(size, exponent) * shared
        value = -value if x < 0 else value
        return value if size != 0 else 0.0

    return slope


@cache
def _slope_above(raised: Any) -> Any:
    @scalar
    def slope(x, shared, exponent, eps):
        value = raised(np.float64(x), exponent) * shared
        return value if x >= eps else 0.0

    return slope


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
    exact = 8 in (x.dtype.itemsize, grad.dtype.itemsize)
    name, raised = raised_to(p - 1, exact)
    numbers = p - 1, 0.0 if eps is None else eps
    shares = for_each(f"share-{name}", _share(raised), grad, y, numbers, np.float64)
    slope = _slope_of_magnitude(raised) if eps is None else _slope_above(raised)
    kind = "magnitude" if eps is None else "above"
    return for_each(f"slope-{kind}-{name}", slope, x, spread(shares), numbers, grad.dtype)
