"""How kernels are compiled: each in a serial and a parallel form, by Numba, which keeps them on disk."""

from __future__ import annotations

import hashlib
import inspect
import secrets
from collections.abc import Callable, Iterable, Set
from dis import get_instructions
from enum import Enum, EnumMeta
from functools import cached_property, lru_cache, partial, wraps
from pathlib import Path
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from .. import threads
from . import intrinsics

__all__ = ["Kernel", "OwnFunction", "fingerprint", "jitable", "kernel", "loop"]

# Packages of whose functions Numba has code of its own, which only a new version changes.
_LIBRARIES = ("numpy", "numba", "llvmlite", "math", "builtins")
# What code over functions that cannot be looked into is told apart by: it is compiled in each process.
_PROCESS = secrets.token_hex(8)


def kernel(make: Callable[..., Callable[..., None]]) -> Callable[..., Kernel]:
    """Decorate a function that makes a kernel from the scalar functions of an operation.

    The made function has a `numba.prange` over ``pieces``, its last argument; results must not depend on their number.
    A ``make`` with an argument ``parallel`` is told which of the two forms it makes.
    """

    @lru_cache(maxsize=512)
    def made(*scalars: Any) -> Kernel:
        return Kernel(make, scalars)

    return wraps(make)(made)


class Kernel:
    """One loop nest for arrays of some dtypes, compiled without threads or with them at the first use of either."""

    def __init__(self, make: Callable[..., Callable[..., None]], scalars: tuple[Any, ...], dtypes: str = "") -> None:
        self.name = make.__name__
        self.dtypes = dtypes
        self._make = make
        self._scalars = scalars
        self._typed: dict[tuple[Any, ...], Kernel] = {}
        self.ready = False  # whether the serial form has run, so that it may be called as it is

    def typed(self, *dtypes: Any) -> Kernel:
        """The kernel for arrays and numbers of these dtypes alone.

        Numba keeps the code for several dtypes of one function in files with running numbers, which two processes can
        mix up. A function for each keeps them apart.
        """
        found = self._typed.get(dtypes)
        if found is None:
            found = self._typed[dtypes] = Kernel(self._make, self._scalars, "_".join(map(str, dtypes)))
        return found

    @cached_property
    def serial(self) -> Any:
        """The kernel on the calling thread."""
        return self._compiled(parallel=False, cache=True)

    @cached_property
    def parallel(self) -> Any:
        """The kernel on Numba's threads."""
        return self._compiled(parallel=True, cache=True)

    def run(self, pieces: int, *arguments: Any) -> None:
        """Run in so many pieces; one piece runs on the calling thread."""
        if pieces > 1:
            with threads.starting():
                self._run(pieces, arguments)
        else:
            self._run(pieces, arguments)
            self.ready = True

    def _run(self, pieces: int, arguments: tuple[Any, ...]) -> None:
        form = "serial" if pieces == 1 else "parallel"
        function = getattr(self, form)
        try:
            function(*arguments, pieces)
        except Exception as error:
            if getattr(function, "signatures", True):
                if not isinstance(error, OSError):  # what it runs has raised
                    raise
                function(*arguments, pieces)  # it was compiled and only could not be kept: a full disk
                return
            # nothing came of the disk cache: a spoiled file, or a module that cannot be imported again
            vars(self)[form] = self._compiled(parallel=pieces > 1, cache=False)
            vars(self)[form](*arguments, pieces)

    def _compiled(self, *, parallel: bool, cache: bool) -> Any:
        told = {"parallel": parallel} if "parallel" in inspect.signature(self._make).parameters else {}
        function = self._make(*self._scalars, **told)
        form = "parallel" if parallel else "serial"
        # Numba tells cached functions of one file apart by this name, and looks for changes in that file only.
        parts = self.name, fingerprint(function), self.dtypes, form
        function.__qualname__ = "_".join(filter(None, parts))
        options: dict[str, Any] = {"parallel": parallel, "nogil": True, "error_model": "numpy"}
        options["fastmath"] = getattr(function, "fastmath", False)
        if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # set as Numba is imported
            return np.errstate(all="ignore")(function)  # compiled code does not warn either
        try:
            return numba.njit(cache=cache, **options)(function)
        except RuntimeError:  # no directory can be written
            return numba.njit(**options)(function)

    def __repr__(self) -> str:
        return f"<kernel {self.name}({', '.join(getattr(s, '__name__', repr(s)) for s in self._scalars)})>"


