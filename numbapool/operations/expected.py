"""What is to be expected of a draw in proportion to the values: their mean, each weighted by itself."""

from __future__ import annotations

from ..jit import scalar, vector
from ..kernels.lanes import EXTRA
from ..kernels.views import below, nth, part

__all__ = ["expected", "expected_across", "expected_slope", "expected_slopes"]


@scalar
def _weight(value):
    """What is positive of a value, or the NaN that it is."""
    return value if value > 0 or value != value else 0.0


@scalar
def _mean(total, weighted):
    mean = weighted / total
    return mean if total != 0 else 0.0


@scalar
def _slope(value, total, weighted):
    slope = (2 * value - weighted / total) / total
    return slope if value > 0 else 0.0


@scalar
def _sums(values):
    total = weighted = 0.0
    for i in range(values.size):
        weight = _weight(values[i])
        total += weight
        weighted += weight * weight
    return total, weighted


@scalar
def expected(values, places, parameters, number):
    """Mean of what is positive, each value weighted by itself."""
    total, weighted = _sums(values)
    return _mean(total, weighted)


@scalar
def expected_slope(values, parameters, weights):
    """Derivative of `expected` by each of the values."""
    total, weighted = _sums(values)
    for i in range(values.size):
        weights[i] = _slope(values[i], total, weighted)


@vector
def _begin(total, weighted, values):
    for i in range(total.size):
        weight = _weight(values[i])
        total[i] = weight
        weighted[i] = weight * weight


@vector
def _add(total, weighted, total0, weighted0, values):
    for i in range(total.size):
        weight = _weight(values[i])
        total[i] = total0[i] + weight
        weighted[i] = weighted0[i] + weight * weight


@vector
def _means(out, total, weighted):
    for i in range(out.size):
        out[i] = _mean(total[i], weighted[i])


@vector
def _slopes(weights, values, total, weighted):
    for i in range(weights.size):
        weights[i] = _slope(values[i], total[i], weighted[i])


@scalar
def _sums_across(lines, spare, count, n):
    """As `_sums` for ``n`` windows side by side: which of the lines ``spare`` is the first of both."""
    now = 0
    _begin(part(nth(spare, 0), 0, n), nth(spare, 1), nth(lines, 0))
    for k in range(1, count):
        _add(part(nth(spare, 2 - now), 0, n), nth(spare, 3 - now), nth(spare, now), nth(spare, now + 1), nth(lines, k))
        now = 2 - now
    return now


@scalar
def expected_across(out, lines, draws, parameters):
    """`expected` for windows side by side; see `kernels.lanes`."""
    count = lines.shape[0] - EXTRA
    spare = below(lines, count)
    now = _sums_across(lines, spare, count, out.size)
    _means(out, nth(spare, now), nth(spare, now + 1))


@scalar
def expected_slopes(weights, lines, spare, count, n, parameters):
    """`expected_slope` for windows side by side; see `kernels.weigh`."""
    now = _sums_across(lines, spare, count, n)
    for k in range(count):
        _slopes(part(nth(weights, k), 0, n), nth(lines, k), nth(spare, now), nth(spare, now + 1))
