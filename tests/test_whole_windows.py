"""Windows by whole rows: the same as one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from cases import LAYOUTS, values

import numbapool as nbp


def one_by_one(kind, x, *window, **options):
    """Values and indices from windows that are not computed together."""
    pool, reduction = kind(*window, return_indices=True, **options), kind.reduction
    pool._plans.clear()  # equal layers share them
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "reduction", lambda *a, **o: replace(reduction(*a, **o), on_lines=None))
        found = pool(x)
    pool._plans.clear()
    return found


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "uint8", "int64", "bool"])
@pytest.mark.parametrize(
    "window",
    [(3, 1), (3, 2), (3, 1, 0, 2), (3, 1, 1), ((3, 1), 1), (2,), (5, 2), ((11, 3), 2), (5, 1, 2), (4, 3, 2), (9, 2, 4)],
)
def test_medians(rng, window, dtype, data_format):
    x = values(rng, (3, 21, 70, 5), dtype)
    options = {"data_format": data_format}
    np.testing.assert_array_equal(
        nbp.MedianPool2d(*window, **options)(x), one_by_one(nbp.MedianPool2d, x, *window, **options)[0]
    )


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("window", [(2,), (3, 1, 1), (5, 2), (4, 3, 2), (3, 1, 0, 2), ((11, 3), 4), ((1, 3),)])
def test_medians_of_what_is_no_nan(rng, window, dtype, data_format):
    """Windows of all counts of NaN, infinities among the rest; of nothing but NaN the last is kept."""
    x = rng.integers(-4, 4, (3, 21, 60, 5)).astype(dtype)
    x[rng.random(x.shape) < rng.random((3, 21, 1, 1))] = np.nan
    x[rng.random(x.shape) < 0.05] = np.inf
    options = {"data_format": data_format, "nan_policy": "omit"}
    right, places = one_by_one(nbp.MedianPool2d, x, *window, **options)
    np.testing.assert_array_equal(nbp.MedianPool2d(*window, **options)(x), right)
    found = nbp.MedianPool2d(*window, return_indices=True, **options)(x)
    np.testing.assert_array_equal(found[0], right)
    np.testing.assert_array_equal(found[1], places)


def test_medians_of_rows_from_the_last_to_the_first(rng):
    x = rng.standard_normal((3, 4, 40, 41), np.float32)
    for view in (x[:, :, ::-1], x[:, :, ::2], x.transpose(0, 1, 3, 2)):
        np.testing.assert_array_equal(nbp.median_pool2d(view, 3, 1, 1), nbp.median_pool2d(view.copy(), 3, 1, 1))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 17, 27, 31, 48, 64, 65, 121, 343, 400, 401])
def test_medians_and_quantiles_of_so_many(rng, count):
    """The same comparisons for any count of numbers; one beyond those of windows that are sorted side by side."""
    x = rng.integers(-40, 40, (2, 3, 1000)).astype(np.float32)
    x[0, 1, 300], x[1, 2, 17] = np.nan, np.inf
    windows = np.lib.stride_tricks.sliding_window_view(x, count, -1)
    with np.errstate(invalid="ignore"):
        ordered = np.sort(windows, -1)[..., (count - 1) // 2]
        median = np.where(np.isnan(windows).any(-1), np.float32(np.nan), ordered)
        np.testing.assert_array_equal(nbp.median_pool1d(x, count, 1), median)
        np.testing.assert_array_equal(nbp.median_pool1d(x[:1, :1].astype(np.int16), count, 1), ordered[:1, :1])
        x[1, 2, 17] = 7  # of an infinity and itself NumPy makes NaN
        for q in (0, 0.3, 0.5, 1):
            expected = np.quantile(windows, q, -1)
            np.testing.assert_allclose(nbp.quantile_pool1d(x, q, count, 1), expected, rtol=1e-6, atol=1e-5)


def test_medians_in_three_dimensions(rng):
    x = rng.standard_normal((2, 3, 7, 8, 60), np.float32)
    for window in ((2,), (3, 1), (3, 2, 1), ((1, 2, 4), 1)):
        np.testing.assert_array_equal(nbp.MedianPool3d(*window)(x), one_by_one(nbp.MedianPool3d, x, *window)[0])


@pytest.mark.parametrize(
    ("window", "dtype", "ignore"),
    [
        *product([(2,), (3, 1), (5, 2), (11, 3), (3, 2, 1), ((1, 2),), ((2, 4), 1)], ["uint8"], [3]),
        *product([(2,), (3, 1), (5, 2), (11, 3), (3, 2, 1), ((1, 2),), ((2, 4), 1)], ["float32"], [None]),
        *product([(5, 2), (3, 1)], ["float32"], [0]),
        *[((2,), "uint64", 3), ((5, 2), "int8", None), ((5, 2), "float16", 0)],
    ],
)
def test_modes(rng, window, dtype, ignore):
    x = rng.integers(0, 6, (2, 3, 45, 41)).astype(dtype)
    x[0, 0] = 3
    x[0, 1, :20][rng.random((20, 41)) < 0.3] = np.iinfo(x.dtype).max if x.dtype.kind in "iu" else np.inf
    if x.dtype.kind == "f":
        x[1][rng.random((3, 45, 41)) < 0.03] = np.nan
        x[0, 2][x[0, 2] == 0] *= rng.choice([-1, 1], np.count_nonzero(x[0, 2] == 0))
    fast = nbp.ModePool2d(*window, ignore=ignore)(x)
    right, places = one_by_one(nbp.ModePool2d, x, *window, ignore=ignore)
    np.testing.assert_array_equal(fast, right)
    assert_same_signs(fast, right)
    found = nbp.ModePool2d(*window, ignore=ignore, return_indices=True)(x)
    np.testing.assert_array_equal(found[1], places)


def assert_same_signs(found, right):
    """Of zeros: the first in the window is kept."""
    zero = right == 0
    np.testing.assert_array_equal(np.signbit(found[zero]), np.signbit(right[zero]))


def test_mode_of_large_labels_but_one():
    labels = np.array([2**63 + 5, 2**63 + 5, 2**63 + 6, 2**40], np.uint64).reshape(1, 1, 4)
    assert nbp.mode_pool1d(labels, 4).item() == 2**63 + 5
    assert nbp.mode_pool1d(labels, 4, ignore=2**63 + 5).item() == 2**40


def test_modes_in_three_dimensions(rng):
    x = rng.integers(0, 4, (1, 2, 9, 9, 40)).astype(np.uint16)
    for window in ((2,), (3,), ((1, 2, 2),)):
        np.testing.assert_array_equal(nbp.ModePool3d(*window)(x), one_by_one(nbp.ModePool3d, x, *window)[0])


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize(
    ("kind", "dtype"), [(nbp.MedianPool2d, "float32"), (nbp.MedianPool2d, "uint8"), (nbp.ModePool2d, "uint8")]
)
@pytest.mark.parametrize("window", [(2,), (3, 1, 1), (3, 2, 0, 2), ((5, 3), 2), ((17, 4), 1), ((20, 5), 1)])
def test_places(rng, kind, dtype, window, data_format):
    """Indices are of the first of equal numbers, and of the last NaN."""
    x = values(rng, (3, 21, 90, 5), dtype)
    expected = one_by_one(kind, x, *window, data_format=data_format)
    for found, right in zip(kind(*window, return_indices=True, data_format=data_format)(x), expected, strict=True):
        np.testing.assert_array_equal(found, right)


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("kind", [nbp.MedianPool2d, nbp.ModePool2d])
@pytest.mark.parametrize(
    ("size", "window"), [(3, (7, 1, 3)), (12, (5, 11, 2)), (2, (3, 1, 1)), (4, (4, 3, 2)), (5, (9, 2, 4))]
)
def test_windows_cut_off_equally_at_both_ends(rng, kind, size, window, data_format):
    """They hold equally many values, but are not a stride apart."""
    for shape in ((4, size, 9, 5), (4, 9, size, 5), (4, size, size, 5)):
        x = np.moveaxis(rng.integers(0, 6, shape).astype(np.uint8), -1, 1 if data_format == "channels_first" else -1)
        right, places = one_by_one(kind, x, *window, data_format=data_format)
        np.testing.assert_array_equal(kind(*window, data_format=data_format)(x), right)
        found = kind(*window, return_indices=True, data_format=data_format)(x)
        np.testing.assert_array_equal(found[0], right)
        np.testing.assert_array_equal(found[1], places)
