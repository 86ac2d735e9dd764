"""Exponentials, logarithms and powers of the kernels against those of the C library."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from numbapool.kernels.elementary import exp, log, power


@numba.njit
def exp_of(x, p, out):
    for i in range(x.size):
        out[i] = exp(x[i])


@numba.njit
def log_of(x, p, out):
    for i in range(x.size):
        out[i] = log(x[i])


@numba.njit
def power_of(x, p, out):
    for i in range(x.size):
        out[i] = power(x[i], p)


FUNCTIONS = {"exp": (exp_of, np.exp), "log": (log_of, np.log), "power": (power_of, np.power)}


def computed(name, x, p=0.0):
    """What the kernels make of it, and what the C library does."""
    function, expected = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        right = expected(x, p) if name == "power" else expected(x)
    out = np.empty_like(x)
    function(x, float(p), out)
    return out, right


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("exp", lambda rng: rng.uniform(-708, 709.7, 10_001)),
        ("exp", lambda rng: rng.uniform(-1, 1, 10_001)),
        ("log", lambda rng: 10 ** rng.uniform(-307, 308, 10_001)),
        ("log", lambda rng: 1 + rng.uniform(-1e-3, 1e-3, 10_001)),
    ],
)
def test_within_two_units_in_the_last_place(rng, name, x):
    y, expected = computed(name, x(rng))
    assert (abs(y - expected) <= 2 * np.spacing(abs(expected))).all()


@pytest.mark.parametrize("p", [-2.5, -1, 0.5, 1, 2.5, 7, 20])
def test_powers_are_exact_for_float32(rng, p):
    y, expected = computed("power", 10 ** rng.uniform(-12, 12, 10_001), p)
    np.testing.assert_allclose(y, expected, rtol=2e-13)


@pytest.mark.parametrize(
    ("name", "p", "x"),
    [
        ("exp", 0, [0.0, -0.0, np.inf, -np.inf, np.nan, 709.782, 709.79, 1e300, -1e300, -750]),
        ("log", 0, [0.0, 1.0, np.inf, np.nan, 2.0**-1022, 1.7e308]),
        ("power", 2.5, [0.0, 1.0, np.inf, np.nan, 1e300, 1e-300]),
        ("power", -0.5, [0.0, 1.0, np.inf, np.nan]),
    ],
)
def test_zero_infinity_and_nan(name, p, x):
    y, expected = computed(name, np.array(x), p)
    np.testing.assert_allclose(y, expected, rtol=2e-13)
