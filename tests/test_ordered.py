"""Floating-point numbers as whole numbers: in the same order, NaN on one side, and back to the same bits."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from numbapool.kernels import ordered

SIDES = [ordered.HIGH, ordered.LOW]


def all_halves():
    return np.arange(2**16, dtype=np.uint16).view(np.float16)


def many_singles():
    """Numbers of all kinds: those that are float16, their neighbours, and any bits."""
    halves = all_halves().astype(np.float32)
    bits = np.random.default_rng(0).integers(0, 2**32, 200_000, np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        return np.concatenate([halves, np.nextafter(halves, np.float32(np.inf)), bits])


def check_order(values, numbers, nan_side):
    is_nan = np.isnan(values)
    in_order = values[~is_nan][np.argsort(numbers[~is_nan], kind="stable")]
    assert (in_order[1:] >= in_order[:-1]).all()
    above, below = (numbers[is_nan], numbers[~is_nan])[:: 1 if nan_side == ordered.HIGH else -1]
    assert above.min() > below.max()


@pytest.mark.parametrize("nan_side", SIDES)
@pytest.mark.parametrize("values", [all_halves(), many_singles()], ids=["float16", "float32"])
def test_there_and_back(values, nan_side):
    order, number = ordered.order_of(values.dtype, nan_side), ordered.from_order(values.dtype, nan_side)

    @numba.njit
    def there_and_back(given, numbers, back):
        for i in range(given.size):
            numbers[i] = order(given[i])
            back[i] = number(numbers[i])

    # as kernels get them
    given = values.view(np.uint16) if values.dtype == np.float16 else values
    numbers, back = np.empty(values.size, f"i{values.itemsize}"), np.empty_like(given)
    there_and_back(given, numbers, back)
    assert back.tobytes() == given.tobytes()
    check_order(values, numbers, nan_side)
    for value in (np.nan, np.inf, -np.inf, 0.0):
        of_one = np.empty(1, numbers.dtype), np.empty(1, given.dtype)
        there_and_back(np.array([value], values.dtype).view(given.dtype), *of_one)
        assert ordered.one_in_order(values.dtype.type(value), nan_side) == of_one[0]


@pytest.mark.parametrize("nan_side", SIDES)
def test_every_half_with_one_nan(nan_side):
    order = ordered.to_order(nan_side)

    @numba.njit
    def there_and_back(bits, numbers, back):
        for i in range(bits.size):
            numbers[i] = order(bits[i])
            back[i] = ordered.order_to_half(numbers[i])

    halves = all_halves()
    numbers, back = np.empty(halves.size, np.int16), np.empty(halves.size, np.uint16)
    there_and_back(halves.view(np.uint16), numbers, back)
    is_nan = np.isnan(halves)
    np.testing.assert_array_equal(back[~is_nan], halves.view(np.uint16)[~is_nan])
    assert np.isnan(back.view(np.float16)[is_nan]).all()
    assert (numbers[is_nan] == ordered.nan_in_order(nan_side)).all()
    check_order(halves, numbers, nan_side)
