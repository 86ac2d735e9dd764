"""The layer that a call stands for: made once, and found again for the same arguments."""

from __future__ import annotations

import dataclasses
from functools import cache, lru_cache
from typing import Any, TypeVar

from .docstrings import function_name
from .errors import PoolingError, PoolingTypeError

__all__ = ["function_layer", "gradient_layer", "layer_for", "layer_with"]

L = TypeVar("L")


def layer_for(layer: type[L], *arguments: Any) -> L:
    """The layer of these arguments; the same one again for the same arguments, of which lists count as tuples."""
    return _found(layer, arguments, layer.__name__)


def function_layer(layer: type[L], *arguments: Any) -> L:
    """As `layer_for`, for the function of a layer, which is what errors name."""
    return _found(layer, arguments, function_name(layer.__name__))


def gradient_layer(layer: type[L], *arguments: Any) -> L:
    """As `layer_for`, for the function of a layer's gradient."""
    return _found(layer, arguments, f"{function_name(layer.__name__)}_backward")


def layer_with(layer: type[L], window: Any, options: dict[str, Any], caller: str | None = None) -> L:
    """The layer for a window and options by name, whose errors name ``caller``; refuses options it does not have."""
    kind: Any = layer  # classes have a hash
    caller = caller or layer.__name__
    defaults, own = _defaults_of(kind)
    allowed = [name for name in defaults if name != own]
    unknown = sorted(options.keys() - set(allowed))
    if unknown:
        raise PoolingTypeError(f"{caller}: unknown option {unknown[0]!r}; allowed are {', '.join(allowed)}")
    values = {**defaults, **options, own: window}
    for name, value in values.items():
        if value is dataclasses.MISSING:
            raise PoolingTypeError(f"{caller}: option {name!r} is missing")
    return _found(layer, tuple(values.values()), caller)


def _found(layer: type[L], arguments: tuple[Any, ...], caller: str) -> L:
    kinds: Any = tuple(map(type, arguments))  # tell 2 from 2.0 and 1 from True, which are equal
    key = arguments
    if list in kinds or tuple in kinds:
        key = tuple(map(_frozen, arguments)) if list in kinds else arguments
        kinds = [kinds]
        for value in key:
            if type(value) is tuple:
                inner = tuple(map(type, value))
                if list in inner:
                    return _found(layer, tuple(map(_frozen, arguments)), caller)
                kinds.append(tuple(map(_kinds, value)) if tuple in inner else inner)
        kinds = tuple(kinds)
    try:
        made: L = _cached(layer, key, caller, kinds)
        return made
    except TypeError as error:
        if isinstance(error, PoolingError) and key is arguments:
            raise
    except PoolingError:
        if key is arguments:
            raise
    # What has no hash, such as an array, is not kept; and an error about a list shows the list.
    return _made(layer, arguments, caller)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if type(value) in (tuple, list) else value


def _kinds(value: Any) -> Any:
    """Type of a value; of a tuple, those of its items."""
    return tuple(map(_kinds, value)) if type(value) is tuple else type(value)


def _made(layer: type[L], arguments: tuple[Any, ...], caller: str, kinds: Any = None) -> L:
    """A new layer; ``kinds`` only tell apart in the cache what is equal."""
    made: Any = layer.__new__(layer)
    object.__setattr__(made, "_caller", caller)  # before it checks its arguments
    made.__init__(*arguments)
    return made  # type: ignore[no-any-return]  # what it was made of


_cached: Any = lru_cache(maxsize=1024)(_made)  # so few, as layers keep their plans


@cache
def _defaults_of(layer: Any) -> tuple[dict[str, Any], str]:
    """Defaults of a layer's fields by name, and which field is the window."""
    fields = {field.name: field.default for field in dataclasses.fields(layer)}
    return fields, next(name for name in ("kernel_size", "output_size", *fields) if name in fields)
