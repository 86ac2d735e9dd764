"""Decorators for what kernels are made of: Numba's options, in one place.

From the inside out:

- `scalar`: a function of a few numbers, such as ``max(m, v)``;
- `vector`: a loop over lines that do not overlap in memory, which LLVM then vectorises without run-time tests;
- `apart`: either of them, called by a kernel rather than written out at each place that calls it;
- `numbapool.kernel.kernel`: a whole pass over a range of work units, called from Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numba
from llvmlite.binding import Linkage
from numba import _dynfunc  # type: ignore[attr-defined]  # compiled, without annotations
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.typed_passes import NativeLowering

from .entry import Enterable
from .hurry import hurry, leave_out_needless, leave_scipy_out
from .lowering import Direct, calling, never_raises

__all__ = ["KERNEL", "Whole", "apart", "free_scalar", "fused_scalar", "scalar", "told_apart", "vector"]

# Kernels own no memory, so they count no references: a slice would otherwise cost two atomic additions, on a counter
# that all threads share (a row of 112 numbers took 156 cycles instead of 40). Their scratch memory is handed to them.
KERNEL: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}
_INSIDE: dict[str, Any] = {**KERNEL, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class _Wide(JITCodeLibrary):
    """Code that is optimized once, with vectors as wide as the processor has them.

    LLVM shuns vectors of 512 bits, at a third of the speed.
    """

    def add_ir_module(self, ir_module: Any) -> None:
        for function in ir_module.functions:
            if not function.is_declaration:
                set.add(function.attributes, '"prefer-vector-width"="512"')  # llvmlite lets no others in
        super().add_ir_module(ir_module)

    def _optimize_functions(self, ll_module: Any) -> None:
        pass  # left to the one pass over the whole kernel


class _PartLibrary(_Wide):
    """Code that only becomes part of kernels: it stays LLVM's IR, and is optimized and made machine code with them."""

    never_raises = False
    apart = False

    def add_ir_module(self, ir_module: Any) -> None:
        self.never_raises = never_raises(ir_module)
        if self.apart:
            for function in ir_module.functions:
                if not function.is_declaration:
                    function.attributes.add("noinline")
        super().add_ir_module(ir_module)

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True


class _KernelLibrary(_Wide):
    """Code of a kernel: optimized once; Numba's own is optimized before as well, for the sake of reference counts."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            # nobody else's: LLVM may put parts in their place whole, and drop what is not needed of their arguments
            if function.linkage == Linkage.linkonce_odr and not function.is_declaration:
                function.linkage = Linkage.internal
        manager, builder = self._codegen._module_pass_manager(slp_vectorize=True)
        manager.run(self._final_module, builder)


@register_pass(mutates_CFG=False, analysis_only=False)
class _TellOthers(LoweringPass):
    """Let other jitted functions call a part, which has no machine code of its own."""

    _name = "numbapool_tell_others"

    def __init__(self) -> None:
        LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        fndesc = state.cr.fndesc
        # what others know it by; nobody calls it from Python
        entry = _dynfunc.make_function(fndesc.lookup_module(), fndesc.qualname, "", 0, state.cr.env, (state.library,))
        if state.library.never_raises:
            code = calling(fndesc, state.library)
            state.targetctx._defns[entry].append(code, code.signature)
        else:
            state.targetctx.insert_user_function(entry, fndesc, [state.library])
        state.cr = state.cr._replace(cfunc=entry)
        return True


class _Part(Compiler):
    """Compile functions that kernels are made of: half the time, as none becomes machine code twice."""

    noalias = False

    def define_pipelines(self) -> Any:
        self.state.flags.noalias = self.noalias
        self.state.flags.no_compile = True
        self.state.library = _PartLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.apart = self.state.func_id.func in _apart
        (pipeline,) = super().define_pipelines()
        leave_out_needless(pipeline)
        _lower_by(pipeline, _LowerPart)
        pipeline.add_pass_after(_TellOthers, _LowerPart)
        pipeline.finalize()
        return [pipeline]


class _NoAlias(_Part):
    """Tell LLVM that array arguments do not overlap: twice as fast on lines of 100 elements."""

    noalias = True


@register_pass(mutates_CFG=False, analysis_only=False)
class _LowerPart(NativeLowering):
    """As Numba does, with fewer instructions."""

    _name = "numbapool_lower_part"
    lowering_class = Direct


@register_pass(mutates_CFG=False, analysis_only=False)
class _LowerKernel(NativeLowering):
    """As Numba does, with what threads call."""

    _name = "numbapool_lower_kernel"
    lowering_class = Enterable


def _lower_by(pipeline: Any, lowering: Any) -> None:
    pipeline.passes = [(lowering if each is NativeLowering else each, why) for each, why in pipeline.passes]


class Whole(Compiler):
    """Compile a kernel from its parts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        leave_scipy_out()
        super().__init__(*args, **kwargs)

    def compile_extra(self, func: Any) -> Any:
        """As Numba does, in less time."""
        with hurry(_known):
            return super().compile_extra(func)

    def define_pipelines(self) -> Any:
        """Numba's, into a library that is optimized once."""
        self.state.library = _KernelLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        (pipeline,) = super().define_pipelines()
        leave_out_needless(pipeline)
        _lower_by(pipeline, _LowerKernel)
        return [pipeline]


def scalar(function: Callable[..., Any]) -> Any:
    """Compile a small function into the kernels that call it."""
    return numba.njit(pipeline_class=_Part, **_INSIDE)(told_apart(function))


def free_scalar(function: Callable[..., Any]) -> Any:
    """As `scalar`, for sums whose order may be changed; NaN, infinities and signs stay what they are."""
    return numba.njit(pipeline_class=_Part, fastmath={"reassoc"}, **_INSIDE)(told_apart(function))


def fused_scalar(function: Callable[..., Any]) -> Any:
    """As `scalar`, for products that may be rounded together with the sums they go into, on processors that can."""
    return numba.njit(pipeline_class=_Part, fastmath={"contract"}, **_INSIDE)(told_apart(function))


def vector(function: Callable[..., Any]) -> Any:
    """Compile a loop over lines, none of which overlaps one that it writes, into the kernels that call it."""
    return numba.njit(pipeline_class=_NoAlias, **_INSIDE)(told_apart(function))


def apart(part: Any) -> Any:
    """Let kernels call a part, rather than have it where it is called: what is rare, or long and called at many places.

    Written out everywhere, it would keep LLVM busy for half of the time that a first call takes.
    """
    _apart.add(part.py_func)
    return part


_apart: set[Callable[..., Any]] = set()
_known: set[Callable[..., Any]] = set()


def told_apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, its name extended by what its closure holds.

    Numba tells closures of one name apart by a running number. Code from the disk cache was numbered in another
    process, and the linker would take the one for the other: wrong results without an error.
    """
    held = []
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        value = cell.cell_contents
        if hasattr(value, "py_func"):
            held.append(f"{name}={value.py_func.__module__}.{value.py_func.__qualname__}")
        elif isinstance(value, (bool, int, float, str, type)):
            held.append(f"{name}={value!r}")
        else:
            raise TypeError(f"{function.__qualname__} holds {name}={value!r}, which has no lasting name")
    if held:
        digest = hashlib.sha256("; ".join(held).encode()).hexdigest()[:12]
        function.__qualname__ = f"{function.__qualname__}_{digest}"
    _known.add(function)
    return function
