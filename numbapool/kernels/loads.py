"""How numbers are taken into a computation, where nothing is done to them."""

from __future__ import annotations

from ..jit import scalar
from .half import half_to_float

__all__ = ["as_is", "itself", "widened"]


@scalar
def itself(value):
    """The value."""
    return value


@scalar
def as_is(value, parameter):
    """The value, whatever the operation's parameter."""
    return value


@scalar
def widened(value, parameter):
    """A float16 as float32."""
    return half_to_float(value)
