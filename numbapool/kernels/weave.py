"""Spreading single numbers along a line at strides 2, 3 and 4: as `spread`, all phases of the stride in one pass.

Each phase is the sum of two lines, as a position is seldom in more than two windows; further ones are added up before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..jit import apart, scalar, vector
from .lines import Fold, line_loops
from .strips import BEHIND, PHASE, SPARE
from .views import nth, part, rest

__all__ = ["make_woven"]


def make_woven(fold: Fold, compiled_in: int) -> Any:
    """``along`` for gradients; ``line`` holds outputs, and the identity where there are none."""
    finish, combine, both = fold.finish, fold.combine, line_loops(fold).both

    @vector
    def weave2(out, a, b, c, d, divisors, parameter):
        for i in range(out.size // 2):
            out[2 * i] = finish(combine(a[i], b[i]), divisors[i], parameter)
            out[2 * i + 1] = finish(combine(c[i], d[i]), divisors[i], parameter)

    @vector
    def weave3(out, a, b, c, d, e, f, divisors, parameter):
        for i in range(out.size // 3):
            out[3 * i] = finish(combine(a[i], b[i]), divisors[i], parameter)
            out[3 * i + 1] = finish(combine(c[i], d[i]), divisors[i], parameter)
            out[3 * i + 2] = finish(combine(e[i], f[i]), divisors[i], parameter)

    @vector
    def weave4(out, a, b, c, d, e, f, g, h, divisors, parameter):
        for i in range(out.size // 4):
            out[4 * i] = finish(combine(a[i], b[i]), divisors[i], parameter)
            out[4 * i + 1] = finish(combine(c[i], d[i]), divisors[i], parameter)
            out[4 * i + 2] = finish(combine(e[i], f[i]), divisors[i], parameter)
            out[4 * i + 3] = finish(combine(g[i], h[i]), divisors[i], parameter)

    @apart
    @scalar
    def sums_of(at, line, spare, sums, n, kernel, step, behind):
        """As `pair`, for any window; all but one of its numbers are added up in ``sums``."""
        nothing = nth(spare, SPARE - 1)
        count, first, jump = 0, np.int64(0), np.int64(0)
        for j in range(kernel):
            away = at - j * step
            if away % compiled_in == 0:
                window = behind + away // compiled_in
                count, first, jump = count + 1, window, first - window
        if count < 2:
            return rest(line, first) if count else nothing, nothing
        so_far = rest(line, first)
        for t in range(1, count - 1):
            target = nth(spare, 0) if (count - t) % 2 else sums
            both(part(target, 0, n), so_far, rest(line, first + t * jump))
            so_far = target
        return so_far, rest(line, first + (count - 1) * jump)

    @apart
    @scalar
    def sum_of(at, line, spare, kernel, step, behind):
        """The sum of one result's windows."""
        total = spare[SPARE - 1, 0]
        for j in range(kernel - 1, -1, -1):
            away = at - j * step
            if away % compiled_in == 0:
                total = combine(total, line[behind + away // compiled_in])
        return total

    @scalar
    def pair(at, line, spare, sums, n, kernel, step, behind):
        """Two lines that add up to the phase of the result that lies ``at`` numbers behind a window's first."""
        if step > 1 or kernel > 2 * compiled_in:
            return sums_of(at, line, spare, sums, n, kernel, step, behind)
        window, nothing, left = behind + at // compiled_in, nth(spare, SPARE - 1), at % compiled_in
        last = rest(line, window) if left < kernel else nothing
        return rest(line, window - 1) if left + compiled_in < kernel else nothing, last

    if compiled_in == 2:

        @scalar
        def weave(out, begin, line, spare, phases, n, kernel, step, behind, divisors, parameter):
            a, b = pair(begin, line, spare, nth(phases, 0), n, kernel, step, behind)
            c, d = pair(begin + 1, line, spare, nth(phases, 1), n, kernel, step, behind)
            weave2(out, a, b, c, d, divisors, parameter)

    elif compiled_in == 3:

        @scalar
        def weave(out, begin, line, spare, phases, n, kernel, step, behind, divisors, parameter):
            a, b = pair(begin, line, spare, nth(phases, 0), n, kernel, step, behind)
            c, d = pair(begin + 1, line, spare, nth(phases, 1), n, kernel, step, behind)
            e, f = pair(begin + 2, line, spare, nth(phases, 2), n, kernel, step, behind)
            weave3(out, a, b, c, d, e, f, divisors, parameter)

    else:

        @scalar
        def weave(out, begin, line, spare, phases, n, kernel, step, behind, divisors, parameter):
            a, b = pair(begin, line, spare, nth(phases, 0), n, kernel, step, behind)
            c, d = pair(begin + 1, line, spare, nth(phases, 1), n, kernel, step, behind)
            e, f = pair(begin + 2, line, spare, nth(phases, 2), n, kernel, step, behind)
            g, h = pair(begin + 3, line, spare, nth(phases, 3), n, kernel, step, behind)
            weave4(out, a, b, c, d, e, f, g, h, divisors, parameter)

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        # where the first result lies in its stride, and where in the line the last window is that starts up to there
        begin, behind = strip[PHASE], strip[BEHIND]
        groups = width // compiled_in
        whole = groups * compiled_in
        weave(part(out, 0, whole), begin, line, spare, phases, groups, kernel, step, behind, divisors, parameter)
        for w in range(whole, width):
            total = sum_of(begin + w, line, spare, kernel, step, behind)
            out[w] = finish(total, divisors[w], parameter)

    return along
