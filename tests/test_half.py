"""Conversions between float16 and float32: all of them one way, many the other, as NumPy makes them."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import numbapool as nbp
from numbapool.kernels import intrinsics


@pytest.fixture(scope="module", params=["as this processor does", "by bits"])
def convert(request):
    """Functions over arrays."""
    widen, narrow = intrinsics.half_to_float, intrinsics.float_to_half
    if request.param == "by bits":
        widen, narrow = intrinsics._half_to_float_by_bits, intrinsics._float_to_half_by_bits

    @numba.njit
    def widen_all(bits, out):
        for i in range(bits.size):
            out[i] = widen(bits[i])

    @numba.njit
    def narrow_all(numbers, out):
        for i in range(numbers.size):
            out[i] = narrow(numbers[i])

    return widen_all, narrow_all


def test_every_half(convert):
    bits = np.arange(2**16, dtype=np.uint16)
    found = np.empty(bits.size, np.float32)
    convert[0](bits, found)
    np.testing.assert_array_equal(found, bits.view(np.float16).astype(np.float32))
    np.testing.assert_array_equal(np.signbit(found), np.signbit(bits.view(np.float16)))


def test_rounding(rng, convert):
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float32)
    finite = halves[np.isfinite(halves)]
    between = (finite + np.nextafter(finite.astype(np.float16), np.float16(np.inf)).astype(np.float32)) / 2
    numbers = np.concatenate([halves, between, rng.integers(0, 2**32, 200_000, np.uint32).view(np.float32)])
    found = np.empty(numbers.size, np.uint16)
    convert[1](numbers, found)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(found.view(np.float16), numbers.astype(np.float16))


@pytest.mark.parametrize(
    "pool",
    [nbp.SoftPool1d(2), nbp.LogSumExpPool1d(2), nbp.QuantilePool1d(0.3, 2), nbp.MedianPool1d(2, method="linear")],
    ids=lambda pool: type(pool).__name__,
)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_gradients_of_float16_of_whole_windows(pool, dtype):
    """Gradients in float16 of inputs of any dtype: those in float64, rounded."""
    x, grad = np.array([[1, 5, 2, 9.0]], dtype), np.array([[1, 2]], np.float16)
    found = pool.vjp(x)[1](grad)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, pool.vjp(x.astype(np.float64))[1](grad.astype(np.float64)), atol=2e-3)
