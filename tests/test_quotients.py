"""Quotients by one divisor for all windows, which are not divided: the same bits as if they were."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp
from numbapool.kernel import compiled_kernels

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan]


def numbers(rng, dtype):
    """From the smallest to the largest, and on both sides of where they become subnormal."""
    info = np.finfo(dtype)
    exponents = rng.uniform(info.minexp - info.nmant, info.maxexp, 3000)
    return np.concatenate([rng.choice([-1, 1], 3000) * np.exp2(exponents), SPECIAL]).astype(dtype)


@pytest.mark.parametrize("divisor", [3, 9, 25, 49, 6, 12, 999_999, 2**20 + 1])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_as_divided(rng, dtype, divisor):
    x = numbers(rng, dtype).reshape(1, 1, -1)
    pool = nbp.AvgPool1d(1, divisor_override=divisor)
    if dtype == "float16":  # which is computed in float32
        expected = (x / np.float64(divisor)).astype(np.float32).astype(dtype)
    else:
        expected = x / np.array(divisor, dtype)
    for y in (pool(x), pool.backward(x, x.shape)):
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_array_equal(np.signbit(y)[0, 0, -5:-1], np.signbit(expected)[0, 0, -5:-1])
    if divisor % 2 and divisor < 2**20 and dtype != "float32":
        assert any("quotient" in name for name, _ in compiled_kernels())


@pytest.mark.parametrize("size", [(3, 3), (2, 3), (7, 7)])
@pytest.mark.parametrize("result", [None, "uint8"])
def test_of_whole_numbers(rng, size, result):
    """Of even divisors as well: their quotients are never subnormal."""
    x = rng.integers(0, 256, (1, 2, 40, 90)).astype(np.uint8)
    totals = np.lib.stride_tricks.sliding_window_view(x, size, (2, 3)).sum((-2, -1), dtype=np.int64)
    exact = totals / np.float64(size[0] * size[1])
    expected = exact.astype(np.float32) if result is None else np.rint(exact).astype(np.uint8)
    np.testing.assert_array_equal(nbp.avg_pool2d(x, size, 1, dtype=result), expected)
