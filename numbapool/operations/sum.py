"""Sum pooling: the sum of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..layers import DataFormat, WindowPool
from ..reductions import Fold
from ..sizes import IntOrTuple, Padding
from ..windows import Axis
from .missing import NanPolicy, check_nan_policy, omits_nan
from .spreading import Spreads
from .sums import sum_of

__all__ = ["SumPool1d", "SumPool2d", "SumPool3d"]


@dataclass(frozen=True, repr=False)
class SumPool(Spreads, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"

    reduce: ClassVar[str] = "sum"
    summary = "sum"
    notes = """Integers and bool are summed in 64 bits, as by ``numpy.sum``; floating-point numbers in float64,
    whatever the dtype of the result. Padding adds nothing. The gradient takes ``(grad_output,
    input_shape)``."""

    def normalize(self) -> None:
        super().normalize()
        check_nan_policy(self)

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Fold:
        wide = np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
        return sum_of(dtype, dtype if dtype.kind == "f" else wide, omit=omits_nan(self))


class SumPool1d(SumPool, rank=1): ...


class SumPool2d(SumPool, rank=2): ...


class SumPool3d(SumPool, rank=3): ...
