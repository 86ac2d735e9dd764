"""Lp pooling: the p-norm of each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..kernels.compile import jitable
from ..kernels.scalars import added, added_freely, half_to_float, itself, larger, narrowed, smaller
from ..layers import DataFormat, WindowPool
from ..reductions import Fold
from ..validation.sizes import IntOrTuple, Padding
from ..windows import Axis, most_values
from .averages import NeedsInput, check_number
from .max import MaxPool1d, MaxPool2d, MaxPool3d
from .mean import averaged_dtype
from .powers import raised_to, root_gradient, root_of, roots_of
from .rescaled import may_leave_range
from .selecting import scatter_gradient
from .spreading import spread_gradient

__all__ = ["LPPool1d", "LPPool2d", "LPPool3d"]


# Smallest subnormal: replaces powers that underflow to 0, so that only windows of all zeros have the sum 0.
_TRACE = np.float64(5e-324)


@cache
def _scalars(raised: Any, root: Any, number: Any, half_in: bool, half_out: bool, traced: bool) -> tuple[Any, Any]:
    """Powers of magnitudes, and the root of what they are combined to; ``number`` is the type to compute in."""
    widen, narrow = half_to_float if half_in else itself, narrowed if half_out else itself

    @jitable
    def load(value, p):
        v = abs(number(widen(value)))
        return larger(raised(v, p), smaller(v, _TRACE)) if traced else raised(v, p)

    @jitable
    def finish(total, divisor, p):
        return narrow(root(total, 1 / p))

    return load, finish


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
    magnitude. ``torch.nn.LPPool{rank}d`` equals it for even p. Computed in float64, and for p = 1 and small
    windows of float32 in float32. Where powers leave the range of float64, windows are scaled. The gradient
    takes ``(grad_output, x)``. Source: Gulcehre et al. 2014, Learned-norm pooling."""

    def normalize(self) -> None:
        super().normalize()
        check_number(self, "norm_type", "greater than 0", lambda p: p > 0)

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Fold:
        p, result = self.norm_type, averaged_dtype(dtype)
        narrow = result.itemsize <= 4 and (p == inf or (most_values(axes) <= 32 and p == 1))
        number = np.float32 if narrow else np.float64
        exact, taken = result.itemsize > 4, 1.0 if p == inf else p
        traced = self._may_leave_range(dtype)
        halves = dtype == np.float16, result == np.float16
        load, finish = _scalars(raised_to(taken, exact), root_of(taken, exact), number, *halves, traced)
        combine, freely = (larger, larger) if p == inf else (added, added_freely)
        return Fold(load, combine, finish, number(0), number(p), result, None, freely)

    def _may_leave_range(self, dtype: np.dtype[Any]) -> bool:
        return self.norm_type not in (1, inf) and may_leave_range(dtype, self.norm_type)

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        return roots_of(self, self.norm_type) if self._may_leave_range(x.dtype) else None

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        p, axes = self.norm_type, self._axes_of(x)
        if p == inf:
            largest = self.beside((MaxPool1d, MaxPool2d, MaxPool3d))
            size = abs(x if x.dtype.kind == "f" else x.astype(np.float64))  # the smallest integer has no magnitude
            _, indices = largest.over_last_axes(size, indexed=True)
            there = scatter_gradient(largest, grad, indices, x.shape)
            signed: NDArray[Any] = there * np.sign(x).astype(grad.dtype)
            return signed
        ones = [np.ones(a.outputs, np.int64) for a in axes]

        def spread(shares: NDArray[Any]) -> NDArray[Any]:
            return spread_gradient(self, shares, axes, ones, None, channels_last=False)

        return root_gradient(self, grad, x, p, spread, np.ones(()))


class LPPool1d(LPPool, rank=1): ...


class LPPool2d(LPPool, rank=2): ...


class LPPool3d(LPPool, rank=3): ...
