"""What keeps one value of each window: its gradient goes back to where the value came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingIndexError, PoolingTypeError, PoolingValueError
from ..layers import Pool
from ..plans.scattering import scatter
from ..validation.arrays import as_indices, as_input, as_rows, check_out
from ..validation.results import fits
from ..validation.sizes import is_shape

__all__ = ["Selects", "scatter_gradient"]


class Selects(Pool):
    """Layers whose results are values of the input, with indices that tell where they were."""

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
        again = _scattered_again(self, grad_output, indices, input_shape, out)
        if again is not None:
            return again
        expected, grad = self.output_shape(input_shape), as_input(grad_output, self._caller, "grad_output")
        if grad.shape != expected:
            raise PoolingValueError(
                f"{self._caller}: grad_output must have shape {expected} for input_shape={tuple(input_shape)}; "
                f"got {grad.shape}"
            )
        return scatter_gradient(self, grad, indices, input_shape, out)

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._caller)
        self._check_ndim(array.shape)
        y, indices = self.over_last_axes(array, channels_last=self.data_format == "channels_last", indexed=True)

        def pullback(grad_output: ArrayLike) -> NDArray[Any]:
            return self.backward(grad_output, indices, array.shape)

        return y, pullback


def _scattered_again(layer: Pool, grad: Any, indices: Any, shape: Any, out: Any) -> NDArray[Any] | None:
    """Fast path: the gradient for C-contiguous arrays whose shapes and dtypes are cached; None for any other call."""
    if not (type(grad) is type(indices) is np.ndarray and is_shape(shape)):
        return None
    sizes = layer._plans.get((grad.shape, grad.dtype, indices.shape, indices.dtype, shape))
    if sizes is None or not (grad.flags.carray and indices.flags.carray):
        return None
    if out is None:
        target = np.empty(shape, grad.dtype)
    elif fits(out, shape, grad.dtype, grad, indices):
        target = out
    else:
        return None
    found = scatter(grad.reshape(-1), indices.reshape(-1), target.reshape(-1), *sizes, adds=True)
    return target if found else None


def scatter_gradient(
    layer: Pool, grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], out: Any = None
) -> NDArray[Any]:
    """Sum of gradients at the positions that `indices` name; they may name any position of the plane."""
    caller = layer._caller
    grad = as_input(grad_output, caller, "grad_output")
    if grad.dtype == np.bool_:
        raise PoolingTypeError(f"{caller}: grad_output has dtype bool; allowed are floating-point numbers and integers")
    index = as_indices(indices, caller)
    if index.shape != grad.shape:
        raise PoolingValueError(
            f"{caller}: indices must have the shape of grad_output, {grad.shape}; got {index.shape}"
        )
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
            f"{caller}: grad_output and input_shape must agree but on the spatial axes; got {grad.shape} and {shape}"
        )
    if out is not None:
        check_out(out, shape, grad.dtype, grad, caller)
        check_out(out, shape, grad.dtype, index, caller)
    summed = as_rows(grad, np.float32) if grad.dtype == np.float16 else as_rows(grad)
    planes, inner, inputs = prod(before), prod(behind), prod(spatial)
    outputs = grad.size // max(planes * inner, 1)
    direct = out is not None and summed.dtype == grad.dtype and out.flags.carray
    target = out if direct else np.empty(shape, summed.dtype)
    if target.size == 0 or grad.size == 0:
        if index.size and inputs == 0:
            raise PoolingIndexError(f"{caller}: indices point into an input of no elements")
        target[...] = 0
    else:
        places = as_rows(index, np.int64)
        sizes = planes, inputs, outputs, inner
        if summed is grad and places is index:
            layer._plans[grad.shape, grad.dtype, index.shape, index.dtype, shape] = sizes
        if not scatter(summed.reshape(-1), places.reshape(-1), target.reshape(-1), *sizes, adds=True):
            worst = index.min() if index.min() < 0 else index.max()
            raise PoolingIndexError(f"{caller}: indices must be at least 0 and below {inputs}; got {worst}")
    if out is None:
        return as_rows(target, grad.dtype)
    if not direct:
        out[...] = target
    return out  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open
