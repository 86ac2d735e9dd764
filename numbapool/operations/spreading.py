"""What adds up windows: its gradient is shared out over each window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_input, check_out
from ..copies import in_one_piece
from ..errors import PoolingTypeError, PoolingValueError
from ..jit import scalar
from ..layers import Pool
from ..plan import Plan
from ..planning import plan_as_it_lies
from ..sizes import is_shape
from ..windows import Axis, still_axis
from .missing import omits_nan
from .pairs import for_each
from .sums import mean_folding

__all__ = ["Spreads", "spread_gradient"]

# Bytes of a gradient that are divided at a time, where divisors differ: the caches of two cores hold them.
_PART = 2 * 2**20
# Bytes of a gradient up to which NumPy divides it.
_SMALL = 256 * 2**10


@scalar
def _unless_nan(gradient, x, _p, _q):
    return gradient if x == x else 0.0


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
        if omits_nan(self):
            raise PoolingValueError(f'{self._who}: with nan_policy="omit" the gradient depends on the input; use vjp')
        if type(grad_output) is np.ndarray and is_shape(input_shape):
            again = self._again(grad_output, out, known_as=input_shape)
            if again is not None:
                return again  # type: ignore[no-any-return]  # plans of gradients have one result
        return self._shared_out(grad_output, input_shape, out)

    def _shared_out(self, grad_output: ArrayLike, input_shape: Sequence[int], out: Any = None) -> NDArray[Any]:
        grad = as_input(grad_output, self._who, "grad_output")
        before, spatial, behind = self._split(input_shape)
        axes = self.axes(spatial)
        expected = before + tuple(a.outputs for a in axes) + behind
        if grad.shape != expected:
            given = f"for input_shape={tuple(input_shape)}; got {grad.shape}"
            raise PoolingValueError(f"{self._who}: grad_output must have shape {expected} {given}")
        if grad.dtype.kind != "f":
            raise PoolingTypeError(f"{self._who}: grad_output must be floating-point; got dtype {grad.dtype}")
        last = self.data_format == "channels_last"
        return spread_gradient(self, grad, axes, self.divisors(axes), out, channels_last=last)

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._who)
        y = self(array)
        if not omits_nan(self):
            return y, lambda grad_output: self.backward(grad_output, array.shape)
        last = self.data_format == "channels_last"
        share = self._share_of_numbers(np.moveaxis(array, -1, -self.rank - 1) if last else array)
        share = np.moveaxis(share, -self.rank - 1, -1) if last and share.ndim else share

        def pullback(grad_output: ArrayLike) -> NDArray[Any]:
            grad = as_input(grad_output, self._who, "grad_output")
            gx = self._shared_out(in_one_piece(grad * share, grad.dtype), array.shape)
            return for_each("but-for-nan", _unless_nan, gx, array, (0.0, 0.0), gx.dtype)

        return y, pullback

    def _share_of_numbers(self, x: NDArray[Any]) -> NDArray[Any]:
        """By how much more each number of a window counts where others are NaN and left out."""
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
    rank, plain = len(axes), grad.flags.carray
    if all(a.outputs == 1 for a in axes):  # a copy, small against the result, whose strides tell which axis is last
        grad = np.array(grad, order="C")
    g = np.moveaxis(grad, -1, -rank - 1) if channels_last else grad
    shape = g.shape[: g.ndim - rank] + tuple(a.size for a in axes)
    final = shape if not channels_last else shape[: -rank - 1] + shape[-rank:] + (shape[-rank - 1],)
    if out is not None:
        check_out(out, final, grad.dtype, grad, layer._who)
    # One divisor for all windows goes into the kernel; where they differ, the gradient is divided before, in parts that
    # stay in the cache.
    common = prod(int(d[0]) for d in divisors) if all(d.size and (d == d[0]).all() for d in divisors) else 0
    if not common:
        in_parts = _parts(grad, out, grad.ndim - rank - channels_last)
        if in_parts:
            result = np.empty(final, grad.dtype) if out is None else out
            for part in in_parts:
                spread_gradient(layer, grad[part], axes, divisors, result[part], channels_last=channels_last)
            return result
        g, common, plain = _divided(layer, g, divisors, final), 1, False

    def plan_spread(g: NDArray[Any], into: NDArray[Any] | None = None) -> Plan | None:
        shares = [np.full(axes[0].size, common, np.int64), *(np.ones(a.size, np.int64) for a in axes[1:])]
        return plan_as_it_lies(g, axes, mean_folding(g.dtype, g.dtype, 1, shares), spread=True, out=into)

    plan, line = layer._planned(g, ("spread", final, common), plan_spread)
    (y,) = plan.new()
    back = np.moveaxis(y, -rank - 1, -1) if channels_last else y
    if plain and back.flags.c_contiguous:
        layer._remember(grad, plan, final, final)
    if out is None:
        plan.fill(line, y.ravel(order="K"), fresh=True)
        return back
    moved = np.moveaxis(out, -1, -rank - 1) if channels_last else out
    key = "spread", final, common, g.shape, g.strides, g.dtype, g.flags.aligned, moved.strides, moved.flags.aligned
    layer.write(plan, line, (y,), g, (moved,), lambda: layer._once(key, lambda: plan_spread(g, moved)))
    return out  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open


def _parts(grad: NDArray[Any], out: NDArray[Any] | None, lead: int) -> list[tuple[slice, ...]]:
    """Samples, or channels, of a large gradient, some at a time; of others no parts."""
    axis = next((a for a in range(lead) if grad.shape[a] > 1), lead)
    lies = grad.flags.c_contiguous and (out is None or out.flags.c_contiguous)
    if axis == lead or grad.nbytes <= _PART or not lies:
        return []
    step = max(_PART * grad.shape[axis] // grad.nbytes, 1)
    return [(slice(None),) * axis + (slice(at, at + step),) for at in range(0, grad.shape[axis], step)]


def _divided(layer: Pool, g: NDArray[Any], divisors: Sequence[NDArray[Any]], final: tuple[int, ...]) -> NDArray[Any]:
    """The gradient of each window, divided by what its sum was divided by."""
    if g.nbytes < _SMALL:  # a kernel for it would have to be compiled, or loaded
        shares: NDArray[Any] = reduce(np.multiply.outer, divisors).astype(np.result_type(g.dtype, np.float32))
        divided: NDArray[Any] = (g / shares).astype(g.dtype, copy=False)
        return divided

    def plan_divided(g: NDArray[Any]) -> Plan | None:
        still = [still_axis(d.size) for d in divisors]
        return plan_as_it_lies(g, still, mean_folding(g.dtype, g.dtype, 1, divisors))

    return layer.computed(g, ("divided", final), plan_divided)[0]
