"""The layer that a call stands for: made once, and found again for the same arguments."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from functools import cache, lru_cache
from typing import Any, TypeVar

from .errors import PoolingError, PoolingTypeError
from .validation.calls import advice_on
from .validation.docstrings import function_name

__all__ = ["function_layer", "gradient_layer", "layer_for", "layer_with"]

L = TypeVar("L")
_LAYER, _FUNCTION, _GRADIENT = "", "function", "gradient"


def layer_for(layer: type[L], *arguments: Any) -> L:
    """The layer of these arguments; the same one again for the same arguments, of which lists count as tuples."""
    return _found(layer, _LAYER, arguments)


def function_layer(layer: type[L], *arguments: Any) -> L:
    """As `layer_for`, for the function of a layer, which is what errors name."""
    return _found(layer, _FUNCTION, arguments)


def gradient_layer(layer: type[L], *arguments: Any) -> L:
    """As `layer_for`, for the function of a layer's gradient."""
    return _found(layer, _GRADIENT, arguments)


def layer_with(
    layer: type[L], window: Any, options: dict[str, Any], caller: str = _LAYER, hidden: Collection[str] = ()
) -> L:
    """The layer for a window and options by name, whose errors name ``caller``; refuses options it does not have.

    Errors do not offer options that are ``hidden``.
    """
    kind: Any = layer  # classes have a hash
    named = caller or layer.__name__
    defaults, own = _defaults_of(kind)
    allowed = [name for name in defaults if name != own and name not in hidden]
    unknown = sorted(options.keys() - (defaults.keys() - {own}))
    if unknown:
        offered = ["window", "reduce", *allowed] if caller == "pool" else [own, *allowed]
        raise PoolingTypeError(f"{named}: unknown option {unknown[0]!r}; {advice_on(unknown[0], offered)}")
    values = {**defaults, **options, own: window}
    for name, value in values.items():
        if value is dataclasses.MISSING:
            raise PoolingTypeError(f"{named}: option {name!r} is missing")
    return _found(layer, caller, tuple(values.values()))


def _found(layer: type[L], caller: str, arguments: tuple[Any, ...]) -> L:
    try:
        kind: Any = layer  # classes have a hash
        made, nested = _kept(kind, caller, *arguments)
        if nested is None or nested == _kinds(arguments):
            return made  # type: ignore[no-any-return]  # what it was made of
    except TypeError as error:  # what has no hash; and an error of the layer itself, which comes again below
        if not isinstance(error, PoolingError) and any(type(a) is list for a in arguments):
            frozen = tuple(map(_frozen, arguments))
            try:
                return _found(layer, caller, frozen)
            except PoolingError:  # an error about a list shows the list
                pass
    return _made(layer, caller, arguments)


@lru_cache(maxsize=1024, typed=True)  # types tell 2 from 2.0 and 1 from True, which are equal
def _kept(layer: Any, caller: str, *arguments: Any) -> tuple[Any, Any]:
    """A layer, and the types of what it was made of, where tuples are among it."""
    nested = _kinds(arguments) if any(type(a) is tuple for a in arguments) else None
    return _made(layer, caller, arguments), nested


def _made(layer: type[L], caller: str, arguments: tuple[Any, ...]) -> L:
    made: Any = layer.__new__(layer)
    if caller:  # known before the arguments are checked
        name = function_name(layer.__name__)
        names = {_FUNCTION: name, _GRADIENT: f"{name}_backward"}
        object.__setattr__(made, "_called_as", names.get(caller, caller))
    made.__init__(*arguments)
    return made  # type: ignore[no-any-return]  # what it was made of


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if type(value) in (tuple, list) else value


def _kinds(value: Any) -> Any:
    """Type of a value; of a tuple, those of its items."""
    return tuple(map(_kinds, value)) if type(value) is tuple else type(value)


@cache
def _defaults_of(layer: Any) -> tuple[dict[str, Any], str]:
    """Defaults of a layer's fields by name, and which field is the window."""
    fields = {field.name: field.default for field in dataclasses.fields(layer)}
    return fields, next(name for name in ("kernel_size", "output_size", *fields) if name in fields)
