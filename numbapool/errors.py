"""The errors numbapool raises: one root, and beneath it the built-in kinds that callers already catch."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from numba import config
from numba.extending import is_jitted

__all__ = ["PoolingError", "PoolingIndexError", "PoolingTypeError", "PoolingValueError"]


class PoolingError(Exception):
    """Root of every error that numbapool raises on purpose."""


class PoolingValueError(PoolingError, ValueError):
    """An argument has the right type and a value that no pooling can take."""


class PoolingTypeError(PoolingError, TypeError):
    """An argument is of a type or dtype that the operation does not know."""


class PoolingIndexError(PoolingError, IndexError):
    """An index points outside the spatial plane it is meant for."""


def nearest(word: str, words: Sequence[str]) -> str:
    """The end of a message that says which of some words was meant, if one is near."""
    near = get_close_matches(word, words, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


# What other libraries call an order of axes.
_OTHER_WORDS = dict.fromkeys(("NHWC", "NWC", "NDHWC", "HWC", "LAST"), "channels_last") | dict.fromkeys(
    ("NCHW", "NCW", "NCL", "NCDHW", "CHW", "FIRST"), "channels_first"
)


def check_choice(layer: Any, name: str, allowed: Sequence[str]) -> None:
    """Refuse a field of a layer that is none of the words that are allowed."""
    value = getattr(layer, name)
    if not isinstance(value, str) or value not in allowed:
        *others, last = (f'"{word}"' for word in allowed)
        known = _OTHER_WORDS.get(value.upper()) if isinstance(value, str) else None
        hint = f'; write "{known}"' if known in allowed else ""
        raise PoolingValueError(f"{layer._caller}: {name} must be {', '.join(others)} or {last}; got {value!r}{hint}")


def jitted(name: str) -> str:
    """What to write for a function of NumPy's, so that Numba compiles it."""
    return f"numba.njit(lambda window: np.{name}(window))"


def check_jitted(caller: str, name: str, function: Any) -> None:
    """Refuse a function that Numba has not compiled."""
    compiled = is_jitted(function) or (config.DISABLE_JIT and callable(function))  # type: ignore[attr-defined]  # set as Numba is loaded
    if not compiled:
        origin = str(getattr(function, "__module__", None) or "").partition(".")[0]
        called = getattr(function, "__name__", None)
        write = jitted(str(called)) if origin == "numpy" else "numba.njit(function)"
        raise PoolingTypeError(f"{caller}: {name} must be compiled by Numba, as in {write}; got {function!r}")
