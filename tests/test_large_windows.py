"""Windows of every size, up to several blocks of rows: the same as each window by itself."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import reference
from cases import LAYOUTS, Window, channels_first, laid_out, layer, values

import numbapool as nbp

# Windows that are wide for their stride: spread by segments, selected across the rows first, or in rows of a row's own.
FEW = {
    "k7s7": (Window(7), (23, 30)),
    "k9s6p2": (Window(9, 6, 2), (23, 30)),
    "k5s11": (Window(5, 11), (23, 30)),
    "k8s6d2": (Window(8, 6, 3, 2), (40, 33)),
    "whole": (Window((12, 17)), (12, 17)),
    "rows": (Window((1, 70)), (3, 150)),
    "line": (Window(70, 41, 9), (200,)),
    "slabs": (Window((2, 5, 9), (2, 5, 7), (1, 2, 3)), (3, 9, 20)),
}


def windows_of(x, size, stride, padding, fill):
    """All windows over the last axes, with ``fill`` where there is no input."""
    rank = len(size)
    around = [(0, 0)] * (x.ndim - rank) + [(padding, padding)] * rank
    axes = tuple(range(x.ndim - rank, x.ndim))
    view = np.lib.stride_tricks.sliding_window_view(np.pad(x, around, constant_values=fill), size, axes)
    return view[(..., *[slice(None, None, stride)] * rank, *[slice(None)] * rank)], tuple(range(-rank, 0))


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("stride", [1, 5])
def test_every_size_along_the_line(rng, stride, data_format):
    x = rng.integers(-50, 50, (2, 3, 140)).astype(np.float32)  # whole, so that sums are exact
    last = data_format == "channels_last"
    given = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if last else x
    for size in range(1, 101):
        windows, axes = windows_of(x, (size,), stride, 0, 0)
        for pool, expected in (
            (nbp.MaxPool1d, windows.max(axes)),
            (nbp.AvgPool1d, (windows.sum(axes, dtype=np.float64) / size).astype(np.float32)),
        ):
            y = pool(size, stride, data_format=data_format)(given)
            np.testing.assert_allclose(np.moveaxis(y, -1, 1) if last else y, expected, rtol=1e-6, err_msg=str(size))


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("stride", [1, 3, 8])
@pytest.mark.parametrize("size", [31, 32, 33, 63, 64, 65, 100])
def test_windows_of_several_blocks(rng, size, stride, dtype):
    x = rng.integers(0, 200, (1, 2, 2 * size + 21, size + 9)).astype(dtype)
    for padding in (0, size // 2):
        windows, axes = windows_of(x, (size, size), stride, padding, 0)
        np.testing.assert_array_equal(nbp.max_pool2d(x, size, stride, padding), windows.max(axes))
        mean = windows.sum(axes, dtype=np.int64) / size**2
        y = nbp.avg_pool2d(x, size, stride, padding)
        np.testing.assert_allclose(y, mean, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("outputs", [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50, 130])
def test_any_number_of_wide_windows(rng, outputs, dtype):
    """Windows grow from those as long as a vector, of which the last ones overlap."""
    for size in (8, 15, 16, 17, 32, 47, 48, 49, 64, 100):
        x = rng.integers(0, 2**15, (2, 3, size + outputs - 1)).astype(dtype)
        windows, axes = windows_of(x, (size,), 1, 0, 0)
        np.testing.assert_array_equal(nbp.max_pool1d(x, size, 1), windows.max(axes), err_msg=str(size))
        np.testing.assert_array_equal(nbp.min_pool1d(x, size, 1), windows.min(axes), err_msg=str(size))
        y = nbp.avg_pool1d(x, size, 1)
        np.testing.assert_allclose(y, windows.mean(axes, dtype=np.float64), rtol=1e-6, err_msg=str(size))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_wide_sums_hold_what_their_windows_hold(rng, dtype):
    """Sums of vectors and of what is left: an inf or a NaN in its windows and no other, −0 where nothing else is."""
    x = rng.integers(1, 9, (1, 1, 6, 300)).astype(dtype)
    x[0, 0, 1, [40, 41, 130, 255, 299]] = np.nan, 1, np.inf, -np.inf, np.nan
    x[0, 0, 2] = -0.0
    x[0, 0, 3, [0, 77, 150]] = 1e30, -1e30, 1e30
    for height in (1, 3):
        for size in (9, 12, 16, 17, 23, 31, 32, 33, 63, 65, 95, 96, 127, 128, 130, 200):
            windows, axes = windows_of(x, (height, size), 1, 0, 0)
            with np.errstate(invalid="ignore"):
                expected = windows.mean(axes, dtype=np.float64).astype(dtype)
            y = nbp.avg_pool2d(x, (height, size), 1)
            plain = (abs(windows) < 1e30).all(axes) | ~np.isfinite(windows).all(axes)
            np.testing.assert_allclose(y[plain], expected[plain], rtol=1e-6, err_msg=str(size))
            if height == 1:
                assert np.signbit(y[0, 0, 2]).all()


@pytest.mark.parametrize("policy", ["propagate", "omit"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_wide_windows_of_numbers_of_every_kind(rng, dtype, policy):
    """They are compared as whole numbers, among which NaN of both signs lie beyond infinity on the same side."""
    info, omits = np.finfo(dtype), policy == "omit"
    kinds = [np.nan, -np.nan, np.inf, -np.inf, 0, -0.0, info.max, info.min, info.smallest_subnormal, -info.tiny]
    x = rng.standard_normal((4, 5, 300)).astype(dtype)
    x = np.where(rng.random(x.shape) < 0.02, rng.choice(kinds, x.shape), x).astype(dtype)
    x[0, 0], x[0, 1], x[0, 2], x[0, 3] = -np.nan, np.nan, np.inf, -np.inf
    x[1, 0, 100:200] = -np.nan
    for size in (16, 40, 100):
        for pool, fill, extreme, of_numbers in (
            (nbp.max_pool1d, -np.inf, np.maximum, np.fmax),
            (nbp.min_pool1d, np.inf, np.minimum, np.fmin),
        ):
            windows, axes = windows_of(x, (size,), 1, 8, np.nan if omits else fill)
            expected = (of_numbers if omits else extreme).reduce(windows, axes[0])
            y = pool(x, size, 1, 8, nan_policy=policy)
            assert y.dtype == x.dtype
            np.testing.assert_array_equal(y, expected, err_msg=f"{pool.__name__}, {size}")


def test_slabs_of_several_blocks(rng):
    x = rng.integers(0, 200, (1, 1, 4, 90, 1200)).astype(np.float32)
    view = np.lib.stride_tricks.sliding_window_view(x, (3, 40, 7), (2, 3, 4))
    np.testing.assert_array_equal(nbp.max_pool3d(x, (3, 40, 7), 1), view.max((-1, -2, -3)))
    y = nbp.avg_pool3d(x, (3, 40, 7), 1)
    np.testing.assert_allclose(y, view.mean((-1, -2, -3), dtype=np.float64), rtol=1e-6)


def test_an_inf_stays_in_its_windows(rng):
    x = rng.random((1, 1, 150, 150)).astype(np.float32)
    x[0, 0, 70, 80] = np.inf
    y = nbp.avg_pool2d(x, 65, 1)
    touched = np.zeros(y.shape[2:], bool)
    touched[6:71, 16:81] = True
    np.testing.assert_array_equal(np.isinf(y[0, 0]), touched)
    assert not np.isnan(y).any()


@pytest.mark.parametrize("channels", [3, 8])
@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("window", FEW)
def test_selection_and_gradients_of_few_windows(rng, window, data_format, channels):
    window, spatial = FEW[window]
    windows, rank = window.on(spatial), len(spatial)
    x = values(rng, (2, channels, *spatial), "float32")
    given = laid_out(x, data_format)
    select = layer("max", rank, **window.options, data_format=data_format, return_indices=True)
    y, indices = (channels_first(a, data_format) for a in select(given))
    expected, where = reference.max_pool(x, windows)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(indices, where)

    grad = rng.standard_normal(y.shape, np.float32)
    mean = layer("mean", rank, **window.options, data_format=data_format)
    gx = mean.backward(laid_out(grad, data_format), given.shape)
    assert gx.flags.c_contiguous
    expected = reference.spread(grad, windows, x.shape, True)
    np.testing.assert_allclose(channels_first(gx, data_format), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "uint8", "int64"])
def test_selection_of_few_windows_in_other_dtypes(rng, dtype):
    window, spatial = FEW["k9s6p2"]
    x = values(rng, (2, 3, *spatial), dtype)
    y, indices = nbp.MinPool2d(9, 6, 2, return_indices=True)(x)
    expected, where = reference.min_pool(x, window.on(spatial))
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(indices, where)


def test_gradient_of_a_window_over_all_lies_as_the_layers_arrays_do(rng):
    """It was in the order of channels last, as nothing tells orders apart where planes hold one number."""
    grad = rng.standard_normal((2, 3, 1, 1), np.float32)
    gx = nbp.GlobalAvgPool().backward(grad, (2, 3, 8, 9))
    assert gx.flags.c_contiguous
    np.testing.assert_allclose(gx, np.broadcast_to(grad / 72, gx.shape), rtol=1e-6)


@pytest.mark.parametrize("channels", [2, 8, 31, 130])
@pytest.mark.parametrize("window", [(20, 20, 0, 1), (64, 40, 9, 1), (33, 33, 0, 2), (1500, 1500, 0, 1)])
def test_windows_that_reach_far_over_one_axis(rng, channels, window):
    """Channels last they are gone down, line by line, however short these are."""
    x = rng.integers(-50, 50, (3, channels, 1600)).astype(np.float32)
    given = np.ascontiguousarray(np.moveaxis(x, 1, -1))
    size, stride, padding, dilation = window
    for first, last in (
        (
            nbp.MaxPool1d(size, stride, padding, dilation),
            nbp.MaxPool1d(size, stride, padding, dilation, data_format="channels_last"),
        ),
        (
            nbp.AvgPool1d(size, stride, padding, dilation=dilation),
            nbp.AvgPool1d(size, stride, padding, dilation=dilation, data_format="channels_last"),
        ),
    ):
        np.testing.assert_allclose(np.moveaxis(last(given), -1, 1), first(x), rtol=1e-6)


@pytest.mark.parametrize("name", ["GlobalMaxPool", "GlobalMinPool", "GlobalAvgPool", "GlobalLPPool"])
@pytest.mark.parametrize("shape", [(2, 5, 7), (2, 3, 40, 50), (2, 9, 4, 5, 6), (1, 1, 1)])
@pytest.mark.parametrize("keepdims", [True, False])
def test_global_layers_in_both_layouts(rng, name, shape, keepdims):
    x = rng.standard_normal(shape, np.float32)
    given = np.ascontiguousarray(np.moveaxis(x, 1, -1))
    kind = getattr(nbp, name)
    (y, back), (moved, moved_back) = (
        kind(keepdims=keepdims).vjp(x),
        kind(keepdims=keepdims, data_format="channels_last").vjp(given),
    )
    there = (lambda a: np.moveaxis(a, -1, 1)) if keepdims else (lambda a: a)
    np.testing.assert_allclose(there(moved), y, rtol=1e-6)
    grad = rng.standard_normal(moved.shape, np.float32)
    gx = moved_back(grad)
    assert gx.flags.c_contiguous
    np.testing.assert_allclose(np.moveaxis(gx, -1, 1), back(there(grad)), rtol=1e-5)


@pytest.mark.parametrize(
    ("reduce", "dtype"),
    [
        *product(("max", "mean", "sum"), ["float32"]),
        *[("mean", "float16"), ("mean", "float64"), ("sum", "uint8"), ("max", "int64")],
    ],
)
def test_long_windows_along_rows(rng, reduce, dtype):
    x = rng.integers(-90, 90, (2, 3, 500)).astype(dtype)
    function = {"max": np.max, "mean": np.mean, "sum": np.sum}[reduce]
    for size, stride in ((32, 32), (40, 45), (100, 30), (499, 1), (500, 1)):
        windows, axes = windows_of(x, (size,), stride, 0, 0)
        expected = function(windows.astype(np.float64), axes)
        np.testing.assert_allclose(layer(reduce, 1, kernel_size=size, stride=stride)(x), expected, rtol=1e-3)
        rows = layer(reduce, 2, kernel_size=(1, size), stride=(1, stride))(x[:, None])
        np.testing.assert_allclose(rows[:, 0], expected, rtol=1e-3)
    padded = layer(
        reduce, 1, kernel_size=80, stride=40, padding=40, **({"count_include_pad": False} if reduce == "mean" else {})
    )
    ends = function(x[..., :40].astype(np.float64), -1), function(x[..., -60:].astype(np.float64), -1)
    np.testing.assert_allclose(padded(x)[..., 0], ends[0], rtol=1e-3)
    np.testing.assert_allclose(padded(x)[..., -1], ends[1], rtol=1e-3)


def test_long_windows_of_one_very_long_row(rng):
    x = rng.standard_normal((1, 1, 700_001)).astype(np.float32)
    x[0, 0, [5, 300_000]] = np.nan, np.inf
    for size, stride in ((1000, 900), (150_000, 110_000)):
        windows, axes = windows_of(x, (size,), stride, 0, 0)
        with np.errstate(all="ignore"):
            mean = windows.mean(axes, dtype=np.float64)
        np.testing.assert_array_equal(nbp.max_pool1d(x, size, stride), windows.max(axes))
        np.testing.assert_allclose(nbp.avg_pool1d(x, size, stride), mean, rtol=1e-5, atol=1e-7)
        np.testing.assert_array_equal(
            nbp.max_pool1d(x, size, stride, nan_policy="omit"), np.fmax.reduce(windows, axes[0])
        )
    parts = np.array([p.max() for p in np.array_split(x[0, 0, :700_000], 7)])
    np.testing.assert_array_equal(nbp.adaptive_max_pool1d(x[..., :700_000], 7)[0, 0], parts)


@pytest.mark.parametrize("order", ["C", "F", "channels_last"])
@pytest.mark.parametrize(
    ("shape", "kernel_size", "padding"),
    [
        ((3, 280, 30), (255, 9), 0),
        ((3, 280, 30), (257, 9), 0),
        ((3, 280, 30), (258, 9), 0),
        ((2, 40, 90), (31, 31), 15),
        ((3, 700), 400, 0),
        ((3, 700), 700, 0),
        ((2, 12, 40, 50), (9, 31, 7), (0, 3, 3)),
    ],
)
@pytest.mark.parametrize("dtype", ["bool", "int8"])
def test_columns_of_whole_numbers_have_room(rng, dtype, shape, kernel_size, padding, order):
    """Numbers at the ends of their range, in columns just as long as half as many bits hold, and longer ones."""
    rank, low, high = len(shape) - 1, 0, 1
    if dtype != "bool":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    x = np.where(rng.random((2, *shape[:-1], 1)) < 0.9, high, low) * np.ones(shape[-1:], np.int64)
    x = np.where(rng.random((2, *shape)) < 0.05, low, x).astype(dtype)
    x[0] = high
    sizes, pads = np.broadcast_to(kernel_size, rank), np.broadcast_to(padding, rank)
    expected = np.pad(x.astype(np.int64), [(0, 0), (0, 0), *zip(pads, pads, strict=True)])
    for axis, size in enumerate(sizes, start=2):
        sums = np.insert(np.cumsum(expected, axis), 0, 0, axis)
        expected = np.take(sums, range(size, sums.shape[axis]), axis) - np.take(
            sums, range(sums.shape[axis] - size), axis
        )
    last = order == "channels_last"
    given = np.moveaxis(x, 1, -1).copy() if last else np.array(x, order=order)
    options = {"stride": 1, "padding": padding, "data_format": order if last else "channels_first"}
    total = layer("sum", rank, kernel_size=kernel_size, **options)(given)
    mean = layer("mean", rank, kernel_size=kernel_size, **options)(given)
    if last:
        total, mean = np.moveaxis(total, -1, 1), np.moveaxis(mean, -1, 1)
    np.testing.assert_array_equal(total.astype(np.int64), expected)
    np.testing.assert_allclose(mean, expected / np.prod(sizes), rtol=1e-6)
