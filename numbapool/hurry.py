"""Compiling in less time: Numba's work that a kernel does not need, or that was done before, is left out.

None of it changes what is compiled.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import types
from numba.core.registry import cpu_target

__all__ = ["hurry", "leave_out_needless"]

# Passes of Numba's for what kernels do not contain: closures, array expressions, ``with``, loops over tuples.
_NEEDLESS = {
    "WithLifting",
    "InlineClosureLikes",
    "InlineInlinables",
    "InlineOverloads",
    "FindLiterallyCalls",
    "LiteralUnroll",
    "LiteralPropagationSubPipelinePass",
    "MakeFunctionToJitFunction",
    "GenericRewrites",
    "NopythonRewrites",
}

# Types of calls of Numba's own functions, by function and types of arguments: every ``a + b`` asks dozens of templates.
_signatures: dict[Any, Any] = {}


def leave_out_needless(pipeline: Any) -> None:
    """No passes for what kernels do not contain."""
    pipeline.passes = [(each, why) for each, why in pipeline.passes if each.__name__ not in _NEEDLESS]


@contextmanager
def hurry() -> Iterator[None]:
    """While a kernel is compiled, under Numba's lock: nothing is looked for twice, and the garbage collector rests."""
    typing, target = cpu_target.typing_context, cpu_target.target_context
    resolve = typing.resolve_function_type

    def remembered(function: Any, args: Any, kws: Any) -> Any:
        if not isinstance(function, types.Function):
            return resolve(function, args, kws)
        key = function, args, tuple(kws.items())
        found = _signatures.get(key)
        if found is None:
            found = _signatures[key] = resolve(function, args, kws)
        return found

    refresh, known = target.refresh, -1

    def refreshed() -> None:
        nonlocal known
        many = sum(len(registry.functions) for registry in target._registries)
        if many != known:
            refresh()
            known = many

    collects = gc.isenabled()
    gc.disable()
    typing.resolve_function_type = remembered
    target.refresh = refreshed  # Numba would look through its lists for each ``array[CONSTANT]``
    try:
        yield
    finally:
        del typing.resolve_function_type, target.refresh
        if not gc.get_freeze_count():
            # What was made is looked through with all the rest, some time; not at once, as the youngest.
            gc.freeze()
            gc.unfreeze()
        if collects:
            gc.enable()
