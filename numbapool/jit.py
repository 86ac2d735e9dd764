"""How kernels are compiled, kept on disk and run: Numba's options, cache and threads, in one place.

Three decorators, from the inside out:

- `scalar`: a function of a few numbers, such as ``max(m, v)``;
- `vector`: a loop over lines that do not overlap in memory, which LLVM then vectorises without run-time tests;
- `kernel`: a whole pass over a range of work units, called from Python, alone or in pieces on all threads.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import _dynfunc, get_thread_id  # type: ignore[attr-defined]
from numba.core import types
from numba.core.caching import Cache, CompileResultCacheImpl, NullCache, _CacheLocator
from numba.core.cgutils import unpack_tuple
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.runtime.nrt import rtsys
from numba.core.typed_passes import NativeLowering
from numba.extending import intrinsic
from numpy.typing import NDArray

from . import runtime

__all__ = ["NO_SCRATCH", "Kernel", "Scratch", "compiled_kernels", "kernel", "scalar", "vector"]

_OUTSIDE: dict[str, Any] = {"error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}
# Kernels own no memory, so they count no references: a slice would otherwise cost two atomic additions, on a counter
# that all threads share (a row of 112 numbers took 156 cycles instead of 40). Their scratch memory is handed to them.
_KERNEL: dict[str, Any] = {**_OUTSIDE, "_nrt": False}
_INSIDE: dict[str, Any] = {**_KERNEL, "no_cpython_wrapper": True}


class _PartLibrary(JITCodeLibrary):
    """Code that only becomes part of kernels: it stays LLVM's IR, and is optimized and made machine code with them."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True


class _KernelLibrary(JITCodeLibrary):
    """Code of a kernel: optimized once; Numba's own is optimized before as well, for the sake of reference counts."""

    def _optimize_final_module(self) -> None:
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
        state.targetctx.insert_user_function(entry, state.cr.fndesc, [state.library])
        state.cr = state.cr._replace(cfunc=entry)
        return True


class _Part(Compiler):
    """Compile functions that kernels are made of: half the time, as none becomes machine code twice."""

    noalias = False

    def define_pipelines(self) -> Any:
        self.state.flags.noalias = self.noalias
        self.state.flags.no_compile = True
        self.state.library = _PartLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        (pipeline,) = super().define_pipelines()
        pipeline.add_pass_after(_TellOthers, NativeLowering)
        pipeline.finalize()
        return [pipeline]


class _NoAlias(_Part):
    """Tell LLVM that array arguments do not overlap: twice as fast on lines of 100 elements."""

    noalias = True


class _Whole(Compiler):
    """Compile a kernel from its parts."""

    def define_pipelines(self) -> Any:
        self.state.library = _KernelLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super().define_pipelines()


def scalar(function: Callable[..., Any]) -> Any:
    """Compile a small function into the kernels that call it."""
    return numba.njit(pipeline_class=_Part, **_INSIDE)(_told_apart(function))


def vector(function: Callable[..., Any]) -> Any:
    """Compile a loop over lines, none of which overlaps one that it writes, into the kernels that call it."""
    return numba.njit(pipeline_class=_NoAlias, **_INSIDE)(_told_apart(function))


def inlined(function: Callable[..., Any]) -> Any:
    """As `vector`, for loops of a few numbers, which a call would cost more than they do."""
    return numba.njit(pipeline_class=_NoAlias, forceinline=True, **_INSIDE)(_told_apart(function))


def _told_apart(function: Callable[..., Any]) -> Callable[..., Any]:
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
    return function


@cache
def _source_stamp() -> str:
    """Fingerprint of everything that can end up inside a kernel; Numba itself looks at one file only."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted([Path(__file__), *here.glob("kernels/*.py"), *here.glob("operations/*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class _Locator(_CacheLocator):
    def __init__(self) -> None:
        self._path: str = str(runtime.cache_directory() / _source_stamp())

    def get_cache_path(self) -> str:
        return self._path

    def get_source_stamp(self) -> Any:
        return _source_stamp()

    def get_disambiguator(self) -> str:
        return str(numba.__version__)


class _CacheFiles(CompileResultCacheImpl):
    def __init__(self, name: str) -> None:
        self._locator = _Locator()
        self._lineno = 0
        self._filename_base = self.get_filename_base(name, "")


class _KernelCache(Cache):
    """Numba's cache, found by the kernel's name, so that kernels may close over other jitted functions."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self._impl_class: Any = lambda _: _CacheFiles(name)
        super().__init__(function)

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return sig, codegen.magic_tuple()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        # Not Numba's own, which first loads all that compiling needs: 0.1 s, and with SciPy installed 0.3 s.
        rtsys.initialize(target_context)
        try:
            return self._load_overload(sig, target_context)
        except Exception:  # a spoiled file costs a compilation, never the call
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        # A full or vanished disk costs the next process a compilation; a spoiled index is begun anew.
        with contextlib.suppress(Exception):
            try:
                super().save_overload(sig, data)
            except Exception:
                self.flush()
                super().save_overload(sig, data)


def _cache_for(name: str, function: Callable[..., Any]) -> Any:
    try:
        _Locator().ensure_cache_path()
    except OSError:
        return NullCache()
    return _KernelCache(name, function)


