"""Average pooling: the mean of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..functions import by_rank, layer_for
from ..layers import DataFormat
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from .means import Means
from .missing import NanPolicy

__all__ = [
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "avg_pool1d",
    "avg_pool1d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool3d",
    "avg_pool3d_backward",
]


@dataclass(frozen=True, repr=False)
class AvgPool(Means, WindowPool):
    """Mean of each window, over {axes}.

    Parameters
    ----------
    <kernel_size>
    <stride>
    <padding>
    <ceil_mode>
    <count_include_pad>
    <divisor_override>
    <dilation>
    <dtype>
    <data_format>
    <nan_policy>

    See Also
    --------
    {name_of_function} : The same as a function.

    Notes
    -----
    Names, defaults and results are those of ``torch.nn.AvgPool{rank}d``; `dilation` and `dtype` are beyond it.
    Integers are summed exactly; 64-bit ones in float64, unless an integer `dtype` is asked for. Windows of more than 32
    float32 numbers are summed in float64.

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
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: int | None = None
    dilation: IntOrTuple = 1
    dtype: DTypeLike | None = None
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"


class AvgPool1d(AvgPool, rank=1): ...


class AvgPool2d(AvgPool, rank=2): ...


class AvgPool3d(AvgPool, rank=3): ...


LAYERS = (AvgPool1d, AvgPool2d, AvgPool3d)


def _avg_pool(
    layer: type[AvgPool],
    x: ArrayLike,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    dilation: IntOrTuple = 1,
    dtype: DTypeLike | None = None,
    data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate",
    out: Any = None,
) -> Any:
    """Mean of each window, over {axes}.

    Parameters
    ----------
    <x>
    <kernel_size>
    <stride>
    <padding>
    <ceil_mode>
    <count_include_pad>
    <divisor_override>
    <dilation>
    <dtype>
    <data_format>
    <nan_policy>
    <out>

    Returns
    -------
    ndarray
        The means.

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
    made = layer_for(
        layer,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
        dilation,
        dtype,
        data_format,
        nan_policy,
    )
    return made(x, out=out)


def _avg_pool_backward(
    layer: type[AvgPool],
    grad_output: ArrayLike,
    input_shape: Sequence[int],
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    dilation: IntOrTuple = 1,
    data_format: DataFormat = "channels_first",
    out: Any = None,
) -> NDArray[Any]:
    """Gradient of `{name_of_function}`: each gradient is shared out over its window.

    Parameters
    ----------
    <grad_output>
    <input_shape>
    <kernel_size>
    <stride>
    <padding>
    <ceil_mode>
    <count_include_pad>
    <divisor_override>
    <dilation>
    <data_format>
    out : ndarray, optional
        Array for the result.

    Returns
    -------
    ndarray
        Of `input_shape` and the dtype of `grad_output`; the same bits for any number of threads.
    """
    made = layer_for(
        layer,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
        dilation,
        None,
        data_format,
        "propagate",
    )
    return made.backward(grad_output, input_shape, out=out)


avg_pool1d, avg_pool2d, avg_pool3d = by_rank(_avg_pool, LAYERS)
avg_pool1d_backward, avg_pool2d_backward, avg_pool3d_backward = by_rank(_avg_pool_backward, LAYERS, "_backward")
