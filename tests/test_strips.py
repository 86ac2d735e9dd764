"""Rows of so many results that each kernel works on them strip by strip, with other strips before and behind."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import numbapool as nbp

WIDTH = 20_001
IMAGE, VOLUME, ROW = (1, 2, 12, WIDTH), (1, 1, 5, 6, WIDTH), (1, 2, WIDTH)


def windows_of(x, size, stride):
    """The numbers of each window, along a last axis."""
    rank = x.ndim - 2
    size, stride = (n if isinstance(n, tuple) else (n,) * rank for n in (size, stride))
    windows = sliding_window_view(x, size, tuple(range(2, x.ndim)))
    windows = windows[(..., *(slice(None, None, s) for s in stride), *(slice(None),) * rank)]
    return windows.reshape(*windows.shape[: x.ndim], -1)


def numbers(rng, shape):
    """Whole numbers, of which some are equal, and all sums are exact."""
    return rng.integers(-300, 300, shape).astype(np.float32)


FOLDS = {
    "squares": (IMAGE, 2, 2),
    "windows of two rows": (IMAGE, (2, 3), (2, 2)),
    "every position": (IMAGE, 3, 1),
    "every second": (IMAGE, 3, 2),
    "large": ((1, 1, 12, WIDTH), 9, 1),
    "volumes": (VOLUME, 3, 1),
    "wide": (IMAGE, (1, 1500), (1, 1500)),
    "along a line": (ROW, 5, 3),
    "a long line": (ROW, 100, 100),
}


@pytest.mark.parametrize("case", FOLDS)
def test_folds(rng, case):
    shape, size, stride = FOLDS[case]
    x, rank = numbers(rng, shape), len(shape) - 2
    windows = windows_of(x, size, stride)
    expected = windows.max(-1)
    np.testing.assert_array_equal(getattr(nbp, f"max_pool{rank}d")(x, size, stride), expected)
    np.testing.assert_allclose(getattr(nbp, f"avg_pool{rank}d")(x, size, stride), windows.mean(-1), rtol=1e-6)
    y, indices = getattr(nbp, f"max_pool{rank}d")(x, size, stride, return_indices=True)
    np.testing.assert_array_equal(y, expected)
    taken = np.take_along_axis(x.reshape(*x.shape[:2], -1), indices.reshape(*x.shape[:2], -1), 2)
    np.testing.assert_array_equal(taken.reshape(y.shape), y)
    first = windows_of(np.arange(x[0, 0].size).reshape(1, 1, *shape[2:]), size, stride)
    best = np.take_along_axis(np.broadcast_to(first, windows.shape), windows.argmax(-1)[..., None], -1)
    np.testing.assert_array_equal(indices, best[..., 0])


@pytest.mark.parametrize("channels", [3, 16])
def test_channels_last(rng, channels):
    x = numbers(rng, (1, channels, 6, 9001))
    last = np.ascontiguousarray(np.moveaxis(x, 1, -1))
    for size, stride in ((2, 2), (3, 1), (3, 2)):
        y = nbp.max_pool2d(last, size, stride, data_format="channels_last")
        np.testing.assert_array_equal(np.moveaxis(y, -1, 1), windows_of(x, size, stride).max(-1))


def test_windows_of_several_sizes(rng):
    x, outputs = numbers(rng, ROW), 7000
    ends = [(o * WIDTH // outputs, -(-(o + 1) * WIDTH // outputs)) for o in range(outputs)]
    expected = np.stack([x[..., begin:end].max(-1) for begin, end in ends], -1)
    np.testing.assert_array_equal(nbp.adaptive_max_pool1d(x, outputs), expected)
    y, indices = nbp.adaptive_max_pool1d(x, outputs, return_indices=True)
    np.testing.assert_array_equal(y, expected)
    first = [[begin + row[begin:end].argmax() for begin, end in ends] for row in x[0]]
    np.testing.assert_array_equal(indices[0], first)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), ((5, 40), (2, 30))])
def test_whole_windows(rng, size, stride):
    x = numbers(rng, (1, 1, 12, WIDTH))
    windows = np.sort(windows_of(x, size, stride), -1)
    np.testing.assert_array_equal(nbp.median_pool2d(x, size, stride), windows[..., (windows.shape[-1] - 1) // 2])


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (3, 1)])
def test_gradients_of_means(rng, size, stride):
    layer, shape = nbp.SumPool2d(size, stride), (1, 2, 6, WIDTH)
    grad = numbers(rng, layer.output_shape(shape))
    expected = np.zeros(shape, np.float32)
    for i, j in np.ndindex(size, size):
        rows, columns = ((n - 1) * stride + 1 for n in grad.shape[2:])
        expected[:, :, i : i + rows : stride, j : j + columns : stride] += grad
    np.testing.assert_array_equal(layer.backward(grad, shape), expected)