def _call_at(typingctx: Any, address: Any, arguments: Any) -> Any:
    """Call the compiled kernel at ``address`` with a tuple of arguments; whether it raised an error."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        argument_types = signature.args[1].types
        function_type = context.call_conv.get_function_type(types.none, argument_types)
        function = builder.inttoptr(values[0], function_type.as_pointer())
        unpacked = unpack_tuple(builder, values[1])
        status, _ = context.call_conv.call_function(builder, function, types.none, argument_types, unpacked)
        return status.is_error

    return types.boolean(address, arguments), codegen


run_at: Any = intrinsic(_call_at)


def _in_pieces(address, arguments, lines, phases, extra, counters, failed, total):
    pieces = failed.size
    for p in numba.prange(pieces):
        t = get_thread_id()
        scratch = (lines[t], phases[t], extra[t], counters[t])
        failed[p] = run_at(address, arguments + scratch + (total * p // pieces, total * (p + 1) // pieces))


@cache
def _threads() -> Any:
    # One parallel loop serves every kernel of the same argument types: compiling a prange around each
    # kernel would double what a first call costs (0.5 s against 1.1 s).
    dispatcher = numba.njit(parallel=True, **_OUTSIDE)(_in_pieces)
    dispatcher._cache = _cache_for("in_pieces", _in_pieces)
    return dispatcher


_FLOAT32 = np.dtype(np.float32)
_CACHE_LINE = 64
# What one thread of the caller keeps for its calls: one stretch of memory, and how plans divide it.
_kept = threading.local()
_MOST_VIEWS = 512


@dataclass(frozen=True, eq=False)
class Scratch:
    """Memory that every thread has for itself: ``(count, length, dtype)`` of lines of numbers, and int64 counters."""

    lines: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    phases: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    extra: tuple[int, int, np.dtype[Any]] = (1, 1, _FLOAT32)
    counters: int = 1
    counter_lines: int = 1

    def borrow(self, threads: int) -> tuple[NDArray[Any], ...]:
        """The memory for so many threads, until the next call; for a single one, without the axis of threads."""
        views: dict[Any, Any] = _kept.__dict__.get("views") or {}
        known: tuple[NDArray[Any], ...] | None = views.get((self, threads))
        return known if known is not None else self._divide(threads)

    def _divide(self, threads: int) -> tuple[NDArray[Any], ...]:
        specs = (self.lines, self.phases, self.extra, (self.counter_lines, self.counters, np.dtype(np.int64)))
        # an odd number of cache lines between threads and arrays, so that they do not share sets of the cache
        sizes = [
            (count * length * dtype.itemsize // _CACHE_LINE + 1 | 1) * _CACHE_LINE for count, length, dtype in specs
        ]
        memory = _kept.__dict__.get("memory")
        if memory is None or memory.size < threads * sum(sizes) + _CACHE_LINE:
            _kept.memory = memory = np.empty(threads * sum(sizes) + _CACHE_LINE, np.uint8)
            _kept.views = {}
        elif len(_kept.views) >= _MOST_VIEWS:
            _kept.views = {}
        place = -memory.ctypes.data % _CACHE_LINE
        views = []
        for (count, length, dtype), size in zip(specs, sizes, strict=True):
            strides = (size, length * dtype.itemsize, dtype.itemsize)
            views.append(np.ndarray((threads, count, length), dtype, memory, place, strides))
            place += threads * size
        found = tuple(views) if threads > 1 else tuple(v[0] for v in views)
        _kept.views[self, threads] = found
        return found

    @cached_property
    def kinds(self) -> tuple[NDArray[Any], ...]:
        """Arrays that stand for the types."""
        dtypes = self.lines[2], self.phases[2], self.extra[2], np.dtype(np.int64)
        return tuple(np.empty((1, 1), dtype) for dtype in dtypes)


NO_SCRATCH = Scratch()


class Kernel:
    """A compiled pass over work units: a function of ``(*arguments, lines, phases, extra, counters, begin, end)``."""

    def __init__(self, name: str, function: Callable[..., Any], kept: bool = True) -> None:
        self.name = name
        self.serial = numba.njit(pipeline_class=_Whole, **_KERNEL)(_told_apart(function))
        self.serial._cache = _cache_for(function.__qualname__.rpartition(".")[2], function) if kept else NullCache()
        self._addresses: dict[Any, int] = {}
        _kernels.append(self)

    def run(self, arguments: tuple[Any, ...], scratch: Scratch, total: int, pieces: int) -> None:
        """Work on units ``0 … total``, in that many pieces, on as many threads as Numba has."""
        if pieces <= 1:
            self.serial(*arguments, *scratch.borrow(1), 0, total)
        else:
            memory = scratch.borrow(max(numba.get_num_threads(), 2))
            failed = np.zeros(pieces, np.bool_)
            _threads()(self._address(arguments, scratch), arguments, *memory, failed, total)
            if failed.any():  # only functions of the user's own can; once more, for the error itself
                self.serial(*arguments, *scratch.borrow(1), 0, total)

    def compile(self, arguments: tuple[Any, ...], scratch: Scratch) -> None:
        """Have the code for arguments of these types ready, for one thread and for many, without running it."""
        address = self._address(arguments, scratch)
        _threads()(address, arguments, *scratch.borrow(2), np.zeros(0, np.bool_), 0)

    def _address(self, arguments: tuple[Any, ...], scratch: Scratch) -> int:
        given = (*arguments, *scratch.kinds)
        key = tuple(getattr(a, "dtype", None) for a in given)
        if key not in self._addresses:
            signature = (*map(numba.typeof, given), types.int64, types.int64)
            self.serial.compile(signature)
            compiled = self.serial.overloads[signature]
            self._addresses[key] = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
        return self._addresses[key]


_kernels: list[Kernel] = []


def kernel(name: str, *, kept: bool = True) -> Callable[[Callable[..., Any]], Kernel]:
    """Decorate a pass over work units; ``name`` is what people see of it, ``kept`` whether it is kept on disk."""
    return lambda function: Kernel(name, function, kept)


def compiled_kernels() -> list[tuple[str, str]]:
    """Name and argument types of every kernel compiled, or loaded from disk, in this process."""
    return [(k.name, ", ".join(map(str, s))) for k in _kernels for s in k.serial.overloads]
