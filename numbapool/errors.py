"""The errors numbapool raises: one root, and beneath it the built-in kinds that callers already catch."""

from __future__ import annotations

__all__ = ["PoolingError", "PoolingIndexError", "PoolingTypeError", "PoolingValueError"]


class PoolingError(Exception):
    """Root of every error that numbapool raises on purpose."""


class PoolingValueError(PoolingError, ValueError):
    """An argument has the right type and a value that no pooling can take."""


class PoolingTypeError(PoolingError, TypeError):
    """An argument is of a type or dtype that the operation does not know."""


class PoolingIndexError(PoolingError, IndexError):
    """An index points outside the spatial plane it is meant for."""
