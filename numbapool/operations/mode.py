"""Mode pooling: the most frequent value of each window, for images and volumes of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..errors import PoolingTypeError
from ..functions import twins
from ..jit import scalar
from ..kernels.lanes import MOST_VALUES, Across
from .modes import mode_of_4, mode_of_8, mode_of_any, mode_of_any_but_one, nan_kept
from .ordering import first_equal, last_nan, sort_line
from .windowed import Picks, Windowed

__all__ = [
    "ModePool1d",
    "ModePool2d",
    "ModePool3d",
    "mode_pool1d",
    "mode_pool2d",
    "mode_pool3d",
]


@scalar
def _most_frequent(values, places, ignores, ignored):
    nan = last_nan(values)
    if nan >= 0:
        return nan
    sort_line(values, places)
    best, most, run = -1, 0, 0
    for i in range(values.size):
        run = run + 1 if i and values[i] == values[i - 1] else 1
        if run > most and not (ignores and values[i] == ignored):
            best, most = i, run
    return first_equal(values, places, values[max(best, 0)])


@scalar
def _mode(values, places, parameters, number):
    return _most_frequent(values, places, False, values[0])


@scalar
def _mode_but_one(values, places, parameters, number):
    # In two parts, as one float64 cannot hold every label of 64 bits; parts that fit the labels' dtype add up in it.
    first = values[0]
    values[0] = parameters[1]
    ignored = values[0]
    values[0] = parameters[2]
    ignored += values[0]
    values[0] = first
    return _most_frequent(values, places, True, ignored)


@dataclass(frozen=True, repr=False)
class ModePool(Picks, Windowed):
    ignore: float | int | None = None
    return_indices: bool = False

    reduce: ClassVar[str] = "mode"
    summary = "most frequent value, the smallest of several,"
    notes = """Windows of nothing but `ignore` keep it. NaN propagates. Padding is left out. For labels of any integer
    dtype: downsampling by the mode makes no new labels, as the mean would."""
    choose = _mode

    def __post_init__(self) -> None:
        super().__post_init__()
        number = isinstance(self.ignore, (int, float, np.integer, np.floating)) and np.isfinite(self.ignore)
        if self.ignore is not None and not number:
            raise PoolingTypeError(f"{self._who}: ignore must be a finite number or None; got {self.ignore!r}")

    def numbers(self) -> tuple[float, ...]:
        return (0.0,) if self.ignore is None else (0.0, *_split(self.ignore))

    def across(self, dtype: np.dtype[Any], values: int, *, alike: bool = True) -> Across | None:
        if values > MOST_VALUES or (dtype.kind in "iu" and values > np.iinfo(dtype).max):  # which counts are kept in
            return None
        if self.ignore is not None:
            name, function = "mode-but-one", mode_of_any_but_one
        elif alike and values in (4, 8):
            name, function = f"mode{values}", mode_of_4 if values == 4 else mode_of_8
        else:
            name, function = "mode", mode_of_any
        if dtype.kind == "f":
            name, function = f"{name}-numbers", nan_kept(function)
        return Across(name, function)

    def choice(self, dtype: np.dtype[Any], values: int) -> tuple[str, Any]:
        return ("mode", _mode) if self.ignore is None else ("mode-but-one", _mode_but_one)


def _split(label: float | int) -> tuple[float, float]:
    """A label as two numbers that float64 holds exactly."""
    whole = int(label)
    return float(whole >> 32 << 32), float(label - (whole >> 32 << 32))


class ModePool1d(ModePool, rank=1): ...


class ModePool2d(ModePool, rank=2): ...


class ModePool3d(ModePool, rank=3): ...


mode_pool1d, mode_pool2d, mode_pool3d = twins((ModePool1d, ModePool2d, ModePool3d))
