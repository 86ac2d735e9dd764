"""Layers with a window of fixed size, in terms of `kernel_size`, `stride`, `padding`, `dilation` and `ceil_mode`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from . import windows
from .layers import Pool
from .sizes import AXIS_NAMES, IntOrTuple, Padding, brief_padding, normalize_padding, normalize_sizes
from .windows import Axis

__all__ = ["WindowPool"]


class WindowPool(Pool):
    """Layers with a window of fixed size: they declare these fields, in the order of their counterpart in PyTorch."""

    kernel_size: IntOrTuple
    stride: IntOrTuple | None
    padding: Padding
    dilation: IntOrTuple
    ceil_mode: bool
    _places: Callable[[tuple[int, ...]], tuple[Axis, ...]]

    def __post_init__(self) -> None:
        super().__post_init__()
        who, rank = self._who, self.rank
        kernel_size = normalize_sizes(self.kernel_size, rank, "kernel_size", who)
        given = None if isinstance(self.stride, (tuple, list)) and not self.stride else self.stride  # () as in PyTorch
        stride = kernel_size if given is None else normalize_sizes(given, rank, "stride", who)
        dilation = normalize_sizes(self.dilation, rank, "dilation", who)
        padding = normalize_padding(self.padding, rank, who)
        places = partial(_fixed_axes, kernel_size, stride, padding, dilation, bool(self.ceil_mode), who)
        object.__setattr__(self, "_places", places)
        brief = {
            "kernel_size": kernel_size,
            "stride": stride,
            "dilation": dilation,
            "padding": brief_padding(padding),
        }
        for name, value in brief.items():
            object.__setattr__(self, name, _compact(value))

    def _windows_of(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        return self._places(spatial)


def _compact(value: Any) -> Any:
    """One number for equal numbers: ``3`` for ``(3, 3)``."""
    return value[0] if isinstance(value, tuple) and isinstance(value[0], int) and len(set(value)) == 1 else value


def _fixed_axes(
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: Any,
    dilation: tuple[int, ...],
    ceil_mode: bool,
    who: str,
    spatial: tuple[int, ...],
) -> tuple[Axis, ...]:
    names = AXIS_NAMES[len(spatial)]
    axes = []
    for i, size in enumerate(spatial):
        pad = windows.same_padding(size, kernel_size[i], stride[i], dilation[i]) if padding == "same" else padding[i]
        axes.append(
            windows.fixed_axis(size, kernel_size[i], stride[i], pad, dilation[i], ceil_mode, who=who, axis=names[i])
        )
    return tuple(axes)
