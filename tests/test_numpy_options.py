"""Options of NumPy's functions: NaN left out, which median, dtype and least count of sums, any number of axes."""

from __future__ import annotations

import warnings

import numba
import numpy as np
import pytest
from family import differences

import numbapool as nbp


def blocks(x, size):
    """Blocks of the last axis, as rows."""
    return x.reshape(*x.shape[:-1], -1, size)


def with_nan(rng, shape, dtype=np.float32):
    x = rng.standard_normal(shape).astype(dtype)
    x[rng.random(shape) < 0.4] = np.nan
    x[..., :4] = np.nan
    return x


@pytest.mark.parametrize("q", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_quantiles_of_what_is_no_nan(rng, q, dtype):
    x = with_nan(rng, (2, 3, 40), dtype)
    pool = nbp.QuantilePool1d(q, 4, nan_policy="omit")
    y, back = pool.vjp(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_allclose(y, np.nanquantile(blocks(x.astype(np.float64), 4), q, axis=-1), rtol=1e-6)
    gx = back(np.ones_like(y))
    assert (gx[np.isnan(x)] == 0).all()
    np.testing.assert_allclose(blocks(gx, 4).sum(-1), np.where(np.isnan(y), 0, 1), rtol=1e-6)
    np.testing.assert_allclose(blocks(np.nan_to_num(x) * gx, 4).sum(-1), np.nan_to_num(y), rtol=1e-5, atol=1e-6)


def test_the_median_of_numpy(rng):
    x = with_nan(rng, (2, 3, 40))
    whole = rng.integers(0, 9, (2, 3, 40))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for policy, function in (("propagate", np.median), ("omit", np.nanmedian)):
            pool = nbp.MedianPool1d(4, method="linear", nan_policy=policy)
            np.testing.assert_allclose(pool(x), function(blocks(x, 4), axis=-1))
            np.testing.assert_allclose(pool(whole), np.median(blocks(whole, 4), axis=-1))
    pool = nbp.MedianPool1d(4, method="linear", data_format="channels_last")
    given = np.ascontiguousarray(np.moveaxis(whole.astype(float) + rng.random(whole.shape), 1, -1))
    y, back = pool.vjp(given)
    np.testing.assert_allclose(back(np.ones_like(y)), differences(lambda v: pool(v).sum(), given), atol=1e-6)
    with pytest.raises(nbp.PoolingValueError, match="return_indices needs method"):
        nbp.MedianPool1d(4, method="linear", return_indices=True)
    with pytest.raises(nbp.PoolingValueError, match='method must be "lower" or "linear"'):
        nbp.MedianPool1d(4, method="higher")


@pytest.mark.parametrize("kind", ["Max", "Min", "Avg"])
def test_adaptive_pooling_of_what_is_no_nan(rng, kind):
    x = with_nan(rng, (2, 3, 11))
    function = {"Max": np.nanmax, "Min": np.nanmin, "Avg": np.nanmean}[kind]
    pool = getattr(nbp, f"Adaptive{kind}Pool1d")(4, nan_policy="omit")
    bounds = [(o * 11 // 4, -((o + 1) * -11 // 4)) for o in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = np.stack([function(x[..., a:b], axis=-1) for a, b in bounds], axis=-1)
    y, back = pool.vjp(x)
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    assert np.isfinite(back(np.where(np.isnan(y), 0, 1.0))).all()


@pytest.mark.parametrize("kind", ["Max", "Min", "Avg"])
@pytest.mark.parametrize("size", [0, (0, 3), (2, 0)])
def test_adaptive_pooling_to_nothing(kind, size):
    pool = getattr(nbp, f"Adaptive{kind}Pool2d")(size)
    x = np.ones((2, 3, 6, 7), np.float32)
    outputs = (size, size) if size == 0 else size
    y, back = pool.vjp(x)
    assert y.shape == (2, 3, *outputs)
    assert back(y).shape == x.shape
    assert not back(y).any()
    out = np.ones_like(x)  # as new memory is often zero
    if kind == "Avg":
        assert pool.backward(y, x.shape, out=out) is out
        assert not out.any()


@pytest.mark.parametrize("size", [2, 4])
def test_sums_of_a_dtype_and_of_enough_numbers(rng, size):
    x = with_nan(rng, (2, 3, 40))
    counts = (~np.isnan(blocks(x, size))).sum(-1)
    for least in (0, 1, size - 1, size + 1):
        y = nbp.SumPool1d(size, nan_policy="omit", min_count=least)(x)
        np.testing.assert_allclose(
            y, np.where(counts >= least, np.nansum(blocks(x, size), axis=-1), np.nan), rtol=1e-5, atol=1e-6
        )
    small = rng.integers(0, 255, (2, 3, 40), np.uint8)
    for dtype in (np.uint8, np.int32, np.float32, np.float64):
        y = nbp.SumPool1d(size, dtype=dtype)(small)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, blocks(small, size).sum(-1, dtype=dtype))
    with pytest.raises(nbp.PoolingTypeError, match="dtype must be floating-point with input of dtype float32"):
        nbp.SumPool1d(4, dtype=np.int32)(x)
    with pytest.raises(nbp.PoolingTypeError, match="dtype must be floating-point with min_count"):
        nbp.SumPool1d(4, min_count=1)(small)


def test_sums_over_any_number_of_axes(rng):
    x = rng.integers(0, 9, (2, 4, 2, 4, 2, 3))
    expected = x.reshape(1, 2, 2, 2, 1, 2, 2, 2, 1, 2, 3).sum((1, 3, 5, 7, 9))
    np.testing.assert_array_equal(nbp.pool(x, (2, 2, 2, 2, 2, 1), "sum"), expected)


@pytest.mark.parametrize("position", ["first", "center", "last", 1])
@pytest.mark.parametrize("stride", [2, 3, 4])
def test_positions_in_windows_that_only_partly_fit(rng, position, stride):
    x = rng.standard_normal((2, 3, 11), np.float32)
    pool = nbp.SubsamplePool1d(3, stride, position, ceil_mode=True)
    y, back = pool.vjp(x)
    offset = {"first": 0, "center": 1, "last": 2}.get(position, position)
    places = np.minimum(np.arange(y.shape[-1]) * stride + offset, 10)
    np.testing.assert_array_equal(y, x[..., places])
    assert y.shape[-1] == nbp.MaxPool1d(3, stride, ceil_mode=True).output_shape(x.shape)[-1]
    expected = np.zeros(x.shape)
    np.add.at(expected, (..., places), 1.0)
    np.testing.assert_array_equal(back(np.ones_like(y)), expected)


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("extra", [0, 1])
def test_unpooling_of_dilated_windows(rng, dilation, extra):
    size = 3 * 2 + (3 - 1) * dilation + 1 + extra
    x = rng.standard_normal((2, 3, size, size), np.float32)
    y, indices = nbp.MaxPool2d(3, 2, 0, dilation, return_indices=True)(x)
    unpool = nbp.MaxUnpool2d(3, 2, dilation=dilation)
    back = unpool(y, indices, output_size=x.shape)
    found = np.take_along_axis(back.reshape(2, 3, -1), indices.reshape(2, 3, -1), 2)
    np.testing.assert_array_equal(found, y.reshape(2, 3, -1))
    assert extra or unpool.output_shape(y.shape) == x.shape


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("value", [0, -3.5, np.nan, np.inf])
def test_own_functions_get_whole_windows(rng, value, data_format):
    """Beyond the input stands the padding value, by padding, dilation or ceil mode."""
    weights = rng.standard_normal(6, np.float32)
    weighted = numba.njit(lambda w: (w * weights).sum())
    x = rng.standard_normal((2, 3, 7, 8), np.float32)
    given = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if data_format == "channels_last" else x
    pool = nbp.OwnPool2d(
        weighted, (2, 3), (3, 2), ((1, 0), (2, 1)), (1, 2), True, padding_value=value, data_format=data_format
    )
    y = pool(given)
    y = np.moveaxis(y, -1, 1) if data_format == "channels_last" else y
    padded = np.pad(x, [(0, 0), (0, 0), (1, 4), (2, 5)], constant_values=value)
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            window = padded[:, :, 3 * i : 3 * i + 2, 2 * j : 2 * j + 5 : 2].reshape(2, 3, 6)
            np.testing.assert_allclose(y[:, :, i, j], (window * weights).sum(-1), rtol=1e-12)


def test_the_padding_value_is_one_of_the_dtype():
    count = numba.njit(lambda w: w.size)
    np.testing.assert_array_equal(nbp.pool(np.ones((3, 3), bool), 3, count, stride=1, padding=1), np.full((3, 3), 9))
    laplace = numba.njit(lambda w: w[1] + w[3] + w[5] + w[7] - 4 * w[4])
    y = nbp.pool(np.arange(1.0, 10).reshape(3, 3), 3, laplace, stride=1, padding=1)
    assert y[0].tolist() == [2, 1, -4]
    for value, dtype in ((0.5, np.int32), (-1, np.uint8), (300, np.uint8), (np.nan, np.int64), (2, bool)):
        with pytest.raises(nbp.PoolingValueError, match=f"padding_value must be a value of dtype {np.dtype(dtype)}"):
            nbp.pool(np.ones(4, dtype), 2, count, padding_value=value)
    with pytest.raises(nbp.PoolingTypeError, match="padding_value must be a number"):
        nbp.OwnPool1d(count, 2, padding_value="0")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_medians_of_infinities_are_means(dtype):
    x = np.array([1, np.inf, -np.inf, 1, np.inf, np.inf, -np.inf, np.inf], dtype)
    with np.errstate(invalid="ignore"):
        expected = np.median(x.reshape(4, 2), -1)
    np.testing.assert_array_equal(nbp.pool(x, 2, "median", method="linear"), expected)
    np.testing.assert_array_equal(nbp.pool(x, 2, "median", method="linear", nan_policy="omit"), expected)
    np.testing.assert_array_equal(nbp.rolling(x, 2, "median")[1::2], expected)


def test_medians_are_the_mean_of_two_to_the_last_digit(rng):
    x = np.concatenate([rng.standard_normal(3000), [-1e16, 1e16 + 2, 5e-324, 1.5e-323, 1.7e308, 1.7e308]])
    with np.errstate(over="ignore"):
        expected = np.median(x.reshape(-1, 2), -1)
    expected[-1] = 1.7e308  # NumPy's sum of both is infinite
    np.testing.assert_array_equal(nbp.pool(x, 2, "median", method="linear"), expected)


@pytest.mark.parametrize("values", [3, 140])
@pytest.mark.parametrize("make", [lambda n: nbp.QuantilePool1d(0.3, n), lambda n: nbp.MedianPool1d(n, method="linear")])
def test_gradients_of_quantiles_of_nan_are_nan(rng, make, values):
    """In lines, and one by one."""
    x = rng.standard_normal((1, 1, 3 * values), np.float32)
    x[..., 1] = x[..., values - 1] = np.nan
    y, pullback = make(values).vjp(x)
    gx = pullback(np.ones_like(y))
    assert np.isnan(gx[..., :values]).all()
    np.testing.assert_allclose(gx[..., values:].sum(), 2, rtol=1e-6)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("nan_policy", ["propagate", "omit"])
def test_gradients_of_sums_of_enough_numbers(nan_policy, data_format):
    """Sums of too few are NaN whatever the values: their windows get nothing."""
    x = np.array([[1, np.nan, 2, 3, np.nan, np.nan]], np.float32)
    expected = np.float32([[0, 0, 5, 5, 0, 0]])
    if data_format == "channels_last":
        x, expected = x.T, expected.T
    pool = nbp.SumPool1d(2, nan_policy=nan_policy, min_count=2, data_format=data_format)
    y, pullback = pool.vjp(x)
    np.testing.assert_array_equal(pullback(np.full_like(y, 5)), expected)
    with pytest.raises(nbp.PoolingValueError, match="grad_output must have shape"):
        pullback(np.ones((1, 1), np.float32))
    with pytest.raises(nbp.PoolingValueError, match="use vjp"):
        pool.backward(y, x.shape)
