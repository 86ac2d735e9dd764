"""Min pooling: the smallest value of each window."""

from __future__ import annotations

from typing import Any

from numba.extending import register_jitable

from ..kernels.scalars import smaller
from .extremes import Extreme, ExtremePool

__all__ = ["MinPool1d", "MinPool2d", "MinPool3d"]


@register_jitable
def _replaces(v, m):
    return v < m or v != v


class Min(Extreme):
    """Smallest value, wherever the windows lie."""

    reduce = "min"
    peer = "PyTorch, of the negative"
    summary = "smallest value"
    padding_counts = "it counts as +inf, or as the highest number of an integer dtype"
    combine = smaller
    better = _replaces

    @staticmethod
    def loses(info: Any) -> Any:
        return float("inf") if info.dtype.kind == "f" else info.max


class MinPool(Min, ExtremePool): ...


class MinPool1d(MinPool, rank=1): ...


class MinPool2d(MinPool, rank=2): ...


class MinPool3d(MinPool, rank=3): ...
