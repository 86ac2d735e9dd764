"""What is done with the windows, as the kernels need to know it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels.choice import Choice
from .kernels.gather import Window
from .kernels.lanes import Across
from .kernels.lines import Fold

__all__ = ["Folding", "Gathering", "Selecting", "Work"]


@dataclass(frozen=True)
class Folding:
    """A separable reduction with its numbers for one dtype and one set of windows."""

    fold: Fold
    identity: Any  # NumPy scalar of the accumulator's dtype
    parameter: Any  # NumPy scalar of the divisor's dtype
    dtype: np.dtype[Any]  # of the result
    divisors: Sequence[NDArray[np.int64]] | None = None  # one factor for each spatial axis
    column: Any = None  # the identity of a narrower dtype for columns of whole numbers, of at most so many rows
    most_rows: int = 0
    along: np.dtype[Any] | None = None  # what rows are then summed in along the line

    @property
    def numbers(self) -> tuple[Any, ...]:
        """What kernels need to know of it, behind the tables."""
        return self.identity, self.parameter

    def in_columns(self, rows: int) -> Folding:
        """The same with columns of so many rows in their narrower dtype, if they fit in it."""
        if self.column is None or rows > self.most_rows:
            return self
        return replace(self, identity=self.column, column=None, along=self.identity.dtype)


@dataclass(frozen=True)
class Selecting:
    """A selection of one value of each window, with its index."""

    choice: Choice
    identity: Any
    dtype: np.dtype[Any]
    divisors: None = None

    @property
    def numbers(self) -> tuple[Any, ...]:
        """What kernels need to know of it, behind the tables."""
        return (self.identity,)


@dataclass(frozen=True)
class Gathering:
    """Something done to windows one by one."""

    window: Window
    identity: Any  # NumPy scalar of the dtype in which windows are gathered
    parameters: tuple[float, ...]  # numbers of the operation's own; the first is a seed
    dtype: np.dtype[Any]
    indexed: bool = False
    # what does the same for many windows of so many values at once; with ``alike=False``, of at most so many
    across: Callable[..., Across | None] | None = None
    # and for windows of 3 × 3 at stride 1; see `kernels.triples`
    of_triples: tuple[str, Any] | None = None
    evenly: bool = False  # whether it keeps any of its numbers, whatever they are: see `kernels.chance`
    draws: bool = False  # whether it looks at its random numbers, which are counted over all of a result
    divisors: None = None

    def parts_at_border(self, most: int) -> bool:
        """Whether complete windows, of ``most`` values, are served better apart from those at the border."""
        at_once = self.of_triples or (self.across is not None and self.across(most))
        return bool(at_once)

    @property
    def numbers(self) -> tuple[Any, ...]:
        """What kernels need to know of it, behind the tables."""
        return self.identity, np.array(self.parameters, np.float64)


Work = Folding | Selecting | Gathering
