"""Windows of 2 × 2 and 3 × 3 over pixels of many numbers, which are reduced from where they stand: as in planes."""

from __future__ import annotations

import numpy as np
import pytest
from cases import channels_first, laid_out, layer, values

from numbapool.kernel import compiled_kernels

# With every padding there are windows that are cut off at a side, and with some nothing is left of the last.
WINDOWS = [
    (size, stride, padding, dilation, ceil_mode)
    for size in (2, 3)
    for stride in (2, 3, 5)
    for dilation in (1, 2)
    for padding in (0, 1, ((1, 0), (0, 1)))
    for ceil_mode in (False, True)
]


@pytest.mark.parametrize("dtype", ["float16", "float32", "uint8", "int64"])
@pytest.mark.parametrize("reduce", ["max", "mean"])
def test_like_planes(rng, reduce, dtype):
    for channels in (64, 75):
        x = values(rng, (2, channels, 9, 14), dtype)
        given = laid_out(x, "channels_last")
        for size, stride, padding, dilation, ceil_mode in WINDOWS:
            options = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
            expected = layer(reduce, 2, kernel_size=size, **options)(x)
            y = layer(reduce, 2, kernel_size=size, data_format="channels_last", **options)(given)
            np.testing.assert_array_equal(channels_first(y, "channels_last"), expected, err_msg=f"{size} {options}")
    assert any(name.startswith("tiles") for name, _ in compiled_kernels())


def test_rows_of_several_strips(rng):
    x = rng.standard_normal((1, 33, 1030, 40), np.float32).transpose(0, 3, 1, 2)
    for size in (2, 3):
        pool = layer("mean", 2, kernel_size=size, stride=2, padding=1)
        np.testing.assert_array_equal(pool(x), pool(np.ascontiguousarray(x)))
