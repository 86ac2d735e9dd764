"""Spreading along a line: each number of a line goes to every position of the window that it stands for.

The gradient of a mean, row by row: the mirror image of `along`. Input position ``w`` belongs to the windows
``(w + pad - j * step) / stride`` for those ``j`` that divide evenly; positions a stride apart share their ``j``: each
phase is a sum of shifted lines, and the phases are interleaved.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..jit import scalar, vector
from .lines import Fold, line_loops
from .strips import BEHIND, PHASE
from .views import nth, part, rest

__all__ = ["make_spread"]


@vector
def _weave2(out, even, odd):
    for i in range(out.size // 2):
        out[2 * i] = even[i]
        out[2 * i + 1] = odd[i]


@vector
def _weave3(out, first, second, third):
    for i in range(out.size // 3):
        out[3 * i] = first[i]
        out[3 * i + 1] = second[i]
        out[3 * i + 2] = third[i]


@vector
def _weave4(out, first, second, third, fourth):
    for i in range(out.size // 4):
        out[4 * i] = first[i]
        out[4 * i + 1] = second[i]
        out[4 * i + 2] = third[i]
        out[4 * i + 3] = fourth[i]


def make_spread(fold: Fold, compiled_in: int) -> Any:
    """``along`` for gradients; ``line`` holds outputs, and the identity where there are none, as does ``spare[3]``."""
    loops = line_loops(fold)
    both, last1, last2 = loops.both, loops.last1, loops.last2

    @scalar
    def weave(out, phases, stride, inner):
        """``out[w] = phases[w % stride, w // stride]``, pixel by pixel."""
        n = out.size // inner
        done = 0
        if compiled_in:
            groups = n // stride
            if compiled_in == 2:
                _weave2(part(out, 0, 2 * groups), nth(phases, 0), nth(phases, 1))
            elif compiled_in == 3:
                _weave3(part(out, 0, 3 * groups), nth(phases, 0), nth(phases, 1), nth(phases, 2))
            else:
                _weave4(part(out, 0, 4 * groups), nth(phases, 0), nth(phases, 1), nth(phases, 2), nth(phases, 3))
            done = groups * stride
        for w in range(done, n):
            for c in range(inner):
                out[w * inner + c] = phases[w % stride, w // stride * inner + c]

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride_, step, inner, table, low, strip):
        stride = compiled_in if compiled_in else stride_
        begin, behind = strip[PHASE], strip[BEHIND]
        # `begin` is where the first result lies in its stride; line[behind] is the window that starts last up to there
        for phase in range(stride if stride < width else width):
            size = ((width - 1 - phase) // stride + 1) * inner
            count, first, second, third = 0, np.int64(0), np.int64(0), np.int64(0)
            for j in range(kernel):
                if (begin + phase - j * step) % stride == 0:
                    at = (behind + (begin + phase - j * step) // stride) * inner
                    if count == 0:
                        first = at
                    elif count == 1:
                        second = at
                    elif count == 2:
                        both(part(nth(spare, 0), 0, size), rest(line, first), rest(line, second))
                    if count > 2:
                        both(part(nth(spare, count % 2), 0, size), nth(spare, 1 - count % 2), rest(line, third))
                    third = at
                    count += 1
            if count == 0:
                last1(part(nth(phases, phase), 0, size), nth(spare, 3), divisors, parameter)
            elif count == 1:
                last1(part(nth(phases, phase), 0, size), rest(line, first), divisors, parameter)
            elif count == 2:
                last2(part(nth(phases, phase), 0, size), rest(line, first), rest(line, second), divisors, parameter)
            else:
                last2(
                    part(nth(phases, phase), 0, size),
                    nth(spare, (count - 1) % 2),
                    rest(line, third),
                    divisors,
                    parameter,
                )
        weave(out, phases, stride, inner)

    return along