def jitable(function: Any = None, **options: Any) -> Any:
    """Decorate a function made inside another one, or one with options, as `numba.extending.register_jitable` does.

    Code from the disk cache is linked by symbol names, which Numba makes of a function's qualified name and a counter.
    So closures over different values need different names, or one process links to what another one has compiled.
    """
    if function is None:
        return partial(jitable, **options)
    function.jit_options = options  # for `fingerprint`: Numba keeps them to itself
    function.__qualname__ = f"{function.__qualname__}_{fingerprint(function)}"
    return register_jitable(**options)(function) if options else register_jitable(function)


def loop(function: Any) -> Any:
    """Decorate a loop over runs of arrays, as `jitable`, to be inlined by LLVM where it is called.

    A call with arrays takes 15 ns, as long as a short row, because Numba counts references to them. It removes the
    counting where it can prove it redundant, which fails if a function returns from within a loop, or if branches
    differ in which array they use last. Most loops begin with `intrinsics.unsigned`.
    """
    return jitable(forceinline=True)(function)


class OwnFunction:
    """A user's jitted function as kernels hold it.

    Numba's disk cache identifies kernels by their pickled closures, and a jitted function is pickled differently in
    every process. An instance is pickled as a hash of the function's code instead.
    """

    def __init__(self, function: Any) -> None:
        self.stamp = fingerprint(function)
        self.jitted = _renamed(function, self.stamp, {})
        self.plain = _plain(self.jitted)
        self.__name__ = self.plain.__name__
        given = getattr(function, "targetoptions", {})
        options: Any = {name: given[name] for name in ("boundscheck", "fastmath") if given.get(name)}
        options["error_model"] = given.get("error_model", "python")
        overload(self, jit_options=options, strict=False)(lambda *window: self.plain)

    def __call__(self, window: Any) -> Any:
        return self.plain(window)

    def __reduce__(self) -> Any:
        return str, (self.stamp,)


def _renamed(function: Any, stamp: str, copies: dict[int, Any]) -> Any:
    """A copy of a jitted function, and of those that it calls, under names as `jitable` makes them."""
    if id(function) in copies:
        return copies[id(function)]
    plain = _plain(function)
    cells = tuple(CellType() for _ in plain.__closure__ or ())
    names = {name: plain.__globals__.get(name) for name in ("__builtins__", "__name__")}
    copy = FunctionType(plain.__code__, names, plain.__name__, plain.__defaults__, cells or None)
    copy.__module__, copy.__qualname__ = plain.__module__, f"{plain.__qualname__}_{stamp}"
    left_out = "nopython", "forceobj", "looplift"
    given = getattr(function, "targetoptions", {})
    copies[id(function)] = numba.njit(**{name: value for name, value in given.items() if name not in left_out})(copy)

    def renamed(value: Any) -> Any:
        jitted = isinstance(getattr(value, "py_func", None), FunctionType)
        return _renamed(value, stamp, copies) if jitted else value

    used = [n for code in _codes(plain.__code__) for n in code.co_names if n in plain.__globals__]
    names.update({name: renamed(plain.__globals__[name]) for name in used})  # now, as it may be the function itself
    for cell, held in zip(cells, plain.__closure__ or (), strict=True):
        cell.cell_contents = renamed(held.cell_contents)
    return copies[id(function)]


def _plain(function: Any) -> Any:
    """A jitted function, or one that Numba made a ufunc or callback of, as the plain one that it was made of."""
    if isinstance(function, FunctionType):
        return function
    return getattr(function, "py_func", None) or getattr(function, "__wrapped__", function)


