"""Sum pooling: the sum of each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import PoolingTypeError
from ..layers import DataFormat, WindowPool
from ..reductions import Fold
from ..validation.sizes import IntOrTuple, Padding, whole_number
from ..windows import Axis
from .mean import check_dtype, sums
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
    dtype: DTypeLike | None = None
    min_count: int = 0

    reduce: ClassVar[str] = "sum"
    summary = "sum"
    notes = """Integers and bool are summed in 64 bits, as by ``numpy.sum``; floating-point numbers in float64,
    whatever the dtype of the result; `dtype` asks for another one, in which integers wrap around as in NumPy.
    Padding adds nothing. The gradient takes ``(grad_output, input_shape)``; with `min_count` only `vjp` has it."""

    def normalize(self) -> None:
        super().normalize()
        check_nan_policy(self)
        check_dtype(self)
        object.__setattr__(self, "min_count", whole_number(self.min_count, "min_count", self._caller))

    def _result(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """Dtype of the sum of an input of this dtype."""
        wide = np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
        result = np.dtype(self.dtype) if self.dtype is not None else dtype if dtype.kind == "f" else wide
        if result.kind != "f" and (dtype.kind == "f" or self.min_count > 0):
            need = "min_count" if self.min_count > 0 else f"input of dtype {dtype}"
            raise PoolingTypeError(f"{self._caller}: dtype must be floating-point with {need}; got {result}")
        return result

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Fold:
        return sum_of(dtype, self._result(dtype), omit=omits_nan(self))

    @property
    def counts_numbers(self) -> bool:
        return omits_nan(self) or self.min_count > 0

    def _numbers_in(self, x: NDArray[Any]) -> NDArray[Any]:
        return sums(self, x == x, np.dtype(np.int64))

    def _share_of_numbers(self, x: NDArray[Any]) -> NDArray[Any]:
        """0 for windows with too few numbers, whose results are NaN."""
        return np.asarray(self.min_count < 1 or self._numbers_in(x) >= self.min_count, np.float32)

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        if self.min_count < 1:
            return None
        self._result(x.dtype)

        def counted(x: NDArray[Any]) -> NDArray[Any]:
            """Sums, and the numbers of each window, which are counted in a second pass."""
            y = self._by_its_kernel(x)
            y[self._numbers_in(x) < self.min_count] = np.nan
            return y

        return counted


class SumPool1d(SumPool, rank=1): ...


class SumPool2d(SumPool, rank=2): ...


class SumPool3d(SumPool, rank=3): ...
