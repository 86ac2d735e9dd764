"""What max and min share: one value of each window is kept, and the gradient goes back to where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..functions import layer_for
from ..jit import scalar
from ..kernels.choice import Choice
from ..kernels.lines import Fold
from ..kernels.loads import as_is, itself
from ..kernels.ordered import (
    HIGH,
    INFINITE,
    LOW,
    NOT_A_NUMBER,
    from_order,
    nan_in_order,
    one_in_order,
    order_of,
    order_to_half,
    to_order,
)
from ..layers import DataFormat
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from ..windows import Axis
from ..work import Folding, Selecting, Work
from .keeping import KeepsOne, scatter_gradient
from .missing import NanPolicy, check_nan_policy, omits_nan, without_nan

__all__ = ["Extreme", "SelectsExtreme", "extreme_backward", "extreme_pool"]

# Positions along the rows from which on windows of float32 at stride 1 are compared as whole numbers.
_WIDE = 16


def _are_wide(axis: Axis) -> bool:
    return axis.stride == 1 and axis.kernel_size >= _WIDE and axis.outputs > 1


@scalar
def _result(value, divisor, parameter):
    return value


@cache
def _fold_in_order(name: str, combine: Any, dtype: np.dtype[Any], nan_side: int) -> Fold:
    """Comparing whole numbers: for float16, and where there are so many comparisons that it pays for float32."""
    ordered, number = order_of(dtype, nan_side), from_order(dtype, nan_side)

    @scalar
    def load(value, parameter):
        return ordered(value)

    @scalar
    def result(value, divisor, parameter):
        return number(value)

    return Fold(f"{name}-ordered{8 * dtype.itemsize}", load, combine, result, repeats=True)


@cache
def _half_choice(name: str, better: Any, nan_side: int, omits: bool) -> Choice:
    nan = nan_in_order(nan_side)

    @scalar
    def better_half(v, m):
        beats = better(np.int16(v - (v >> 15)), np.int16(m - (m >> 15)))  # as 0 and −0 are equal
        return beats if omits else beats or v == nan

    return Choice(f"{name}-half", to_order(nan_side), better_half, order_to_half)


class SelectsExtreme(KeepsOne):
    """Keeping the value that beats all others of its window; where the windows lie is for subclasses to say."""

    reduce: ClassVar[str]
    combine: ClassVar[Any]  # jitted: (m, v) -> the one to keep
    better: ClassVar[Any]  # jitted: (v, m) -> whether v, later in the window, is kept instead of m

    @staticmethod
    def loses(info: Any) -> Any:
        """The value that never wins against another, from ``np.finfo`` or ``np.iinfo``."""
        raise NotImplementedError

    def __post_init__(self) -> None:
        super().__post_init__()
        check_nan_policy(self)

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Work:
        cls = type(self)
        compared = np.dtype(np.uint8 if dtype == np.bool_ else dtype)
        info: Any = np.finfo(compared) if compared.kind == "f" else np.iinfo(compared)
        identity = compared.type(cls.loses(info))
        combine, better = cls.combine, cls.better
        omits, losing = dtype.kind == "f" and omits_nan(self), LOW if identity < 0 else HIGH
        # NaN loses against all where it is left out, or else beats all
        name, nan_side = (f"{cls.reduce}-omit", losing) if omits else (cls.reduce, -losing)
        if dtype == np.float16 and indexed:
            last = NOT_A_NUMBER if omits else INFINITE
            identity = np.int16(last if losing == HIGH else ~last)
            return Selecting(_half_choice(name, better, nan_side, omits), identity, dtype)
        if not indexed and (dtype == np.float16 or (dtype == np.float32 and _are_wide(axes[-1]))):
            identity = one_in_order(dtype.type(np.nan if omits else losing * np.inf), nan_side)
            return Folding(_fold_in_order(name, combine, dtype, nan_side), identity, np.float32(0), dtype)
        if omits:
            combine, better = without_nan(combine, better)
            identity = compared.type(np.nan)
        if indexed:
            return Selecting(Choice(name, itself, better, itself), identity, dtype)
        return Folding(Fold(name, as_is, combine, _result, repeats=True, plain=True), identity, np.float32(0), dtype)


@dataclass(frozen=True, repr=False)
class Extreme(SelectsExtreme, WindowPool):
    """{Summary} of each window, over {axes}.

    Padding never wins: {padding_counts}.

    Parameters
    ----------
    <kernel_size>
    <stride>
    <padding>
    <dilation>
    <return_indices>
    <ceil_mode>
    <data_format>
    <nan_policy>

    See Also
    --------
    {name_of_function} : The same as a function.

    Notes
    -----
    Names, defaults, ties, NaN and indices are those of ``torch.nn.MaxPool{rank}d``: of equal values the first is kept,
    of several NaN the last.

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> pool = nbp.{name}(2)
    >>> pool(np.ones((1, 3, {eights}), np.float32)).shape
    (1, 3, {fours})
    """

    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    return_indices: bool = False
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"


def extreme_pool(
    layer: type[Extreme],
    x: ArrayLike,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: Padding = 0,
    dilation: IntOrTuple = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    *,
    data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate",
    out: Any = None,
) -> Any:
    """{Summary} of each window, over {axes}.

    Parameters
    ----------
    <x>
    <kernel_size>
    <stride>
    <padding>
    <dilation>
    <ceil_mode>
    <return_indices>
    <data_format>
    <nan_policy>
    <out>

    Returns
    -------
    ndarray or (ndarray, ndarray)
        The values, and with `return_indices` where they came from.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    See Also
    --------
    {name_of_layer} : The same as a layer, which keeps its compiled kernel at hand.

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> nbp.{name}(np.ones((1, 3, {eights}), np.float32), 2).shape
    (1, 3, {fours})
    """
    made = layer_for(layer, kernel_size, stride, padding, dilation, return_indices, ceil_mode, data_format, nan_policy)
    return made(x, out=out)


def extreme_backward(
    layer: type[Extreme],
    grad_output: ArrayLike,
    indices: ArrayLike,
    input_shape: Sequence[int],
    *,
    data_format: DataFormat = "channels_first",
    out: Any = None,
) -> NDArray[Any]:
    """Gradient of `{name_of_function}`: each gradient is added where its value came from.

    Parameters
    ----------
    <grad_output>
    <indices>
    <input_shape>
    <data_format>
    out : ndarray, optional
        Array for the result.

    Returns
    -------
    ndarray
        Of `input_shape` and the dtype of `grad_output`; the same bits for any number of threads.

    Raises
    ------
    PoolingIndexError
        An ``IndexError``, if an index lies outside the input's spatial plane.
    """
    # No window is known here, and none is needed: any layer of the rank will do.
    made = layer_for(layer, 1, None, 0, 1, False, False, data_format, "propagate")
    return scatter_gradient(made, grad_output, indices, input_shape, out)
