"""Spreading along a line: each number of a line goes to every position of the window that it stands for.

The gradient of a mean, row by row: the mirror image of `along`. Input position ``w`` belongs to the windows
``(w + pad - j * step) / stride`` for those ``j`` that divide evenly; positions a stride apart share their ``j``: each
phase is a sum of shifted lines, and the phases are interleaved. Without dilation no more than two of them differ: as
many positions of each stride as the last window reaches belong to one window more than the others. Single numbers at
strides of 2, 3 and 4 have a way of their own, see `weave`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..jit import apart, scalar, vector
from .lines import Fold, copy
from .several import make_several
from .strips import BEHIND, PHASE
from .views import nth, part, rest

__all__ = ["make_spread"]

# Pixels of so many numbers are vectors of their own.
_WIDE = 8


@scalar
def _within(start, stop, width):
    return start if start > 0 else np.int64(0), stop if stop < width else width


@scalar
def _repeat(out, start, stop, width, pixel):
    """The same pixel at all positions from ``start`` to before ``stop`` that there are."""
    inner = pixel.size
    begin, end = _within(start, stop, width)
    if inner == 1:
        value = pixel[0]
        for w in range(begin, end):
            out[w] = value
    else:
        for w in range(begin, end):
            for c in range(inner):
                out[w * inner + c] = pixel[c]


@apart
@vector
def _small_pixels(out, rare, often, groups, begin, more, stride, inner):
    """Of some ``groups``, pixels of up to four numbers: four of each are written, and the next pixel over the rest."""
    for group in range(groups[0], groups[1]):
        p, at = np.uint64(group * inner), (group * stride - begin) * inner
        a, b, c, d = rare[p], rare[p + np.uint64(1)], rare[p + np.uint64(2)], rare[p + np.uint64(3)]
        for w in range(more):
            t = np.uint64(at + w * inner)
            out[t], out[t + np.uint64(1)], out[t + np.uint64(2)], out[t + np.uint64(3)] = a, b, c, d
        a, b, c, d = often[p], often[p + np.uint64(1)], often[p + np.uint64(2)], often[p + np.uint64(3)]
        for w in range(more, stride):
            t = np.uint64(at + w * inner)
            out[t], out[t + np.uint64(1)], out[t + np.uint64(2)], out[t + np.uint64(3)] = a, b, c, d


def make_spread(fold: Fold) -> Any:
    """``along`` for gradients; ``line`` holds outputs, and the identity where there are none."""
    several = make_several(fold)

    @scalar
    def weave(out, phases, stride, inner):
        """``out[w] = phases[w % stride, w // stride]``, pixel by pixel."""
        n = out.size // inner
        for phase in range(stride if stride < n else n):
            for group in range((n - 1 - phase) // stride + 1):
                for c in range(inner):
                    out[(group * stride + phase) * inner + c] = phases[phase, group * inner + c]

    @scalar
    def by_phases(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, begin, behind):
        for phase in range(stride if stride < width else width):
            count, first, jump = 0, np.int64(0), np.int64(0)
            left = (begin + phase) % stride
            for j in range(kernel):
                if left == 0:
                    at = (behind + (begin + phase - j * step) // stride) * inner
                    count, first, jump = count + 1, at, first - at
                left -= step % stride
                if left < 0:
                    left += stride
            size = ((width - 1 - phase) // stride + 1) * inner
            several(part(nth(phases, phase), 0, size), rest(line, first), spare, count, jump, divisors, parameter)
        weave(out, phases, stride, inner)

    @scalar
    def segment(out, start, stop, line, spare, at, count, divisors, parameter, width, inner):
        """The same pixel, of ``count`` windows, at all positions from ``start`` to before ``stop`` that there are."""
        begin, end = _within(start, stop, width)
        if begin < end:
            pixel = part(out, begin * inner, inner)
            several(pixel, rest(line, at * inner), spare, count, inner, divisors, parameter)
            for w in range(begin + 1, end):
                copy(part(out, w * inner, inner), pixel)

    @scalar
    def by_segments(out, line, spare, phases, divisors, parameter, width, kernel, stride, inner, begin, behind):
        groups, few = (begin + width - 1) // stride + 1, kernel // stride
        more, size, rare, often = kernel - few * stride, groups * inner, nth(phases, 0), nth(phases, 1)
        wide = inner >= _WIDE
        if not wide:
            first = rest(line, (behind - few + 1) * inner)
            several(part(often, 0, size), first, spare, few, inner, divisors, parameter)
        if more and not wide:
            first = rest(line, (behind - few) * inner)
            several(part(rare, 0, size), first, spare, few + 1, inner, divisors, parameter)
        # groups that are whole, and have others behind them
        inside = np.int64(begin > 0), groups - 1 if 1 < inner <= 4 else np.int64(0)
        _small_pixels(out, rare, often, inside, begin, more, stride, inner)
        for group in range(groups):
            if inside[0] <= group < inside[1]:
                continue
            start = group * stride - begin
            middle, stop, at = start + more, start + stride, behind + group - few
            if wide:
                segment(out, start, middle, line, spare, at, few + 1, divisors, parameter, width, inner)
                segment(out, middle, stop, line, spare, at + 1, few, divisors, parameter, width, inner)
            else:
                if more:
                    _repeat(out, start, middle, width, part(rare, group * inner, inner))
                _repeat(out, middle, stop, width, part(often, group * inner, inner))

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        # where the first result lies in its stride, and where in the line the last window is that starts up to there
        begin, behind = strip[PHASE], strip[BEHIND]
        if step == 1:
            by_segments(out, line, spare, phases, divisors, parameter, width, kernel, stride, inner, begin, behind)
        else:
            by_phases(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, begin, behind)

    return along
