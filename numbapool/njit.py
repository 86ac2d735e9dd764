"""The functions inside functions that Numba compiles: ``numba.njit(lambda x: nbp.max_pool2d(x, 2))``.

A compiled call is one of the Python function, in Numba's object mode.
"""

from __future__ import annotations

import dataclasses
import inspect
import threading
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Any, TypeVar

import numba
import numpy as np
from numba import literally, objmode, types  # type: ignore[attr-defined]  # public, but not listed
from numba.extending import intrinsic, overload

from . import threads
from .errors import PoolingError
from .neighbours.call_types import WAITS, Argument, is_tuple, result_type, split, value_of
from .operations import OPERATIONS

__all__ = ["type_of_package", "usable_in_njit"]

F = TypeVar("F", bound=Callable[..., Any])


def usable_in_njit(function: F) -> F:
    """Let Numba compile calls of a public function, which stays as it is."""

    def compiled(*args: Any, **kwargs: Any) -> Any:
        return _implementation(function, args, kwargs)

    # prefer_literal: strings and flags decide the type of the result. Not strict: ``*args, **kwargs`` differ from the
    # signature of what is returned. Inline: `_in_parallel_loop` then sees a ``prange`` around the call.
    overload(function, prefer_literal=True, strict=False, inline="always")(compiled)
    return function


@cache
def type_of_package(package: Any) -> Any:
    """Type of the package in a function that Numba compiles, with all functions loaded that can be called there."""
    for name in ("functional", "pool"):
        import_module(f".{name}", __package__)
    # Numba looks for new overloads when it begins to compile, which it has before these were loaded.
    numba.njit("void()")(lambda: None)
    return types.Module(package)  # type: ignore[no-untyped-call]


def _implementation(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The function that Numba compiles for a call with arguments of these types.

    Numba identifies it by the types of all its parameters, in order. So it takes every parameter, and a last one,
    ``_``, that is never given: its presence tells that Numba has put the arguments in order.
    """
    labels = _parameters(function)
    if len(args) == len(labels) and isinstance(args[-1], types.Omitted):
        pairs, omitted = zip(labels, args, strict=True), args[-1]
        args, kwargs = (), {n: kind for n, kind in pairs if kind != omitted}
    names = [*labels, *[""] * len(args)]  # the function refuses more than it takes
    given = [Argument(names[i], names[i], kind, False, value_of(kind)) for i, kind in enumerate(args)]
    for name, kind in kwargs.items():
        given.append(Argument(name, "x" if name == "input" else name, kind, True, value_of(kind)))
    signature = ", ".join(f"{label}=None" for label in labels)
    for a in given:
        if isinstance(a.kind, (types.UnicodeType, types.Boolean)) and a.value is WAITS and a.label in labels:
            return _made(signature, f"return _literally({a.label})", _literally=literally)
    kind = result_type(function, given)
    in_order = [each.layout == "C" for each in (kind if is_tuple(kind) else [kind])]
    known_args, known_kwargs = split(given, [a.value for a in given])
    places = tuple(a.label if a.by_name else i for i, a in enumerate(given) if a.value is WAITS)
    waiting = "".join(f", {a.label}" for a in given if a.value is WAITS)
    block = f"with _objmode(result=_kind):\n            result = _call(_in_loop{waiting})\n        return result"
    call = partial(_run, function, known_args, known_kwargs, places, in_order)
    run = numba.njit(_made(f"_in_loop{waiting}", block, _objmode=objmode, _kind=kind, _call=call))
    return _made(signature, f"return _run(_in_loop(){waiting})", _in_loop=_in_parallel_loop, _run=run)


@cache
def _parameters(function: Any) -> tuple[str, ...]:
    """Everything that a function takes, `pool` with the options of all operations, and ``_``."""
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]
    if len(names) < len(parameters):
        fields = (dataclasses.fields(layer) for ranks in OPERATIONS.values() for layer in ranks)
        names += [field.name for each in fields for field in each]
        names += ["axis", "boxes", "indices", "output_size", "padding_mode", "padding_value"]
    return tuple(dict.fromkeys([*names, "input", "_"]))


def _made(parameters: str, body: str, **names: Any) -> Any:
    """A function of any parameters, as Numba has no ``**kwargs``.

    It closes over what it uses, and says that it is of this module: so Numba can keep it in its disk cache.
    """
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(f"def make({', '.join(names)}):\n    def call({parameters}):\n        {body}\n    return call", namespace)
    return namespace["make"](**names)


@intrinsic
def _in_parallel_loop(context: Any) -> Any:
    """Whether this stands in the body of a ``prange``, of which Numba makes a function of its own."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.get_constant(types.boolean, "parfor" in builder.function.name)

    return types.boolean(), generate


def _run(
    function: Any,
    known_args: tuple[Any, ...],
    known_kwargs: dict[str, Any],
    places: tuple[int | str, ...],
    in_order: list[bool],
    in_loop: bool,
    *waiting: Any,
) -> Any:
    """The call that object mode makes, with the values that were not known before, in their places."""
    args, kwargs = [*known_args], {**known_kwargs}
    for place, value in zip(places, waiting, strict=True):
        if isinstance(place, int):
            args[place] = value
        else:
            kwargs[place] = value
    serial = in_loop or threads.is_foreign_thread()
    result = _serially(function, args, kwargs) if serial else function(*args, **kwargs)
    if isinstance(result, tuple):
        return tuple(np.asarray(y, order="C" if c else "K") for y, c in zip(result, in_order, strict=True))
    return np.asarray(result, order="C" if in_order[0] else "K")


def _serially(function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """A call in a ``prange``, whose threads are all at work: it starts none."""
    try:
        with threads.one_thread():
            return function(*args, **kwargs)
    except PoolingError as error:  # Numba may lose what is raised in a loop: so it is said here as well
        told = type(error), type(error)(*error.args), None, threading.current_thread()
        threading.excepthook(threading.ExceptHookArgs(told))
        raise
