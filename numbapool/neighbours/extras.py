"""Packages that only some users need: loaded where they are, and a message that tells how to get them where not."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["required"]


def required(module: str, extra: str) -> Any:
    """A module of another package, or an ImportError that names the extra of numbapool that brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module.partition(".")[0]:
            raise  # it is there, and does not find what it needs
        raise ImportError(
            f"numbapool.{extra} needs the package {module.partition('.')[0]!r}: pip install 'numbapool[{extra}]'"
        ) from error
