"""The same for each pair of numbers of two arrays."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..jit import vector
from ..kernel import Kernel, kernel
from .views import part

__all__ = ["BLOCK", "each_kernel"]

# Numbers of a work unit.
BLOCK = 4096


@cache
def each_kernel(name: str, function: Any) -> Kernel:
    """``kernel(a, b, out, p, q)`` fills in ``function(a, b, p, q)`` for contiguous arrays, `BLOCK` numbers a unit."""

    @vector
    def line(out, a, b, p, q):
        for i in range(out.size):
            out[i] = function(a[i], b[i], p, q)

    @kernel(f"each-{name}")
    def each(a, b, out, p, q, _a, _b, _c, _d, begin, end):
        for unit in range(begin, end):
            at = unit * BLOCK
            size = out.size - at if out.size - at < BLOCK else BLOCK
            line(part(out, at, size), part(a, at, size), part(b, at, size), p, q)

    return each
