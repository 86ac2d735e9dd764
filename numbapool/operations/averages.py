"""Base classes of averages whose gradient depends on the values of the input, not only on its shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingTypeError, PoolingValueError
from ..kernels.gather import MADE
from ..kernels.scalars import double, double_to_half, half_to_double, itself
from ..kernels.weights import mean_of_one, slopes_of_one, weighted_lines
from ..layers import Pool
from ..plans.plan import Plan, plan_as_it_lies
from ..reductions import Slopes, Whole, stored_as
from ..validation.arrays import as_input, as_rows
from ..windows import Axis
from .mean import averaged_dtype

__all__ = ["Averages", "NeedsInput", "WeightedMeans", "check_number", "total_of"]


class NeedsInput(Pool):
    """The gradient depends on the input itself."""

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        """Gradient for channels-first arrays."""
        raise NotImplementedError  # every operation has its own

    def backward(self, grad_output: ArrayLike, x: ArrayLike) -> NDArray[Any]:
        """Gradient with respect to the input ``x``.

        Parameters
        ----------
        grad_output : array_like
            Gradient with respect to the result, in the result's shape, of a floating-point dtype.
        x : array_like
            The input.

        Returns
        -------
        ndarray
            Of the shape of `x` and the dtype of `grad_output`.
        """
        grad, array = self._checked_gradient(grad_output, x)
        if array.dtype == np.float16:  # whose results are too coarse to compute with
            array = as_rows(array, np.float32)
        if self.data_format != "channels_last":
            return self._gradient(grad, array)
        grad, array = (np.moveaxis(a, -1, -self.rank - 1) for a in (grad, array))
        return as_rows(np.moveaxis(self._gradient(grad, array), -self.rank - 1, -1))

    def _checked_gradient(self, grad_output: ArrayLike, x: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        array, grad = as_input(x, self._caller), as_input(grad_output, self._caller, "grad_output")
        expected = self.output_shape(array.shape)
        if grad.shape != expected:
            raise PoolingValueError(
                f"{self._caller}: grad_output must have shape {expected} for x of shape {array.shape}; got {grad.shape}"
            )
        if grad.dtype.kind != "f":
            raise PoolingTypeError(f"{self._caller}: grad_output must be floating-point; got dtype {grad.dtype}")
        return grad, array

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``, which must not change in between."""
        array = as_input(x, self._caller)
        return self(array), lambda grad_output: self.backward(grad_output, array)


class Averages(NeedsInput):
    """Each window becomes an average of its values, computed in float64 from all of them."""

    on_lines: ClassVar[Any]  # makes a function that reduces many windows at a time; see `reductions.Whole`
    one: ClassVar[Any]  # reduces one window
    slopes: ClassVar[Any]  # derivatives of the result of one window by each of its values
    slope_scalars: ClassVar[tuple[Any, ...]] = ()  # weight, product and slope, for many windows at a time
    largest: ClassVar[bool] = False

    @property
    def parameter(self) -> float:
        """The kernels' number of the operation's own."""
        return 0.0

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Whole:
        cls, result = type(self), averaged_dtype(dtype)
        return Whole(
            load=half_to_double if dtype == np.float16 else double,
            store=double_to_half if result == np.float16 else itself,
            one=cls.one,
            gives=MADE,
            identity=np.float64(0),
            parameter=np.float64(self.parameter),
            dtype=result,
            on_lines=cls.on_lines,
        )

    def slopes_of(self, **known: Any) -> Slopes:
        """The reduction for the gradient, of which loads, store and dtype are ``known``."""
        cls = type(self)
        return Slopes(
            scalars=cls.slope_scalars,
            slopes=cls.slopes,
            largest=cls.largest,
            parameter=np.float64(self.parameter),
            **known,
        )

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        x, g = as_rows(x), as_rows(grad)
        gx = np.empty(x.shape, g.dtype)
        half = g.dtype == np.float16

        def plan(x: NDArray[Any]) -> Plan | None:
            load = half_to_double if x.dtype == np.float16 else double
            load_grad, store = (half_to_double, double_to_half) if half else (double, itself)
            slopes = self.slopes_of(load=load, load_grad=load_grad, store=store, dtype=g.dtype)
            return plan_as_it_lies(x, self._axes_of(x), slopes)

        if x.size and g.size:
            found, _ = self._planned(x, ("slopes", g.dtype), plan)
            (like,) = found.new()  # the kernel reads gradients as it would write results
            if not like.flags.c_contiguous:
                like[...] = g
                g = like
            found.fill(x.reshape(-1), g.ravel(order="K"), gx.reshape(-1).view(stored_as(gx.dtype)))
        else:
            gx[...] = 0
        return gx


class WeightedMeans(Averages):
    """A mean of the values of a window, each weighted by a function of it and of the largest of them."""

    weight: ClassVar[Any]  # (value, largest, parameter) -> its weight
    product: ClassVar[Any]  # (weight, value, largest) -> what is added up beside the weights
    finish: ClassVar[Any]  # (largest, sum of weights, sum of products, count, parameter) -> result
    slope: ClassVar[Any]  # (weight, value, largest, both sums) -> derivative by that value
    largest = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "weight" in vars(cls):
            scalars, cls.slope_scalars = (cls.weight, cls.product, cls.finish), (cls.weight, cls.product, cls.slope)
            cls.on_lines = partial(weighted_lines, *scalars, cls.largest)
            cls.one, cls.slopes = mean_of_one(*scalars, cls.largest), slopes_of_one(*cls.slope_scalars, cls.largest)


def check_number(layer: Pool, name: str, rule: str, holds: Callable[[float], bool]) -> None:
    """Make a field of ``layer`` a float, or raise an error that says the rule."""
    value = getattr(layer, name)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise PoolingTypeError(f"{layer._caller}: {name} must be a number; got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond all of them
        number = np.nan
    if not holds(number):
        raise PoolingValueError(f"{layer._caller}: {name} must be {rule}; got {value!r}")
    object.__setattr__(layer, name, number)


def total_of(pullbacks: Any, gradients: Any, caller: str) -> NDArray[Any]:
    """The sum of what each pullback makes of its gradient, a new array; float16 are too coarse to add up."""
    total: Any = None
    dtypes = []
    for back, gradient in zip(pullbacks, gradients, strict=True):
        grad = as_input(gradient, caller, "grad_output")
        dtypes.append(grad.dtype)
        new = back(grad.astype(np.float32) if grad.dtype == np.float16 else grad)
        total = new if total is None else total + new
    return total.astype(np.result_type(*dtypes), copy=False)  # type: ignore[no-any-return]  # an array
