"""Generalized mean (GeM): the mean of powers of each window, and the root of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kernels.compile import jitable
from ..kernels.scalars import added, added_freely, half_to_float, itself, narrowed
from ..layers import DataFormat, WindowPool
from ..reductions import Fold
from ..validation.sizes import IntOrTuple, Padding
from ..windows import Axis
from .averages import NeedsInput, check_number
from .mean import AvgPool1d, AvgPool2d, AvgPool3d, averaged_dtype
from .powers import raised_to, root_gradient, root_of, roots_of
from .rescaled import are_outside, exponent_slopes, may_leave_range, safe_roots
from .spreading import reduce_product

__all__ = ["PowerAvgPool1d", "PowerAvgPool2d", "PowerAvgPool3d"]


@cache
def _scalars(raised: Any, root: Any, half_in: bool, half_out: bool) -> tuple[Any, Any]:
    """Powers of ``max(x, eps)``, and the root of their mean; the parameter is ``p + eps * 1j``."""
    widen, narrow = half_to_float if half_in else itself, narrowed if half_out else itself

    @jitable
    def load(value, parameter):
        v = np.float64(widen(value))
        return raised(parameter.imag if v < parameter.imag else v, parameter.real)

    @jitable
    def finish(total, divisor, parameter):
        return narrow(root(total / np.float64(divisor), 1 / parameter.real))

    return load, finish


@dataclass(frozen=True, repr=False)
class PowerAvgPool(NeedsInput, WindowPool):
    p: float
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    dilation: IntOrTuple = 1
    eps: float = 1e-6
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "power"
    summary = "generalized mean, ``mean(max(x, eps) ** p) ** (1 / p)``,"
    example = "3, 2"
    notes = """p = 1 is the mean of what is positive, and the larger p the nearer to the maximum. Near 0 digits are
    lost: a relative error of about ``1e-16 / abs(p)``. The gradient takes ``(grad_output, x)``;
    `parameter_gradient` is that of `p`. Source: Radenović, Tolias, Chum 2018, Fine-tuning CNN image retrieval."""

    def normalize(self) -> None:
        super().normalize()
        check_number(self, "p", "a finite number but 0", lambda p: np.isfinite(p) and p != 0)
        check_number(self, "eps", "greater than 0", lambda eps: eps > 0)

    @property
    def _mean(self) -> Any:
        """The mean over the same windows."""
        return self.beside((AvgPool1d, AvgPool2d, AvgPool3d), count_include_pad=self.count_include_pad)

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Fold:
        result = averaged_dtype(dtype)
        exact = result.itemsize > 4
        load, finish = _scalars(
            raised_to(self.p, exact), root_of(self.p, exact), dtype == np.float16, result == np.float16
        )
        numbers = np.complex128(complex(self.p, self.eps))
        return Fold(load, added, finish, np.float64(0), numbers, result, self._mean.divisors(axes), added_freely)

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        if not may_leave_range(x.dtype, self.p, self.eps):
            return None
        return roots_of(self, self.p, self.eps, self._shared(x))

    def _shared(self, x: NDArray[Any]) -> NDArray[Any]:
        """What the sum of each window is divided by."""
        return reduce_product(self._mean.divisors(self._axes_of(x)))

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        mean = self._mean

        def spread(shares: NDArray[Any]) -> NDArray[Any]:
            return mean.backward(shares, x.shape)  # type: ignore[no-any-return]  # an array

        return root_gradient(self, grad, x, self.p, spread, self._shared(x), self.eps)

    def parameter_gradient(self, grad_output: ArrayLike, x: ArrayLike) -> float:
        """Gradient with respect to `p`."""
        grad, array = self._checked_gradient(grad_output, x)
        if self.data_format == "channels_last":
            grad, array = np.moveaxis(grad, -1, -self.rank - 1), np.moveaxis(array, -1, -self.rank - 1)
        wide = np.maximum(array.astype(np.float64), self.eps)
        root = self.over_last_axes(array.astype(np.result_type(array.dtype, np.float32), copy=False)).astype(np.float64)
        unsafe, shared = are_outside(root, *safe_roots(self.p), zero=True), self._shared(array)
        with np.errstate(all="ignore"):
            changes = self._mean.over_last_axes(wide**self.p * np.log(wide))
            slope = root / self.p * (changes / root**self.p - np.log(root))
            scaled = exponent_slopes(array, root, self._axes_of(array), self.p, shared, self.eps, unsafe)
        return float((grad * np.where(unsafe, scaled, slope)).sum())


class PowerAvgPool1d(PowerAvgPool, rank=1): ...


class PowerAvgPool2d(PowerAvgPool, rank=2): ...


class PowerAvgPool3d(PowerAvgPool, rank=3): ...
