"""float16 for many windows at once: stored as bits, computed as float32 or float64; see `kernels.lanes`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar, vector
from ..kernels.half import float_to_half, half_to_float
from ..kernels.lanes import Across
from ..kernels.views import lines_as, nth, part

__all__ = ["halved"]

_BITS = np.dtype(np.uint16)


def halved(many: Across, dtype: np.dtype[Any]) -> Across:
    """The same for float16, computed as ``dtype``: the numbers are made wider in lines behind those of the bits."""
    wider = dtype.itemsize // _BITS.itemsize
    extra = many.lines_for(0)
    each = many.lines_for(1) - extra
    number: Any = dtype.type
    function = _with_conversions(many.function, number, wider, extra, each)

    def lines_for(values: int) -> int:
        return values + wider * (many.lines_for(values) + 1)

    return replace(many, name=f"{many.name}-half", function=function, lines_for=lines_for, dtype=_BITS)


@vector
def _widen(target, bits):
    for i in range(target.size):
        target[i] = half_to_float(bits[i])


@vector
def _narrow(bits, source):
    for i in range(bits.size):
        bits[i] = float_to_half(np.float32(source[i]))


@cache
def _with_conversions(across: Any, number: Any, wider: int, extra: int, each: int) -> Any:
    """``across`` between lines of bits; it has ``each`` lines for every value and ``extra`` ones, and one for results.

    Lines of numbers are ``wider`` than those of bits, which they take the room of.
    """

    @scalar
    def across_in_halves(out, lines, draws, parameters):
        count, n = (lines.shape[0] - wider * (extra + 1)) // (1 + wider * each), out.size
        needed = each * count + extra
        numbers = lines_as(lines, count, needed, number)
        results = part(nth(lines_as(lines, count + wider * needed, 1, number), 0), 0, n)
        for k in range(count):
            _widen(part(nth(numbers, k), 0, n), nth(lines, k))
        across(results, numbers, draws, parameters)
        _narrow(out, results)

    return across_in_halves
