"""From shapes, strides and windows to the frame: the numbers by which a kernel finds its way (`kernels.frame`)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from .arrays import Layout, strides_in_order
from .kernels import frame as f
from .windows import Axis, still_axis

__all__ = ["count_draws", "make_frame", "planes_as_rows"]


def make_frame(
    shape: tuple[int, ...], strides: tuple[int, ...], out_strides: tuple[int, ...], layout: Layout, slots: list[Axis]
) -> NDArray[np.int64]:
    """The frame for an array of these strides and its results, both in elements, and for the windows of three slots."""
    frame = np.zeros(f.FIELDS, np.int64)
    counts = [prod(shape[a] for a in group) for group in layout.outer]
    frame[f.OUTER], frame[f.OUTER_FAST] = counts[0] * counts[1], counts[1]
    frame[f.DEPTH : f.WIDTH + 1] = [a.outputs for a in slots]
    frame[f.INNER] = 1 if layout.line else prod(shape[a] for a in layout.inner)
    depth, height, _ = layout.slots
    for fields, steps in (((f.X_SLOW, f.X_DEPTH), strides), ((f.Y_SLOW, f.Y_DEPTH), out_strides)):
        frame[fields[0] : fields[0] + 2] = [steps[group[-1]] if group else 0 for group in layout.outer]
        frame[fields[1] : fields[1] + 2] = [0 if a is None else steps[a] for a in (depth, height)]
    frame[f.X_WIDTH] = slots[2].size
    frame[f.PLANE_DEPTH : f.PLANE_WIDTH + 1] = [a.size for a in slots]
    frame[f.KERNEL_D : f.KERNEL_W + 1] = [a.kernel_size or int(a.count.max(initial=1)) for a in slots]
    frame[f.STRIDE_H], frame[f.STRIDE_W] = slots[1].stride, slots[2].stride
    frame[f.STEP_D : f.STEP_W + 1] = [a.step for a in slots]
    frame[f.PAD_H] = -slots[1].origin[0] if slots[1].outputs else 0
    frame[f.PAD_W] = -slots[2].origin[0] if slots[2].outputs else 0
    return frame


def count_draws(frame: NDArray[np.int64], layout: Layout, shape: tuple[int, ...], axes: Sequence[Axis]) -> bool:
    """Set how draws are counted: along a result of this ``shape`` as it is indexed, however it lies in memory.

    ``axes`` are its last ones, which may be parts of larger ones. Whether kernels can count so.
    """
    wholes = [a.part_of or (a.outputs, 0) for a in axes]
    whole = (*shape[: len(shape) - len(axes)], *(count for count, _ in wholes))
    apart = strides_in_order(whole, tuple(range(len(whole))))
    for group in (*layout.outer, layout.inner):
        if any(apart[a] != apart[b] * whole[b] for a, b in pairwise(a for a in group if whole[a] > 1)):
            return False
    firsts = (begin for _, begin in wholes)
    frame[f.DRAW_BEGIN] = sum(begin * step for begin, step in zip(firsts, apart[-len(axes) :], strict=True))
    groups = *layout.outer, *((s,) if s is not None else () for s in layout.slots), layout.inner
    frame[f.DRAW_SLOW : f.DRAW_INNER + 1] = [apart[group[-1]] if group else 0 for group in groups]
    if layout.line:
        frame[f.DRAW_WIDTH], frame[f.DRAW_INNER] = frame[f.DRAW_INNER], 0
    in_a_row = frame[f.DRAW_WIDTH] == frame[f.INNER] and (frame[f.DRAW_INNER] == 1 or frame[f.INNER] == 1)
    return bool(in_a_row or frame[f.DRAW_WIDTH] == 1)


def planes_as_rows(frame: NDArray[np.int64], divisor: int) -> tuple[Axis, NDArray[np.int64], Axis]:
    """Where there is one row in each plane, the planes are made the rows, so that strips need not change in between.

    ``divisor`` is that of the one row.
    """
    count = int(frame[f.OUTER_FAST])
    frame[f.OUTER], frame[f.OUTER_FAST], frame[f.HEIGHT] = frame[f.OUTER] // max(count, 1), 1, count
    frame[f.X_HEIGHT], frame[f.Y_HEIGHT] = frame[f.X_FAST], frame[f.Y_FAST]
    frame[f.KERNEL_H], frame[f.STRIDE_H], frame[f.STEP_H], frame[f.PAD_H], frame[f.ALIKE] = 1, 1, 1, 0, 1
    frame[f.PLANE_HEIGHT], frame[f.DRAW_HEIGHT] = count, frame[f.DRAW_FAST]
    return still_axis(count), np.full(count, divisor, np.int64), still_axis(count)
