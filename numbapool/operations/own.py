"""Pooling by a function of the user's own: any Numba-jitted function of one window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numba import config, errors, from_dtype, njit, types
from numba.extending import register_jitable

from ..errors import PoolingTypeError, PoolingValueError, check_jitted
from ..kernels.compile import OwnFunction, jitable
from ..kernels.gather import CALLED
from ..kernels.scalars import half_to_float, itself
from ..layers import DataFormat, WindowPool
from ..reductions import Whole
from ..validation.sizes import IntOrTuple, Padding, number_as
from ..windows import Axis

__all__ = ["OwnPool1d", "OwnPool2d", "OwnPool3d"]


@register_jitable
def _truth(value):
    return value != 0


_own = lru_cache(maxsize=64)(OwnFunction)


@lru_cache(maxsize=64)
def _calling(function: Any) -> tuple[Any, Any]:
    """What calls the function; and the same for Numba's threads, on which nothing may be raised."""
    of_window = _own(function)

    @jitable
    def call(values, places, count, parameter, draw):
        return of_window(values[:count])

    @jitable
    def call_and_catch(values, places, count, parameter, draw):
        result = parameter
        try:
            result = of_window(values[:count])
        except Exception:
            places[0] = -1
        return result

    return call, call_and_catch


@dataclass(frozen=True, repr=False)
class OwnPool(WindowPool):
    function: Any
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    padding_value: float = 0
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "own"
    summary = "what a function of your own makes"
    example = "numba.njit(lambda window: window.max()), 2"
    template = """{Summary} of each window, over {axes}.

    Parameters
    ----------
    function : callable
        A function compiled by ``numba.njit``, from the values of one window (a one-dimensional array in row-major
        order, which it may change) to a number. Windows are always whole. float16 arrives as float32.
    <kernel_size>
    <stride>
    <padding>
    <dilation>
    <ceil_mode>
    padding_value : number, default 0
        What a window holds where it reaches beyond the input, by `padding` or `ceil_mode`; a value of the input's
        dtype, such as NaN for floating-point input.
    <data_format>

    Notes
    -----
    The dtype of the result is that which the function returns. It is called from several threads at once.

    Examples
    --------
    >>> import numba
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> spread = numba.njit(lambda window: window.max() - window.min())
    >>> nbp.pool(np.array([1.0, 4.0, 2.0, 2.5]), 2, spread)
    array([3. , 0.5])
    """

    def normalize(self) -> None:
        super().normalize()
        check_jitted(self._caller, "function", self.function)
        if not isinstance(self.padding_value, (int, float, np.integer, np.floating, np.bool_)):
            raise PoolingTypeError(f"{self._caller}: padding_value must be a number; got {self.padding_value!r}")
        object.__setattr__(self, "padding_value", self.padding_value or 0)  # not -0.0: equal layers share their plans

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Whole:
        half, truth = dtype == np.float16, dtype == np.bool_
        seen = np.dtype(np.float32 if half else dtype)
        load = half_to_float if half else _truth if truth else itself
        result = self._result(seen)
        outside = self._outside(seen)
        return Whole(load, itself, _calling(self.function), CALLED, outside, result.type(0), result)

    def vjp(self, x: Any) -> Any:
        """Refused: what a function does with its values is not known."""
        raise PoolingTypeError(f"{self._caller}: a function of your own has no gradient")

    def _outside(self, seen: np.dtype[Any]) -> Any:
        """The padding value in the dtype of a window."""
        value = number_as(self.padding_value, seen)
        if value is None:
            raise PoolingValueError(
                f"{self._caller}: padding_value must be a value of dtype {seen}, as the input; "
                f"got {self.padding_value!r}"
            )
        return value

    def _result(self, seen: np.dtype[Any]) -> np.dtype[Any]:
        """Dtype of what the function returns for a window of this dtype."""
        try:
            returned = _returned(self.function, seen)
        except (errors.NumbaError, NotImplementedError, TypeError) as error:
            raise PoolingTypeError(
                f"{self._caller}: function must take a one-dimensional array of {seen} and return a number; "
                f"Numba: {error}"
            ) from error
        try:
            result = np.dtype(returned)
        except (TypeError, ValueError):  # the name of a type that is no dtype
            result = np.dtype(object)
        if result.kind not in "biuf":
            raise PoolingTypeError(f"{self._caller}: function must return a number; it returns {returned}")
        return result


@lru_cache(maxsize=256)
def _returned(function: Any, seen: np.dtype[Any]) -> str:
    """Name of the type that a function returns for a window of this dtype."""
    if config.DISABLE_JIT:  # type: ignore[attr-defined]  # made at run time
        return np.asarray(function(np.ones(1, seen))).dtype.name
    jitted = _own(function).jitted
    call: Any = njit(lambda window: jitted(window))  # as kernels do, whatever signatures and defaults it has
    call.compile((types.Array(from_dtype(seen), 1, "C"),))
    return str(call.nopython_signatures[0].return_type)


class OwnPool1d(OwnPool, rank=1): ...


class OwnPool2d(OwnPool, rank=2): ...


class OwnPool3d(OwnPool, rank=3): ...
