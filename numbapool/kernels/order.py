"""Order among the values of one window, which have a line of their own."""

from __future__ import annotations

import math

import numpy as np
from numba.extending import register_jitable

__all__ = [
    "between",
    "first_equal",
    "higher",
    "last_nan",
    "lower",
    "middle",
    "rank_of",
    "select_one",
    "sort_one",
]

_SHORT = 48  # numbers up to which insertion sorts faster than a heap
_MOST_PARTS = 64  # partitions of a quickselect before it falls back to sorting


@register_jitable
def lower(a, b):
    """The lower of two numbers, or the second where one is NaN: one instruction."""
    return a if a < b else b


@register_jitable
def higher(a, b):
    """The higher of two numbers, or the second where one is NaN."""
    return a if a > b else b


@register_jitable
def rank_of(q, count):
    """Place of a quantile among sorted values; a whole number where only rounding keeps it from being one."""
    at = q * (count - 1)
    whole = math.floor(at + 0.5)
    return whole if abs(at - whole) <= 4e-16 * count else at


@register_jitable
def between(a, b, part_way):
    """``part_way`` from one number to another, as NumPy does it, so that the ends are exact."""
    gap = b - a
    inside = b - gap * (1.0 - part_way) if part_way >= 0.5 else a + gap * part_way
    if np.isinf(gap) and not np.isinf(a) and not np.isinf(b):  # of finite numbers, unlike NumPy
        inside = a * (1.0 - part_way) + b * part_way
    if part_way == 0.5:  # the mean, as `numpy.median` has it
        mean = (a + b) * 0.5
        inside = a * 0.5 + b * 0.5 if np.isinf(mean) else mean
    return a if a == b or part_way == 0.0 else inside


@register_jitable
def middle(a, b, c):
    """The middle one of three numbers."""
    return higher(lower(a, b), lower(higher(a, b), c))


@register_jitable
def last_nan(values, count):
    """Place of the last NaN, or -1."""
    found = -1
    for i in range(count):
        if values[i] != values[i]:
            found = i
    return found


@register_jitable
def first_equal(values, places, count, value):
    """Of the numbers that equal ``value``, the one that stands first in the window."""
    found = -1
    for i in range(count):
        if values[i] == value and (found < 0 or places[i] < places[found]):
            found = i
    return found


@register_jitable
def sort_one(values, places, n):
    """Sort a line of numbers without NaN, and their places with them, without memory of its own."""
    if n <= _SHORT:
        for i in range(1, n):
            v, p, j = values[i], places[i], i
            while j > 0 and values[j - 1] > v:
                values[j], places[j] = values[j - 1], places[j - 1]
                j -= 1
            values[j], places[j] = v, p
        return
    for k in range(n // 2 + n - 1):  # a heap of all, then of one less after the other
        root, end = n // 2 - 1 - k, n
        if root < 0:
            root, end = 0, n - 1 - (k - n // 2)
            values[0], values[end] = values[end], values[0]
            places[0], places[end] = places[end], places[0]
        v, p = values[root], places[root]
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end and values[child] < values[child + 1]:
                child += 1
            if v >= values[child]:
                break
            values[root], places[root] = values[child], places[child]
            root = child
        values[root], places[root] = v, p


@register_jitable
def select_one(values, places, n, k):
    """Arrange numbers without NaN so that the first ``k`` are no higher than the next, and those behind no lower."""
    low, high = 0, n - 1
    for _part in range(_MOST_PARTS):
        if low >= high:
            return
        pivot = middle(values[low], values[(low + high) // 2], values[high])
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                places[i], places[j] = places[j], places[i]
                i, j = i + 1, j - 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            return
    sort_one(values, places, n)
