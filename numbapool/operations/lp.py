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
from ..kernels.lines import Fold
from ..layers import DataFormat
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from ..windows import Axis
from ..work import Folding
from .keeping import scatter_gradient
from .max import MaxPool1d, MaxPool2d, MaxPool3d
from .pairs import for_each
from .powers import raised_to, root_gradient, root_of
from .spreading import spread_gradient
from .windowed import NeedsInput, averaged_dtype, check_number, conversions

__all__ = [
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
]

_LARGEST = "largest"


@scalar
def _signed(g, x, _p, _q):
    """The gradient of a magnitude."""
    return g * np.sign(x)


@cache
def _fold(kind: str, raised: Any, root: Any, number: Any, half_in: bool, half_out: bool) -> Fold:
    """Powers of magnitudes, and the root of their sum, or their maximum; ``number`` is the type to compute in."""
    widen, narrow, halves = conversions(half_in, half_out)
    largest = kind == _LARGEST

    @scalar
    def load(value, p):
        return raised(abs(number(widen(value))), p)

    @scalar
    def finish(total, divisor, p):
        return narrow(root(total, 1 / p))

    name = f"lp-{kind}-{np.dtype(number)}{halves}"
    return Fold(name, load, larger if largest else added, finish, repeats=largest)


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
        few = np.prod([a.count.max(initial=1) for a in axes]) <= 32
        narrow = result.itemsize <= 4 and (p == inf or (few and p in (1, 2)))
        number = np.float32 if narrow else np.float64
        exact, taken = result.itemsize > 4, 1 if p == inf else p
        kind, raised = raised_to(taken, exact)
        kind = _LARGEST if p == inf else kind
        fold = _fold(kind, raised, root_of(taken, exact), number, dtype == np.float16, result == np.float16)
        return Folding(fold, number(0), number(p), result)

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        p, axes = self.norm_type, self._axes_of(x)
        if p == inf:
            window = self.kernel_size, self.stride, self.padding, self.dilation, False, self.ceil_mode
            largest = (MaxPool1d, MaxPool2d, MaxPool3d)[self.rank - 1](*window)
            size = abs(x if x.dtype.kind == "f" else x.astype(np.float64))  # the smallest integer has no magnitude
            _, indices = largest.over_last_axes(size, indexed=True)
            there = scatter_gradient(largest, grad, indices, x.shape)
            return for_each("signed", _signed, there, x, (0.0, 0.0), grad.dtype)
        ones = [np.ones(a.outputs, np.int64) for a in axes]

        def spread(shares: NDArray[Any]) -> NDArray[Any]:
            return spread_gradient(self, shares, axes, ones, None, channels_last=False)

        return root_gradient(grad, x, self.over_last_axes(x), p, spread)


class LPPool1d(LPPool, rank=1): ...


class LPPool2d(LPPool, rank=2): ...


class LPPool3d(LPPool, rank=3): ...


lp_pool1d, lp_pool2d, lp_pool3d = twins((LPPool1d, LPPool2d, LPPool3d))
