"""Plain functions of one or two numbers, of which operations are made."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from .compile import jitable
from .half import float_to_half, half_to_float
from .intrinsics import larger, smaller

__all__ = [
    "added",
    "added_freely",
    "added_in_double",
    "as_double",
    "as_stored",
    "double",
    "half_as_double",
    "half_as_single",
    "itself",
    "kept",
    "kept_as_half",
    "larger",
    "narrowed",
    "smaller",
    "sum_in",
]


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
        return kind(a + b)

    return sum_of_two
