"""Adaptive pooling: as many windows as asked for, which cover the input whatever its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import PoolingValueError
from ..layers import DataFormat, Pool
from ..validation.sizes import AXIS_NAMES, each_axis, whole_number
from ..windows import MOST_WINDOWS, Axis, adaptive_axis
from .max import Max
from .mean import Mean
from .min import Min
from .missing import NanPolicy

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AdaptiveMinPool1d",
    "AdaptiveMinPool2d",
    "AdaptiveMinPool3d",
]

OutputSize = int | None | Sequence[int | None]


class Adaptive(Pool):
    """Windows that divide the input into as many parts as there are to be results."""

    output_size: OutputSize
    example = "4"
    notes = """Window o of m over n positions runs from ``floor(o * n / m)`` to ``ceil((o + 1) * n / m)``, as in
    ``torch.nn.AdaptiveMaxPool{rank}d``; windows are of equal size only where m divides n."""

    def normalize(self) -> None:
        super().normalize()
        given: Any = self.output_size
        sizes = each_axis(given, self.rank)
        if len(sizes) != self.rank:
            raise PoolingValueError(
                f"{self._caller}: output_size must be one number or {self.rank}, one for each axis; got {given!r}"
            )
        whole = tuple(None if n is None else whole_number(n, "output_size", self._caller) for n in sizes)
        if any(n is not None and not 0 <= n < MOST_WINDOWS for n in whole):
            raise PoolingValueError(f"{self._caller}: output_size must be at least 0 and below 2**26; got {given!r}")
        object.__setattr__(self, "output_size", whole[0] if len(set(whole)) == 1 else whole)

    def _windows_of(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        sizes, axis_names = each_axis(self.output_size, self.rank), AXIS_NAMES[self.rank]
        return tuple(
            adaptive_axis(n, n if m is None else m, caller=self._caller, axis=axis)
            for n, m, axis in zip(spatial, sizes, axis_names, strict=True)
        )


@dataclass(frozen=True, repr=False)
class AdaptiveMaxPool(Adaptive, Max):
    output_size: OutputSize
    return_indices: bool = False
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"

    peer = "PyTorch"
    summary = "largest value"


@dataclass(frozen=True, repr=False)
class AdaptiveAvgPool(Adaptive, Mean):
    output_size: OutputSize
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"

    peer = "PyTorch"
    summary = "mean"


@dataclass(frozen=True, repr=False)
class AdaptiveMinPool(Adaptive, Min):
    output_size: OutputSize
    return_indices: bool = False
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"

    peer = "PyTorch, of the negative"
    summary = "smallest value"


class AdaptiveMaxPool1d(AdaptiveMaxPool, rank=1): ...


class AdaptiveMaxPool2d(AdaptiveMaxPool, rank=2): ...


class AdaptiveMaxPool3d(AdaptiveMaxPool, rank=3): ...


class AdaptiveAvgPool1d(AdaptiveAvgPool, rank=1): ...


class AdaptiveAvgPool2d(AdaptiveAvgPool, rank=2): ...


class AdaptiveAvgPool3d(AdaptiveAvgPool, rank=3): ...


class AdaptiveMinPool1d(AdaptiveMinPool, rank=1): ...


class AdaptiveMinPool2d(AdaptiveMinPool, rank=2): ...


class AdaptiveMinPool3d(AdaptiveMinPool, rank=3): ...
