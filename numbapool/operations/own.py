"""Pooling by a function of the user's own: any Numba-jitted function of one window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numba.core import types
from numba.core.errors import NumbaError
from numba.np.numpy_support import as_dtype, from_dtype

from ..errors import PoolingTypeError, check_jitted
from ..jit import scalar
from ..kernels.gather import Window
from ..kernels.half import half_to_float
from ..kernels.loads import itself
from ..layers import DataFormat
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from ..windows import Axis
from ..work import Gathering

__all__ = ["OwnPool1d", "OwnPool2d", "OwnPool3d"]


@scalar
def _truth(value):
    return value != 0


@cache
def _window(function: Any, dtype: np.dtype[Any]) -> Window:
    @scalar
    def call(values, places, parameters, number):
        return function(values)

    load = half_to_float if dtype == np.float16 else _truth if dtype == np.bool_ else itself
    return Window(f"own-{function.py_func.__name__}", load, call, itself, foreign=True)


@dataclass(frozen=True, repr=False)
class OwnPool(WindowPool):
    function: Any
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "own"
    summary = "what a function of your own makes"
    example = "numba.njit(lambda window: window.max()), 2"
    template = """{Summary} of each window, over {axes}.

    Parameters
    ----------
    function : callable
        A function compiled by ``numba.njit``, from the values of one window (a one-dimensional array, in row-major
        order, without padding, which it may change) to a number. float16 arrives as float32.
    <kernel_size>
    <stride>
    <padding>
    <dilation>
    <ceil_mode>
    <data_format>

    Notes
    -----
    The dtype of the result is that which the function returns. It is called from several threads at once. Kernels
    around functions of one's own are compiled anew in every process.

    Examples
    --------
    >>> import numba
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> spread = numba.njit(lambda window: window.max() - window.min())
    >>> nbp.pool(np.array([1.0, 4.0, 2.0, 2.5]), 2, spread)
    array([3. , 0.5])
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        check_jitted(self._who, "function", self.function)

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Gathering:
        seen = np.dtype(np.float32) if dtype == np.float16 else dtype
        try:
            line = types.Array(from_dtype(seen), 1, "C")
            self.function.compile((line,))
            returned = self.function.overloads[(line,)].signature.return_type
            result = np.dtype(as_dtype(returned))
        except (NumbaError, NotImplementedError, RuntimeError, KeyError) as error:
            raise PoolingTypeError(
                f"{self._who}: function must take a one-dimensional array of {seen} and return a number; Numba: {error}"
            ) from error
        if result.kind not in "biuf":
            raise PoolingTypeError(f"{self._who}: function must return a number; it returns {returned}")
        return Gathering(_window(self.function, dtype), seen.type(0), (0.0,), result)


class OwnPool1d(OwnPool, rank=1): ...


class OwnPool2d(OwnPool, rank=2): ...


class OwnPool3d(OwnPool, rank=3): ...
