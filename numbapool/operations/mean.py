"""Average pooling: the mean of each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..arrays import as_input, check_out
from ..errors import PoolingTypeError, PoolingValueError
from ..layers import DataFormat, WindowPool, by_rank, layer_for
from ..plan import Folding
from ..windows import Axis, IntOrTuple, Padding, whole_number
from .sums import exact_mean, largest_sum, mean_folding, spread_gradient

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
class AvgPool(WindowPool):
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

    reduce: ClassVar[str] = "mean"
    summary = "mean"
    padding_counts = "it counts as zeros, or not at all without `count_include_pad`"

    def __post_init__(self) -> None:
        super().__post_init__()
        who = self._who
        if not isinstance(self.count_include_pad, (bool, np.bool_)):
            raise PoolingTypeError(f"{who}: count_include_pad must be True or False; got {self.count_include_pad!r}")
        if self.divisor_override is not None:
            divisor = whole_number(self.divisor_override, "divisor_override", who)
            if divisor == 0 or abs(divisor) >= 2**53:
                raise PoolingValueError(f"{who}: divisor_override must not be zero, nor 2**53 or more; got {divisor}")
            object.__setattr__(self, "divisor_override", divisor)
        if self.dtype is not None:
            try:
                dtype = np.dtype(self.dtype)
            except TypeError:
                raise PoolingTypeError(f"{who}: dtype must be a NumPy dtype; got {self.dtype!r}") from None
            if dtype.kind not in "iuf" or dtype.itemsize > 8:
                raise PoolingTypeError(f"{who}: dtype must be an integer or floating-point dtype; got {dtype}")
            object.__setattr__(self, "dtype", dtype.newbyteorder("=").name)

    def result_dtype(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """Dtype of the mean of an input of this dtype; raises where an asked-for one could not hold it."""
        if self.dtype is None:
            if dtype.kind == "f":
                return dtype
            return np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)
        result = np.dtype(self.dtype)
        if result.kind in "iu" and not np.can_cast(dtype, result, "safe"):
            raise PoolingTypeError(
                f"{self._who}: dtype={result} cannot hold every mean of {dtype} input; use {dtype}, a wider integer or "
                "a floating-point dtype"
            )
        return result

    def divisors(self, axes: Sequence[Axis]) -> list[NDArray[np.int64]]:
        """What the sum of each window is divided by: the product of one factor for each axis."""
        if self.divisor_override is not None:
            first = np.full(axes[0].outputs, self.divisor_override, np.int64)
            return [first, *(np.ones(a.outputs, np.int64) for a in axes[1:])]
        return [a.count if a.padded is None or not self.count_include_pad else a.padded for a in axes]

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Folding:
        return mean_folding(dtype, self.result_dtype(dtype), _most(axes), self.divisors(axes))

    def _pool(self, array: NDArray[Any], out: Any, forth: Any, back: Any, *, indexed: bool | None = None) -> Any:
        x = forth(array)
        result = self.result_dtype(x.dtype)
        if result.kind in "iu":
            axes = self.axes(x.shape[x.ndim - self.rank :])
            if self.divisor_override is not None or largest_sum(x.dtype, _most(axes)) >= 2**51:
                y = back(exact_mean(self, x, axes, result))
                if out is None:
                    return y
                check_out(out, y.shape, result, array, self._who)
                out[...] = y
                return out
        return super()._pool(array, out, forth, back)

    def backward(self, grad_output: ArrayLike, input_shape: Sequence[int], *, out: Any = None) -> NDArray[Any]:
        """Gradient with respect to the input: each gradient is shared out over its window.

        Parameters
        ----------
        grad_output : array_like
            Gradient with respect to the result, in the result's shape, of a floating-point dtype.
        input_shape : tuple of int
            Shape of the input.
        out : ndarray, optional
            Array for the gradient.

        Returns
        -------
        ndarray
            Of `input_shape` and the dtype of `grad_output`.
        """
        grad = as_input(grad_output, self._who, "grad_output")
        before, spatial, behind = self._split(input_shape)
        axes = self.axes(spatial)
        expected = before + tuple(a.outputs for a in axes) + behind
        if grad.shape != expected:
            given = f"for input_shape={tuple(input_shape)}; got {grad.shape}"
            raise PoolingValueError(f"{self._who}: grad_output must have shape {expected} {given}")
        if grad.dtype.kind != "f":
            raise PoolingTypeError(f"{self._who}: grad_output must be floating-point; got dtype {grad.dtype}")
        return spread_gradient(self, grad, axes, self.divisors(axes), out)

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._who)

        def pullback(grad_output: ArrayLike) -> NDArray[Any]:
            return self.backward(grad_output, array.shape)

        return self(array), pullback


def _most(axes: Sequence[Axis]) -> int:
    """Number of values in the largest window."""
    return prod(int(a.count.max(initial=1)) for a in axes)


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
        layer, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, dilation, None, data_format
    )
    return made.backward(grad_output, input_shape, out=out)


avg_pool1d, avg_pool2d, avg_pool3d = by_rank(_avg_pool, LAYERS)
avg_pool1d_backward, avg_pool2d_backward, avg_pool3d_backward = by_rank(_avg_pool_backward, LAYERS, "_backward")
