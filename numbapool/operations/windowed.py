"""What the operations share that look at windows of a fixed size: their arguments, and two ways to work on a window.

`Picks` keeps one value of each window, found by a function of the window; `Mixes` makes an average of it, with weights
that depend on the values. Both are given as jitted functions of one line of numbers (`kernels.gather.Window`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_input
from ..choose import most_values
from ..copies import as_computed, in_one_piece
from ..errors import PoolingTypeError, PoolingValueError
from ..jit import scalar
from ..kernel import Kernel
from ..kernels.batches import FEWEST_PLANES
from ..kernels.gather import Window
from ..kernels.half import float_to_half, half_to_float
from ..kernels.lanes import MOST_VALUES, Across
from ..kernels.loads import itself
from ..kernels.turned_weigh import turned_weigh_kernel, turned_weigh_scratch
from ..kernels.weigh import MOST_IN_LINES, weigh_kernel, weigh_scratch
from ..layers import DataFormat, Pool
from ..planning import make_plan
from ..runtime import pieces_for
from ..scratch import Scratch
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from ..windows import Axis
from ..work import Gathering
from .halved import halved
from .keeping import KeepsOne
from .placing import placed

__all__ = ["Mixes", "NeedsInput", "Picks", "Windowed", "averaged_dtype", "check_number", "conversions"]


@dataclass(frozen=True, repr=False)
class Windowed(WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"


def averaged_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Dtype of averages: that of floating-point input, float32 for integers of up to 16 bits, float64 beyond."""
    return dtype if dtype.kind == "f" else np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)


def check_number(layer: Pool, name: str, rule: str, holds: Callable[[float], bool]) -> None:
    """Make a field of ``layer`` a float, or raise an error that says the rule."""
    value = getattr(layer, name)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise PoolingTypeError(f"{layer._who}: {name} must be a number; got {value!r}")
    if not holds(float(value)):
        raise PoolingValueError(f"{layer._who}: {name} must be {rule}; got {value!r}")
    object.__setattr__(layer, name, float(value))


@scalar
def _narrowed(value):
    return float_to_half(np.float32(value))


def conversions(half_in: bool, half_out: bool) -> tuple[Any, Any, str]:
    """What stored values become to be computed with, and results to be stored; and a name for both."""
    name = f"{'-half' if half_in else ''}{'-to-half' if half_out else ''}"
    return half_to_float if half_in else itself, _narrowed if half_out else itself, name


def _across(
    find: Callable[..., Across | None], dtype: np.dtype[Any], half: bool, values: int, *, alike: bool = True
) -> Across | None:
    found = find(dtype, values, alike=alike)
    return halved(found, dtype) if found and half else found


@cache
def _window(name: str, function: Any, half_in: bool, half_out: bool, selects: bool) -> Window:
    load, store, kind = conversions(half_in, half_out)
    return Window(name + kind, load, function, store, selects)


class Picks(KeepsOne):
    """One value of each window is kept, and the gradient goes back to where it came from."""

    reduce: ClassVar[str]
    choose: ClassVar[Any]  # jitted: (values, places, parameters, number) -> place in the line

    def numbers(self) -> tuple[float, ...]:
        """The operation's own numbers; the first is the seed of its draws."""
        return (0.0,)

    def choice(self, dtype: np.dtype[Any], values: int) -> tuple[str, Any]:
        """Name and function of what is kept of windows of so many values."""
        return self.reduce, type(self).choose

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Gathering:
        half = dtype == np.float16
        gathered = np.dtype(np.float32 if half else np.uint8 if dtype == np.bool_ else dtype)
        window = _window(*self.choice(gathered, most_values(axes)), half, half, True)
        across = partial(_across, self.places_across if indexed else self.across, gathered, half)
        of_triples = None if half or indexed else self.of_triples(gathered)
        return Gathering(window, gathered.type(0), self.numbers(), dtype, indexed, across, of_triples)

    def across(self, dtype: np.dtype[Any], values: int, *, alike: bool = True) -> Across | None:
        """What does the same for many windows of so many values at once, or of at most so many if not ``alike``."""
        return None

    def places_across(self, dtype: np.dtype[Any], values: int, *, alike: bool = True) -> Across | None:
        """The same that tells which of its values each window keeps."""
        found = self.across(dtype, values, alike=alike)
        return found and placed(found, dtype.kind == "f")

    def of_triples(self, dtype: np.dtype[Any]) -> tuple[str, Any] | None:
        """Name and function that do the same for windows of 3 × 3 at stride 1."""
        return None


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
            array = in_one_piece(array, np.float32)
        if self.data_format != "channels_last":
            return self._gradient(grad, array)
        grad, array = (np.moveaxis(a, -1, -self.rank - 1) for a in (grad, array))
        return in_one_piece(np.moveaxis(self._gradient(grad, array), -self.rank - 1, -1))

    def _checked_gradient(self, grad_output: ArrayLike, x: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        array, grad = as_input(x, self._who), as_input(grad_output, self._who, "grad_output")
        expected = self.output_shape(array.shape)
        if grad.shape != expected:
            raise PoolingValueError(
                f"{self._who}: grad_output must have shape {expected} for x of shape {array.shape}; got {grad.shape}"
            )
        if grad.dtype.kind != "f":
            raise PoolingTypeError(f"{self._who}: grad_output must be floating-point; got dtype {grad.dtype}")
        return grad, array

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._who)
        return self(array), lambda grad_output: self.backward(grad_output, array)


