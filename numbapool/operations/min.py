"""Min pooling: the smallest value of each window."""

from __future__ import annotations

from typing import Any

from ..functions import by_rank
from ..jit import scalar
from ..kernels.combine import smaller
from .selection import Extreme, SelectsExtreme, extreme_backward, extreme_pool

__all__ = [
    "MinPool1d",
    "MinPool2d",
    "MinPool3d",
    "min_pool1d",
    "min_pool1d_backward",
    "min_pool2d",
    "min_pool2d_backward",
    "min_pool3d",
    "min_pool3d_backward",
]


@scalar
def _replaces(v, m):
    return v < m or v != v


class Min(SelectsExtreme):
    """Smallest value."""

    reduce = "min"
    peer = "PyTorch, of the negative"
    summary = "smallest value"
    padding_counts = "it counts as +inf, or as the highest number of an integer dtype"
    combine = smaller
    better = _replaces

    @staticmethod
    def loses(info: Any) -> Any:
        return float("inf") if info.dtype.kind == "f" else info.max


class MinPool(Min, Extreme): ...


class MinPool1d(MinPool, rank=1): ...


class MinPool2d(MinPool, rank=2): ...


class MinPool3d(MinPool, rank=3): ...


LAYERS = (MinPool1d, MinPool2d, MinPool3d)

min_pool1d, min_pool2d, min_pool3d = by_rank(extreme_pool, LAYERS)
min_pool1d_backward, min_pool2d_backward, min_pool3d_backward = by_rank(extreme_backward, LAYERS, "_backward")
