"""Write numbapool/functional.py: a function for each layer, with its fields and what its call takes as parameters.

Run it after a layer was added or has other fields: ``python docs/generate_functions.py``.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from numbapool.operations import OPERATIONS
from numbapool.validation.docstrings import function_name

TARGET = Path(__file__).parent.parent / "numbapool" / "functional.py"
WIDTH = 120

HEAD = '''"""The functions: one for each layer, with the names, order and defaults of ``torch.nn.functional``.

Written by docs/generate_functions.py from the layers; change it there.
"""
# mypy: disable-error-code="no-any-return"
# fmt: off
# ruff: noqa: I001, RUF022 (lines are filled, so that a function is seen as a whole)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike, DTypeLike, NDArray

from .layer_cache import function_layer, gradient_layer
from .njit import usable_in_njit
'''

# Where functions differ from their layers: order of the parameters, and which of them are given by keyword only.
_TORCH_MAX = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_TORCH_MEAN = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_TORCH_UNPOOL = ("kernel_size", "stride", "padding", "output_size")
POSITIONAL = {"MaxPool": _TORCH_MAX, "MinPool": _TORCH_MAX, "AvgPool": _TORCH_MEAN, "MaxUnpool": _TORCH_UNPOOL}

# Where functions say more of their arguments than layers do.
ANNOTATIONS = {
    "boxes": "ArrayLike",
    "mode": 'Literal["mean", "max"]',
    "position": "Position",
    "reduce": 'Literal["max", "min", "mean"]',
    "rng": "Rng",
}

# Gradients that are functions as well: what they are called with, and the fields of the layer that do not matter.
_BY_INDICES = ("indices: ArrayLike", "input_shape: Sequence[int]")
_BY_WINDOW = ("input_shape: Sequence[int]",)
_NO_WINDOW = {"kernel_size": "1", "stride": "None", "padding": "0", "dilation": "1"} | dict.fromkeys(
    ("return_indices", "ceil_mode"), "False"
)
_ANY_NAN, _ANY_DTYPE = {"nan_policy": '"propagate"'}, {"dtype": "None"}
GRADIENTS = {
    "MaxPool": ("each gradient is added where its value came from.", _BY_INDICES, _NO_WINDOW | _ANY_NAN),
    "MinPool": ("each gradient is added where its value came from.", _BY_INDICES, _NO_WINDOW | _ANY_NAN),
    "AvgPool": ("each gradient is shared out over its window.", _BY_WINDOW, _ANY_DTYPE | _ANY_NAN),
}


def layers() -> Iterator[type[Any]]:
    """Every layer that has a function, operation by operation."""
    yield from dict.fromkeys(layer for name, ranks in OPERATIONS.items() if name != "own" for layer in ranks)


def family(layer: type[Any]) -> str:
    """Name of a layer without its number of axes."""
    return layer.__name__.removesuffix(f"{layer.rank}d")


def literal(value: Any) -> str:
    """A default as it stands in code."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def parameter(name: str, annotation: str, default: Any = dataclasses.MISSING) -> str:
    """One parameter as it stands in a signature."""
    given = "" if default in (dataclasses.MISSING, inspect.Parameter.empty) else f" = {literal(default)}"
    return f"{name}: {ANNOTATIONS.get(name, annotation)}{given}"


def filled(items: Sequence[str], before: str, after: str, indent: str = "") -> str:
    """Items between commas, in one line with what stands around them or else in full lines of their own."""
    line = f"{indent}{before}{', '.join(items)}{after}"
    if len(line) <= WIDTH:
        return line
    inner = indent + "    "
    lines = [inner]
    for item in items:
        if len(lines[-1]) + len(item) + 2 > WIDTH:
            lines.append(inner)
        lines[-1] += f"{item}," if lines[-1] == inner else f" {item},"
    return "\n".join([indent + before, *lines, indent + after])


def called(helper: str, arguments: Sequence[str], before: str, after: str) -> str:
    """The body of a function: a layer is found and goes between ``before`` and ``after``."""
    found = f"{helper}({', '.join(arguments)})"
    if len(f"    return {before}{found}{after}") > WIDTH >= len(f"    layer = {found}"):
        return f"    layer = {found}\n    return {before}layer{after}"
    return filled(arguments, f"return {before}{helper}(", f"){after}", "    ")


