"""Functions from layers: the functional twin of each, and the layer that a call stands for."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from .arguments import documented
from .docstrings import function_name
from .errors import PoolingTypeError
from .layers import Pool

__all__ = ["by_rank", "layer_for", "layer_with", "twins"]

P = ParamSpec("P")
R = TypeVar("R")
L = TypeVar("L", bound=Pool)


@lru_cache(maxsize=1024, typed=True)
def _kept_layer(layer: Any, inside: Any, *arguments: Any) -> Any:
    return layer(*arguments)


def layer_for(layer: type[L], *arguments: Any) -> L:
    """The layer that a function call stands for; the same one again for the same arguments."""
    # types tell (2, 2) from (2.0, 2.0), which are equal and not equally welcome
    inside = [tuple(map(type, a)) for a in arguments if type(a) is tuple]
    try:
        return cast("L", _kept_layer(cast("Any", layer), tuple(inside), *arguments))
    except TypeError:  # lists cannot be remembered; and a TypeError of the layer itself comes again from here
        return layer(*arguments)


def layer_with(layer: type[L], window: Any, options: dict[str, Any]) -> L:
    """The layer for a window and further options by name; refuses options that it does not have."""
    fields, own = _fields_of(cast("Any", layer))
    unknown = sorted(name for name in options if name not in fields or name == own)
    if unknown:
        allowed = ", ".join(name for name in fields if name != own)
        raise PoolingTypeError(f"{layer.__name__}: unknown option {unknown[0]!r}; allowed are {allowed}")
    options = {**options, own: window}
    missing = [f.name for f in fields.values() if f.name not in options and f.default is dataclasses.MISSING]
    if missing:
        raise PoolingTypeError(f"{layer.__name__}: option {missing[0]!r} is missing")
    return layer_for(layer, *(options.get(f.name, f.default) for f in fields.values()))


@cache
def _fields_of(layer: type[Pool]) -> tuple[dict[str, dataclasses.Field[Any]], str]:
    """Fields of a layer by name, and which of them is the window."""
    fields = {f.name: f for f in dataclasses.fields(layer)}
    return fields, next(name for name in ("kernel_size", "output_size", *fields) if name in fields)


def by_rank(
    function: Callable[Concatenate[type[L], P], R], layers: Sequence[type[L]], suffix: str = ""
) -> tuple[Callable[P, R], ...]:
    """Public functions for several layers from one whose first argument is the layer."""
    return tuple(_for_layer(function, layer, function_name(layer.__name__) + suffix) for layer in layers)


def _for_layer(function: Callable[Concatenate[type[L], P], R], layer: type[L], name: str) -> Callable[P, R]:
    def pooled(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(layer, *args, **kwargs)

    signature = inspect.signature(function)
    pooled.__name__ = pooled.__qualname__ = name
    pooled.__module__ = layer.__module__
    pooled.__doc__ = documented(layer.rank, function.__doc__, {**layer._words(), "name": name})
    pooled.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]  # read by inspect
    pooled.__annotations__ = {k: v for k, v in function.__annotations__.items() if k != "layer"}
    return pooled


def twins(layers: Sequence[type[Pool]]) -> tuple[Callable[..., Any], ...]:
    """The function of each layer: ``function(x, *what the layer takes, out=None, and what its call takes)``."""
    return tuple(map(_twin, layers))


def _twin(layer: type[Pool]) -> Callable[..., Any]:
    takes = inspect.signature(layer.__init__).parameters.values()
    own = [p for p in takes if p.name != "self"]
    called = [p for p in inspect.signature(layer.__call__).parameters.values() if p.name != "self"]
    later = [p for p in called if p.kind is p.KEYWORD_ONLY and p.name not in {q.name for q in own}]
    first = [p for p in called if p.kind is p.POSITIONAL_OR_KEYWORD]
    call_names = {p.name for p in later}
    count = len(first)

    def pooled(*args: Any, **kwargs: Any) -> Any:
        at_call = {name: kwargs.pop(name) for name in call_names & kwargs.keys()}
        for parameter in first[len(args) :]:
            if parameter.name in kwargs:
                args = (*args, kwargs.pop(parameter.name))
        if len(args) < count:
            raise TypeError(f"{pooled.__name__}() missing argument {first[len(args)].name!r}")
        made = _kept_twin(layer, args[count:], kwargs)
        return made(*args[:count], **at_call)

    pooled.__name__ = pooled.__qualname__ = function_name(layer.__name__)
    pooled.__module__ = layer.__module__
    pooled.__signature__ = inspect.Signature([*first, *own, *later])  # type: ignore[attr-defined]  # read by inspect
    pooled.__doc__ = _twin_doc(layer, first, later)
    return pooled


def _kept_twin(layer: type[Pool], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pool:
    fields = dataclasses.fields(layer)
    names = [f.name for f in fields]
    if len(args) > len(names) or set(kwargs) - set(names) or set(kwargs) & set(names[: len(args)]):
        return layer(*args, **kwargs)  # Python's own error
    given = dict(zip(names, args, strict=False)) | kwargs
    values = [given.get(f.name, f.default) for f in fields]
    if any(value is dataclasses.MISSING for value in values):
        return layer(*args, **kwargs)
    return layer_for(layer, *values)


def _twin_doc(layer: type[Pool], first: Sequence[Any], later: Sequence[Any]) -> str:
    """The layer's documentation, its parameters between those of the call."""
    text = inspect.cleandoc(layer.__doc__ or "")
    head, _, after = text.partition("Parameters\n----------\n")
    own, _, tail = after.partition("\n\n")
    before = documented(layer.rank or 2, "\n".join(f"<{p.name}>" for p in first), {})
    behind = documented(layer.rank or 2, "\n".join(f"<{p.name}>" for p in later), {})
    notes = "".join("\n\n" + part for part in tail.split("\n\n") if part.startswith(("Notes", "References")))
    returns = (
        "Returns\n-------\nndarray\n    The result; with `return_indices` a pair of it and where each value came from."
    )
    raises = (
        "Raises\n------\nPoolingError\n    ``ValueError`` or ``TypeError`` that names the argument, what it got and "
        "what is allowed."
    )
    see = f"See Also\n--------\n{layer.__name__} : The same as a layer, which keeps its compiled kernel at hand."
    parameters = "\n".join(part for part in (before, own, behind) if part)
    return f"{head}Parameters\n----------\n{parameters}\n\n{returns}\n\n{raises}\n\n{see}{notes}\n"
