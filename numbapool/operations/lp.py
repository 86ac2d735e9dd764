"""Lp pooling: the p-norm of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..functions import twins
from ..jit import scalar
from ..kernels.combine import added, larger
from ..kernels.half import float_to_half, half_to_float
from ..kernels.lines import Fold
from ..kernels.loads import itself
from ..layers import DataFormat
from ..window_pool import WindowPool
from ..windows import Axis, IntOrTuple, Padding
from ..work import Folding
from .keeping import scatter_gradient
from .max import MaxPool1d, MaxPool2d, MaxPool3d
from .spreading import spread_gradient
from .windowed import NeedsInput, averaged_dtype, check_number

__all__ = [
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
]

_ABS, _SQUARE, _POWER, _LARGEST = "abs", "square", "power", "largest"


@scalar
def _to_half(value):
    return float_to_half(np.float32(value))


@cache
def _fold(kind: str, number: Any, half_in: bool, half_out: bool) -> Fold:
    """Powers of magnitudes, and the root of their sum; ``number`` is the type to compute in."""
    widen, narrow = half_to_float if half_in else itself, _to_half if half_out else itself
    if kind == _POWER:

        @scalar
        def load_power(value, p):
            return number(abs(number(widen(value))) ** p)

        @scalar
        def finish_power(total, divisor, p):
            return narrow(number(total ** (number(1) / p)))

        load, finish = load_power, finish_power
    elif kind == _SQUARE:

        @scalar
        def load_square(value, p):
            v = number(widen(value))
            return v * v

        @scalar
        def finish_square(total, divisor, p):
            return narrow(np.sqrt(total))

        load, finish = load_square, finish_square
    else:

        @scalar
        def load_magnitude(value, p):
            return abs(number(widen(value)))

        @scalar
        def finish_magnitude(total, divisor, p):
            return narrow(total)

        load, finish = load_magnitude, finish_magnitude

    name = f"lp-{kind}-{np.dtype(number)}{'-half' if half_in else ''}{'-to-half' if half_out else ''}"
    return Fold(name, load, larger if kind == _LARGEST else added, finish, repeats=kind == _LARGEST)


@dataclass(frozen=True, repr=False)
class LPPool(NeedsInput, WindowPool):
    norm_type: float
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    ceil_mode: bool = False
    padding: Padding = 0
    dilation: IntOrTuple = 1
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "lp"
    peer = "PyTorch (even p), ONNX"
    summary = "p-norm, ``sum(abs(x) ** p) ** (1 / p)``,"
    example = "2, 2"
    notes = """Works on magnitudes, so that any p > 0 and negative values go together; ``inf`` gives the largest
    magnitude. ``torch.nn.LPPool{rank}d`` equals it for even p. Computed in float64, and for p = 1, 2 and
    small windows of float32 in float32. The gradient takes ``(grad_output, x)``. Source: Gulcehre et al.
    2014, Learned-norm pooling."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self, "norm_type", "greater than 0", lambda p: p > 0)

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Folding:
        p, result = self.norm_type, averaged_dtype(dtype)
        kind = {1.0: _ABS, 2.0: _SQUARE, inf: _LARGEST}.get(p, _POWER)
        few = np.prod([a.count.max(initial=1) for a in axes]) <= 32
        narrow = result.itemsize <= 4 and kind != _POWER and (few or kind == _LARGEST)
        number = np.float32 if narrow else np.float64
        fold = _fold(kind, number, dtype == np.float16, result == np.float16)
        return Folding(fold, number(0), number(p), result)

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        p, axes = self.norm_type, self.axes(x.shape[x.ndim - self.rank :])
        wide = x.astype(np.float64)
        if p == inf:
            window = self.kernel_size, self.stride, self.padding, self.dilation, False, self.ceil_mode
            largest = (MaxPool1d, MaxPool2d, MaxPool3d)[self.rank - 1](*window)
            _, indices = largest.over_last_axes(abs(wide), indexed=True)
            return (scatter_gradient(largest, grad, indices, x.shape) * np.sign(wide)).astype(grad.dtype)
        root = y.astype(np.float64)
        with np.errstate(all="ignore"):
            shared = np.where(root > 0, grad * root ** (1 - p), 0)
            ones = [np.ones(a.outputs, np.int64) for a in axes]
            spread = spread_gradient(self, shared, axes, ones, None, channels_last=False)
            slope = np.where(wide != 0, np.sign(wide) * abs(wide) ** (p - 1), 0)
            return (spread * slope).astype(grad.dtype)


class LPPool1d(LPPool, rank=1): ...


class LPPool2d(LPPool, rank=2): ...


class LPPool3d(LPPool, rank=3): ...


lp_pool1d, lp_pool2d, lp_pool3d = twins((LPPool1d, LPPool2d, LPPool3d))