def fingerprint(function: Any) -> str:
    """A hash of what a function is made of: code, options, constants, all functions that it calls, and theirs."""
    parts = _parts(function, {}), _source_of_intrinsics(), numba.__version__
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _source_of_intrinsics() -> str:
    return inspect.getsource(intrinsics)


def _parts(value: Any, seen: dict[int, int], names: Iterable[str] = (), active: Set[int] = frozenset()) -> Any:
    """``seen`` functions are told by their numbers; ``active`` are those that call, one the other, what is looked at.

    ``names`` are those that the last of them uses, of which modules may have some.
    """
    options, value, file = _options_of(value), _plain(value), _file_of(value)
    if isinstance(value, OwnFunction):
        return value.stamp
    if isinstance(value, tuple):
        return getattr(value, "_fields", None), [_parts(part, seen, (), active) for part in value]
    if isinstance(value, ModuleType):
        told = _root(value.__name__) in _LIBRARIES or value is intrinsics  # of which `fingerprint` takes all
        used = [] if told else [name for name in names if hasattr(value, name)]
        others = {name: [n for n in names if n != name] for name in used}
        return value.__name__, [(n, _parts(getattr(value, n), seen, others[n], active)) for n in used]
    if not isinstance(value, FunctionType) or _root(value.__module__) in _LIBRARIES:
        return _constant(value)
    if id(value) in seen:  # code on disk of a function that calls itself refers to code that is not there
        return seen[id(value)], options, _PROCESS if id(value) in active else None
    seen[id(value)] = len(seen)
    codes = _codes(value.__code__)
    names = dict.fromkeys(name for code in codes for name in code.co_names)
    loaded = {i.argval for code in codes for i in get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    used = [name for name in names if name in loaded and name in value.__globals__]
    cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
    held = [*((name, value.__globals__[name]) for name in used), *((name, cell.cell_contents) for name, cell in cells)]
    code = [(c.co_code, [k for k in c.co_consts if not isinstance(k, CodeType)]) for c in codes]
    below = [(name, _parts(part, seen, names, {*active, id(value)})) for name, part in held]
    return list(names), code, options, value.__defaults__, below, file


def _file_of(function: Any) -> str | None:
    """A hash of the file of a plain function of somebody else's, in which `numba.extending.overload` may tell of it."""
    if not isinstance(function, FunctionType) or _root(function.__module__) in (*_LIBRARIES, _root(__name__)):
        return None
    try:
        return hashlib.sha256(Path(function.__code__.co_filename).read_bytes()).hexdigest()
    except OSError:
        return _PROCESS


def _root(module: str | None) -> str:
    """The package that a module belongs to."""
    return (module or "").partition(".")[0]


def _constant(value: Any) -> Any:
    """What tells a value from any other that compiled code would hold in its place."""
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return repr(value.dtype), value.shape, hashlib.sha256(value.tobytes()).hexdigest()
    if isinstance(value, Enum):
        return type(value).__name__, value.name, repr(value.value)
    if isinstance(value, EnumMeta):
        return [_constant(value[name]) for name in value.__members__]
    if isinstance(value, type) and issubclass(value, tuple):
        return value.__name__, getattr(value, "_fields", None)
    if isinstance(value, (int, float, complex, str, bytes, slice, type(None), np.generic, np.dtype, types.Type)):
        return repr(value)
    if isinstance(value, type):
        known = _root(value.__module__) in _LIBRARIES or issubclass(value, BaseException)
    else:
        known = isinstance(value, (FunctionType, BuiltinFunctionType, np.ufunc)) or not callable(value)
    return getattr(value, "__name__", type(value).__name__), None if known else _PROCESS


def _options_of(value: Any) -> list[tuple[str, str]]:
    """Options of a jitted function, or of one made by `jitable`, in one order; sets have none of their own."""
    options = getattr(value, "targetoptions", None) or getattr(value, "jit_options", {})
    return sorted((k, repr(sorted(v) if isinstance(v, (set, frozenset)) else v)) for k, v in options.items())


def _codes(code: CodeType) -> list[CodeType]:
    return [code, *(c for k in code.co_consts if isinstance(k, CodeType) for c in _codes(k))]
