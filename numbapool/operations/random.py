"""Random choice: one value of each window, drawn evenly or in proportion to the values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_input
from ..choose import most_values
from ..errors import PoolingTypeError
from ..functions import twins
from ..jit import scalar, vector
from ..kernels.lines import copy
from ..kernels.views import nth, part, taken_as
from ..layers import DataFormat, Pool
from ..window_pool import WindowPool
from ..windows import Axis, IntOrTuple, Padding
from ..work import Gathering
from .ordering import last_nan
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

_UNIT = 2.0**-53
# Windows of up to so many values are drawn from for a whole row of them at once.
_MOST_ACROSS = 64


@scalar
def _any(values, places, parameters, draw):
    return int((draw >> np.uint64(32)) * np.uint64(values.size) >> np.uint64(32))


@scalar
def _positive(value):
    return np.float64(value) if value > 0 else 0.0


@scalar
def _in_proportion(values, places, parameters, draw):
    nan = last_nan(values)
    if nan >= 0:
        return nan
    total = 0.0
    for i in range(values.size):
        total += _positive(values[i])
    left = np.float64(draw >> np.uint64(11)) * _UNIT * total
    kept = 0
    for i in range(values.size):
        weight = _positive(values[i])
        if weight > 0:
            kept = i
            if left < weight:
                break
            left -= weight
    return kept


@vector
def _add_positive(totals, line):
    for i in range(totals.size):
        totals[i] += _positive(line[i])


@vector
def _draw_below(left, totals, draws):
    for i in range(left.size):
        left[i] = np.float64(np.uint64(draws[i]) >> np.uint64(11)) * _UNIT * totals[i]


@vector
def _keep_drawn(kept, left, kept_before, left_before, line):
    """Keep what is drawn if it lies here, and what may be so far; ``left`` is negative once it was found.

    The last NaN is kept whatever is drawn.
    """
    for i in range(kept.size):
        weight, before = _positive(line[i]), left_before[i]
        number = line[i] == line[i]
        skipped = number & ((before < 0) | (weight == 0))
        found = (before < weight) | (line[i] != line[i])
        kept[i] = kept_before[i] if skipped else line[i]
        left[i] = before if skipped else (-1.0 if found else before - weight)


@scalar
def _in_proportion_across(out, lines, draws, parameters):
    """The same for many windows at once, by the same steps."""
    n, count = out.size, np.int64(parameters[1])
    kept, kept_before = part(nth(lines, count), 0, n), part(nth(lines, 0), 0, n)
    left = part(taken_as(nth(draws, 1), parameters), 0, n)
    left_before = part(taken_as(nth(draws, 2), parameters), 0, n)
    for i in range(n):
        left[i] = 0.0
    for k in range(count):
        _add_positive(left, part(nth(lines, k), 0, n))
    _draw_below(left_before, left, part(nth(draws, 0), 0, n))
    for k in range(count):  # lines in turn, never in place
        _keep_drawn(kept, left, kept_before, left_before, part(nth(lines, k), 0, n))
        kept_before, kept = kept, part(nth(lines, count + (k + 1) % 2), 0, n)
        left_before, left = left, left_before
    copy(out, kept_before)


@scalar
def _expected(values, places, parameters, draw):
    total = weighted = 0.0
    for i in range(values.size):
        weight = _positive(values[i]) if values[i] == values[i] else values[i]
        total += weight
        weighted += weight * weight
    return weighted / total if total != 0 else 0.0


@scalar
def _expected_slope(values, parameters, weights):
    total = weighted = 0.0
    for i in range(values.size):
        weight = _positive(values[i])
        total += weight
        weighted += weight * weight
    for i in range(values.size):
        weight = _positive(values[i])
        weights[i] = (2 * weight - weighted / total) / total if weight > 0 else 0.0


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
    choose = _any

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
    notes = """Negative values count as zero; of a window without a positive value the first is kept. NaN propagates.
    With ``training=False`` the expected value, ``sum(x ** 2) / sum(x)`` over what is positive, with dtypes
    as for the mean. Source: Zeiler, Fergus 2013, Stochastic pooling for regularization of deep
    convolutional neural networks."""
    choose = _in_proportion

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Gathering:
        count = most_values(axes)
        across = ("in-proportion", _in_proportion_across) if count <= _MOST_ACROSS and dtype != np.float16 else None
        return replace(super().work(dtype, axes, indexed=indexed), parameters=(0.0, float(count)), across=across)

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
    average = _expected
    weigh = _expected_slope


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


LAYERS = (RandomPool1d, RandomPool2d, RandomPool3d)
STOCHASTIC_LAYERS = (StochasticPool1d, StochasticPool2d, StochasticPool3d)
random_pool1d, random_pool2d, random_pool3d = twins(LAYERS)
stochastic_pool1d, stochastic_pool2d, stochastic_pool3d = twins(STOCHASTIC_LAYERS)
