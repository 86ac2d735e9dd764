"""What is kept of two values of a window, as kernels that give indices ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Choice"]


@dataclass(frozen=True)
class Choice:
    """A selection, as jitted scalars; ``name`` must tell it from every other."""

    name: str
    load: Callable[..., Any]  # stored value -> value to compare
    better: Callable[..., Any]  # (t, m) -> whether t, later in the window, replaces m
    store: Callable[..., Any]  # the way back
