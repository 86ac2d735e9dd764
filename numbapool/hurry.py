"""Compiling in less time: work of Numba's and LLVM's that a kernel does not need, or that was done before, is left out.

None of it changes what a kernel computes.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import operator
import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

import llvmlite.binding as llvm
from numba.core import types
from numba.core.postproc import PostProcessor, VariableLifetime
from numba.core.transforms import canonicalize_cfg

from .lowering import COMPARISONS, SUMS

__all__ = ["hurry", "leave_out_needless", "leave_scipy_out"]

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

# LLVM's search for cheaper addresses in loops: half of the time that it takes for machine code, and kernels are as fast
# without. LLVM ends the process over an option that it does not know: only versions in which it was tried are told.
_SWITCHABLE = 20 <= llvm.llvm_version_info[0] <= 22

# Operators for which a number written in the source is like any other: they need not be asked for each again.
_INDIFFERENT = {*SUMS, *COMPARISONS, operator.floordiv, operator.mod, operator.getitem, operator.setitem}

# Types of calls of Numba's own functions, by function and types of arguments: every ``a + b`` asks dozens of templates.
_signatures: dict[Any, Any] = {}


def leave_out_needless(pipeline: Any) -> None:
    """No passes for what kernels do not contain."""
    pipeline.passes = [(each, why) for each, why in pipeline.passes if each.__name__ not in _NEEDLESS]


def leave_scipy_out() -> None:
    """Load Numba's array functions, which would load SciPy to see whether it is there: 0.2 s."""
    if "numba.np.arraymath" in sys.modules:
        return
    from numba.np import linalg

    asked, linalg.ensure_blas = linalg.ensure_blas, lambda: None
    try:
        arraymath: Any = importlib.import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = asked
    # As Numba would find it; products of matrices ask again when they are compiled.
    arraymath.ensure_blas = asked
    arraymath._HAVE_BLAS = importlib.util.find_spec("scipy") is not None


def _search_addresses(whether: bool) -> None:
    if _SWITCHABLE:
        llvm.set_option("numbapool", f"-disable-lsr={int(not whether)}")


@contextmanager
def hurry(parts: Container[Any]) -> Iterator[None]:
    """While a kernel is compiled, under Numba's lock: nothing is looked for twice, and the garbage collector rests.

    Of the functions among ``parts``, which own nothing, nobody asks how long variables live, to give them back.
    """
    builtin: Any = types.Function
    ask = builtin.get_call_type
    lifetimes: Any = PostProcessor
    look = lifetimes.run

    def remembered(function: Any, context: Any, args: Any, kws: Any) -> Any:
        if function.typing_key in _INDIFFERENT and isinstance(args[0], (types.Array, types.Number)):
            args = tuple(types.unliteral(a) for a in args)
        key = function, args, tuple(kws.items())
        found = _signatures.get(key)
        if found is None:
            found = _signatures[key] = ask(function, context, args, kws)
        return found

    def look_not(processor: Any, emit_dels: bool = False, extend_lifetimes: bool = False) -> None:
        code = processor.func_ir
        if code.func_id.func not in parts:
            look(processor, emit_dels, extend_lifetimes)
            return
        code.blocks = canonicalize_cfg(code.blocks)
        code.variable_lifetime, code.generator_info = VariableLifetime(code.blocks), None

    # Numba times every call of LLVM's, which a part of a part of a kernel hears of many times over
    lock: Any = getattr(llvm.ffi.lib, "_lock", None)
    told = getattr(lock, "_cblist", None)
    if told is not None:
        lock._cblist = []
    collects = gc.isenabled()
    gc.disable()
    _search_addresses(False)
    builtin.get_call_type = remembered
    lifetimes.run = look_not
    try:
        yield
    finally:
        _search_addresses(True)
        builtin.get_call_type = ask
        lifetimes.run = look
        if told is not None:
            lock._cblist = told
        if not gc.get_freeze_count():
            # What was made is looked through with all the rest, some time; not at once, as the youngest.
            gc.freeze()
            gc.unfreeze()
        if collects:
            gc.enable()
