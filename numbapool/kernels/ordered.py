"""Floating-point numbers as whole numbers in the same order, which are compared in one instruction and not in three.

NaN of either sign become those beyond infinity on one side, so that nothing needs to be asked of them. Of float16 its
bits are given and taken; where values are selected, all of its NaN are one number, which is recognized. float64 has no
such order: not all processors compare whole numbers of its size.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import scalar

__all__ = [
    "HIGH",
    "INFINITE",
    "LOW",
    "NOT_A_NUMBER",
    "from_order",
    "nan_in_order",
    "one_in_order",
    "order_of",
    "order_to_half",
    "to_order",
]

HIGH, LOW = 1, -1  # where NaN lies: above +inf, or below -inf
# How far from 0 a float16 lies among whole numbers in the same order; below 0 they are the complements.
INFINITE, NOT_A_NUMBER = 0x7C00, 0x7E00


def _made_of(dtype: np.dtype[Any], nan_side: int) -> tuple[Any, int, int, int]:
    """The whole numbers' type, the place of the sign in them, all other bits, and how far numbers are turned round.

    As far as there are NaN of one sign: those at the other end come to this side.
    """
    whole: Any = np.dtype(f"i{dtype.itemsize}").type
    nans = 2 ** int(np.finfo(dtype).nmant) - 1
    return whole, 8 * dtype.itemsize - 1, int(np.iinfo(whole).max), -nans if nan_side == HIGH else nans


def one_in_order(value: Any, nan_side: int) -> Any:
    """The whole number for one floating-point number, a NumPy scalar."""
    whole, sign, others, turned = _made_of(value.dtype, nan_side)
    bits = int(value.view(whole))
    return np.int64((bits ^ ((bits >> sign) & others)) + turned).astype(whole)


@cache
def order_of(dtype: np.dtype[Any], nan_side: int) -> Any:
    """``ordered(v)``: a whole number for a floating-point one; NaN above all others, or below."""
    whole, sign, others, turned = _made_of(dtype, nan_side)

    @scalar
    def ordered(bits):
        bits = whole(bits)
        return whole((bits ^ ((bits >> sign) & others)) + turned)

    @scalar
    def ordered_single(v):
        return ordered(np.float32(v).view(np.int32))

    return ordered if dtype == np.float16 else ordered_single


@cache
def from_order(dtype: np.dtype[Any], nan_side: int) -> Any:
    """``number(k)``: the floating-point number that `order_of` gave ``k`` for."""
    whole, sign, others, turned = _made_of(dtype, nan_side)

    @scalar
    def number(k):
        bits = whole(k - turned)
        return whole(bits ^ ((bits >> sign) & others))

    @scalar
    def half(k):
        return np.uint16(number(k))

    @scalar
    def single(k):
        return np.int32(number(k)).view(np.float32)

    return half if dtype == np.float16 else single


def nan_in_order(side: int) -> int:
    """The whole number that stands for NaN on this side."""
    return NOT_A_NUMBER if side == HIGH else ~NOT_A_NUMBER


@cache
def to_order(nan_side: int) -> Any:
    """``ordered(h)``: as `order_of` for the bits of a float16, but numbers stay where they are, and all NaN are one."""
    nan = nan_in_order(nan_side)

    @scalar
    def ordered(h):
        bits = np.int16(h)
        size = np.int16(bits & np.int16(0x7FFF))
        return np.int16(nan) if size > np.int16(INFINITE) else np.int16(bits ^ ((bits >> 15) & 0x7FFF))

    return ordered


@scalar
def order_to_half(k):
    """The bits of the float16 that `to_order` gave this number for."""
    return np.uint16(k ^ ((k >> 15) & 0x7FFF))
