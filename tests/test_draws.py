"""Random operations: reproducible, whatever the threads and the order in memory, and drawn as they say."""

from __future__ import annotations

import numpy as np
import pytest
from cases import layer

import numbapool as nbp


@pytest.mark.parametrize("kind", ["Random", "Stochastic"])
def test_draws(rng, kind):
    make = getattr(nbp, f"{kind}Pool2d")
    x = rng.random((4, 8, 64, 64)).astype(np.float32)
    y = make(2)(x, rng=5)
    np.testing.assert_array_equal(make(2, rng=5)(x), y)
    np.testing.assert_array_equal(getattr(nbp, f"{kind.lower()}_pool2d")(x, 2, rng=5), y)
    assert (make(2)(x, rng=6) != y).any()
    y2, indices = make(2, return_indices=True)(x, rng=5)
    np.testing.assert_array_equal(y2, y)
    np.testing.assert_array_equal(
        np.take_along_axis(x.reshape(4, 8, -1), indices.reshape(4, 8, -1), 2).ravel(), y.ravel()
    )
    rows, columns = np.divmod(indices, 64)
    counts = np.bincount(((rows % 2) * 2 + columns % 2).ravel(), minlength=4) / indices.size
    np.testing.assert_allclose(counts, 0.25, atol=0.01)
    with pytest.raises(nbp.PoolingTypeError, match="rng must be"):
        make(2)(x, rng="seed")


def test_draws_of_wide_rows_are_the_same_with_indices(rng):
    x = rng.random((2, 3, 6, 1400)).astype(np.float32)
    y, indices = nbp.RandomPool2d(2, return_indices=True)(x, rng=5)
    np.testing.assert_array_equal(nbp.RandomPool2d(2)(x, rng=5), y)
    where = indices.reshape(2, 3, -1)
    np.testing.assert_array_equal(np.take_along_axis(x.reshape(2, 3, -1), where, 2), y.reshape(where.shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(2, 3, 8, 10), (2, 17, 10, 10), (3, 64, 9, 11), (70, 1, 5, 7)])
@pytest.mark.parametrize("name", ["random", "stochastic"])
def test_draws_do_not_depend_on_the_order_in_memory(rng, name, shape, dtype):
    x = np.abs(rng.standard_normal(shape)).astype(dtype)
    orders = [
        lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1),
        lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, 0)), 0, 1),
        lambda x: x[::-1].copy()[::-1],
        np.asfortranarray,
    ]
    for window in ({"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}):
        pool, last = layer(name, 2, **window), layer(name, 2, **window, data_format="channels_last")
        expected = pool(x, rng=5)
        y = last(np.ascontiguousarray(np.moveaxis(x, 1, -1)), rng=5)
        np.testing.assert_array_equal(np.moveaxis(y, -1, 1), expected)
        for order in orders:
            np.testing.assert_array_equal(pool(order(x), rng=5), expected)
            np.testing.assert_array_equal(pool(order(x[:, :1]), rng=5), pool(x[:, :1].copy(), rng=5))


def test_stochastic_draws_in_proportion():
    x = np.tile(np.array([1.0, 3.0, -5.0, 4.0]), (1, 1, 20_000))
    y = nbp.StochasticPool1d(4)(x, rng=0)
    for value, part in ((1, 1 / 8), (3, 3 / 8), (4, 4 / 8), (-5, 0)):
        assert (y == value).mean() == pytest.approx(part, abs=0.01)
    assert nbp.StochasticPool1d(4, training=False)(x)[0, 0, 0] == pytest.approx(26 / 8)
    assert nbp.StochasticPool1d(2)(-np.ones((1, 4)), rng=0).tolist() == [[-1, -1]]
    assert nbp.StochasticPool1d(3)(np.array([[1.0, np.inf, 2.0]]), rng=0).tolist() == [[np.inf]]
    large = np.tile(np.array([1.0, 3.0, 2.0, 3.4], np.float32) * np.float32(1e38), (1, 1, 20_000))
    y = nbp.StochasticPool1d(4)(large, rng=0)
    for value, part in zip(large[0, 0, :4], (0.106, 0.319, 0.213, 0.362), strict=True):
        assert (y == value).mean() == pytest.approx(part, abs=0.01)


@pytest.mark.parametrize("kind", ["Random", "Stochastic"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "bool"])
@pytest.mark.parametrize("window", [(2,), (3, 2, 1), (3, 1, 1, 2), (8, 3, 2)])
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_one_draw_for_each_window_by_whatever_kernel(rng, kind, dtype, window, data_format):
    """Rows of windows, windows at the border and windows one by one, for which indices are told, draw the same."""
    x = (rng.standard_normal((2, 3, 66, 71)) * 9).astype(dtype)
    if dtype == "float32" and kind == "Stochastic":
        x[rng.random(x.shape) < 0.02] = np.nan
        x[rng.random(x.shape) < 0.02] = np.inf
    x = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if data_format == "channels_last" else x
    options = dict(zip(("kernel_size", "stride", "padding", "dilation"), window, strict=False), data_format=data_format)
    pool = layer(kind.lower(), 2, **options)
    y, indices = layer(kind.lower(), 2, **options, return_indices=True)(x, rng=5)
    np.testing.assert_array_equal(pool(x, rng=5), y)
    axis = 1 if data_format == "channels_last" else 2
    flat = (2, -1, 3) if axis == 1 else (2, 3, -1)
    kept = np.take_along_axis(x.reshape(flat), indices.reshape(flat), axis)
    np.testing.assert_array_equal(kept, y.reshape(flat))
