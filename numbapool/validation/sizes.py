"""Numbers as they are given, in sizes, shapes, padding and flags: checked, and one for each axis."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np

from ..errors import PoolingTypeError, PoolingValueError, nearest

__all__ = [
    "AXIS_NAMES",
    "BORDER_MODES",
    "IntOrTuple",
    "Padding",
    "brief_padding",
    "check_flag",
    "each_axis",
    "is_listed",
    "is_number",
    "is_shape",
    "normalize_padding",
    "normalize_sizes",
    "number_as",
    "whole_number",
    "whole_shape",
]

IntOrTuple = int | Sequence[int]
Padding = int | Sequence[int] | Sequence[tuple[int, int]] | Literal["same", "valid"]
Pairs = tuple[tuple[int, int], ...]

# What windows may hold beyond the borders of an array, in `numbapool.pool`; named as in scipy.ndimage.
BORDER_MODES = ("reflect", "nearest", "mirror", "wrap", "constant")
AXIS_NAMES = {1: ("W",), 2: ("H", "W"), 3: ("D", "H", "W")}
# Sizes beyond this would overflow the int64 arithmetic of positions.
_LARGEST = 2**40


def check_flag(value: Any, name: str, caller: str) -> None:
    """Refuse what is not a bool."""
    if not isinstance(value, (bool, np.bool_)):
        raise PoolingTypeError(f"{caller}: {name} must be True or False; got {value!r}")


def is_number(value: Any, kinds: str = "biuf") -> bool:
    """Whether it is one number, of a dtype of these kinds."""
    try:
        number = np.asarray(value)
    except ValueError:  # lists of several lengths
        return False
    return number.ndim == 0 and number.dtype.kind in kinds


def number_as(value: Any, dtype: np.dtype[Any]) -> Any:
    """A number in a dtype, rounded in one of floats; None where the dtype has no such number."""
    try:
        with np.errstate(all="ignore"):
            number = dtype.type(value)
    except (OverflowError, ValueError):
        return None
    return number if dtype.kind == "f" or number == value else None


def whole_number(value: Any, name: str, caller: str) -> int:
    """``value`` as an int, or an error that names the argument."""
    if isinstance(value, (bool, np.bool_)):
        raise PoolingTypeError(f"{caller}: {name} must be an integer; got {value!r}")
    if isinstance(value, np.ndarray) and value.ndim:
        raise PoolingTypeError(f"{caller}: {name} must be an integer; got an array of shape {value.shape}")
    try:
        return operator.index(value)
    except TypeError:
        raise PoolingTypeError(f"{caller}: {name} must be an integer; got {value!r}") from None


def is_listed(value: Any) -> bool:
    """Whether ``value`` is several, as a list, a tuple or an array of one axis, rather than one."""
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def each_axis(value: Any, rank: int) -> tuple[Any, ...]:
    """A value for each axis, from several or from one for all."""
    return tuple(value) if is_listed(value) else (value,) * rank


def is_shape(shape: Any) -> bool:
    """Whether it is a shape as arrays have it: a tuple of ints."""
    return type(shape) is tuple and all(type(n) is int and n >= 0 for n in shape)


def whole_shape(shape: Any, caller: str) -> tuple[int, ...]:
    """The shape of an input as a tuple of ints, or an error that names the argument."""
    if is_shape(shape):
        return cast("tuple[int, ...]", shape)
    if not is_listed(shape):
        raise PoolingTypeError(f"{caller}: input_shape must be a sequence of integers; got {shape!r}")
    sizes = tuple(whole_number(n, "input_shape", caller) for n in shape)
    if any(n < 0 for n in sizes):
        raise PoolingValueError(f"{caller}: input_shape must not be negative; got {sizes}")
    return sizes


def normalize_sizes(value: Any, rank: int, name: str, caller: str, *, minimum: int = 1) -> tuple[int, ...]:
    """An integer for each axis, from one integer for all or a sequence of ``rank``."""
    if is_listed(value):
        sizes = tuple(whole_number(v, name, caller) for v in value)
        if len(sizes) == 1:
            sizes *= rank
        if len(sizes) != rank:
            raise PoolingValueError(
                f"{caller}: {name} must be one integer or {rank}, one for each axis; got {name}={value!r}"
            )
    else:
        sizes = (whole_number(value, name, caller),) * rank
    for size in sizes:
        if not minimum <= size < _LARGEST:
            raise PoolingValueError(
                f"{caller}: {name} must be at least {minimum} and below 2**40; got {name}={value!r}"
            )
    return sizes


def normalize_padding(value: Any, rank: int, caller: str) -> Pairs | str:
    """``(before, after)`` for each axis, or ``"same"``."""
    if isinstance(value, str):
        if value == "valid":
            return ((0, 0),) * rank
        if value == "same":
            return "same"
        modes = ", ".join(f'"{mode}"' for mode in BORDER_MODES)
        way_out = f", or one of {modes}; got" if caller == "pool" else "; nbp.pool takes border modes as well; got"
        hint = nearest(
            {"symmetric": "reflect"}.get(value, value.lower()),
            ("same", "valid", *(BORDER_MODES if caller == "pool" else ())),
        )
        if caller == "pool" and value in BORDER_MODES:  # which `numbapool.pool` has taken out where it knows them
            way_out, hint = "; border modes are for NumPy arrays alone; got", ""
        raise PoolingValueError(
            f'{caller}: padding must be integers, pairs, "same" or "valid"{way_out} padding={value!r}{hint}'
        )
    if (is_listed(value) or np.ndim(value) == 2) and len(value) and isinstance(value[0], (Sequence, np.ndarray)):
        if len(value) != rank:
            raise PoolingValueError(
                f"{caller}: padding must have one (before, after) pair for each of {rank} axes; got padding={value!r}"
            )
        pairs = []
        for pair in value:
            if not is_listed(pair) or len(pair) != 2:
                raise PoolingValueError(
                    f"{caller}: padding must be pairs (before, after), one for each axis; got padding={value!r}"
                )
            before, after = normalize_sizes(pair, 2, "padding", caller, minimum=0)
            pairs.append((before, after))
        return tuple(pairs)
    return tuple((p, p) for p in normalize_sizes(value, rank, "padding", caller, minimum=0))


def brief_padding(padding: Pairs | str) -> tuple[Any, ...] | str:
    """One number for each axis where all pairs are of equal numbers."""
    if isinstance(padding, str) or any(before != after for before, after in padding):
        return padding
    return tuple(before for before, _ in padding)
