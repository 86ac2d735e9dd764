"""How one value of a window is drawn: evenly, or in proportion to the values; and what is to be expected of it."""

from __future__ import annotations

import numpy as np

from ..jit import scalar, vector
from ..kernels.lanes import EXTRA
from ..kernels.lines import copy
from ..kernels.views import nth, part, taken_as
from .ordering import last_nan

__all__ = ["any_of", "expected", "expected_slope", "in_proportion", "in_proportion_across"]

_UNIT = 2.0**-53


@scalar
def any_of(values, places, parameters, draw):
    """Place of one of the values, each as likely."""
    return int((draw >> np.uint64(32)) * np.uint64(values.size) >> np.uint64(32))


@scalar
def _positive(value):
    return np.float64(value) if value > 0 else 0.0


@scalar
def in_proportion(values, places, parameters, draw):
    """Place of a value, drawn in proportion to what is positive; of the last NaN, if there is one."""
    nan = last_nan(values)
    if nan >= 0:
        return nan
    total = 0.0
    for i in range(values.size):
        total += _positive(values[i])
    left = np.float64(draw >> np.uint64(11)) * _UNIT * total
    kept = 0
    for i in range(values.size):
        weight = _positive(values[i])
        if weight > 0:
            kept = i
            if left < weight:
                break
            left -= weight
    return kept


@vector
def _add_positive(totals, line):
    for i in range(totals.size):
        totals[i] += _positive(line[i])


@vector
def _draw_below(left, totals, draws):
    for i in range(left.size):
        left[i] = np.float64(np.uint64(draws[i]) >> np.uint64(11)) * _UNIT * totals[i]


@vector
def _keep_drawn(kept, left, kept_before, left_before, line):
    """Keep what is drawn if it lies here, and what may be so far; ``left`` is negative once it was found.

    The last NaN is kept whatever is drawn.
    """
    for i in range(kept.size):
        weight, before = _positive(line[i]), left_before[i]
        number = line[i] == line[i]
        skipped = number & ((before < 0) | (weight == 0))
        found = (before < weight) | (line[i] != line[i])
        kept[i] = kept_before[i] if skipped else line[i]
        left[i] = before if skipped else (-1.0 if found else before - weight)


@scalar
def in_proportion_across(out, lines, draws, parameters):
    """The same for many windows at once, by the same steps."""
    n, count = out.size, lines.shape[0] - EXTRA
    kept, kept_before = part(nth(lines, count), 0, n), part(nth(lines, 0), 0, n)
    left = part(taken_as(nth(draws, 1), parameters), 0, n)
    left_before = part(taken_as(nth(draws, 2), parameters), 0, n)
    for i in range(n):
        left[i] = 0.0
    for k in range(count):
        _add_positive(left, part(nth(lines, k), 0, n))
    _draw_below(left_before, left, part(nth(draws, 0), 0, n))
    for k in range(count):  # lines in turn, never in place
        _keep_drawn(kept, left, kept_before, left_before, part(nth(lines, k), 0, n))
        kept_before, kept = kept, part(nth(lines, count + (k + 1) % 2), 0, n)
        left_before, left = left, left_before
    copy(out, kept_before)


@scalar
def expected(values, places, parameters, draw):
    """Mean of what is positive, each value weighted by itself."""
    total = weighted = 0.0
    for i in range(values.size):
        weight = _positive(values[i]) if values[i] == values[i] else values[i]
        total += weight
        weighted += weight * weight
    return weighted / total if total != 0 else 0.0


@scalar
def expected_slope(values, parameters, weights):
    """Derivative of `expected` by each of the values."""
    total = weighted = 0.0
    for i in range(values.size):
        weight = _positive(values[i])
        total += weight
        weighted += weight * weight
    for i in range(values.size):
        weight = _positive(values[i])
        weights[i] = (2 * weight - weighted / total) / total if weight > 0 else 0.0
