"""Numbers at the ends of their range: nothing overflows or vanishes inside of which the result exists."""

from __future__ import annotations

import numpy as np
import pytest
from cases import channels_first, laid_out

import numbapool as nbp


def norm(v, p):
    """The norm of the last axis, by Python's whole numbers as exponents of two."""
    m = abs(v).max(-1, keepdims=True)
    return (m * ((abs(v) / np.where(m > 0, m, 1)) ** p).sum(-1, keepdims=True) ** (1 / p))[..., 0]


@pytest.mark.parametrize(
    ("values", "p", "expected"), [([1e80] * 3, 6, 1.2009369551760027e80), ([1e-60] * 2, 8, 1.0905077326652577e-60)]
)
def test_norms_of_the_issue(values, p, expected):
    x = np.array([values])
    np.testing.assert_allclose(nbp.LPPool1d(p, len(values))(x), [[expected]], rtol=1e-14)
    np.testing.assert_allclose(nbp.PowerAvgPool1d(3, 2)(np.full((1, 2), 1e150)), [[1e150]], rtol=1e-14)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("p", [0.5, 2, 3, 8, 20.5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_norms_and_their_gradients_anywhere(rng, dtype, p, data_format):
    most = 30 if dtype == "float32" else 290
    size = np.kron(10 ** rng.uniform(-most, most, (2, 3, 4, 2)), np.ones((2, 5)))  # one for each 2 × 5 positions
    x = (rng.choice([-1, 1], size.shape) * size * rng.uniform(0.5, 2, size.shape)).astype(dtype)
    x[0, 0, :4] = 0
    blocks = x.astype(np.float64).reshape(2, 3, 4, 2, 5, 2).transpose(0, 1, 2, 4, 3, 5).reshape(2, 3, 4, 5, 4)
    pool = nbp.LPPool2d(p, 2, data_format=data_format)
    y, back = pool.vjp(laid_out(x, data_format))
    exact = norm(blocks, p)
    tolerance = 1e-6 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(channels_first(y, data_format), exact.astype(dtype), rtol=tolerance)
    g = rng.uniform(1, 2, y.shape).astype(dtype)
    gx = channels_first(back(g), data_format)
    with np.errstate(all="ignore"):
        away = np.log(abs(x).astype(np.float64)) - np.log(exact.repeat(2, 2).repeat(2, 3))
        slope = np.sign(x) * np.exp((p - 1) * away)
    expected = np.where(x == 0, 0, slope * channels_first(g, data_format).repeat(2, 2).repeat(2, 3))
    np.testing.assert_allclose(gx, expected, rtol=1e-5 if dtype == "float32" else 1e-9, atol=1e-30)


@pytest.mark.parametrize("p", [-20, -3, 2.5, 40])
@pytest.mark.parametrize("count_include_pad", [True, False])
def test_power_means_anywhere(rng, p, count_include_pad):
    x = 10 ** rng.uniform(-200, 200, (2, 30)) * rng.uniform(0.5, 2, (2, 30))
    x[:, 1::2] = x[:, ::2] * rng.uniform(0.5, 2, (2, 15))
    pool = nbp.PowerAvgPool1d(p, 2, eps=1e-250)
    y, back = pool.vjp(x)
    pairs = x.reshape(2, 15, 2)
    unit = pairs.max(-1)
    exact = ((pairs / unit[..., None]) ** p).mean(-1) ** (1 / p) * unit
    np.testing.assert_allclose(y, exact, rtol=1e-12)
    slope = (pairs / exact[..., None]) ** (p - 1) / 2
    np.testing.assert_allclose(back(np.ones_like(y)), slope.reshape(2, 30), rtol=1e-9)
    padded = nbp.PowerAvgPool1d(p, 2, 1, 1, count_include_pad=count_include_pad, eps=1e-250)(x)
    alone = x[:, 0] * (0.5 ** (1 / p) if count_include_pad else 1)
    np.testing.assert_allclose(padded[:, 0], alone, rtol=1e-12)


def test_what_is_infinite_or_no_number_stays_so():
    x = np.array([[np.inf, 1e200, np.nan, 1e200, 0, 0, -np.inf, np.nan]])
    np.testing.assert_array_equal(nbp.LPPool1d(3, 2)(x), [[np.inf, np.nan, 0, np.nan]])


def test_soft_maxima_of_the_largest_numbers():
    most = np.finfo(np.float64).max
    x = np.array([[most, most, -most, most, -most, -most]])
    for pool in (nbp.SoftPool1d(2), nbp.LogSumExpPool1d(2), nbp.LogSumExpPool1d(2, sharpness=1e-3)):
        np.testing.assert_allclose(pool(x), [[most, most, -most]], rtol=1e-12)
    half = np.full((1, 64), 6e4, np.float16)
    for pool in (nbp.AvgPool1d(64), nbp.SoftPool1d(64), nbp.PowerAvgPool1d(3, 64), nbp.LogSumExpPool1d(64)):
        assert pool(half)[0, 0] == half[0, 0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_index_of_nothing_is_that_of_the_last(dtype):
    x = np.full((1, 1, 6, 6), np.nan, dtype)
    rows, columns = np.mgrid[1:6:2, 1:6:2]
    last = (6 * rows + columns)[None, None]
    for kind in (nbp.MaxPool2d, nbp.MinPool2d, nbp.MedianPool2d):
        for policy in ("propagate", "omit"):
            y, indices = kind(2, return_indices=True, nan_policy=policy)(x)
            assert np.isnan(y).all()
            np.testing.assert_array_equal(indices, last)
    _, indices = nbp.AdaptiveMaxPool2d(1, return_indices=True, nan_policy="omit")(x)
    assert indices.item() == 35


@pytest.mark.parametrize("p", [1300, 2000.5, 1e20])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_powers_beyond_all_numbers_give_the_largest_and_the_smallest(dtype, p):
    x = np.array([[0.1, 0.2, 3, 3.5, 1, 0.5]], dtype)
    for pool in (nbp.LPPool1d(p, 2), nbp.PowerAvgPool1d(p, 2)):
        np.testing.assert_allclose(pool(x), [[0.2, 3.5, 1]], rtol=1e-3)
    np.testing.assert_allclose(nbp.PowerAvgPool1d(-p, 2)(x), [[0.1, 3, 0.5]], rtol=1e-3)
    gx = nbp.LPPool1d(p, 2).backward(np.ones((1, 3), dtype), x)
    np.testing.assert_allclose(gx, [[0, 1, 0, 1, 1, 0]], atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "p", "values"),
    [
        ("float32", 40, [1e10, 2e10]),
        ("float64", 40, [1e10, 2e10]),
        ("float64", 3, [6e200, 5e200]),
        ("float64", -3, [6e200, 5e195]),
        ("float32", 3, [6, 5]),
    ],
)
def test_slope_of_the_exponent(dtype, p, values):
    """Computed where powers leave the range; beside the formula for numbers over their largest (or smallest) one."""
    x = np.array([values])
    ratio = x[0] / (x.max() if p > 0 else x.min())
    mean = (ratio**p).mean()
    slope = mean ** (1 / p) * ((ratio**p * np.log(ratio)).mean() / (p * mean) - np.log(mean) / p**2)
    slope *= x.max() if p > 0 else x.min()
    pool = nbp.PowerAvgPool1d(p, 2, eps=1e-250)
    assert np.isfinite(slope)
    found = pool.parameter_gradient(np.ones((1, 1), dtype), x.astype(dtype))
    np.testing.assert_allclose(found, slope, rtol=1e-3 if dtype == "float32" else 1e-9)


@pytest.mark.parametrize("q", [0.25, 0.5, 0.75])
def test_between_numbers_further_apart_than_the_largest(q):
    x = np.array([[-1e308, 1e308, 1.7e308, -1.7e308]])
    np.testing.assert_allclose(nbp.QuantilePool1d(q, 2)(x), [[(2 * q - 1) * 1e308, (2 * q - 1) * 1.7e308]], atol=1e290)
    np.testing.assert_allclose(nbp.MedianPool1d(2, method="linear")(x), [[0, 0]])
    np.testing.assert_allclose(nbp.pool(x, (1, 2), np.median), [[0, 0]])
    assert np.isnan(nbp.QuantilePool1d(q, 2)(np.array([[-np.inf, np.inf]]))).all()  # as by NumPy


@pytest.mark.parametrize("alpha", [0, 1])
def test_mixture_of_one_part(alpha):
    """The other part may be infinite."""
    pool = nbp.MixedPool1d(2, alpha=alpha)
    x = np.array([[3e38, 3e38, -np.inf, 1, np.inf, 1]], np.float32)
    with np.errstate(over="ignore"):
        mean = x.reshape(3, 2).sum(1) / 2
    np.testing.assert_array_equal(pool(x)[0], x.reshape(3, 2).max(1) if alpha else mean)
