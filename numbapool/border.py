"""Which windows are served apart, where the input ends: boxes of windows that hold equally many values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from .windows import Axis

__all__ = ["border_boxes"]

# Padding of one position in three dimensions makes 27 of them.
_MOST_BOXES = 32


def border_boxes(axes: Sequence[Axis]) -> list[list[tuple[int, int]]]:
    """Boxes of windows that hold equally many values along each axis; none if all do, or none is complete.

    The complete windows come first. Where there would be too many boxes, the others are of windows of any size.
    """
    inside = [a.complete for a in axes]
    whole = [(0, a.outputs) for a in axes]
    if inside == whole or any(begin == end for begin, end in inside):
        return []
    runs = [a.runs for a in axes]
    if prod(map(len, runs)) <= _MOST_BOXES:
        return [inside, *(list(box) for box in product(*runs) if list(box) != inside)]
    boxes = [inside]
    for i, ((begin, end), (_, outputs)) in enumerate(zip(inside, whole, strict=True)):
        ends = ((0, begin), (end, outputs))
        boxes += [[*inside[:i], side, *whole[i + 1 :]] for side in ends if side[0] < side[1]]
    return boxes
