"""Max pooling: the largest value of each window."""

from __future__ import annotations

from typing import Any

from ..functions import by_rank
from ..jit import scalar
from ..kernels.combine import larger
from .selection import Extreme, SelectsExtreme, extreme_backward, extreme_pool

__all__ = [
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "max_pool1d",
    "max_pool1d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool3d",
    "max_pool3d_backward",
]


@scalar
def _replaces(v, m):
    return v > m or v != v


class Max(SelectsExtreme):
    """Largest value."""

    reduce = "max"
    peer = "PyTorch, ONNX"
    summary = "largest value"
    padding_counts = "it counts as −inf, or as the lowest number of an integer dtype"
    combine = larger
    better = _replaces

    @staticmethod
    def loses(info: Any) -> Any:
        return -float("inf") if info.dtype.kind == "f" else info.min


class MaxPool(Max, Extreme): ...


class MaxPool1d(MaxPool, rank=1): ...


class MaxPool2d(MaxPool, rank=2): ...


class MaxPool3d(MaxPool, rank=3): ...


LAYERS = (MaxPool1d, MaxPool2d, MaxPool3d)

max_pool1d, max_pool2d, max_pool3d = by_rank(extreme_pool, LAYERS)
max_pool1d_backward, max_pool2d_backward, max_pool3d_backward = by_rank(extreme_backward, LAYERS, "_backward")
