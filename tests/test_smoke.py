"""Every operation once, forward and backward: what CI runs on the lowest and the highest NumPy and Numba."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import reference

import numbapool as nbp

OPTIONS = {
    "lp": {"norm_type": 2},
    "power": {"p": 3},
    "quantile": {"q": 0.3},
    "multi": {"reduces": ("max", "mean")},
    "random": {"rng": 0},
    "stochastic": {"rng": 0},
}
APART = {"unpool", "roi_align", "roi_max", "own", "spatial_pyramid", "fractional_max"}
WINDOWED = sorted(n for n in nbp.operations.OPERATIONS if n not in APART and not n.startswith("global"))


@pytest.mark.parametrize("name", WINDOWED)
def test_layers(rng, name):
    x = rng.standard_normal((2, 3, 8, 9)).astype(np.float32)
    window = {"output_size": 4} if name.startswith("adaptive") else {"kernel_size": 2}
    layer = nbp.operations.OPERATIONS[name][1](**window, **OPTIONS.get(name, {}))
    y, pullback = layer.vjp(x)
    assert y.shape == layer.output_shape(x.shape)
    assert pullback(np.ones_like(y)).shape == x.shape
    assert isinstance(nbp.explain(layer, x), str)


def test_values(rng):
    x = rng.integers(-9, 9, (2, 3, 8, 9)).astype(np.float32)
    windows = [reference.fixed_windows(n, 3, 2, (1, 1), 1, False) for n in (8, 9)]
    y, indices = nbp.max_pool2d(x, 3, 2, 1, return_indices=True)
    expected = reference.max_pool(x, windows)
    np.testing.assert_array_equal(y, expected[0])
    np.testing.assert_array_equal(indices, expected[1])
    np.testing.assert_array_equal(nbp.max_pool2d(x, 3, 2, 1), y)
    np.testing.assert_allclose(nbp.avg_pool2d(x, 3, 2, 1), reference.mean_pool(x, windows), rtol=1e-6)


def test_on_threads(rng):
    x = rng.random((64, 16, 64, 64), np.float32)
    np.testing.assert_array_equal(nbp.max_pool2d(x, 2), x.reshape(64, 16, 32, 2, 32, 2).max((3, 5)))


def test_others(rng):
    x = rng.random((2, 3, 8, 9)).astype(np.float32)
    y, indices = nbp.max_pool2d(x, 2, return_indices=True)
    assert nbp.max_unpool2d(y, indices, 2, output_size=(8, 9)).shape == x.shape
    assert nbp.roi_align(x, [[0, 1, 1, 5, 6]], 2).shape == (1, 3, 2, 2)
    assert nbp.roi_max_pool(x, [[0, 1, 1, 5, 6]], 2).shape == (1, 3, 2, 2)
    assert nbp.fractional_max_pool2d(x, 2, output_size=3, rng=0).shape == (2, 3, 3, 3)
    assert nbp.global_avg_pool(x).shape == (2, 3, 1, 1)
    assert nbp.spatial_pyramid_pool(x).shape == (2, 63)
    spread = numba.njit(lambda w: w.max() - w.min())
    assert nbp.pool(x, 2, spread, axes=(2, 3)).shape == (2, 3, 4, 4)
