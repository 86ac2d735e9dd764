"""Mode pooling: the most frequent value of each window, for images and volumes of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba.extending import register_jitable

from ..errors import PoolingTypeError
from ..kernels.gather import INDEXED, SELECTED
from ..kernels.labels import mode_but_one_lines, mode_lines
from ..kernels.order import first_equal, last_nan, sort_one
from ..kernels.scalars import float_to_half, half_to_float, itself
from ..layers import DataFormat, WindowPool
from ..reductions import Whole
from ..validation.sizes import IntOrTuple, Padding
from ..windows import Axis
from .selecting import Selects

__all__ = ["ModePool1d", "ModePool2d", "ModePool3d"]


@register_jitable
def _most_frequent(values, places, count, ignores, ignored):
    nan = last_nan(values, count)
    if nan >= 0:
        return nan
    sort_one(values, places, count)
    best, most, run = 0, 0, 0
    for i in range(count):
        run = run + 1 if i and values[i] == values[i - 1] else 1
        if run > most and not (ignores and values[i] == ignored):
            best, most = i, run
    return first_equal(values, places, count, values[best])


@register_jitable
def _mode(values, places, count, parameter, draw):
    """Place of the most frequent value, the smallest of several."""
    return _most_frequent(values, places, count, False, values[0])


@register_jitable
def _mode_but_one(values, places, count, parameter, draw):
    """The same, but for one label, ``parameter``, of the dtype of the labels."""
    return _most_frequent(values, places, count, True, parameter)


@dataclass(frozen=True, repr=False)
class ModePool(Selects, WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"
    ignore: float | int | None = None
    return_indices: bool = False

    reduce: ClassVar[str] = "mode"
    summary = "most frequent value, the smallest of several,"
    notes = """Windows of nothing but `ignore` keep it. NaN propagates. Padding is left out. For labels of any integer
    dtype: downsampling by the mode makes no new labels, as the mean would."""

    def normalize(self) -> None:
        super().normalize()
        whole = isinstance(self.ignore, (int, np.integer))  # those of any size, which NumPy does not take
        number = whole or (isinstance(self.ignore, (float, np.floating)) and np.isfinite(self.ignore))
        if self.ignore is not None and not number:
            raise PoolingTypeError(f"{self._caller}: ignore must be a finite number or None; got {self.ignore!r}")

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Whole:
        half = dtype == np.float16
        number = np.dtype(np.float32 if half else np.uint8 if dtype == np.bool_ else dtype)
        ignored = None if self.ignore is None else _as_label(self.ignore, dtype if half else number)
        on_lines, one = (mode_lines, _mode) if ignored is None else (mode_but_one_lines, _mode_but_one)
        counted = 400 if number.kind == "f" else min(400, int(np.iinfo(number).max))  # in the labels' own dtype
        return Whole(
            load=half_to_float if half else itself,
            store=float_to_half if half else itself,
            one=one,
            gives=INDEXED if indexed else SELECTED,
            identity=number.type(0),
            parameter=number.type(0 if ignored is None else ignored),
            dtype=dtype,
            on_lines=on_lines,
            most=counted,
            indexed=indexed,
        )


def _as_label(label: float | int, dtype: np.dtype[Any]) -> Any:
    """The label in the dtype of all; None where that has no such label."""
    if dtype.kind == "f":
        return dtype.type(label) if abs(label) <= float(np.finfo(dtype).max) else None
    whole, info = int(label), np.iinfo(dtype)
    return dtype.type(whole) if whole == label and info.min <= whole <= info.max else None


class ModePool1d(ModePool, rank=1): ...


class ModePool2d(ModePool, rank=2): ...


class ModePool3d(ModePool, rank=3): ...