def definition(name: str, parameters: Sequence[str], returns: str, summary: str, body: str) -> str:
    """One function."""
    return f'{filled(parameters, f"def {name}(", f") -> {returns}:")}\n    """{summary}"""\n{body}\n'


def forward(layer: type[Any]) -> str:
    """The function of a layer."""
    fields = {f.name: f for f in dataclasses.fields(layer)}
    takes = list(inspect.signature(layer.__call__).parameters.values())[1:]
    first = [p for p in takes if p.kind is not p.KEYWORD_ONLY]
    later = [p for p in takes if p.kind is p.KEYWORD_ONLY]
    many = bool({"return_indices", "as_tuple"} & fields.keys())
    signed = {f.name: parameter(f.name, f.type, f.default) for f in fields.values()}
    positional = POSITIONAL.get(family(layer), tuple(fields))
    for p in later:
        if p.name not in fields:
            annotation = "NDArray[Any] | None" if p.name == "out" and not many else p.annotation
            signed[p.name] = parameter(p.name, annotation, p.default)
    keyword = [signed[name] for name in signed if name not in positional]
    parameters = [*(parameter(p.name, p.annotation) for p in first), *(signed[n] for n in positional), "*", *keyword]
    # what may be given with the call goes there, so that the layer is the same for all of it
    at_call = {p.name for p in later}
    made = [literal(fields[name].default) if name in at_call else name for name in fields]
    call = ", ".join([*(p.name for p in first), *(f"{p.name}={p.name}" for p in later)])
    body = called("function_layer", [layer.__name__, *made], "", f"({call})")
    summary = (layer.__doc__ or "").partition("\n")[0]
    return definition(function_name(layer.__name__), parameters, "Any" if many else "NDArray[Any]", summary, body)


def backward(layer: type[Any]) -> str:
    """The function of a layer's gradient."""
    text, given, fixed = GRADIENTS[family(layer)]
    fields = {f.name: f for f in dataclasses.fields(layer)}
    positional = [name for name in POSITIONAL[family(layer)] if name not in fixed]
    order = [*positional, "*", *(name for name in fields if name not in fixed and name not in positional)]
    signed = [name if name == "*" else parameter(name, fields[name].type, fields[name].default) for name in order]
    made = [fixed.get(name, name) for name in fields]
    names = ", ".join(g.partition(":")[0] for g in given)
    if "indices" in names:
        around = "scatter_gradient(", f", grad_output, {names}, out)"
    else:
        around = "", f".backward(grad_output, {names}, out=out)"
    body = called("gradient_layer", [layer.__name__, *made], *around)
    parameters = ["grad_output: ArrayLike", *given, *signed, "out: NDArray[Any] | None = None"]
    name = function_name(layer.__name__)
    return definition(f"{name}_backward", parameters, "NDArray[Any]", f"Gradient of `{name}`: {text}", body)


def source() -> str:
    """The text of numbapool/functional.py."""
    found = list(layers())
    pages: dict[str, list[str]] = {}
    for layer in found:
        pages.setdefault(layer.__module__.removeprefix("numbapool"), []).append(layer.__name__)
    imports = []
    for page, names in sorted(pages.items()):
        line = f"from {page} import {', '.join(sorted(names))}"
        imports.append(line if len(line) <= WIDTH else filled(sorted(names), f"from {page} import (", ")"))
    arguments = "DataFormat, IntOrTuple, NanPolicy, OutputSize, Padding, Position, Rng"
    imports += [
        "from .operations.selecting import scatter_gradient",
        f"from .validation.arguments import {arguments}",
        "from .validation.docstrings import document_functions",
    ]
    imports.sort()
    public, definitions = [], []
    for kind, same in groupby(found, family):
        ranks = list(same)
        names = [function_name(layer.__name__) for layer in ranks]
        definitions += map(forward, ranks)
        if kind in GRADIENTS:
            names += [f"{name}_backward" for name in names]
            definitions += map(backward, ranks)
        public.append(", ".join(map(literal, names)))
    exports = "\n".join(f"    {line}," for line in public)
    documents = filled([layer.__name__ for layer in found], "document_functions(globals(), (", "))")
    compiled = "for _name in __all__:\n    usable_in_njit(globals()[_name])\n"
    ends = [*definitions, f"{documents}\n\n{compiled}"]
    return "\n\n".join([HEAD + "\n".join(imports), f"__all__ = [\n{exports}\n]\n", *ends])


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")
    sys.stdout.write(f"{TARGET}: {len(source().splitlines())} lines\n")
