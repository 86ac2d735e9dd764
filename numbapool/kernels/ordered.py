"""float32 as whole numbers in the same order, which are compared in one instruction and not in three.

NaN of either sign become those beyond infinity on one side, so that nothing needs to be asked of them. float16, which
processors cannot compare, has its own (`kernels.half`); not all compare whole numbers of the size of a float64.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar
from .half import HIGH

__all__ = ["from_order", "order_of"]

_BUT_THE_SIGN = 2**31 - 1
_NANS = 2**23 - 1  # of each sign


def _turned(nan_side: int) -> int:
    """How far numbers are turned round, so that the NaN at the other end come to this side."""
    return -_NANS if nan_side == HIGH else _NANS


@cache
def order_of(nan_side: int) -> Any:
    """``ordered(v)``: a whole number for a floating-point one; NaN above all others, or below."""
    turned = _turned(nan_side)

    @scalar
    def ordered(v):
        bits = np.float32(v).view(np.int32)
        return np.int32((bits ^ ((bits >> 31) & _BUT_THE_SIGN)) + turned)

    return ordered


@cache
def from_order(nan_side: int) -> Any:
    """``number(k)``: the floating-point number that `order_of` gave ``k`` for."""
    turned = _turned(nan_side)

    @scalar
    def number(k):
        bits = np.int32(k - turned)
        return np.int32(bits ^ ((bits >> 31) & _BUT_THE_SIGN)).view(np.float32)

    return number
