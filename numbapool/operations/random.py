"""Random choice: one value of each window, drawn evenly or in proportion to the values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, ClassVar

import numpy as np
from numba.extending import register_jitable
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingTypeError
from ..kernels.compile import jitable
from ..kernels.draw import aiming_loop, evenly_lines, share_lines
from ..kernels.gather import INDEXED, SELECTED
from ..kernels.order import last_nan
from ..kernels.scalars import half_to_float, itself
from ..layers import DataFormat, Pool, WindowPool
from ..reductions import Whole
from ..validation.arrays import as_input
from ..validation.sizes import IntOrTuple, Padding
from ..windows import Axis, most_values
from .averages import WeightedMeans
from .selecting import Selects

__all__ = [
    "RandomPool1d",
    "RandomPool2d",
    "RandomPool3d",
    "StochasticPool1d",
    "StochasticPool2d",
    "StochasticPool3d",
]

# For windows of up to so many values, numbers of float32 are enough.
_MOST_SINGLE = 64


@cache
def _loading_weights(single: bool, half: bool) -> Any:
    """Loads a value as its weight, ``max(value, 0)``; with ``single`` in float32, times 2**-7 against overflow."""
    number: Any = np.float32 if single else np.float64
    scale = 2.0**-7 if single else 1.0

    @jitable
    def load(value):
        v = number(half_to_float(value)) if half else number(value)
        return number(0) if v <= number(0) else v * number(scale)

    return load


_aim = aiming_loop(False)[0]


@register_jitable
def _share(values, places, count, parameter, draw):
    """Place of a value drawn in proportion to the weights, which `_loading_weights` made (float64)."""
    nan = last_nan(values, count)
    if nan >= 0:
        return nan
    total = 0.0
    for i in range(count):
        total += values[i]
    aim, below, kept = _aim(draw, total), values[0], 0
    for i in range(1, count):
        kept = i if below <= aim else kept
        below += values[i]
    return kept


@register_jitable
def _positive(v, m, parameter):
    """What is positive of a value, or the NaN that it is."""
    return v if v > 0.0 or v != v else 0.0


@register_jitable
def _squared(e, v, m):
    """A weight times itself."""
    return e * e


@register_jitable
def _expected(m, total, weighted, count, parameter):
    """The mean of what is positive, each value weighted by itself."""
    mean = weighted / total
    return mean if total != 0.0 else 0.0


@register_jitable
def _slope_of_expected(e, v, m, total, weighted):
    """Its derivative by a value."""
    slope = (2.0 * v - weighted / total) / total
    return slope if v > 0.0 else 0.0


def generator_from(layer: Pool, rng: Any) -> np.random.Generator:
    """``rng`` itself if it is a generator, else ``numpy.random.default_rng(rng)``."""
    if isinstance(rng, np.random.Generator):
        return rng
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise PoolingTypeError(
            f"{layer._caller}: rng must be a numpy.random.Generator or a seed; got {rng!r}"
        ) from None


class Draws(Selects):
    """Layers that draw one value of each window; each window has its own random number, on whatever thread."""

    rng: Any

    def __call__(self, x: ArrayLike, *, rng: Any = None, out: Any = None) -> Any:
        """Pool ``x``, drawing from ``rng``, or from the layer's own generator, or from a new one."""
        array = as_input(x, self._caller)
        self._check_ndim(array.shape)
        return self.over_last_axes(array, out, channels_last=self.data_format == "channels_last", rng=rng)

    def over_last_axes(  # type: ignore[override]  # with what it draws from
        self,
        array: NDArray[Any],
        out: Any = None,
        *,
        channels_last: bool = False,
        indexed: bool | None = None,
        rng: Any = None,
    ) -> Any:
        generator = generator_from(self, self.rng if rng is None else rng)
        return super().over_last_axes(
            array, out, channels_last=channels_last, indexed=indexed, seed=float(generator.integers(1, 2**53))
        )

    def vjp(self, x: ArrayLike, *, rng: Any = None) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._caller)
        self._check_ndim(array.shape)
        last = self.data_format == "channels_last"
        y, indices = self.over_last_axes(array, channels_last=last, indexed=True, rng=rng)
        return y, lambda grad_output: self.backward(grad_output, indices, array.shape)


