"""How far means, sums and their gradients may be from what is exact: in units in the last place."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp

WINDOWS = [(1, 2), (2, 2), (3, 3), (4, 4), (5, 5), (7, 4), (1, 8), (7, 1), (2, 16), (32, 1), (1, 31), (3, 10)]
LARGE = [(3, 11), (6, 6), (7, 7), (31, 31), (1, 500), (64, 64)]


def exact_mean(x, window):
    """In float64, in which sums of so few float32 numbers are as good as exact; and the mean of magnitudes."""
    views = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), window, (-2, -1))
    return views.mean((-2, -1)), abs(views).mean((-2, -1))


def numbers(rng, kind, shape):
    if kind == "uniform":
        return rng.random(shape, np.float32)
    if kind == "spread":
        return (10.0 ** rng.uniform(-20, 20, shape)).astype(np.float32)
    if kind == "beside huge ones":
        x = rng.random(shape, np.float32)
        x[..., ::97, :] = 3e38
        return x
    return rng.standard_normal(shape, np.float32)


@pytest.mark.parametrize("kind", ["uniform", "spread", "beside huge ones", "both signs"])
@pytest.mark.parametrize("window", [*WINDOWS, *LARGE])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_means_of_float32(rng, stride, window, kind):
    x = numbers(rng, kind, (1, 1, 130, 600))
    y = nbp.avg_pool2d(x, window, stride)[0, 0]
    exact, magnitude = (a[::stride, ::stride] for a in exact_mean(x[0, 0], window))
    finite = np.isfinite(y)
    scale = np.spacing((magnitude if kind == "both signs" else exact).astype(np.float32)).astype(np.float64)
    if kind != "both signs":  # then it is compared with the correctly rounded mean
        exact = exact.astype(np.float32).astype(np.float64)
    assert (abs(y - exact) / scale)[finite].max() <= (2 if np.prod(window) <= 32 else 1)
    # a sum of float32 may be too large only where a mean is nearly so
    assert magnitude[~finite].min(initial=np.inf) > 3e38 / np.prod(window)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_sums_are_rounded_once(rng, dtype):
    x = rng.standard_normal((1, 40, 300)).astype(dtype)
    for size in (2, 9, 64, 300):
        views = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), size, -1)
        exact = views.sum(-1)
        y = nbp.sum_pool1d(x, size, 1)
        assert (abs(y - exact) <= 0.5001 * np.spacing(abs(exact).astype(dtype))).all()


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_gradients_of_means_of_float32(rng, stride):
    """Windows that hold a position are few: their shares are added in float32."""
    g = rng.random((1, 1, 40, 60), np.float32)
    shape = (1, 1, 39 * stride + 5, 59 * stride + 5)
    gx = nbp.avg_pool2d_backward(g, shape, 5, stride)
    exact = nbp.avg_pool2d_backward(g.astype(np.float64), shape, 5, stride)
    assert (abs(gx - exact) <= 3 * np.spacing(exact.astype(np.float32))).all()
