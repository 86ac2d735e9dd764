"""Plain functions of one or two numbers, of which operations are made.

float16 is kept as its 16 bits, and computed as float32.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from .compile import jitable
from .intrinsics import float_to_half, half_to_float, larger, smaller

__all__ = [
    "added",
    "added_freely",
    "added_in_double",
    "as_double",
    "as_stored",
    "double",
    "double_to_half",
    "float_to_half",
    "half_as_double",
    "half_as_rank",
    "half_as_single",
    "half_to_double",
    "half_to_float",
    "itself",
    "kept",
    "kept_as_half",
    "larger",
    "narrowed",
    "rank_as_half",
    "smaller",
    "sum_in",
]


@register_jitable
def half_to_double(h):
    """The float64 with the value of these float16 bits, exactly."""
    return np.float64(half_to_float(h))


@register_jitable
def double_to_half(d):
    """The bits of the float16 nearest to a float64, ties to even, by way of float32.

    The float32 is rounded to odd (towards zero, with the last bit set if inexact), which avoids double rounding.
    """
    f = np.float32(d)
    back = np.float64(f)
    bits = np.uint32(np.float32(f).view(np.uint32) - np.uint32(abs(back) > abs(d)))
    return float_to_half(np.uint32(bits | np.uint32(back != d)).view(np.float32))


@register_jitable
def itself(value):
    """The value."""
    return value


@register_jitable
def double(value):
    """The value as float64."""
    return np.float64(value)


@register_jitable
def narrowed(value):
    """The bits of the float16 nearest to a number."""
    return float_to_half(np.float32(value))


@register_jitable
def as_stored(value, parameter):
    """The value as it lies in memory."""
    return value


@register_jitable
def as_double(value, parameter):
    """The value as float64."""
    return np.float64(value)


@register_jitable
def half_as_single(value, parameter):
    """The bits of a float16 as float32."""
    return half_to_float(value)


@register_jitable
def half_as_double(value, parameter):
    """The bits of a float16 as float64."""
    return np.float64(half_to_float(value))


@register_jitable
def half_as_rank(value, nan):
    """These float16 bits as an integer of the same order, or ``nan``."""
    bits = np.int16(value)
    rank = np.int16(bits ^ (np.int16(bits >> 15) & np.int16(0x7FFF)))
    return np.int16(nan) if np.int16(bits & np.int16(0x7FFF)) > np.int16(0x7C00) else rank


@register_jitable
def rank_as_half(rank, divisor, nan):
    """The bits of the float16 of a rank."""
    return np.uint16(np.int16(rank ^ (np.int16(rank >> 15) & np.int16(0x7FFF))))


@register_jitable
def kept(value, divisor, parameter):
    """What was combined is the result."""
    return value


@register_jitable
def kept_as_half(value, divisor, parameter):
    """What was combined is the result, as the bits of a float16."""
    return float_to_half(np.float32(value))


@register_jitable
def added(a, b):
    """The sum of two floating-point numbers."""
    return a + b


@jitable(fastmath={"reassoc", "nsz", "contract"})
def added_freely(a, b):
    """The same, where a run of numbers may be added up in any order."""
    return a + b


@register_jitable
def added_in_double(a, b):
    """The sum in float64."""
    return np.float64(a) + np.float64(b)


@cache
def sum_in(kind: Any) -> Any:
    """Sums of integers in a type that holds them; Numba would widen them to 64 bits."""

    @jitable
    def sum_of_two(a, b):
        return kind(kind(a) + kind(b))  # without Numba's compiler, the sum of two small integers would wrap around

    return sum_of_two
