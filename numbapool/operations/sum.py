"""Sum pooling: the sum of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..functions import twins
from ..windows import Axis
from ..work import Folding
from .missing import NanPolicy, check_nan_policy, omits_nan
from .spreading import Spreads
from .sums import total_folding
from .windowed import Windowed

__all__ = [
    "SumPool1d",
    "SumPool2d",
    "SumPool3d",
    "sum_pool1d",
    "sum_pool2d",
    "sum_pool3d",
]


@dataclass(frozen=True, repr=False)
class SumPool(Spreads, Windowed):
    nan_policy: NanPolicy = "propagate"

    reduce: ClassVar[str] = "sum"
    summary = "sum"
    notes = """Integers and bool are summed in 64 bits, as by ``numpy.sum``; floating-point numbers in float64,
    whatever the dtype of the result. Padding adds nothing. The gradient takes ``(grad_output,
    input_shape)``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_nan_policy(self)

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Folding:
        wide = np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
        return total_folding(dtype, dtype if dtype.kind == "f" else wide, omit=omits_nan(self))


class SumPool1d(SumPool, rank=1): ...


class SumPool2d(SumPool, rank=2): ...


class SumPool3d(SumPool, rank=3): ...


sum_pool1d, sum_pool2d, sum_pool3d = twins((SumPool1d, SumPool2d, SumPool3d))
