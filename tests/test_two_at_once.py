"""Reductions that keep two things of a window, as one complex number: mixtures, and means of what is no NaN."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import reference
from cases import LAYOUTS, SPATIAL, WINDOWS, channels_first, laid_out, layer, values

import numbapool as nbp

TOLERANCE = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-12}
DIVISORS = {
    "padded": ({}, lambda window, padded: padded),
    "inside": ({"count_include_pad": False}, lambda window, padded: len(window)),
    "given": ({"divisor_override": 3}, lambda window, padded: 3),
}


def mean_of_numbers(window, divisor, counted):
    numbers = window[~np.isnan(window)].astype(np.float64)
    missing = len(window) - len(numbers)
    return numbers.sum() / (divisor - missing * counted) if len(numbers) else np.nan


@pytest.mark.parametrize(
    ("dtype", "window"),
    [*product(["float32"], WINDOWS), *product(["float16", "float64"], ["k3s2p1"])],
)
@pytest.mark.parametrize("divisors", DIVISORS)
@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_means_without_nan(rng, rank, window, data_format, divisors, dtype):
    x = rng.standard_normal((2, 3, *SPATIAL[rank])).astype(dtype)
    x[rng.random(x.shape) < 0.5] = np.nan
    options, divisor = DIVISORS[divisors]
    options = {**WINDOWS[window].options, **options, "data_format": data_format}
    y = layer("mean", rank, **options, nan_policy="omit")(laid_out(x, data_format))

    def mean(window, positions, padded):
        return mean_of_numbers(window, divisor(window, padded), divisors != "given")

    expected = reference.pool_planes(x, WINDOWS[window].on(SPATIAL[rank]), mean).astype(np.float64)
    assert y.dtype == dtype
    np.testing.assert_allclose(channels_first(y, data_format), expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float32"])
@pytest.mark.parametrize(("kernel_size", "stride"), [(9, 1), (31, 1), (70, 1), (33, 7), (50, 50), (400, 1)])
def test_large_windows(rng, kernel_size, stride, dtype):
    x = rng.standard_normal((2, 3, 400)).astype(dtype)
    x[rng.random(x.shape) < 0.3] = np.nan
    x[0, 1, 100:200] = np.nan
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), kernel_size, -1)[..., ::stride, :]
    with pytest.warns(RuntimeWarning, match="empty slice") if kernel_size < 100 else np.errstate():
        expected = np.nanmean(windows, axis=-1)
    y = nbp.avg_pool1d(x, kernel_size, stride, nan_policy="omit")
    np.testing.assert_allclose(y, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    mixed = nbp.mixed_pool1d(np.nan_to_num(x), kernel_size, stride, alpha=0.25)
    windows = np.nan_to_num(windows)
    expected = 0.25 * windows.max(-1) + 0.75 * windows.mean(-1)
    np.testing.assert_allclose(mixed, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_what_looks_like_nothing(dtype):
    """Only windows of nothing but NaN have no mean: not those of zeros, nor those that add up to zero."""
    x = np.array([-0.0, -0.0, -0.0, np.nan, np.nan, np.nan, 1, -1, 0.0, -0.0, np.inf, np.nan, np.inf, -np.inf], dtype)
    expected = [0, 0, np.nan, 0, 0, np.inf, np.nan]
    np.testing.assert_array_equal(nbp.avg_pool1d(x[None, None], 2, nan_policy="omit")[0, 0], expected)
    tiny = np.array([-np.finfo(dtype).smallest_subnormal, np.nan], dtype)
    assert not np.isnan(nbp.avg_pool1d(tiny[None, None], 2, nan_policy="omit")).any()


@pytest.mark.parametrize(
    ("dtype", "data_format", "rank"),
    [*product(["float32"], LAYOUTS, [1, 2, 3]), *product(["float16", "bool", "int64"], ["channels_first"], [2])],
)
def test_mixtures_of_any_dtype(rng, rank, data_format, dtype):
    x = values(rng, (2, 3, *SPATIAL[rank]), dtype)
    for window in ("k2s2", "k3s2p1", "k3s1d2", "k3s3-ceil") if dtype == "float32" else ("k3s2p1",):
        options = {**WINDOWS[window].options, "data_format": data_format}
        y = layer("mixed", rank, **options, alpha=0.3)(laid_out(x, data_format))
        parts = (layer(name, rank, **options)(laid_out(x, data_format)) for name in ("max", "mean"))
        largest, mean = (part.astype(np.float64) for part in parts)
        assert y.dtype == nbp.avg_pool1d(np.zeros((1, 2), dtype), 2).dtype
        rounding = TOLERANCE.get(dtype, 1e-6)
        with np.errstate(invalid="ignore"):
            expected = 0.3 * largest + 0.7 * mean
        np.testing.assert_allclose(y, expected, rtol=rounding, atol=rounding)


@pytest.mark.parametrize("dtype", ["float32"])
def test_on_all_threads(rng, dtype):
    """What threads read from a table is longer than a word."""
    x = rng.standard_normal((64, 4, 60, 61)).astype(dtype)
    for pool in (nbp.MixedPool2d(3, 2, 1), nbp.AvgPool2d(3, 2, 1, nan_policy="omit")):
        one_by_one = np.concatenate([pool(x[n : n + 1]) for n in range(len(x))])
        np.testing.assert_array_equal(pool(x), one_by_one)
