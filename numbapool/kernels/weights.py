"""Means whose weights depend on the values: sums over windows whose numbers lie side by side in lines, and slopes.

An operation has ``weight(v, m, parameter)`` of a value and the largest of its window, ``product(e, v, m)`` of a weight
and its value, ``finish(m, total, weighted, count, parameter)`` of their sums, and ``slope(e, v, m, total, weighted)``:
the derivative of the result by a value.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from .compile import jitable
from .lines import fill_run
from .sorting import largest_of_lines

__all__ = ["count_lower", "share_by_rank", "sharing_loops", "weighted_lines"]


def weighted_lines(weight: Any, product: Any, finish: Any, largest: bool, floating: bool) -> Any:
    """Weighted means of windows."""
    return _weighted_means(weight, product, finish, largest)


@cache
def _weighted_means(weight: Any, product: Any, finish: Any, largest: bool) -> Any:
    @jitable
    def add_weights(line, to, at, a, m, parameter, room, n):
        """One more run for two sums, of which the second is a line behind the first."""
        to, at, a, m, room = np.uint64(to), np.uint64(at), np.uint64(a), np.uint64(m), np.uint64(room)
        for i in range(np.uint64(n)):
            v, most = line[a + i], line[m + i]
            e = weight(v, most, parameter)
            line[to + i] = line[at + i] + e
            line[to + room + i] = line[at + room + i] + product(e, v, most)

    @jitable
    def finish_weights(line, to, m, total, count, parameter, room, n):
        to, m, total, room = np.uint64(to), np.uint64(m), np.uint64(total), np.uint64(room)
        for i in range(np.uint64(n)):
            line[to + i] = finish(line[m + i], line[total + i], line[total + room + i], count, parameter)

    @jitable
    def means(lines, found, count, room, spare, n, parameter, seed, places):
        total, other, mark = spare, spare + 2 * room, spare + 4 * room
        if largest:
            mark = largest_of_lines(lines, count, room, spare + 4 * room, spare + 5 * room, n)
        fill_run(lines, total, n, lines.dtype.type(0))
        fill_run(lines, total + room, n, lines.dtype.type(0))
        for k in range(count):
            add_weights(lines, other, total, k * room, mark, parameter, room, n)
            total, other = other, total
        finish_weights(lines, other, mark, total, count, parameter, room, n)
        return other

    return means


@cache
def sharing_loops(weight: Any, product: Any, slope: Any) -> Any:
    """Loops that add up weights and products as well, but keep the weights, and make slopes of these."""

    @jitable
    def keep_weights(line, to, at, kept, a, m, parameter, room, n):
        to, at, kept, a, m = np.uint64(to), np.uint64(at), np.uint64(kept), np.uint64(a), np.uint64(m)
        room = np.uint64(room)
        for i in range(np.uint64(n)):
            v, largest = line[a + i], line[m + i]
            e = weight(v, largest, parameter)
            line[kept + i] = e
            line[to + i] = line[at + i] + e
            line[to + room + i] = line[at + room + i] + product(e, v, largest)

    @jitable
    def share(line, a, weights, m, total, grad, room, n):
        """Slopes times the gradient of the result, in the place of the values."""
        a, weights, m, total = np.uint64(a), np.uint64(weights), np.uint64(m), np.uint64(total)
        room, grad = np.uint64(room), np.uint64(grad)
        for i in range(np.uint64(n)):
            v, e, sum_of_all = line[a + i], line[weights + i], line[total + i]
            line[a + i] = slope(e, v, line[m + i], sum_of_all, line[total + room + i]) * line[grad + i]

    return keep_weights, share


@register_jitable
def count_lower(line, to, at, a, b, before, n):
    """One more where the number of the second run is lower, or equal and stands before."""
    to, at, a, b = np.uint64(to), np.uint64(at), np.uint64(a), np.uint64(b)
    for i in range(np.uint64(n)):
        v, w = line[a + i], line[b + i]
        line[to + i] = line[at + i] + (1.0 if (w < v) | (before & (w == v)) else 0.0)


@register_jitable
def share_by_rank(line, to, ranks, low, part_way, marks, grad, n):
    """Of the gradient, what goes to the numbers of two ranks; NaN where there is one among the marks."""
    to, ranks, marks, grad = np.uint64(to), np.uint64(ranks), np.uint64(marks), np.uint64(grad)
    for i in range(np.uint64(n)):
        rank, mark = line[ranks + i], line[marks + i]
        above = part_way if rank == low + 1.0 else 0.0
        share = (1.0 - part_way if rank == low else above) * line[grad + i]
        line[to + i] = mark if mark != mark else share


@cache
def _adding_up(weight: Any, product: Any) -> Any:
    """Both sums of one window; their order may change, as only it and no other kernel looks at it."""

    @jitable(fastmath={"reassoc", "contract"})
    def add_up(values, count, m, parameter):
        total = weighted = np.float64(0.0)
        for i in range(np.uint64(count)):
            e = weight(values[i], m, parameter)
            total += e
            weighted += product(e, values[i], m)
        return total, weighted

    return add_up


@register_jitable
def _largest_of(values, count):
    m = values[0]
    for i in range(count):
        m = values[i] if values[i] > m or values[i] != values[i] else m
    return m


@cache
def mean_of_one(weight: Any, product: Any, finish: Any, largest: bool) -> Any:
    """A function of one window that gives its weighted mean."""
    add_up = _adding_up(weight, product)

    @jitable
    def mean(values, places, count, parameter, draw):
        m = _largest_of(values, count) if largest else values[0]
        total, weighted = add_up(values, count, m, parameter)
        return finish(m, total, weighted, count, parameter)

    return mean


@cache
def slopes_of_one(weight: Any, product: Any, slope: Any, largest: bool) -> Any:
    """A function of one window that fills in the derivatives of its weighted mean."""
    add_up = _adding_up(weight, product)

    @jitable
    def slopes(values, weights, places, count, parameter):
        m = _largest_of(values, count) if largest else values[0]
        total, weighted = add_up(values, count, m, parameter)
        for i in range(np.uint64(count)):
            v = values[i]
            weights[i] = slope(weight(v, m, parameter), v, m, total, weighted)

    return slopes
