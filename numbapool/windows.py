"""Where windows lie along each axis: every rule of geometry, and every output shape, comes from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import gcd, prod

import numpy as np
from numpy.typing import NDArray

from .errors import PoolingValueError

__all__ = [
    "MOST_WINDOWS",
    "Axis",
    "adaptive_axis",
    "fixed_axis",
    "most_along",
    "most_values",
    "output_size",
    "same_padding",
    "started_axis",
    "still_axis",
]

# Every window along an axis has an entry in a table; beyond this the tables would take more memory than the arrays.
MOST_WINDOWS = 2**26


@dataclass(frozen=True, eq=False)
class Axis:
    """The windows along one axis of ``size`` input positions.

    Window ``o`` holds the input positions ``first[o] + j * step`` for ``0 <= j < count[o]``. Where windows are evenly
    spaced, ``origin[o]`` is ``o * stride + origin[0]``, the place where window ``o`` of ``kernel_size`` positions would
    start if the input had no end; ``kernel_size`` is 0 where windows are not regular.
    """

    size: int
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    origin: NDArray[np.int64]
    kernel_size: int = 0
    stride: int = 1
    step: int = 1
    padded: NDArray[np.int64] | None = None  # count with padding included

    def __post_init__(self) -> None:
        for table in (self.first, self.count, self.origin, self.padded):
            if table is not None:
                table.setflags(write=False)  # kernels trust them, and layers keep them

    @property
    def reach(self) -> int:
        """Distance from the first to the last position of a window."""
        return (self.kernel_size - 1) * self.step

    @property
    def outputs(self) -> int:
        """Number of windows."""
        return len(self.first)

    @cached_property
    def alike(self) -> NDArray[np.int64]:
        """From each window on, how many hold equally many values and begin evenly apart."""
        o = np.arange(self.outputs)
        same = np.diff(self.count) == 0  # windows o and o + 1 are of one size
        even = np.zeros(max(self.outputs - 1, 0), bool)  # o, o + 1 and o + 2 are of one size and evenly spaced
        even[:-1] = same[:-1] & same[1:] & (np.diff(self.first, 2) == 0)
        ends = np.where(even, self.outputs, np.arange(self.outputs - 1) if self.outputs else 0)
        ends = np.minimum.accumulate(ends[::-1])[::-1]
        runs = np.where(same, ends - o[:-1] + 2, 1) if self.outputs else o
        return np.append(runs, 1) if self.outputs else o

    @property
    def alone(self) -> Axis:
        """The same, but a single window at a stride at which no other would meet it."""
        single = self.outputs == 1 and self.kernel_size
        return replace(self, stride=self.reach + 1) if single else self

    @cached_property
    def covering(self) -> Axis:
        """The same windows seen from the input: for every input position, the windows that hold it."""
        position = np.arange(self.size)
        if not self.kernel_size:
            first = np.searchsorted(self.first + (self.count - 1) * self.step, position, side="left")
            count = np.maximum(np.searchsorted(self.first, position, side="right") - first, 0)
            return Axis(self.outputs, np.where(count > 0, first, 0), count, first)
        # Window o holds position h where h - origin[0] = o * stride + j * step for some 0 <= j < kernel_size.
        away = position - int(self.origin[0])
        start = -((self.reach - away) // self.stride)
        stop = np.minimum(away // self.stride + 1, self.outputs)
        common = gcd(self.stride, self.step)
        apart = self.step // common
        first = np.maximum(start, 0)
        met = away // common * pow(self.stride // common, -1, apart) if apart > 1 else 0
        first = first + (met - first) % apart
        count = np.where(away % common == 0, np.maximum(-((first - stop) // apart), 0), 0)
        if self.stride == 1:
            return Axis(self.outputs, first, count, away - self.reach, self.kernel_size, 1, apart)
        return Axis(self.outputs, np.where(count > 0, first, 0), count, first, step=apart)


def same_padding(size: int, kernel_size: int, stride: int, dilation: int) -> tuple[int, int]:
    """Padding that gives ``ceil(size / stride)`` outputs; the odd one goes behind (as ONNX ``SAME_UPPER``)."""
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + (kernel_size - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def output_size(
    size: int, kernel_size: int, stride: int, padding: tuple[int, int], dilation: int, ceil_mode: bool
) -> int:
    """Number of windows along an axis of ``size`` positions.

    ``floor((size + before + after - dilation * (kernel_size - 1) - 1) / stride) + 1``; with ``ceil_mode`` rounded up,
    less a last window that would start in the padding behind the input.
    """
    room = size + sum(padding) - dilation * (kernel_size - 1) - 1
    outputs = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (outputs - 1) * stride >= size + padding[0]:
        outputs -= 1
    return max(outputs, 0)


def fixed_axis(
    size: int,
    kernel_size: int,
    stride: int,
    padding: tuple[int, int],
    dilation: int = 1,
    ceil_mode: bool = False,
    *,
    caller: str = "pool",
    axis: str = "W",
) -> Axis:
    """Windows of one size, evenly spaced; raises where a window would hold no input at all."""
    outputs = output_size(size, kernel_size, stride, padding, dilation, ceil_mode)
    before, after = padding
    if outputs < 1:
        raise PoolingValueError(
            f"{caller}: kernel_size={kernel_size} with dilation={dilation} and padding={padding} does not fit "
            f"the input of size {size} on axis {axis}; the output would be empty"
        )
    if outputs > MOST_WINDOWS:
        raise PoolingValueError(
            f"{caller}: at most 2**26 windows along one axis; got {outputs} on axis {axis}, with padding={padding} and "
            f"stride={stride}. Pool parts of the array, or reshape it"
        )
    reach = (kernel_size - 1) * dilation
    if before > reach or (outputs - 1) * stride - before >= size:
        raise PoolingValueError(
            f"{caller}: padding must leave every window at least one input position; got padding={padding} "
            f"for kernel_size={kernel_size}, stride={stride}, dilation={dilation}, input size {size} on axis {axis}"
        )
    origin = np.arange(outputs, dtype=np.int64) * stride - before
    skipped = np.maximum(-(origin // dilation), 0)
    first = origin + skipped * dilation
    count = np.minimum(kernel_size - skipped, (size - 1 - first) // dilation + 1)
    if int(count.min()) < 1:
        o = int(np.argmin(count))
        raise PoolingValueError(
            f"{caller}: every window must hold at least one input position; window {o} on axis {axis} has none, with "
            f"kernel_size={kernel_size}, stride={stride}, padding={padding}, dilation={dilation}, input size {size}"
        )
    padded = np.minimum(kernel_size, (size + after - 1 - origin) // dilation + 1)
    # a single window never moves: any stride is stride 1
    return Axis(size, first, count, origin, kernel_size, stride if outputs > 1 else 1, dilation, padded)


def adaptive_axis(size: int, outputs: int, *, caller: str = "pool", axis: str = "W") -> Axis:
    """As many windows as asked for, which cover the axis: from ``floor(o n / m)`` to ``ceil((o + 1) n / m)``."""
    if size < 1:
        raise PoolingValueError(f"{caller}: the input has no positions on axis {axis}")
    if outputs and size % outputs == 0:
        return fixed_axis(size, size // outputs, size // outputs, (0, 0), caller=caller, axis=axis)
    o = np.arange(outputs, dtype=np.int64)
    first = o * size // max(outputs, 1)
    count = -((o + 1) * -size // max(outputs, 1)) - first
    return Axis(size, first, count, first)


def started_axis(size: int, first: NDArray[np.int64], kernel_size: int) -> Axis:
    """Windows of one size that start where they are told to."""
    return Axis(size, first, np.full(len(first), kernel_size, np.int64), first)


def still_axis(size: int) -> Axis:
    """An axis that is not pooled: every position is its own window."""
    position = np.arange(size, dtype=np.int64)
    return Axis(size, position, np.ones_like(position), position, kernel_size=1)


def most_along(axes: Sequence[Axis]) -> int:
    """Number of values along any axis of the largest window."""
    return max((int(a.count.max(initial=1)) for a in axes), default=1)


def most_values(axes: Sequence[Axis]) -> int:
    """Number of values of the largest window."""
    return prod(int(a.count.max(initial=1)) for a in axes)
