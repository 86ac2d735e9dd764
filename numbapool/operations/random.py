"""Random choice: one value of each window, drawn evenly or in proportion to the values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_input
from ..errors import PoolingTypeError
from ..functions import twins
from ..kernels.lanes import MOST_VALUES, Across
from ..layers import DataFormat, Pool
from ..sizes import IntOrTuple, Padding
from ..window_pool import WindowPool
from ..windows import Axis
from ..work import Gathering
from .draws import any_of, in_proportion
from .expected import expected, expected_across, expected_slope, expected_slopes
from .windowed import Mixes, Picks

__all__ = [
    "RandomPool1d",
    "RandomPool2d",
    "RandomPool3d",
    "StochasticPool1d",
    "StochasticPool2d",
    "StochasticPool3d",
    "random_pool1d",
    "random_pool2d",
    "random_pool3d",
    "stochastic_pool1d",
    "stochastic_pool2d",
    "stochastic_pool3d",
]

# For windows of up to so many values, numbers of float32 are enough.
_MOST_SINGLE = 64


def _proportion(dtype: np.dtype[Any], values: int) -> SimpleNamespace:
    """How one of so many values of a dtype is drawn."""
    return in_proportion(values <= _MOST_SINGLE and (dtype == np.float32 or dtype.itemsize <= 2))


def generator_from(layer: Pool, rng: Any) -> np.random.Generator:
    """The generator that ``rng`` is, or that it seeds."""
    if isinstance(rng, np.random.Generator):
        return rng
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise PoolingTypeError(f"{layer._who}: rng must be a numpy.random.Generator or a seed; got {rng!r}") from None


class Draws(Picks):
    """One value of each window is drawn; every window has a number of its own, whatever thread works on it."""

    rng: Any

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Gathering:
        return replace(super().work(dtype, axes, indexed=indexed), draws=True)

    def __call__(self, x: ArrayLike, *, rng: Any = None, out: Any = None) -> Any:
        """Pool ``x``, drawing from ``rng``, or from the layer's own generator, or from a new one."""
        array = as_input(x, self._who)
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
        array = as_input(x, self._who)
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
    choose = any_of

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Gathering:
        return replace(super().work(dtype, axes, indexed=indexed), evenly=True)


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

    def choice(self, dtype: np.dtype[Any], values: int) -> tuple[str, Any]:
        draw = _proportion(dtype, values)
        return draw.name, draw.one

    def across(self, dtype: np.dtype[Any], values: int, *, alike: bool = True) -> Across | None:
        draw = _proportion(dtype, values)
        return Across(draw.name, draw.many, draw.fill) if values <= MOST_VALUES else None

    def places_across(self, dtype: np.dtype[Any], values: int, *, alike: bool = True) -> Across | None:
        draw = _proportion(dtype, values)
        return Across(draw.name, draw.places, draw.fill) if values <= MOST_VALUES else None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.training:
            window = self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.data_format
            object.__setattr__(self, "_expected", EXPECTED[self.rank - 1](*window))

    _expected: ClassVar[Any]

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
class ExpectedPool(Mixes, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "expected"
    summary = "mean, each value weighted by itself,"
    average, average_across = expected, expected_across
    weigh, weigh_across = expected_slope, expected_slopes


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


random_pool1d, random_pool2d, random_pool3d = twins((RandomPool1d, RandomPool2d, RandomPool3d))
stochastic_pool1d, stochastic_pool2d, stochastic_pool3d = twins((StochasticPool1d, StochasticPool2d, StochasticPool3d))
