"""Max pooling: the largest value of each window."""

from __future__ import annotations

from typing import Any

from numba.extending import register_jitable

from ..kernels.scalars import larger
from .extremes import Extreme, ExtremePool

__all__ = ["MaxPool1d", "MaxPool2d", "MaxPool3d"]


@register_jitable
def _replaces(v, m):
    return v > m or v != v


class Max(Extreme):
    """Largest value, wherever the windows lie."""

    reduce = "max"
    peer = "PyTorch, ONNX"
    summary = "largest value"
    padding_counts = "it counts as −inf, or as the lowest number of an integer dtype"
    combine = larger
    better = _replaces

    @staticmethod
    def loses(info: Any) -> Any:
        return -float("inf") if info.dtype.kind == "f" else info.min


class MaxPool(Max, ExtremePool): ...


class MaxPool1d(MaxPool, rank=1): ...


class MaxPool2d(MaxPool, rank=2): ...


class MaxPool3d(MaxPool, rank=3): ...
