"""Calls in functions that Numba compiles: their arguments, and the type of their result.

It is found by the same call with arrays that hold no numbers, which compiles and computes nothing, and raises what is
wrong with the arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from ..errors import PoolingError, PoolingTypeError, PoolingValueError

__all__ = ["WAITS", "Argument", "is_tuple", "result_type", "split", "value_of"]

# Placeholder for a value that is known only at run time.
WAITS: Any = ...
# Array arguments that get samples of the same shape.
_ALIKE = ("x", "grad_output", "indices")
# Integers that are no lengths along an axis.
_NO_LENGTHS = ("rng", "ignore", "divisor_override", "padding_value", "input_shape", "axes", "axis")
# Valid sample values for integers that are known only at run time; 1 for all others.
_RIGHT = {"padding": 0, "min_count": 0, "position": 0}
# Largest length for which a call is checked at compile time; calls with longer ones are checked at run time.
_LONGEST = 250
# Operations of `pool` that take a batch of images instead of an array of any rank.
_OF_BATCHES = ("spatial_pyramid", "roi_align", "roi_max")
_SHAPE = re.compile(r"\bshape \(([\d, ]*)\)")


@dataclass(frozen=True)
class Argument:
    """An argument of a compiled call."""

    label: str  # as it was given
    name: str  # as the function calls it
    kind: Any  # its type for Numba
    by_name: bool
    value: Any  # if the type has but one


def split(given: list[Argument], values: list[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Values as a function is called with them."""
    pairs = list(zip(given, values, strict=True))
    return tuple(v for a, v in pairs if not a.by_name), {a.label: v for a, v in pairs if a.by_name}


def is_tuple(kind: Any) -> bool:
    """Whether a type is that of tuples."""
    return isinstance(kind, types.BaseTuple)


def value_of(kind: Any) -> Any:
    """The value of an argument of this type, if there is but one."""
    if isinstance(kind, types.Literal):
        return kind.literal_value
    if isinstance(kind, types.Omitted):
        return kind.value
    if isinstance(kind, types.NoneType):
        return None
    if isinstance(kind, types.DType):
        return np.dtype(str(kind.dtype))
    if isinstance(kind, types.NumberClass):
        return np.dtype(str(kind.instance_type))
    if isinstance(kind, types.Function):
        return kind.typing_key
    if isinstance(kind, types.Dispatcher):
        return kind.dispatcher
    if is_tuple(kind):
        values = tuple(map(value_of, kind))
        return WAITS if any(v is WAITS for v in values) else values
    return WAITS


def result_type(function: Any, given: list[Argument]) -> Any:
    """Type of the result; raises what the function says to arguments of these types."""
    sample = _Sample(function, given)
    result = sample.result()
    kinds = {a.name: a.kind for a in given}
    if not isinstance(kinds.get("out", types.none), types.NoneType):
        return kinds["out"]
    array: Any = types.Array  # of arguments of any type
    layout = "C" if next(kinds[name].layout for name in _ALIKE if name in kinds) == "C" else "A"

    def kind(y: NDArray[Any]) -> Any:
        if y.dtype == np.float16:
            raise PoolingTypeError(f"{function.__name__}: Numba has no float16 on the CPU; ask for float32")
        return array(numba.from_dtype(y.dtype), y.ndim - sample.extra, layout)

    if isinstance(result, tuple):
        return types.Tuple(tuple(map(kind, result)))  # type: ignore[no-untyped-call]
    return kind(result)


class _SomeFloat(float):
    """A floating-point number that waits for the call, as errors show it."""

    def __repr__(self) -> str:
        return "a float"


