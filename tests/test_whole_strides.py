"""Windows of whole strides, along the line by halves and down the columns by blocks of a stride: as each by itself."""

from __future__ import annotations

import numpy as np
import pytest
from test_large_windows import windows_of

import numbapool as nbp


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("stride", [2, 4, 6, 8, 12, 16])
def test_even_windows_at_even_strides(rng, stride, dtype):
    """They are halved as often as they can be: to windows at stride 1, at an odd stride, or of odd size."""
    x = rng.integers(0, 200, (1, 2, 9, 150)).astype(dtype)
    for size in range(2, 66, 2):
        for padding in (0, size // 4):
            windows, axes = windows_of(np.pad(x, [(0, 0)] * 3 + [(padding, padding)]), (1, size), stride, 0, 0)
            windows = windows[:, :, : -(-9 // stride)]
            options = (1, size), stride, (0, padding)
            np.testing.assert_array_equal(nbp.max_pool2d(x, *options), windows.max(axes))
            mean = windows.sum(axes, dtype=np.int64) / size
            np.testing.assert_allclose(nbp.avg_pool2d(x, *options), mean, rtol=1e-6, err_msg=str(size))


@pytest.mark.parametrize(("stride", "strides"), [(2, 3), (2, 8), (4, 2), (8, 2), (8, 3), (8, 5), (8, 10), (10, 3)])
def test_windows_of_whole_strides(rng, stride, strides):
    """Blocks of the stride's rows, of which windows are made; some of them lie in the padding."""
    size = stride * strides
    x = rng.integers(-200, -100, (2, 3, size + 29, size + 14)).astype(np.float32)
    for padding in (0, 3, size // 2):
        windows, axes = windows_of(x, (size, size), stride, padding, -300)
        np.testing.assert_array_equal(nbp.max_pool2d(x, size, stride, padding), windows.max(axes))
        windows, axes = windows_of(x, (size, size), stride, padding, 0)
        y = nbp.avg_pool2d(x, size, stride, padding)
        np.testing.assert_allclose(y, windows.mean(axes, dtype=np.float64), rtol=1e-6)
        last = nbp.avg_pool2d(
            np.ascontiguousarray(np.moveaxis(x, 1, -1)), size, stride, padding, data_format="channels_last"
        )
        np.testing.assert_allclose(np.moveaxis(last, -1, 1), y, rtol=1e-6)
    deep = np.stack([x, x - 50, x - 100], axis=2)
    windows, axes = windows_of(deep, (2, size, size), stride, 0, 0)
    np.testing.assert_array_equal(nbp.max_pool3d(deep, (2, size, size), stride), windows.max(axes))


@pytest.mark.parametrize("width", [40, 2000, 5000, 20_000])
def test_blocks_in_groups(rng, width):
    """As many blocks are made together as the cache holds: all of a short plane, or one by one, strip by strip."""
    x = rng.standard_normal((1, 1, 150, width), dtype=np.float32)
    for size, stride in ((24, 8), (30, 10)):
        windows, axes = windows_of(x, (size, size), stride, 0, 0)
        np.testing.assert_array_equal(nbp.max_pool2d(x, size, stride), windows.max(axes))
        y = nbp.avg_pool2d(x, size, stride)
        np.testing.assert_allclose(y, windows.mean(axes, dtype=np.float64), rtol=1e-5, atol=1e-7)
        rows = [nbp.avg_pool2d(x[:, :, top : top + size], size, stride) for top in range(0, 150 - size + 1, stride)]
        np.testing.assert_allclose(np.concatenate(rows, axis=2), y, rtol=1e-6)
