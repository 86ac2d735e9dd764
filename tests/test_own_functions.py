"""Functions of the user's own keep what they were jitted with."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import numbapool as nbp

X = np.array([1.0, 4.0, 2.0, 2.5])


def test_signatures_are_no_limit():
    """Numba compiles nothing more for a function that has been given its types."""
    function = numba.njit("float64(float64[:])")(lambda w: w[0] * 3)
    assert nbp.pool(X, 2, function).tolist() == [3.0, 6.0]
    assert nbp.pool(X.astype(np.float32), 2, function).tolist() == [3.0, 6.0]
    assert function.signatures == [(numba.types.Array(numba.float64, 1, "A"),)]


def test_arguments_with_defaults():
    assert nbp.pool(X, 2, numba.njit(lambda w, factor=2.0: w[0] * factor)).tolist() == [2.0, 4.0]


@pytest.mark.parametrize("size", [4, 400_000])
def test_bounds_are_checked_if_asked_for(size):
    function = numba.njit(boundscheck=True)(lambda w: w[5])
    with pytest.raises(IndexError, match="out of bounds"):
        nbp.pool(np.ones(size), 2, function)


def test_fastmath_stays():
    def nan_is(w):
        return 1.0 if np.isnan(w[0]) else 0.0

    missing = np.full(2, np.nan)
    for options in ({}, {"fastmath": True}):
        function = numba.njit(**options)(nan_is)
        assert nbp.pool(missing, 2, function)[0] == function(missing)


def test_one_function_with_two_sets_of_options():
    def inverse(a):
        return 1.0 / a

    numpys, pythons = numba.njit(error_model="numpy")(inverse), numba.njit(inverse)
    zeros = np.zeros(2)
    assert nbp.pool(zeros, 2, numba.njit(lambda w: numpys(w[0]))) == np.inf
    with pytest.raises(ZeroDivisionError):
        nbp.pool(zeros, 2, numba.njit(lambda w: numpys(w[0]) + pythons(w[1])))