class _Sample:
    """The same call with arrays that hold no numbers."""

    def __init__(self, function: Any, given: list[Argument]) -> None:
        self.function, self.given, self.caller = function, given, function.__name__
        self.known = {a.name: a.value for a in given if a.value is not WAITS}
        lengths = [a for a in given if a.name not in _NO_LENGTHS]
        sizes = [abs(n) for a in lengths for n in _whole_numbers(a.value)]
        # Lengths are checked if all are known: one alone, such as a padding, says nothing.
        waiting = any(a.value is WAITS and _has_integers(a.kind) for a in lengths)
        self.exact = not waiting and max(sizes, default=1) <= _LONGEST
        self.extent = 1 + max(sizes, default=1) ** 2 if self.exact else 8  # room for a dilated window
        # `pool` may pool all axes of an array: it is given one more.
        self.extra = int(self.caller == "pool" and self.known.get("reduce") not in _OF_BATCHES)

    def result(self) -> Any:
        """What the call gives, with its axes, its dtypes and no numbers."""
        values = {a.name: self.value(a.kind, a.name) for a in self.given}
        if "random_samples" in values:
            values["random_samples"] = None
        if isinstance(values.get("boxes"), tuple):
            values["boxes"] = np.zeros((0, 5))  # one array for each image of a batch that has none
        if "indices" in values and isinstance(values.get("output_size"), tuple):
            values["output_size"] = None  # of an unpooling: it is for the shape that arrays have then
        if "input_shape" in values:
            self._match_shapes(values)
        if self.extra:
            self._add_axis(values)
        out = values.get("out")
        try:
            result = self._call({**values, "out": None})
            if out is not None:
                self._call({**values, "out": self._outs(out, result)})
        except PoolingError as error:  # shapes are of no meaning
            raise type(error)(_SHAPE.sub(_axes_of_shape, str(error))) from None
        return result

    def _call(self, values: dict[str, Any]) -> Any:
        args, kwargs = split(self.given, [values[a.name] for a in self.given])
        if "axes" in values and not any(a.name == "axes" for a in self.given):
            kwargs["axes"] = values["axes"]
        return self.function(*args, **kwargs)

    def value(self, kind: Any, name: str) -> Any:
        """Sample value for an argument of this type: its own where that is known and checked, else any valid one."""
        if name == "out":
            return None if isinstance(kind, types.NoneType) else kind
        if isinstance(kind, types.Array) and name in (*_ALIKE, "boxes", "random_samples"):
            return self._array(kind, self._shape(kind.ndim) if name in _ALIKE else (0,) * (kind.ndim - 1) + (5,))
        if name in _ALIKE or (name == "boxes" and not is_tuple(kind)):
            raise PoolingTypeError(
                f"{self.caller}: {name} must be an array in a function that Numba compiles; got {kind}"
            )
        value = value_of(kind)
        if value is not WAITS and (self.exact or name in _NO_LENGTHS or not _has_integers(kind)):
            return value
        if name in ("axes", "axis") and _has_integers(kind):
            return tuple(range(len(kind))) if is_tuple(kind) else 0
        if is_tuple(kind):
            return tuple(self.value(each, name) for each in kind)
        if isinstance(kind, types.Optional) and isinstance(kind.type, (types.Number, types.BaseTuple)):
            return self.value(kind.type, name)
        if isinstance(kind, types.Integer):
            return _RIGHT.get(name, 1)
        if isinstance(kind, types.Float):
            return _SomeFloat(0.5)
        if isinstance(kind, types.Complex):
            return 1j
        if isinstance(kind, types.NumPyRandomGeneratorType):
            return np.random.default_rng(0)
        hint = "; use a tuple" if isinstance(kind, (types.List, types.ListType, types.Array)) else ""
        raise PoolingTypeError(f"{self.caller}: {name} cannot be {kind} in a function that Numba compiles{hint}")

    def _shape(self, ndim: int) -> tuple[int, ...]:
        """Shape of an array that has no numbers, and room for the windows."""
        if self.extra:
            return (self.extent,) * ndim + (0,)
        axes = self.known.get("axes") or ()
        pooled = [a % ndim for a in (axes if isinstance(axes, tuple) else (axes,)) if isinstance(a, int) and ndim]
        last = self.known.get("data_format") == "channels_last"
        empty = ndim - 1 if last else next((a for a in range(ndim) if a not in pooled), 0)
        return tuple(0 if a == empty else self.extent for a in range(ndim))

    def _array(self, kind: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        try:
            array = np.zeros(shape, str(kind.dtype))
        except (TypeError, ValueError):  # records and what else has a name in Numba only
            raise PoolingTypeError(f"{self.caller}: arrays must be of numbers; got dtype {kind.dtype}") from None
        array.flags.writeable = kind.mutable
        return array

    def _match_shapes(self, values: dict[str, Any]) -> None:
        """Let the shape of an input, whose gradient is wanted, fit to that of the gradient."""
        given = values["input_shape"]
        if not isinstance(given, tuple) or not all(type(n) is int for n in given):
            return
        shape = values["input_shape"] = self._shape(len(given))
        options = {n: v for n, v in values.items() if n not in ("grad_output", "input_shape", "out")}
        grad = values.get("grad_output")
        if "indices" in values or grad is None or grad.ndim != len(shape):
            return
        try:
            functional = import_module("numbapool.functional")  # which loads this module
            y = getattr(functional, self.caller.removesuffix("_backward"))(np.zeros(shape, np.float32), **options)
        except PoolingError:  # which the call will raise under its own name
            return
        values["grad_output"] = np.zeros(y.shape, grad.dtype)

    def _add_axis(self, values: dict[str, Any]) -> None:
        """Pool the same axes of an array with one axis more."""
        if not {"x", "window"} <= values.keys():
            return
        window, ndim = values["window"], values["x"].ndim - 1
        name = "axis" if "axis" in values and "axes" not in values else "axes"
        axes = values.get(name)
        if axes is None:
            axes = tuple(range(len(window) if isinstance(window, tuple) else ndim))
        axes = axes if isinstance(axes, tuple) else (axes,)
        if ndim and all(type(a) is int and -ndim <= a < ndim for a in axes):
            values[name] = tuple(a % ndim for a in axes)
        else:  # which is refused
            values["x"] = np.zeros((1,) * ndim, values["x"].dtype)

    def _outs(self, kind: Any, result: Any) -> Any:
        """Arrays for the results, as they fit if the given ones can."""
        if is_tuple(kind) and isinstance(result, tuple) and len(kind) == len(result):
            return tuple(map(self._outs, kind, result))
        if is_tuple(kind):
            return tuple(self._array(each, (0,) * each.ndim) for each in kind)
        if not isinstance(kind, types.Array):
            raise PoolingTypeError(f"{self.caller}: out cannot be {kind} in a function that Numba compiles")
        if isinstance(result, tuple):
            return self._array(kind, (0,) * kind.ndim)
        if kind.ndim != result.ndim - self.extra:
            raise PoolingValueError(f"{self.caller}: out must have {result.ndim - self.extra} axes; got {kind.ndim}")
        return self._array(kind, result.shape)


def _axes_of_shape(found: re.Match[str]) -> str:
    return f"{len([n for n in found[1].split(',') if n.strip()])} axes"


def _whole_numbers(value: Any) -> Iterator[int]:
    """The integers in a value, or in a tuple and its tuples."""
    if isinstance(value, tuple):
        for each in value:
            yield from _whole_numbers(each)
    elif type(value) is int:
        yield value


def _has_integers(kind: Any) -> bool:
    """Whether a type is of integers, or of tuples of them."""
    if is_tuple(kind):
        return any(map(_has_integers, kind))
    return isinstance(kind.type if isinstance(kind, types.Optional) else kind, types.Integer)