@dataclass(frozen=True, repr=False)
class RandomPool(Draws, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    return_indices: bool = False
    rng: Any = field(default=None, compare=False)
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "random"
    summary = "value at a random position"
    notes = """Every position of a window that holds input is equally likely. The same generator state gives the same
    result for any number of threads."""

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Whole:
        nothing = np.float32(0)
        return Whole(
            load=itself,
            store=itself,
            one=None,
            gives=INDEXED if indexed else SELECTED,
            identity=nothing,
            parameter=nothing,
            dtype=dtype,
            on_lines=evenly_lines,
            most=2**31,
            takes=False,
            indexed=indexed,
            draws=True,
        )


@dataclass(frozen=True, repr=False)
class StochasticPool(Draws, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    training: bool = True
    return_indices: bool = False
    rng: Any = field(default=None, compare=False)
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "stochastic"
    summary = "value drawn in proportion to the values"
    notes = """Negative values count as zero; of a window without a positive value the first is kept. NaN propagates,
    and the first infinity is kept. Shares of windows of up to 64 values of at most 32 bits (int32 excepted) are
    as fine as 2**-24, else as 2**-53.
    With ``training=False`` the expected value, ``sum(x ** 2) / sum(x)`` over what is positive, with dtypes
    as for the mean. Source: Zeiler, Fergus 2013, Stochastic pooling for regularization of deep
    convolutional neural networks."""

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Whole:
        single = most_values(axes) <= _MOST_SINGLE and (dtype == np.float32 or dtype.itemsize <= 2)
        number: Any = np.float32 if single else np.float64
        return Whole(
            load=_loading_weights(single, dtype == np.float16),
            store=itself,
            one=_share,
            gives=INDEXED if indexed else SELECTED,
            identity=number(0),
            parameter=number(0),
            dtype=dtype,
            on_lines=partial(share_lines, single),
            indexed=indexed,
            draws=True,
        )

    @property
    def _expected(self) -> Any:
        """The layer for the expected value."""
        return self.beside(EXPECTED, data_format=self.data_format)

    def explain(self, x: ArrayLike) -> str:
        """Which kernel runs for ``x``, and why."""
        return super().explain(x) if self.training else self._expected.explain(x)

    def over_last_axes(self, array: NDArray[Any], out: Any = None, *, rng: Any = None, **options: Any) -> Any:
        if self.training:
            return super().over_last_axes(array, out, rng=rng, **options)
        return self._expected.over_last_axes(array, out, channels_last=options.get("channels_last", False))

    def vjp(self, x: ArrayLike, *, rng: Any = None) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        if self.training:
            return super().vjp(x, rng=rng)
        return self._expected.vjp(x)  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open


@dataclass(frozen=True, repr=False)
class ExpectedPool(WeightedMeans, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "expected"
    summary = "mean, each value weighted by itself,"
    weight, product, finish, slope = _positive, _squared, _expected, _slope_of_expected
    largest = False


class ExpectedPool1d(ExpectedPool, rank=1): ...


class ExpectedPool2d(ExpectedPool, rank=2): ...


class ExpectedPool3d(ExpectedPool, rank=3): ...


EXPECTED = (ExpectedPool1d, ExpectedPool2d, ExpectedPool3d)


class RandomPool1d(RandomPool, rank=1): ...


class RandomPool2d(RandomPool, rank=2): ...


class RandomPool3d(RandomPool, rank=3): ...


class StochasticPool1d(StochasticPool, rank=1): ...


class StochasticPool2d(StochasticPool, rank=2): ...


class StochasticPool3d(StochasticPool, rank=3): ...
