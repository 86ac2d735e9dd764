"""Windows that share slabs, whose rows are combined once: as each window by itself, forth and back."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import reference
from cases import Window, channels_first, laid_out, layer, values

import numbapool as nbp

# Slabs that one, some or all of the next windows share; at the border windows hold fewer, or none.
SHARED = {
    "k3s1p1": Window(3, 1, 1),
    "k3s2p1": Window(3, 2, 1),
    "k5s2p2": Window(5, 2, 2),
    "k4x3x3 s3x1x1": Window((4, 3, 3), (3, 1, 1), 0),
    "k3x2x2 s1x2x2": Window((3, 2, 2), (1, 2, 2), 0),
    "k2x4x4 s1x4x4": Window((2, 4, 4), (1, 4, 4), 0),
    "k3x1x2 s1x1x2": Window((3, 1, 2), (1, 1, 2), (1, 0, 1)),
    "k5s1p2": Window(5, 1, 2),
    "k3s1 d1x2x2": Window(3, 1, 0, (1, 2, 2)),
}


# Each motion along pixels once: kernels take a second each to compile.
CASES = [(w, "channels_first") for w in SHARED] + [(w, "channels_last") for w in ("k3s1p1", "k3s2p1", "k5s1p2")]


@pytest.mark.parametrize(("window", "data_format"), CASES)
def test_slabs_that_are_shared(rng, window, data_format):
    spatial, window = (8, 9, 13), SHARED[window]
    windows = window.on(spatial)
    x = values(rng, (2, 3, *spatial), "float32")
    given = laid_out(x, data_format)
    y = layer("max", 3, **window.options, data_format=data_format)(given)
    np.testing.assert_array_equal(channels_first(y, data_format), reference.max_pool(x, windows)[0])
    mean = layer("mean", 3, **window.options, data_format=data_format)
    y, pullback = mean.vjp(given)
    expected = reference.mean_pool(x, windows)
    np.testing.assert_allclose(channels_first(y, data_format), expected, rtol=1e-5, atol=1e-5)
    grad = rng.standard_normal(channels_first(y, data_format).shape).astype(np.float32)
    gx = pullback(laid_out(grad, data_format))
    expected = reference.spread(grad.astype(np.float64), windows, x.shape, True)
    np.testing.assert_allclose(channels_first(gx, data_format), expected, rtol=1e-5, atol=1e-5)


def test_slabs_that_are_shared_by_pieces_of_work(rng):
    """Each thread makes the first slabs of its pieces itself: the same bits for any number of them."""
    x = rng.standard_normal((2, 5, 40, 30, 50), dtype=np.float32)
    before, results = numba.get_num_threads(), []
    try:
        for threads in {1, min(2, numba.config.NUMBA_NUM_THREADS)}:
            numba.set_num_threads(threads)
            y, pullback = nbp.AvgPool3d(3, 1, 1).vjp(x)
            results.append((y.tobytes(), pullback(x).tobytes(), nbp.avg_pool3d(x[:, :, ::-1], 3, 2, 1).tobytes()))
    finally:
        numba.set_num_threads(before)
    assert all(r == results[0] for r in results)


def test_slabs_too_large_to_be_kept(rng):
    x = rng.standard_normal((1, 1, 5, 300, 700), dtype=np.float32)
    view = np.lib.stride_tricks.sliding_window_view(x, (3, 3, 3), (2, 3, 4))
    np.testing.assert_array_equal(nbp.max_pool3d(x, 3, 1), view.max((-1, -2, -3)))
    view = np.lib.stride_tricks.sliding_window_view(x, (3, 40, 7), (2, 3, 4))
    np.testing.assert_array_equal(nbp.max_pool3d(x, (3, 40, 7), 1), view.max((-1, -2, -3)))
