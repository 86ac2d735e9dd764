"""What adds up windows: its gradient is shared out over each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingTypeError, PoolingValueError
from ..layers import Pool
from ..plans.plan import Plan, plan_as_it_lies
from ..validation.arrays import as_input, check_out, flat, lie_alike
from ..validation.sizes import is_shape
from ..windows import Axis
from .missing import omits_nan
from .sums import mean_of

__all__ = ["Spreads", "reduce_product", "spread_gradient"]


class Spreads(Pool):
    """A sum over a window, divided by something: its gradient is shared out over the window."""

    def divisors(self, axes: Sequence[Axis]) -> list[NDArray[np.int64]]:
        """What the sum of each window is divided by: the product of one factor for each axis."""
        return [np.ones(a.outputs, np.int64) for a in axes]

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
        if self.counts_numbers:
            option = 'nan_policy="omit"' if omits_nan(self) else "min_count"
            raise PoolingValueError(f"{self._caller}: with {option} the gradient depends on the input; use vjp")
        if type(grad_output) is np.ndarray and is_shape(input_shape):
            again = self._again(("backward", grad_output.shape, grad_output.dtype, input_shape), grad_output, out)
            if again is not None:
                return again  # type: ignore[no-any-return]  # plans of gradients have one result
        return self._shared_out(grad_output, input_shape, out)

    def _shared_out(self, grad_output: ArrayLike, input_shape: Sequence[int], out: Any = None) -> NDArray[Any]:
        grad = as_input(grad_output, self._caller, "grad_output")
        before, spatial, behind = self._split(input_shape)
        axes = self.axes(spatial)
        expected = before + tuple(a.outputs for a in axes) + behind
        if grad.shape != expected:
            given = f"for input_shape={tuple(input_shape)}; got {grad.shape}"
            raise PoolingValueError(f"{self._caller}: grad_output must have shape {expected} {given}")
        if grad.dtype.kind != "f":
            raise PoolingTypeError(f"{self._caller}: grad_output must be floating-point; got dtype {grad.dtype}")
        last = self.data_format == "channels_last"
        return spread_gradient(self, grad, axes, self.divisors(axes), out, channels_last=last)

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._caller)
        y = self(array)
        if not self.counts_numbers:
            return y, lambda grad_output: self.backward(grad_output, array.shape)
        last = self.data_format == "channels_last"
        share = self._share_of_numbers(np.moveaxis(array, -1, -self.rank - 1) if last else array)
        share = np.moveaxis(share, -self.rank - 1, -1) if last and share.ndim else share
        missing = np.isnan(array) & omits_nan(self)

        def pullback(grad_output: ArrayLike) -> NDArray[Any]:
            grad = as_input(grad_output, self._caller, "grad_output")
            if grad.shape == y.shape:  # others are refused
                grad = (grad * share).astype(grad.dtype)
            gx = self._shared_out(grad, array.shape)
            return np.where(missing, 0, gx).astype(gx.dtype, copy=False)

        return y, pullback

    @property
    def counts_numbers(self) -> bool:
        """Whether the gradient depends on which values of a window are NaN."""
        return omits_nan(self)

    def _share_of_numbers(self, x: NDArray[Any]) -> NDArray[Any]:
        """Factor on the gradient of each window: its divisor over the divisor without omitted NaN."""
        return np.ones(())


def spread_gradient(
    layer: Pool,
    grad: NDArray[Any],
    axes: Sequence[Axis],
    divisors: Sequence[NDArray[Any]],
    out: Any,
    *,
    channels_last: bool,
) -> NDArray[Any]:
    """Gradient of sums divided by ``divisors``: every input gets the share of each window that holds it."""
    rank = len(axes)
    if all(a.outputs == 1 for a in axes):  # a small copy, whose strides along axes of size 1 tell the memory order
        grad = np.array(grad, order="C")
    g = np.moveaxis(grad, -1, -rank - 1) if channels_last else grad
    shape = g.shape[: g.ndim - rank] + tuple(a.size for a in axes)
    final = shape if not channels_last else shape[: -rank - 1] + shape[-rank:] + (shape[-rank - 1],)
    if out is not None:
        check_out(out, final, grad.dtype, grad, layer._caller)
    if grad.size == 0:  # no windows, or no planes
        gx = np.empty(final, grad.dtype) if out is None else out
        gx[...] = 0
        return gx
    # One divisor for all windows goes into the kernel; where they differ, the gradient is divided before.
    common = prod(int(d[0]) for d in divisors) if all(d.size and (d == d[0]).all() for d in divisors) else 0
    if not common:
        shares = reduce_product(divisors).astype(np.result_type(g.dtype, np.float32))
        g = np.divide(g, shares, dtype=shares.dtype).astype(g.dtype, copy=False)
    share = [np.full(axes[0].size, common or 1, np.int64), *(np.ones(a.size, np.int64) for a in axes[1:])]

    def plan_spread(g: NDArray[Any], into: NDArray[Any] | None = None) -> Plan | None:
        return plan_as_it_lies(g, axes, mean_of(g.dtype, g.dtype, (), share), spread=True, out=into)

    plan, line = layer._planned(g, ("spread", final, common), plan_spread)
    (y,) = plan.new()
    back = np.moveaxis(y, -rank - 1, -1) if channels_last else y
    if common:
        layer._remember(("backward", grad.shape, grad.dtype, final), plan, grad, line, back)
    if out is None:
        plan.fill(line, y.ravel(order="K"))
        return back
    if lie_alike(out, back):
        plan.into_given.fill(line, flat(out)[0])
    else:
        plan.fill(line, y.ravel(order="K"))
        out[...] = back
    return out  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open


def reduce_product(factors: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """The product of one factor for each spatial axis, as an array over these axes."""
    return reduce(np.multiply.outer, factors)
