"""What is kept of each window, as the kernels need to know it: scalar functions, and numbers of one dtype."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["STORED_AS", "Fold", "Reduction", "Selection", "Slopes", "Whole", "stored_as"]

# float16 travels as its bits, bool as bytes.
STORED_AS: dict[np.dtype[Any], np.dtype[Any]] = {
    np.dtype(np.float16): np.dtype(np.uint16),
    np.dtype(np.bool_): np.dtype(np.uint8),
}


def stored_as(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype as which kernels see arrays of ``dtype``."""
    return STORED_AS.get(dtype, dtype)


@dataclass(frozen=True)
class Fold:
    """A separable reduction: values are combined two by two, in any grouping."""

    load: Any  # (stored value, parameter) -> number to combine
    combine: Any  # (number, number) -> number
    finish: Any  # (number, divisor, parameter) -> stored result
    identity: Any  # NumPy scalar that changes nothing when combined
    parameter: Any  # NumPy scalar of the operation's own
    dtype: np.dtype[Any]  # of the result
    divisors: Sequence[NDArray[np.int64]] | None = None  # one factor for each spatial axis
    combine_freely: Any = None  # as `combine`, but LLVM may reorder it to vectorize a run
    combine_last: Any = None  # as `combine`, for the last step before `finish`, in a wider type

    indexed = False

    @property
    def scalars(self) -> tuple[Any, ...]:
        """The functions of numbers that kernels are made of."""
        return self.load, self.combine, self.combine_last or self.combine, self.finish

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The kernels' arguments behind the table."""
        return self.identity, self.parameter

    @property
    def dtypes(self) -> tuple[Any, ...]:
        """Dtypes of these."""
        return self.identity.dtype, self.parameter.dtype


@dataclass(frozen=True)
class Selection:
    """One value of each window is kept, and where it was."""

    load: Any  # (stored value) -> value to compare
    better: Any  # (later value, kept value) -> whether the later one replaces it
    store: Any  # (value) -> stored result
    number: Any  # NumPy type of what is compared
    dtype: np.dtype[Any]

    indexed = True
    divisors = None
    arguments = ()
    dtypes = ()


@dataclass(frozen=True)
class Whole:
    """Something that needs all values of a window at once."""

    load: Any  # (stored value) -> number of a line
    store: Any  # (number) -> stored result
    one: Any  # function that reduces one window; see `kernels.gather`
    gives: str  # what `one` returns, a result or the position of the value kept: a constant of `kernels.gather`
    identity: Any  # NumPy scalar of the dtype of lines
    parameter: Any  # NumPy scalar of the operation's own
    dtype: np.dtype[Any]  # of the result
    # (whether numbers are floats) -> ``work`` of `kernels.across`, if many windows go at a time
    on_lines: Callable[[bool], Any] | None = None
    most: int = 400  # values of windows, up to which that is faster
    takes: bool = True  # whether it reads the values
    indexed: bool = False
    draws: bool = False  # whether it needs random numbers, which are counted over the result

    divisors = None

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The kernels' arguments behind the table; the second is the seed of draws."""
        return self.identity, np.uint64(0), self.parameter

    @property
    def dtypes(self) -> tuple[Any, ...]:
        """Dtypes of these, as far as they differ."""
        return self.identity.dtype, self.parameter.dtype


@dataclass(frozen=True)
class Slopes:
    """The gradient of an average of whole windows: derivatives by each of their values."""

    load: Any  # (stored value of the input) -> float64
    load_grad: Any  # (stored value of the gradient) -> float64
    store: Any  # (float64) -> stored value of the gradient
    scalars: tuple[Any, ...]  # weight, product and slope of weighted means; none for quantiles
    slopes: Any  # the same for one window
    largest: bool  # whether weights are relative to the largest value
    parameter: Any
    dtype: np.dtype[Any]
    alone: bool = False  # whether windows must be worked on one by one

    indexed = False
    divisors = None

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The kernels' arguments behind the table."""
        return (self.parameter,)

    @property
    def dtypes(self) -> tuple[Any, ...]:
        """Dtypes of these."""
        return (self.parameter.dtype,)


Reduction = Fold | Selection | Whole | Slopes
