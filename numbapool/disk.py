"""Where compiled kernels are kept between processes, and when those on disk are out of date."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import Cache, CompileResultCacheImpl, NullCache, _CacheLocator
from numba.core.runtime.nrt import rtsys

from . import runtime

__all__ = ["cache_for"]


@cache
def _source_stamp() -> str:
    """Fingerprint of everything that can end up inside a kernel; Numba itself looks at one file only."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    made_by = [here / f"{name}.py" for name in ("entry", "hurry", "jit", "lowering")]
    for path in sorted([*made_by, *here.glob("kernels/*.py"), *here.glob("operations/*.py")]):
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


def cache_for(name: str, function: Callable[..., Any]) -> Any:
    """The cache of one kernel; one that keeps nothing where there is no folder to write to."""
    try:
        _Locator().ensure_cache_path()
    except OSError:
        return NullCache()
    return _KernelCache(name, function)
