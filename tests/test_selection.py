"""Max and min: values, indices and gradients against the reference."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from cases import (
    DTYPES,
    LAYOUTS,
    SOME_DTYPES,
    SPATIAL,
    WINDOWS,
    channels_first,
    dtypes_and_windows,
    laid_out,
    layer,
    values,
)

import numbapool as nbp

REFERENCE = {"max": reference.max_pool, "min": reference.min_pool}


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("reduce", ["max", "min"])
def test_values_indices_and_gradient(rng, reduce, rank, window, data_format):
    x = values(rng, (2, 3, *SPATIAL[rank]), "float32")
    expected, where = REFERENCE[reduce](x, WINDOWS[window].on(SPATIAL[rank]))
    given = laid_out(x, data_format)
    options = WINDOWS[window].options | {"data_format": data_format}
    y = layer(reduce, rank, **options)(given)
    with_indices = layer(reduce, rank, **options, return_indices=True)
    y2, indices = with_indices(given)
    np.testing.assert_array_equal(channels_first(y, data_format), expected)
    np.testing.assert_array_equal(channels_first(y2, data_format), expected)
    np.testing.assert_array_equal(channels_first(indices, data_format), where)
    assert indices.dtype == np.int64
    assert y.flags.c_contiguous

    grad = rng.integers(-9, 9, y.shape).astype(np.float32)
    gx = with_indices.backward(grad, indices, given.shape)
    np.testing.assert_array_equal(
        channels_first(gx, data_format),
        reference.scatter(channels_first(grad, data_format), where, x.shape, rank),
    )


@pytest.mark.parametrize(
    ("reduce", "window", "dtype"),
    [("max", *each) for each in dtypes_and_windows(DTYPES, SOME_DTYPES, "k3s1p1", "k2s2", "k5s2p2")]
    + [("min", "k3s1p1", dtype) for dtype in (*SOME_DTYPES, "int8", "uint64", "bool")],
)
def test_every_dtype_of_extremes(rng, reduce, window, dtype):
    x = values(rng, (2, 2, 9, 10), dtype)
    expected, where = REFERENCE[reduce](x, WINDOWS[window].on((9, 10)))
    y = layer(reduce, 2, **WINDOWS[window].options)(x)
    y2, indices = layer(reduce, 2, **WINDOWS[window].options, return_indices=True)(x)
    assert y.dtype == y2.dtype == x.dtype
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(y2, expected)
    np.testing.assert_array_equal(indices, where)


def test_first_of_equal_values_and_last_nan_win():
    x = np.array([[1, 5, 5, np.nan, 2, np.nan, 3, 3]], np.float32)
    y, indices = nbp.MaxPool1d(4, return_indices=True)(x)
    assert np.isnan(y).all()
    assert indices.tolist() == [[3, 5]]
    y, indices = nbp.MaxPool1d(2, return_indices=True)(np.float32([[5, 5, -0.0, 0.0]]))
    assert indices.tolist() == [[0, 2]]
    assert np.signbit(y[0, 1])


def test_padding_never_wins_against_minus_infinity():
    x = np.full((1, 1, 4, 4), -np.inf, np.float32)
    y, indices = nbp.MaxPool2d(3, 2, 1, return_indices=True)(x)
    assert (y == -np.inf).all()
    assert indices.ravel().tolist() == [0, 1, 4, 5]
    lowest = np.full((1, 1, 4), np.iinfo(np.int16).min, np.int16)
    assert nbp.MaxPool1d(3, 1, 2, return_indices=True)(lowest)[1].tolist() == [[[0, 0, 0, 1, 2, 3]]]


def test_windows_of_several_heights_and_one_width(rng):
    """As few of them lie along the width, rows are compared first, whatever the heights."""
    x = rng.integers(0, 99, (2, 3, 50, 60)).astype(np.float32)
    pool = nbp.AdaptiveMaxPool2d((7, 3), return_indices=True)
    y, indices = pool(x)
    for i, j in np.ndindex(7, 3):
        top, bottom = i * 50 // 7, -(-(i + 1) * 50 // 7)
        window = x[:, :, top:bottom, 20 * j : 20 * j + 20].reshape(2, 3, -1)
        first = window.argmax(-1)
        np.testing.assert_array_equal(y[..., i, j], window.max(-1))
        np.testing.assert_array_equal(indices[..., i, j], (top + first // 20) * 60 + 20 * j + first % 20)
    assert nbp.explain(pool, x).startswith("select_any")


def test_min_is_max_of_the_negative_negated(rng):
    x = rng.standard_normal((3, 20, 21)).astype(np.float32)
    np.testing.assert_array_equal(nbp.min_pool2d(x, 3, 2, 1), -nbp.max_pool2d(-x, 3, 2, 1))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_gradients_of_overlapping_windows_add_up(dtype):
    x = np.zeros((1, 1, 5, 5), np.float32)
    x[0, 0, 2, 2] = 1
    _, indices = nbp.max_pool2d(x, 3, 1, return_indices=True)
    gx = nbp.max_pool2d_backward(np.ones((1, 1, 3, 3), dtype), indices, x.shape)
    assert gx.dtype == dtype
    assert gx[0, 0, 2, 2] == 9
    assert gx.sum() == 9


@pytest.mark.parametrize("index", [-1, 25, 2**40])
def test_index_outside_the_plane_is_refused(index):
    indices = np.zeros((1, 1, 2, 2), np.int64)
    indices[0, 0, 1, 1] = index
    with pytest.raises(nbp.PoolingIndexError, match=f"at least 0 and below 25; got {index}"):
        nbp.max_pool2d_backward(np.ones((1, 1, 2, 2)), indices, (1, 1, 5, 5))


def test_vjp(rng):
    x = rng.standard_normal((2, 3, 8, 8))
    y, pullback = nbp.MaxPool2d(2).vjp(x)
    np.testing.assert_array_equal(y, nbp.max_pool2d(x, 2))
    gx = pullback(np.ones_like(y))
    assert gx.sum() == y.size
    assert (gx[gx > 0] == 1).all()
