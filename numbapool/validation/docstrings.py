"""Docstrings of layers and functions: what is the same in all, around what each operation says of itself."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, MutableMapping
from functools import cache
from inspect import cleandoc
from typing import Any

from .arguments import describe
from .calls import helpful

__all__ = ["TEMPLATE", "document_function", "document_functions", "document_layer", "function_name", "page"]

_PAGE = """{{Summary}}

    Parameters
    ----------
    {parameters}

    See Also
    --------
    {name_of_function} : The same as a function.

    Notes
    -----
    {{notes}}

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    {{example}}
    """


def page(summary: str, *example: str, notes: str = "{notes}") -> str:
    """A template with places for what `document_layer` fills in; ``summary`` may go on in further paragraphs."""
    text = _PAGE.replace("{{Summary}}", summary).replace("{{notes}}", notes)
    return text.replace("{{example}}", "\n    ".join(example))


TEMPLATE = page(
    "{Summary} of each window, over {axes}.",
    ">>> pool = nbp.{name}({example})",
    ">>> pool(np.ones((1, 3, {eights}), np.float32)).shape",
    "(1, 3, {fours})",
)

_AXES = {1: "one spatial axis", 2: "two spatial axes", 3: "three spatial axes"}
_ARGUMENT = re.compile(r"(?m)^<(\w+)>$")
# A layer's example: it is made and called, in one line or in two.
_EXAMPLE = re.compile(r"(?:pool = )?nbp\.\w+\((.*?)\)(?:\n>>> pool)?\((.*)\)\.shape")
_clean = cache(cleandoc)


@cache
def function_name(layer: str) -> str:
    """Name of the function for a layer: ``max_pool2d`` for ``MaxPool2d``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", layer.replace("RoI", "Roi")).lower()


def document_layer(cls: Any) -> None:
    """Compose the docstring of a layer from its template, or from its own, and from its words; make its errors helpful.

    Templates have ``<argument>`` lines, ``{parameters}`` for all of them, ``{notes}``, and the words below. Entries in
    the layer's ``arguments``, if it has any, go before those of all layers.
    """
    own = (c.__doc__ for c in cls.__mro__ if "Parameters\n" in (c.__doc__ or ""))
    text = _clean(next(own, cls.template))
    text = text.replace("{parameters}", "\n".join(f"<{field.name}>" for field in dataclasses.fields(cls)))
    text = text.replace("{notes}", _clean(cls.notes))
    text = _ARGUMENT.sub(lambda match: describe(match[1], cls.rank, getattr(cls, "arguments", {})), text)
    words = {
        "summary": cls.summary,
        "Summary": cls.summary[:1].upper() + cls.summary[1:],
        "padding_counts": cls.padding_counts,
        "example": cls.example,
        "name": cls.__name__,
        "name_of_function": function_name(cls.__name__),
        "rank": str(cls.rank),
        "axes": _AXES[cls.rank],
        "tens": ", ".join(["10"] * cls.rank),
        "eights": ", ".join(["8"] * cls.rank),
        "fours": ", ".join(["4"] * cls.rank),
    }
    for word, value in words.items():
        text = text.replace("{" + word + "}", value)
    cls.__doc__ = text
    cls.__init__ = helpful(cls.__init__, cls.__name__)


_FUNCTION = """{head}

Parameters
----------
{parameters}

Returns
-------
{returns}

Raises
------
PoolingError
    ``ValueError``, ``TypeError`` or ``IndexError`` that names the argument, what it got and what is allowed.

See Also
--------
{see}

{notes}Examples
--------
>>> import numpy as np
>>> import numbapool as nbp
{example}
"""
_ARRAY = "ndarray\n    The result."
_PAIR = "ndarray or (ndarray, ndarray)\n    The result, and with `return_indices` where each value came from."
_TUPLE = "ndarray or tuple of ndarray\n    The result, and with `as_tuple` one for each of `reduces`."
_GRADIENT = "ndarray\n    Of `input_shape` and the dtype of `grad_output`; the same bits for any number of threads."
_GRADIENT_OUT = "out : ndarray, optional\n    Array for the result."


def document_functions(namespace: MutableMapping[str, Any], layers: Iterable[Any]) -> None:
    """Compose the docstrings of the functions of these layers, gradients included, and make their errors helpful."""
    for layer in layers:
        name = function_name(layer.__name__)
        for each in (name, f"{name}_backward"):
            if each in namespace:
                document_function(namespace[each], layer)
                namespace[each] = helpful(namespace[each])


def document_function(function: Any, layer: Any) -> None:
    """Compose the docstring of a function from that of the layer that it calls, which is documented already."""
    name, code = function.__name__, function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    own = getattr(layer, "arguments", {})
    parameters = [describe(each, layer.rank, own) for each in names]
    head, _, rest = layer.__doc__.partition("\n\nParameters\n----------\n")
    _, _, after = rest.partition("\n\nNotes\n-----\n")
    notes, _, example = after.partition("\n\nExamples\n--------\n")
    if name.endswith("_backward"):
        twin = name.removesuffix("_backward")
        head, notes = (function.__doc__ or "").partition("\n")[0], ""
        returns, parameters[-1] = _GRADIENT, _GRADIENT_OUT
        see = f"{twin} : What this is the gradient of.\n{layer.__name__}.backward : The same as a method of the layer."
        example = _gradient_example(twin, "indices" in names, layer.rank)
    else:
        returns = _PAIR if "return_indices" in names else _TUPLE if "as_tuple" in names else _ARRAY
        see = f"{layer.__name__} : The same as a layer, which also has the gradient."
        example = _EXAMPLE.sub(lambda m: f"nbp.{name}({m[2]}{', ' if m[1] else ''}{m[1]}).shape", example, count=1)
        example = example.partition("import numbapool as nbp\n")[2].rstrip()
    function.__doc__ = _FUNCTION.format(
        head=head,
        parameters="\n".join(parameters),
        returns=returns,
        see=see,
        notes=f"Notes\n-----\n{notes}\n\n" if notes else "",
        example=example,
    )


def _gradient_example(twin: str, by_indices: bool, rank: int) -> str:
    shape, result = (f"(1, 3, {', '.join([size] * rank)})" for size in ("8", "4"))
    if by_indices:
        make = f">>> y, indices = nbp.{twin}(np.ones({shape}, np.float32), 2, return_indices=True)\n"
        return f"{make}>>> nbp.{twin}_backward(np.ones_like(y), indices, {shape}).shape\n{shape}"
    return f">>> nbp.{twin}_backward(np.ones({result}, np.float32), {shape}, 2).shape\n{shape}"