class Mixes(NeedsInput):
    """Each window becomes an average of its values, computed in float64."""

    reduce: ClassVar[str]
    average: ClassVar[Any]  # jitted: (values, places, parameters, number) -> result
    weigh: ClassVar[Any]  # jitted: (values, parameters, weights): derivative of the result by each value
    # jitted, if there are any: both for many windows at once; see `kernels.lanes` and `kernels.weigh`
    average_across: ClassVar[Any] = None
    weigh_across: ClassVar[Any] = None

    def numbers(self) -> tuple[float, ...]:
        """The operation's own numbers, behind a seed that it has no use for."""
        return (0.0,)

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Gathering:
        result = averaged_dtype(dtype)
        window = _window(self.reduce, type(self).average, dtype == np.float16, result == np.float16, False)
        across = partial(_across, self.across, np.dtype(np.float64), dtype == np.float16)
        return Gathering(window, np.float64(0), self.numbers(), result, across=across)

    def across(self, dtype: np.dtype[Any], values: int, *, alike: bool = True) -> Across | None:
        """What does the same for many windows of so many values at once, or of at most so many if not ``alike``."""
        several = type(self).average_across
        return Across(self.reduce, several) if several and values <= MOST_VALUES else None

    def _gradient(self, grad: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        axes = self._axes_of(x)
        if x.size == 0 or grad.size == 0:
            return np.zeros(x.shape, grad.dtype)
        x, g = as_computed(x), as_computed(grad)
        # sums over several windows are rounded once
        alone = all(a.stride > a.reach or a.outputs == 1 for a in axes)
        gx = np.empty(x.shape, g.dtype if alone else np.float64)
        known_by = x.shape, x.dtype, "weighing"
        kernel, scratch, tables, units = self._once(known_by, lambda: self._weighing(x, axes))
        frame, _strips, depth, height, width, _identity, numbers = tables
        arguments = (x.reshape(-1), g.reshape(-1), gx.reshape(-1), frame, depth, height, width, numbers)
        kernel.run(arguments, scratch, units, pieces_for(gx.size, units))
        return in_one_piece(gx, grad.dtype)

    def _weighing(self, x: NDArray[Any], axes: tuple[Axis, ...]) -> tuple[Kernel, Scratch, tuple[Any, ...], int]:
        """Kernel, scratch memory, tables and number of work units for the gradient of contiguous arrays."""
        spatial = x.shape[x.ndim - self.rank :]
        planes, most = prod(x.shape[: x.ndim - self.rank]), most_values(axes)
        strides = tuple(prod(spatial[i:]) for i in range(self.rank + 1))
        work, across = self.work(x.dtype, axes, indexed=False), type(self).weigh_across
        if across and most <= MOST_IN_LINES and planes >= FEWEST_PLANES:
            plan = make_plan((planes, *spatial), strides, x.dtype, axes, work)
            if plan is not None and plan.turned:
                scratch = turned_weigh_scratch(plan.tables[0], most)
                return turned_weigh_kernel(self.reduce, across), scratch, plan.tables, plan.units
        # the tables of all windows of one plane: the kernel goes from plane to plane by itself
        plan = make_plan((1, *spatial), strides, x.dtype, axes, replace(work, across=None))
        if plan is None:  # contiguous arrays always have a plan
            raise AssertionError
        return weigh_kernel(self.reduce, type(self).weigh, across), weigh_scratch(most), plan.tables, planes
