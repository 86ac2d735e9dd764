"""Rows of many pieces, read one after the other with what lies ahead; against NumPy, window by window."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import numbapool as nbp
from numbapool import traffic
from numbapool.kernels import frame
from numbapool.plan import Plan

WINDOWS = ((2, 2), (3, 2), (3, 1), (4, 4), (9, 1))


@pytest.fixture(params=["not fetched", "the row ahead", "ahead in the row"], autouse=True)
def fetched(request, monkeypatch):
    """Limits at which what lies ahead is fetched, a row or a stretch of the same row."""
    if request.param != "not fetched":
        monkeypatch.setattr(traffic, "_FETCH_FROM", 0)
        monkeypatch.setattr(traffic, "_LONG_FORESEEN", 2**40)
    if request.param == "ahead in the row":
        monkeypatch.setattr(traffic, "_LONG_ROW", 0)
    return request.param


def windows_of(x, size, stride):
    views = sliding_window_view(x, (size, size), (-2, -1))[:, :, ::stride, ::stride]
    return views.reshape(*views.shape[:4], size * size)


@pytest.mark.parametrize("width", [1023, 2500])
@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.float64])
@pytest.mark.parametrize("window", WINDOWS)
def test_extremes_means_and_indices(rng, fetched, window, dtype, width):
    size, stride = window
    x = (rng.random((1, 2, 13, width)) * 200).astype(dtype)
    inside = windows_of(x, size, stride)
    pool = nbp.MaxPool2d(size, stride)
    np.testing.assert_array_equal(pool(x), inside.max(-1))
    np.testing.assert_allclose(nbp.AvgPool2d(size, stride)(x), inside.mean(-1, dtype=np.float64), rtol=1e-6)
    y, indices = nbp.MaxPool2d(size, stride, return_indices=True)(x)
    np.testing.assert_array_equal(y, inside.max(-1))
    kept = inside.argmax(-1)
    rows, columns = np.indices(kept.shape[-2:]) * stride
    np.testing.assert_array_equal(indices, (rows + kept // size) * width + columns + kept % size)
    three = nbp.MultiPool2d(("max", "min", "max"), size, stride)(x)
    np.testing.assert_array_equal(three, np.concatenate([inside.max(-1), inside.min(-1), inside.max(-1)], 1))
    (plan,) = (kept for kept in pool._plans.values() if isinstance(kept, Plan))
    table = plan.tables[0]
    assert bool(table[frame.FETCHED]) == (fetched != "not fetched")
    if fetched == "ahead in the row" and (table[frame.STRIPS] == 1 or table[frame.ACROSS]):
        assert 0 < table[frame.AHEAD] <= 8192 // x.itemsize


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_windows_that_are_large(rng, dtype):
    """Across the rows first, with indices."""
    x = (rng.random((1, 1, 40, 2600)) * 200).astype(dtype)
    inside = windows_of(x, 20, 20)
    y, indices = nbp.MaxPool2d(20, return_indices=True)(x)
    np.testing.assert_array_equal(y, inside.max(-1))
    kept = inside.argmax(-1)
    rows, columns = np.indices(kept.shape[-2:]) * 20
    np.testing.assert_array_equal(indices, (rows + kept // 20) * 2600 + columns + kept % 20)


@pytest.mark.parametrize("shape", [(7, 73), (1, 512), (1, 513), (2, 512), (45, 57), (1, 5000)])
def test_whole_planes_in_pieces(rng, fetched, shape):
    """Windows along one line, of less than a piece, of whole ones, and of a rest."""
    x = rng.standard_normal((3, 5, *shape)).astype(np.float32)
    x[0, 0] = -0.0
    x[1, 2, -1, -1], x[2, 1, 0, 0] = np.nan, np.inf
    inside = x.reshape(3, 5, -1).astype(np.float64)
    mean, largest = nbp.avg_pool2d(x, shape), nbp.max_pool2d(x, shape)
    np.testing.assert_array_equal(largest[..., 0, 0], inside.max(-1))
    np.testing.assert_allclose(mean[..., 0, 0], inside.mean(-1), rtol=1e-6, atol=1e-9)
    assert np.signbit(mean[0, 0, 0, 0])
    np.testing.assert_array_equal(nbp.global_avg_pool(x[:1])[0], mean[0])


@pytest.mark.parametrize("padding", [0, (1, 0, 0), 1])
@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_windows_of_two_rows_of_two_slabs(rng, dtype, padding):
    """In one pass where they are whole; padding leaves some of them one slab, or begins strips before the input."""
    x = (rng.random((1, 2, 6, 8, 1023)) * 200).astype(dtype)
    pads = [(0, 0), (0, 0), *[(p, p) for p in np.broadcast_to(padding, 3)]]
    for layer, fill, function in ((nbp.MaxPool3d, 0, np.max), (nbp.AvgPool3d, 0, np.mean)):
        views = sliding_window_view(np.pad(x, pads, constant_values=fill), (2, 2, 2), (-3, -2, -1))
        expected = function(views[:, :, ::2, ::2, ::2].astype(np.float64), (-3, -2, -1))
        np.testing.assert_allclose(layer(2, padding=padding)(x), expected, rtol=1e-6)
