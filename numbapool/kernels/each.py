"""The same for each pair of numbers of two arrays."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import as_computed
from ..jit import vector
from ..kernel import Kernel, kernel
from ..runtime import pieces_for
from ..scratch import NO_SCRATCH
from .views import part

__all__ = ["for_each"]

# Numbers of a work unit.
_BLOCK = 4096


@cache
def _each_kernel(name: str, function: Any) -> Kernel:
    @vector
    def line(out, a, b, p, q):
        for i in range(out.size):
            out[i] = function(a[i], b[i], p, q)

    @kernel(f"each-{name}")
    def each(a, b, out, p, q, _a, _b, _c, _d, begin, end):
        for unit in range(begin, end):
            at = unit * _BLOCK
            size = out.size - at if out.size - at < _BLOCK else _BLOCK
            line(part(out, at, size), part(a, at, size), part(b, at, size), p, q)

    return each


def for_each(
    name: str, function: Any, a: NDArray[Any], b: NDArray[Any], parameters: tuple[float, float], dtype: Any
) -> NDArray[Any]:
    """``function(a, b, *parameters)`` for each pair of numbers, as a new array of a floating-point dtype.

    ``function`` is a jitted scalar, and ``name`` must tell it from every other. Numbers come as float32 or float64.
    """
    a, b = as_computed(a), as_computed(b)
    out = np.empty(a.shape, np.float32 if dtype == np.float16 else dtype)
    units = -(-out.size // _BLOCK)
    arguments = a.reshape(-1), b.reshape(-1), out.reshape(-1), *(np.float64(v) for v in parameters)
    _each_kernel(name, function).run(arguments, NO_SCRATCH, units, pieces_for(out.size, units))
    return out.astype(dtype, copy=False)
