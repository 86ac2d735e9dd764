"""When a kernel serves: what must hold of windows, planes and memory, and which of two costs less."""

from __future__ import annotations

from math import prod

from ..kernels import frame as f
from ..kernels.select_any import SEGMENT
from ..kernels.sorting import median_lines
from .tables import Task

__all__ = [
    "are_columns",
    "are_long_runs",
    "are_pixels",
    "are_selected_pixels",
    "are_selected_planes",
    "are_selected_squares",
    "are_small_planes",
    "are_squares",
    "go_across",
    "is_better_by_rows",
    "selects_sliding",
    "shares_slabs",
    "slides",
]

# Most positions of a small plane, and the fewest such planes that are transposed to be worked on together.
SMALL_PLANE, MANY_PLANES = 400, 256
# Windows along the width that hold a position, on average, above which small planes are not transposed.
FEW_VALUES = 16
# Numbers of a window along one row from which on it is combined in whole vectors.
LONG_WINDOW = 32
# Numbers of a window along one row from which on it is combined by itself, beside others.
VERY_WIDE = 1024
# Channels from which on pixels are combined one by one, where a stride leaves most of them out.
LONG_PIXEL = 16
# Positions of a window up to which they are listed, as a list takes 16 bytes for each.
LISTED = 1024


def are_long_runs(t: Task) -> bool:
    """Windows of neighbouring numbers, one along the width, or side by side and either very wide or of one row."""
    if t[f.INNER] != 1 or t[f.STEP_W] != 1 or not t[f.OUT_WIDTH] or t.width.count.min() <= LONG_WINDOW:
        return False
    apart = 0 < t[f.KERNEL_W] <= t[f.STRIDE_W]
    one_row = t[f.HEIGHT] == t[f.DEPTH] == 1
    return t[f.OUT_WIDTH] == 1 or (apart and (one_row or t[f.KERNEL_W] >= VERY_WIDE))


def are_small_planes(t: Task) -> bool:
    """Many planes of few positions, each of which few windows hold."""
    few = t.width.count.sum() <= FEW_VALUES * t[f.WIDTH]
    return t[f.INNER] == 1 and few and t.planes >= MANY_PLANES and t.positions <= SMALL_PLANE


def are_squares(t: Task) -> bool:
    """Windows of one or two positions along each axis, two along the width, side by side."""
    side_by_side = t[f.KERNEL_W] == t[f.STRIDE_W] == 2 and t[f.STEP_W] == 1 and t[f.PAD_W] == 0 and t[f.INNER] == 1
    if not side_by_side or t[f.DIVISOR] == 0:
        return False
    counts = [a.count for a in (t.depth, t.height, t.width)]
    return all(len(c) and c[0] in (1, 2) and bool((c == c[0]).all()) for c in counts) and counts[2][0] == 2


def slides(t: Task) -> bool:
    """Windows that overlap so far along the height that running results pay."""
    shared = t[f.KERNEL_H] > 5 * t[f.STRIDE_H] and t[f.STEP_H] == 1 and t[f.OUT_HEIGHT] > 1
    return shared and bool((t.depth.count > 0).all())


def shares_slabs(t: Task) -> bool:
    """Windows of volumes for which keeping rows combined over the depth saves work: ``d * s + h < d * h`` rows."""
    d, h, s = t[f.KERNEL_D], t[f.KERNEL_H], t[f.STRIDE_H]
    shared = d > 1 and h > s and t[f.OUT_HEIGHT] > 1 and d * h > d * s + h
    return shared and bool((t.depth.count > 0).all())


def are_pixels(t: Task) -> bool:
    """Windows of several sizes, or a stride that leaves most of long pixels out."""
    return t[f.KERNEL_W] == 0 or (t[f.STRIDE_W] > 1 and t[f.INNER] >= LONG_PIXEL)


def are_selected_planes(t: Task) -> bool:
    """Many planes of few positions, for which transposing them costs less than pooling row by row."""
    few = t.planes >= 64 and max(t.positions, t.outputs) <= 1024 and t[f.INNER] == 1
    if t[f.KERNEL_W] == 0 or not few:
        return few
    if are_selected_squares(t) and t.positions > SMALL_PLANE:
        return False
    values = prod(int(a.count.sum()) for a in (t.depth, t.height, t.width))  # of all windows
    by_rows = t[f.DEPTH] * t[f.HEIGHT] * _selected_row(t, t[f.WIDTH])
    return 0.6 * t.positions + 0.35 * values < by_rows


def _selected_row(t: Task, numbers: int) -> float:
    """Nanoseconds, about, for pooling one row of so many numbers along its line (`asv_bench/choices.py`)."""
    kernel, stride = t[f.KERNEL_W], t[f.STRIDE_W]
    passes = kernel.bit_length() if stride == 1 else min(2 * stride, kernel)
    return 35 + 20 * passes + 0.37 * numbers


def is_better_by_rows(t: Task) -> bool:
    """Whether the rows of a window are better compared before the numbers along it: nanoseconds for a row, about."""
    kernel, row = t[f.KERNEL_W], t[f.WIDTH] * t[f.INNER]
    depth, height = (int(a.count.max(initial=1)) for a in (t.depth, t.height))
    stride = t[f.STRIDE_H] if t[f.KERNEL_H] else -(-t[f.HEIGHT] // max(t[f.OUT_HEIGHT], 1))
    alone = kernel * t[f.INNER] > SEGMENT  # then each window reads its own numbers
    again = max(kernel / t[f.STRIDE_W], 1) if alone else 1
    window = 3 * kernel if kernel < 16 else 30 * kernel.bit_length() - 90
    by_rows = 60 + 0.15 * again * depth * height * row + t[f.OUT_WIDTH] * t[f.INNER] * window
    return by_rows < depth * min(stride, height) * _selected_row(t, row)


def are_selected_pixels(t: Task) -> bool:
    """Long pixels in windows that hold few, or that lie side by side and may be listed."""
    apart = all(0 < t[k] <= t[s] for k, s in ((f.KERNEL_H, f.STRIDE_H), (f.KERNEL_W, f.STRIDE_W)))
    return t[f.INNER] >= LONG_PIXEL and (t.values <= 9 or (t.values <= LISTED and (apart or t[f.KERNEL_W] == 0)))


def are_selected_squares(t: Task) -> bool:
    """Windows of 2 × 2 positions side by side."""
    pairs = t[f.KERNEL_W] == t[f.STRIDE_W] == 2 and t[f.STEP_W] == 1 and t[f.PAD_W] == 0 and t[f.INNER] == 1
    return pairs and bool((t.width.count == 2).all() and (t.height.count == 2).all())


def selects_sliding(t: Task) -> bool:
    """Windows that overlap so far along the height that running results pay."""
    return t[f.KERNEL_H] >= 6 * t[f.STRIDE_H] and t[f.STEP_H] == 1 and bool((t.depth.count == 1).all())


def are_columns(t: Task) -> bool:
    """Medians of 3 × 3 whose sorted columns are shared."""
    r, axes = t.reduction, (t.depth, t.height, t.width)
    whole = all(bool((a.count == n).all()) for a, n in zip(axes, (1, 3, 3), strict=True))
    sizes = t[f.KERNEL_H] == t[f.KERNEL_W] == 3
    return r.on_lines is median_lines and not r.indexed and whole and sizes and t[f.STRIDE_W] == 1


def go_across(t: Task) -> bool:
    """Few enough values for a line each."""
    return t.reduction.on_lines is not None and t.values <= t.reduction.most
