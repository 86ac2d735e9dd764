"""How kernels are compiled, kept on disk and run: Numba's options, cache and threads, in one place.

Three decorators, from the inside out:

- `scalar`: a function of a few numbers, such as ``max(m, v)``;
- `vector`: a loop over lines that do not overlap in memory, which LLVM then vectorises without run-time tests;
- `kernel`: a whole pass over a range of work units, called from Python, alone or in pieces on all threads.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.core.caching import Cache, CompileResultCacheImpl, NullCache, _CacheLocator
from numba.core.cgutils import unpack_tuple
from numba.core.compiler import Compiler
from numba.extending import intrinsic
from numpy.typing import NDArray

from . import runtime

__all__ = ["Kernel", "Scratch", "compiled_kernels", "kernel", "scalar", "vector"]

_OUTSIDE: dict[str, Any] = {"error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}
# Kernels own no memory, so they count no references: a slice would otherwise cost two atomic additions, on a counter
# that all threads share (a row of 112 numbers took 156 cycles instead of 40). Their scratch memory is handed to them.
_KERNEL: dict[str, Any] = {**_OUTSIDE, "_nrt": False}
_INSIDE: dict[str, Any] = {**_KERNEL, "no_cpython_wrapper": True}


class _NoAlias(Compiler):
    """Tell LLVM that array arguments do not overlap: twice as fast on lines of 100 elements."""

    def define_pipelines(self) -> Any:
        self.state.flags.noalias = True
        return super().define_pipelines()


def scalar(function: Callable[..., Any]) -> Any:
    """Compile a small function into the kernels that call it."""
    return numba.njit(**_INSIDE)(_told_apart(function))


def vector(function: Callable[..., Any]) -> Any:
    """Compile a loop over lines, none of which overlaps one that it writes, into the kernels that call it."""
    return numba.njit(pipeline_class=_NoAlias, **_INSIDE)(_told_apart(function))


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
        try:
            return super().load_overload(sig, target_context)
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
    """Call the compiled kernel at ``address`` with a tuple of arguments."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        argument_types = signature.args[1].types
        function_type = context.call_conv.get_function_type(types.none, argument_types)
        function = builder.inttoptr(values[0], function_type.as_pointer())
        unpacked = unpack_tuple(builder, values[1])
        context.call_conv.call_function(builder, function, types.none, argument_types, unpacked)
        return context.get_dummy_value()

    return types.void(address, arguments), codegen


run_at: Any = intrinsic(_call_at)


def _in_pieces(address, arguments, scratch, sizes, total, pieces):
    for p in numba.prange(pieces):
        lines = np.empty(sizes[0], scratch[0].dtype)
        extra = np.empty(sizes[1], scratch[1].dtype)
        longs = np.empty(sizes[2], scratch[2].dtype)
        run_at(address, arguments + (lines, extra, longs, total * p // pieces, total * (p + 1) // pieces))


@cache
def _threads() -> Any:
    # One parallel loop serves every kernel of the same argument types: compiling a prange around each
    # kernel would double what a first call costs (0.5 s against 1.1 s).
    dispatcher = numba.njit(parallel=True, **_OUTSIDE)(_in_pieces)
    dispatcher._cache = _cache_for("in_pieces", _in_pieces)
    return dispatcher


_FLOAT32 = np.dtype(np.float32)


@dataclass(frozen=True)
class Scratch:
    """Memory that every piece of work has for itself: lines of results, another dtype's, and int64 numbers."""

    lines: int = 0
    lines_dtype: np.dtype[Any] = _FLOAT32
    extra: int = 0
    extra_dtype: np.dtype[Any] = _FLOAT32
    longs: int = 0

    def new(self) -> tuple[NDArray[Any], ...]:
        """The memory for one piece."""
        return (
            np.empty(self.lines, self.lines_dtype),
            np.empty(self.extra, self.extra_dtype),
            np.empty(self.longs, np.int64),
        )

    @cached_property
    def kinds(self) -> tuple[NDArray[Any], ...]:
        """Empty arrays that stand for the dtypes."""
        return np.empty(0, self.lines_dtype), np.empty(0, self.extra_dtype), np.empty(0, np.int64)


class Kernel:
    """A compiled pass over work units, a function of ``(*arguments, lines, extra, longs, begin, end)``."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.serial = numba.njit(**_KERNEL)(_told_apart(function))
        self.serial._cache = _cache_for(function.__qualname__.rpartition(".")[2], function)
        self._addresses: dict[Any, int] = {}
        _kernels.append(self)

    def run(self, arguments: tuple[Any, ...], scratch: Scratch, total: int, pieces: int) -> None:
        """Work on units ``0 … total``, in that many pieces, on as many threads as Numba has."""
        if pieces <= 1:
            self.serial(*arguments, *scratch.new(), 0, total)
        else:
            sizes = scratch.lines, scratch.extra, scratch.longs
            _threads()(self._address(arguments, scratch), arguments, scratch.kinds, sizes, total, pieces)

    def compile(self, arguments: tuple[Any, ...], scratch: Scratch) -> None:
        """Have the code for arguments of these types ready, for one thread and for many, without running it."""
        address = self._address(arguments, scratch)
        _threads()(address, arguments, scratch.kinds, (0, 0, 0), 0, 0)

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


def kernel(name: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Decorate a pass over work units; ``name`` is what people see of it."""
    return lambda function: Kernel(name, function)


def compiled_kernels() -> list[tuple[str, str]]:
    """Name and argument types of every kernel compiled, or loaded from disk, in this process."""
    return [(k.name, ", ".join(map(str, s))) for k in _kernels for s in k.serial.overloads]
