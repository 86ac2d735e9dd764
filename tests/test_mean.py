"""Means and their gradients against the reference."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import reference
from cases import (
    DTYPES,
    INTEGERS,
    LAYOUTS,
    SOME_DTYPES,
    SPATIAL,
    WINDOWS,
    channels_first,
    dtypes_and_windows,
    laid_out,
    layer,
)

import numbapool as nbp


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_values_and_gradient(rng, rank, window, data_format, count_include_pad):
    x = rng.standard_normal((2, 3, *SPATIAL[rank])).astype(np.float32)
    windows = WINDOWS[window].on(SPATIAL[rank])
    pool = layer("mean", rank, **WINDOWS[window].options, data_format=data_format, count_include_pad=count_include_pad)
    given = laid_out(x, data_format)
    y = pool(given)
    expected = reference.mean_pool(x, windows, count_include_pad)
    np.testing.assert_allclose(channels_first(y, data_format), expected, rtol=1e-5, atol=1e-6)
    assert y.dtype == np.float32

    grad = rng.standard_normal(y.shape, np.float32)
    gx = pool.backward(grad, given.shape)
    expected = reference.spread(channels_first(grad, data_format), windows, x.shape, count_include_pad)
    np.testing.assert_allclose(channels_first(gx, data_format), expected, rtol=1e-5, atol=1e-6)
    y2, pullback = pool.vjp(given)
    np.testing.assert_array_equal(y2, y)
    np.testing.assert_array_equal(pullback(grad), gx)


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("spatial", [(1, 13), (13, 1), (1, 1), (1, 1, 9), (1, 6, 5), (6, 1, 5), (5, 6, 1)])
def test_planes_of_one_row_or_column(rng, spatial, data_format, count_include_pad):
    """Windows are as large there as elsewhere, padding counted."""
    window, rank = WINDOWS["k3s2p1"], len(spatial)
    x = rng.standard_normal((2, 3, *spatial)).astype(np.float32)
    pool = layer("mean", rank, **window.options, data_format=data_format, count_include_pad=count_include_pad)
    given = laid_out(x, data_format)
    y = channels_first(pool(given), data_format)
    windows = window.on(spatial)
    np.testing.assert_allclose(y, reference.mean_pool(x, windows, count_include_pad), rtol=1e-5, atol=1e-6)
    grad = rng.standard_normal(y.shape, np.float32)
    gx = channels_first(pool.backward(laid_out(grad, data_format), given.shape), data_format)
    np.testing.assert_allclose(gx, reference.spread(grad, windows, x.shape, count_include_pad), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("spatial", "kernel_size", "stride", "padding", "dilation"),
    [
        ((2, 5), (2, 7), (1, 5), (1, 1), (2, 1)),  # whole rows, in another order than the input's
        ((2, 1, 4), (1, 5, 4), 1, (0, 2, 0), 1),  # whole rows of several slabs
        ((3, 4, 5), (1, 1, 5), 1, 0, 1),
        ((4, 5, 4), (3, 7, 4), (5, 11, 1), 1, 1),  # slabs that no window holds, beside high windows
        ((2, 1, 1), (1, 5, 1), (3, 1, 1), (0, 2, 0), 1),
        ((9, 6, 4), (1, 5, 2), (3, 1, 2), (0, 2, 0), 1),
    ],
)
def test_windows_of_whole_rows_and_gaps_between_slabs(rng, spatial, kernel_size, stride, padding, dilation):
    rank = len(spatial)
    each = [(n,) * rank if isinstance(n, int) else n for n in (kernel_size, stride, padding, dilation)]
    windows = [reference.fixed_windows(n, k, s, (p, p), d, False) for n, k, s, p, d in zip(spatial, *each, strict=True)]
    x = rng.standard_normal((2, 3, *spatial)).astype(np.float32)
    window = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    pool = layer("mean", rank, **window, dilation=dilation)
    y = pool(x)
    np.testing.assert_allclose(y, reference.mean_pool(x, windows, True), rtol=1e-5, atol=1e-6)
    largest = layer("max", rank, **window, dilation=dilation)(x)
    np.testing.assert_array_equal(largest, reference.max_pool(x, windows)[0])
    grad = rng.standard_normal(y.shape, np.float32)
    np.testing.assert_allclose(
        pool.backward(grad, x.shape), reference.spread(grad, windows, x.shape, True), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(("window", "dtype"), dtypes_and_windows(DTYPES, SOME_DTYPES, "k3s1p1", "k2s2", "k5s2p2"))
def test_every_dtype(rng, window, dtype):
    x = rng.integers(0, 2 if dtype == "bool" else 100, (2, 2, 9, 10)).astype(dtype)
    y = layer("mean", 2, **WINDOWS[window].options)(x)
    small = np.dtype(dtype).kind != "f" and np.dtype(dtype).itemsize <= 2
    large = np.dtype(dtype).kind != "f" and np.dtype(dtype).itemsize > 2
    assert y.dtype == (np.float32 if small else np.float64 if large else dtype)
    expected = reference.mean_pool(x, WINDOWS[window].on((9, 10)))
    tolerance = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-14}[y.dtype.name]
    np.testing.assert_allclose(y, expected, rtol=tolerance)


@pytest.mark.parametrize(
    ("window", "dtype"), dtypes_and_windows(INTEGERS, ("int8", "uint64"), "k2s2", "k3s2p1", "k5s1p4")
)
def test_integer_result_is_exact_and_rounded_half_to_even(rng, window, dtype):
    info = np.iinfo(dtype)
    x = rng.integers(info.min, info.max, (1, 2, 11, 10), dtype, endpoint=True)
    x[0, 0, :4], x[0, 1, 5:] = info.max, info.min
    y = nbp.AvgPool2d(**WINDOWS[window].options, dtype=dtype)(x)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, reference.mean_pool(x, WINDOWS[window].on((11, 10)), dtype=dtype))


def test_ties_round_to_even():
    x = np.array([[0, 1, 1, 2, 2, 3, 3, 4]], np.uint8)
    assert nbp.avg_pool1d(x, 2, dtype=np.uint8).tolist() == [[0, 2, 2, 4]]
    assert nbp.avg_pool1d(-x.astype(np.int8), 2, dtype=np.int8).tolist() == [[0, -2, -2, -4]]


def test_integer_result_with_a_divisor_is_clipped():
    x = np.full((1, 1, 4), 200, np.uint8)
    assert nbp.avg_pool1d(x, 2, divisor_override=1, dtype=np.uint8).tolist() == [[[255, 255]]]
    assert nbp.avg_pool1d(x, 2, divisor_override=-1, dtype=np.uint8).tolist() == [[[0, 0]]]


def test_no_window_is_too_large_for_uint8():
    x = np.full((1, 1, 600, 600), 255, np.uint8)
    assert nbp.avg_pool2d(x, 600).item() == 255
    assert nbp.avg_pool2d(x, 600, dtype=np.uint8).item() == 255
    assert (nbp.avg_pool2d(x, 300, 1) == 255).all()


@pytest.mark.parametrize("kernel_size", [2, 3, 5, 7, 9, 31])
def test_the_mean_of_a_constant_is_that_constant(kernel_size):
    x = np.full((1, 1, 40, 40), 0.1, np.float32)
    assert (nbp.avg_pool2d(x, kernel_size, 1) == np.float32(0.1)).all()


@pytest.mark.parametrize("window", ["k2s2", "k3s2p1", "k3s1p1"])
@pytest.mark.parametrize("dtype", ["int64", "uint64"])
@pytest.mark.parametrize("shape", [(1, 2, 9, 11), (1, 9, 11, 64)])
def test_sums_larger_than_an_int64(shape, dtype, window):
    largest = np.iinfo(dtype).max
    x = np.full(shape, largest, dtype)
    options = {**WINDOWS[window].options, "data_format": "channels_last" if shape[-1] == 64 else "channels_first"}
    np.testing.assert_array_equal(layer("mean", 2, **options, count_include_pad=False)(x), np.float64(largest))


@pytest.mark.parametrize(("dtype", "large"), [("float16", 2.0**15), ("float32", 2.0**40)])
def test_rows_that_are_added_together_are_added_in_float64(dtype, large):
    x = np.zeros((1, 1, 3, 2000), dtype)
    x[0, 0, :, 5] = large, 1 / 1024, -large
    for wide in (1900, 5000):
        wider = np.pad(x, [(0, 0)] * 3 + [(0, wide)])
        assert nbp.avg_pool2d(wider, (3, wide), 1, divisor_override=1)[0, 0, 0, 0] == 1 / 1024
    for size, stride in ((2, 2), (3, 3), (3, 1)):
        assert nbp.SumPool2d(size, stride)(x[..., 3:])[0, 0, 0, 2 // stride] == (
            large + 1 / 1024 if size == 2 else 1 / 1024
        )


@pytest.mark.parametrize("pool", [nbp.GlobalAvgPool(), nbp.AdaptiveAvgPool2d(1), nbp.AvgPool2d((8, 16))])
def test_whole_planes_are_summed_in_float64(pool):
    x = np.zeros((1, 1, 8, 16), np.float32)
    x.reshape(-1)[[0, 64, 32]] = 2.0**40, 1 / 1024, -(2.0**40)
    assert pool(x).item() == 1 / 1024 / 128


@pytest.mark.parametrize("special", [np.nan, np.inf, 1e30])
def test_a_special_value_stays_in_its_windows(special):
    x = np.ones((1, 1, 60, 60), np.float32)
    x[0, 0, 30, 30] = special
    y = nbp.avg_pool2d(x, 15, 1)[0, 0]
    touched = np.zeros_like(y, bool)
    touched[16:31, 16:31] = True
    assert (y[~touched] == 1).all()
    assert not (y[touched] == 1).any()


def test_large_windows_are_summed_in_float64(rng):
    x = rng.standard_normal((1, 1, 80, 80)).astype(np.float32)
    y = nbp.avg_pool2d(x, 31, 1)
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), (31, 31), (2, 3))
    np.testing.assert_array_equal(y, windows.mean((4, 5)).astype(np.float32))


def test_divisor_override(rng):
    x = rng.integers(0, 9, (1, 1, 6, 6)).astype(np.float32)
    np.testing.assert_array_equal(nbp.avg_pool2d(x, 2, divisor_override=1), nbp.avg_pool2d(x, 2) * 4)
    np.testing.assert_array_equal(
        nbp.avg_pool2d_backward(np.ones((1, 1, 3, 3), np.float32), x.shape, 2, divisor_override=-2),
        np.full(x.shape, -0.5),
    )


def test_means_that_a_dtype_cannot_hold_are_refused():
    with pytest.raises(nbp.PoolingTypeError, match="dtype=uint8 cannot hold every mean of int16"):
        nbp.avg_pool1d(np.zeros((1, 4), np.int16), 2, dtype=np.uint8)
    with pytest.raises(nbp.PoolingTypeError, match="dtype=int32 cannot hold"):
        nbp.avg_pool1d(np.zeros((1, 4), np.float32), 2, dtype=np.int32)


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("options", [{}, {"count_include_pad": False}, {"divisor_override": 3}])
@pytest.mark.parametrize("reduce", ["mean", "sum"])
def test_gradient_where_nan_are_left_out(rng, reduce, options, data_format):
    options = options if reduce == "mean" else {}
    x = laid_out(rng.standard_normal((2, 2, 5, 6), np.float32), data_format)
    x[rng.random(x.shape) < 0.4] = np.nan
    pool = layer(reduce, 2, kernel_size=3, stride=2, padding=1, nan_policy="omit", data_format=data_format, **options)
    y, pullback = pool.vjp(x)
    weights = rng.standard_normal(y.shape, np.float32)
    gx = pullback(weights)
    for i in np.ndindex(x.shape):  # linear, so that steps may be large
        up, down = x.copy(), x.copy()
        up[i] += 1
        down[i] -= 1
        slope = np.nansum((pool(up) - pool(down)) * weights) / 2
        assert gx[i] == pytest.approx(slope, abs=1e-5)
    with pytest.raises(nbp.PoolingValueError, match="use vjp"):
        pool.backward(weights, x.shape)


@pytest.mark.parametrize("dtype", ["int8", "int64"])
@pytest.mark.parametrize("window", [(5, 5, 0), (17, 1, 8), (64, 1, 0), (9, 2, 4)])
def test_sums_of_whole_numbers_are_exact(rng, dtype, window):
    """Running sums wrap around and come back, however long the line."""
    info = np.iinfo(dtype)
    room = 8 if info.bits == 64 else 0  # for sums in the dtype itself
    x = rng.integers(info.min >> room, info.max >> room, (2, 3, 1203), dtype, endpoint=True)
    kernel_size, stride, padding = window
    pad = np.pad(x.astype(np.int64), ((0, 0), (0, 0), (padding, padding)))
    expected = np.lib.stride_tricks.sliding_window_view(pad, kernel_size, -1)[..., ::stride, :].sum(-1)
    np.testing.assert_array_equal(nbp.SumPool1d(kernel_size, stride, padding)(x).astype(np.int64), expected)
    if info.bits < 32:
        mean = np.round(expected / kernel_size).astype(dtype)
        np.testing.assert_array_equal(nbp.AvgPool1d(kernel_size, stride, padding, dtype=dtype)(x), mean)


def test_without_nan_nothing_is_left_out(rng):
    """The same bits as the mean that lets NaN through; with NaN only their windows differ."""
    x = rng.standard_normal((2, 3, 9, 11)).astype(np.float32)
    plain, omits = nbp.AvgPool2d(3, 2, 1), nbp.AvgPool2d(3, 2, 1, nan_policy="omit")
    np.testing.assert_array_equal(omits(x), plain(x))
    x[0, 1, 4, 5], x[1, 2, :3, :3] = np.nan, np.nan
    held = np.isnan(plain(x))
    y = omits(x)
    np.testing.assert_array_equal(y[~held], plain(x)[~held])
    assert held.any()
    assert np.isnan(y[1, 2, 0, 0])
    assert np.isfinite(y[0]).all()


def test_windows_that_are_kept_cannot_be_changed():
    (axis,) = nbp.AvgPool1d(3, 2, 1).axes((9,))
    with pytest.raises(ValueError, match="read-only"):
        axis.first[0] = 100


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("batch", [1, 3])
def test_gradients_where_divisors_differ(rng, dtype, data_format, batch):
    last = data_format == "channels_last"
    pool = nbp.AvgPool2d(3, 2, 1, count_include_pad=False, data_format=data_format)
    shape = (batch, 40, 30, 6) if last else (batch, 6, 40, 30)
    grad = rng.standard_normal(pool.output_shape(shape)).astype(dtype)
    expected = pool.backward(grad, shape)
    np.testing.assert_array_equal(pool.backward(grad, shape), expected)
    out = np.zeros(shape, dtype)
    assert pool.backward(grad, shape, out=out) is out
    np.testing.assert_array_equal(out, expected)
    wide = np.zeros((2 * batch, *shape[1:]), dtype)[::2]
    assert pool.backward(grad[::-1], shape, out=wide[::-1]) is not None
    np.testing.assert_array_equal(wide, expected)


def test_gradient_of_adaptive_means_of_half_precision(rng):
    """The number of values of a window may be more than float16 can count."""
    grad = np.ones((1, 1, 1, 2), np.float16)
    gx = nbp.AdaptiveAvgPool2d((1, 2)).backward(grad, (1, 1, 600, 301))
    np.testing.assert_allclose(gx[0, 0, 0, [0, 300]], 1 / (600 * 151), rtol=2e-2)


@pytest.mark.parametrize("rows", [2, 3, 64, 777])
def test_sums_of_rows_that_are_made_in_pairs(rng, rows):
    """The same bits wherever threads begin, and whatever stands before or behind."""
    x = rng.standard_normal((3, rows, 101)).astype(np.float32)
    pool, threads = nbp.AvgPool2d(3, 1, 1), numba.get_num_threads()
    expected = pool(x)
    try:
        numba.set_num_threads(1)
        np.testing.assert_array_equal(pool(x), expected)
    finally:
        numba.set_num_threads(threads)
    for plane, alone in zip(expected, x, strict=True):
        np.testing.assert_array_equal(pool(alone[None])[0], plane)
