"""What parts are made of means what it means in Python, though Numba does not lower it."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from numbapool.jit import scalar

_FOUR = 4


@scalar
def _ranges(found, a, b, step):
    n = 0
    for i in range(b):
        found[0, n], n = i, n + 1
    n = 0
    for i in range(a, b):
        found[1, n], n = i, n + 1
    n = 0
    for i in range(a, b, _FOUR):
        found[2, n], n = i, n + 1
    n = 0
    for i in range(b, a, -3):
        found[3, n], n = i, n + 1
    n = 0
    for i in range(a, b, step):
        found[4, n], n = i, n + 1


@numba.njit
def _call_ranges(found, a, b, step):
    _ranges(found, a, b, step)


@pytest.mark.parametrize(("a", "b", "step"), [(0, 0, 1), (-5, 8, 2), (3, 4, 5), (9, -4, -2), (2, 15, 4), (2, 14, -1)])
def test_ranges(a, b, step):
    found = np.full((5, 40), 99)
    _call_ranges(found, a, b, step)
    for line, expected in zip(
        found, (range(b), range(a, b), range(a, b, 4), range(b, a, -3), range(a, b, step)), strict=True
    ):
        assert line[: len(expected)].tolist() == list(expected)
        assert (line[len(expected) :] == 99).all()


def test_what_a_part_raises_arrives():
    with pytest.raises(ValueError, match="must not be zero"):
        _call_ranges(np.zeros((5, 40), int), 0, 3, 0)


@scalar
def _numbers(a, b, found):
    found[0], found[1], found[2] = a + b, a - b, a * b
    found[3], found[4], found[5] = a < b, a <= b, a == b
    found[6], found[7], found[8] = a > b, a >= b, a != b


@numba.njit
def _call_numbers(a, b, found):
    _numbers(a, b, found)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_numbers(dtype):
    for a in (0, 3, 7, 2**63 - 1 if dtype == np.int64 else 2**64 - 1):
        for b in (1, 3, 5):
            found = np.zeros(9, dtype)
            _call_numbers(dtype(a), dtype(b), found)
            with np.errstate(over="ignore"):
                whole = (
                    np.array([a], dtype) + dtype(b),
                    np.array([a], dtype) - dtype(b),
                    np.array([a], dtype) * dtype(b),
                )
            assert found[:3].tolist() == [int(w[0]) for w in whole]
            assert found[3:].tolist() == [a < b, a <= b, a == b, a > b, a >= b, a != b]


@scalar
def _places(x, y):
    for d in range(x.shape[0]):
        for h in range(x.shape[1]):
            for w in range(x.shape[2]):
                y[w, h, d] = x[d, h, w]
    y[0, 0, 0] = x.size


@numba.njit
def _call_places(x, y):
    _places(x, y)


@pytest.mark.parametrize("dtype", ["float32", "bool", "uint8", "int64"])
def test_places_of_three_axes(rng, dtype):
    x = rng.integers(0, 2, (3, 4, 5)).astype(dtype)
    y = np.empty((5, 4, 3), dtype)
    _call_places(x, y)
    assert y[0, 0, 0] == np.array(60).astype(dtype)
    np.testing.assert_array_equal(y.ravel()[1:], x.transpose().ravel()[1:])
    last = np.empty((5, 4, 3), dtype, order="F")  # not contiguous: Numba's own way
    _call_places(x, last)
    np.testing.assert_array_equal(last, y)
