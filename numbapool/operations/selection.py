"""What max and min share: one value of each window is kept, and the gradient goes back to where it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_input, check_out
from ..errors import PoolingIndexError, PoolingTypeError, PoolingValueError
from ..functions import layer_for
from ..jit import scalar
from ..kernels.half import float_to_half, half_to_float
from ..kernels.lines import Fold
from ..kernels.scatter import scatter_kernel
from ..kernels.select import Choice
from ..layers import DataFormat, Pool, WindowPool
from ..runtime import pieces_for
from ..scratch import NO_SCRATCH
from ..windows import Axis, IntOrTuple, Padding
from ..work import Folding, Selecting, Work
from .missing import NanPolicy, check_nan_policy, omits_nan, without_nan

__all__ = ["Extreme", "SelectsExtreme", "extreme_backward", "extreme_pool", "scatter_gradient"]


@scalar
def _as_is(value, parameter):
    return value


@scalar
def _result(value, divisor, parameter):
    return value


@scalar
def _widened(value, parameter):
    return half_to_float(value)


@scalar
def _narrowed(value, divisor, parameter):
    return float_to_half(value)


@scalar
def _itself(value):
    return value


@cache
def _fold(name: str, combine: Any, half: bool) -> Fold:
    if half:
        return Fold(f"{name}-half", _widened, combine, _narrowed, repeats=True)
    return Fold(name, _as_is, combine, _result, repeats=True)


@cache
def _choice(name: str, better: Any, half: bool) -> Choice:
    if half:
        return Choice(f"{name}-half", half_to_float, better, float_to_half)
    return Choice(name, _itself, better, _itself)


class SelectsExtreme(Pool):
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
        if not isinstance(self.return_indices, (bool, np.bool_)):  # type: ignore[attr-defined]
            got = self.return_indices  # type: ignore[attr-defined]
            raise PoolingTypeError(f"{self._who}: return_indices must be True or False; got {got!r}")
        check_nan_policy(self)

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Work:
        cls = type(self)
        half = dtype == np.float16
        compared = np.dtype(np.float32 if half else np.uint8 if dtype == np.bool_ else dtype)
        info: Any = np.finfo(compared) if compared.kind == "f" else np.iinfo(compared)
        identity = compared.type(cls.loses(info))
        name, combine, better = cls.reduce, cls.combine, cls.better
        if dtype.kind == "f" and omits_nan(self):
            name, combine, better = f"{name}-omit", *without_nan(combine, better)
            identity = compared.type(np.nan)
        if indexed:
            return Selecting(_choice(name, better, half), identity, dtype)
        return Folding(_fold(name, combine, half), identity, np.float32(0), dtype)

    def backward(
        self, grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], *, out: Any = None
    ) -> NDArray[Any]:
        """Gradient with respect to the input: each gradient is added where its value came from.

        Parameters
        ----------
        grad_output, indices : array_like
            Gradient of the result, and where each value came from; both in the result's shape.
        input_shape : tuple of int
            Shape of the input.
        out : ndarray, optional
            Array for the gradient.

        Returns
        -------
        ndarray
            Of `input_shape` and the dtype of `grad_output`.
        """
        expected = self.output_shape(input_shape)
        if np.shape(grad_output) != expected:
            raise PoolingValueError(
                f"{self._who}: grad_output must have shape {expected} for input_shape={tuple(input_shape)}; "
                f"got {np.shape(grad_output)}"
            )
        return scatter_gradient(self, grad_output, indices, input_shape, out)

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._who)
        self._check_ndim(array.shape)
        y, indices = self.over_last_axes(array, channels_last=self.data_format == "channels_last", indexed=True)

        def pullback(grad_output: ArrayLike) -> NDArray[Any]:
            return self.backward(grad_output, indices, array.shape)

        return y, pullback


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


def scatter_gradient(
    layer: Pool, grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], out: Any = None
) -> NDArray[Any]:
    """Sum of gradients at the positions that `indices` name; they may name any position of the plane."""
    who = layer._who
    grad = as_input(grad_output, who, "grad_output")
    if grad.dtype == np.bool_:
        raise PoolingTypeError(f"{who}: grad_output has dtype bool; allowed are floating-point numbers and integers")
    index = np.asarray(indices)
    if index.dtype.kind not in "iu":
        raise PoolingTypeError(f"{who}: indices must be integers; got dtype {index.dtype}")
    if index.shape != grad.shape:
        raise PoolingValueError(f"{who}: indices must have the shape of grad_output, {grad.shape}; got {index.shape}")
    before, spatial, behind = layer._split(input_shape)
    shape = before + spatial + behind
    layer._check_ndim(grad.shape)
    lead = len(before)
    if (
        grad.shape[:lead] != before
        or grad.shape[grad.ndim - len(behind) :] != behind
        or grad.ndim != len(before + spatial + behind)
    ):
        raise PoolingValueError(
            f"{who}: grad_output and input_shape must agree but on the spatial axes; got {grad.shape} and {shape}"
        )
    if out is not None:
        check_out(out, shape, grad.dtype, grad, who)
        check_out(out, shape, grad.dtype, index, who)
    summed = grad.astype(np.float32) if grad.dtype == np.float16 else grad
    planes, inner = prod(before), prod(behind)
    inputs, outputs = prod(spatial), grad.size // max(planes * inner, 1)
    direct = out is not None and out.flags.carray and summed is grad
    target = out if direct else np.empty(shape, summed.dtype)
    if target.size == 0 or grad.size == 0:
        if index.size and inputs == 0:
            raise PoolingIndexError(f"{who}: indices point into an input of no elements")
        target[...] = 0
    else:
        values = np.ascontiguousarray(summed).reshape(-1)
        places = np.ascontiguousarray(index, np.int64).reshape(-1)
        # a plane for each piece of work; where there are fewer planes than that, planes are cut into parts
        parts = 1 if planes >= 16 else min(16, max(inputs // 4096, 1))
        pieces = pieces_for(max(grad.size, target.size), planes * parts)
        parts = 1 if pieces == 1 else parts
        bad = np.zeros(planes * parts, np.int64)
        kernel = scatter_kernel(True)
        arguments = values, places, target.reshape(-1), bad, planes, inputs, outputs, inner, parts
        kernel.run(arguments, NO_SCRATCH, planes * parts, pieces)
        if bad.any():
            worst = index.min() if index.min() < 0 else index.max()
            raise PoolingIndexError(f"{who}: indices must be at least 0 and below {inputs}; got {worst}")
    if out is None:
        return target if target.dtype == grad.dtype else target.astype(grad.dtype)
    if not direct:
        out[...] = target
    return out  # type: ignore[no-any-return]


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
