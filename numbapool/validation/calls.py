"""Calls with wrong arguments: errors name the function that was called, the argument, and what to write instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cache, wraps
from typing import Any, TypeVar

from ..errors import PoolingError, PoolingTypeError

__all__ = ["advice_on", "helpful"]

F = TypeVar("F", bound=Callable[..., Any])

# What other libraries call an argument.
_WINDOW = dict.fromkeys(
    ("kernel_size", "window", "pool_size", "block_size", "window_size", "ksize", "size", "filter_size", "window_shape"),
    ("window", "kernel_size", "output_size"),
)
_ELSEWHERE = _WINDOW | {
    "axis": ("axes",),
    "strides": ("stride",),
    "pad": ("padding",),
    "pads": ("padding",),
    "pad_width": ("padding",),
    "cval": ("padding_value",),
    "dilations": ("dilation",),
    "func": ("reduce", "function"),
    "how": ("reduce",),
    "seed": ("rng",),
    "random_state": ("rng",),
    "channels_last": ("data_format",),
    "op": ("reduce", "function"),
    "method": ("reduce",),
    "input": ("x",),
    "image": ("x",),
    "array": ("x",),
    "a": ("x",),
    "p": ("norm_type",),
    "mode": ("padding", "ceil_mode"),
    "indices": ("return_indices",),
    "shape": ("input_shape", "output_size"),
}


def advice_on(name: str, allowed: Iterable[str]) -> str:
    """What to write in the place of an argument that is not known."""
    names = list(allowed)
    known = [n for n in _ELSEWHERE.get(name, ()) if n in names] or get_close_matches(name, names, 1)
    return f"use {known[0]}=" if known else f"allowed are {', '.join(names)}"


def helpful(function: F, caller: str = "") -> F:
    """Decorator: take ``input=`` for `x`, as PyTorch does, and raise errors that say how to correct the arguments.

    Arguments are inspected only after a call has failed.
    """
    name = caller or function.__name__

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            if isinstance(error, PoolingError) or _fits(function, args, kwargs):
                raise
        named = dict(kwargs)
        if "input" in named and "x" not in named and "x" in _parameters(function):
            named["x"] = named.pop("input")
        if not _fits(function, args, named):
            raise PoolingTypeError(f"{name}: {_what_is_wrong(function, args, named)}")
        return function(*args, **named)

    return call  # type: ignore[return-value]  # of the same signature


@cache
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    """Parameters by name, without what a method is bound to, and without one that takes all other keywords."""
    found = _signature(function).parameters
    return {n: p for n, p in found.items() if n != "self" and p.kind is not p.VAR_KEYWORD}


def _fits(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a function takes these arguments."""
    try:
        _signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _what_is_wrong(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    parameters = _parameters(function)
    args = args[1:] if "self" in _signature(function).parameters else args
    positional = [n for n, p in parameters.items() if p.kind is not p.KEYWORD_ONLY]
    given = positional[: len(args)]
    missing = [n for n, p in parameters.items() if p.default is p.empty and n not in given and n not in kwargs]
    unknown = [n for n in kwargs if n not in parameters]
    takes_more = any(p.kind is p.VAR_KEYWORD for p in _signature(function).parameters.values())
    meant = [n for n in unknown if set(_ELSEWHERE.get(n, ())) & set(missing)]
    if meant or (unknown and not takes_more):
        wrong = (meant or unknown)[0]
        return f"unknown argument {wrong!r}; {advice_on(wrong, missing if meant else parameters)}"
    if len(args) > len(positional):
        return f"takes {len(positional)} arguments without a name, {', '.join(positional)}; got {len(args)}"
    twice = [n for n in given if n in kwargs]
    if twice:
        return f"argument {twice[0]!r} is given twice, at its place and by its name"
    return f"argument {missing[0]!r} is missing"
