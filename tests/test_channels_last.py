"""Channels behind: the same results as for planes, whatever the number of channels."""

from __future__ import annotations

import numpy as np
import pytest
from cases import channels_first, laid_out, layer, values

import numbapool as nbp

# With every padding there are windows that are cut off at a side, and with some nothing is left of the last.
SQUARES = [
    (size, stride, padding, dilation, ceil_mode)
    for size in (2, 3)
    for stride in (1, 2, 5)
    for dilation in (1, 2)
    for padding in (0, 1, ((1, 0), (0, 1)))
    for ceil_mode in (False, True)
]
# Few windows for each number, and many, of each rank.
OTHERS = {
    2: [
        {"kernel_size": 5, "padding": 2},
        {"kernel_size": (4, 7), "stride": (3, 6), "padding": (0, 3)},
        {"kernel_size": 5, "stride": 1, "padding": 2},
        {"kernel_size": (3, 6), "stride": (1, 2), "padding": ((1, 0), (3, 2)), "dilation": (2, 1)},
        {"kernel_size": 7, "stride": 2, "padding": 3, "ceil_mode": True},
        {"kernel_size": 3, "stride": 1, "padding": 1},
        {"kernel_size": (1, 3), "stride": 1},
        {"kernel_size": (9, 14)},
    ],
    3: [
        {"kernel_size": 2, "ceil_mode": True},
        {"kernel_size": 3, "stride": 1, "padding": 1},
        {"kernel_size": (2, 3, 2), "stride": (1, 2, 1), "dilation": (2, 1, 3)},
    ],
}
SPATIAL = {2: (9, 14), 3: (5, 7, 6)}


def check_like_planes(x, make, *, exactly=True, **options):
    """The same of an image with its channels behind, whose sums may be in another order, as of its planes."""
    expected = make(**options)(x)
    pool = make(data_format="channels_last", **options)
    given = laid_out(x, "channels_last")
    y = pool(given)
    if exactly:
        np.testing.assert_array_equal(channels_first(y, "channels_last"), expected, err_msg=str(options))
    else:
        most = np.abs(x[np.isfinite(x)].astype(np.float64)).max()
        least = np.finfo(expected.dtype if expected.dtype.kind == "f" else np.float64).eps
        np.testing.assert_allclose(
            channels_first(y, "channels_last"), expected, rtol=8 * least, atol=64 * least * most, err_msg=str(options)
        )
    out = np.full_like(y, 1)
    np.testing.assert_array_equal(pool(given, out=out), y)


def pixels(dtype, size):
    """So many channels that pixels have a little more than ``size`` bytes."""
    return size // np.dtype(dtype).itemsize + 3


@pytest.mark.parametrize("dtype", ["float16", "float32", "uint8"])
@pytest.mark.parametrize("reduce", ["max", "mean"])
def test_squares(rng, reduce, dtype):
    for size in (64, 560):
        x = values(rng, (2, pixels(dtype, size), 9, 14), dtype)
        for window in SQUARES:
            names = "kernel_size", "stride", "padding", "dilation", "ceil_mode"
            options = dict(zip(names, window, strict=True))
            check_like_planes(x, lambda **o: layer(reduce, 2, **o), exactly=reduce == "max", **options)


@pytest.mark.parametrize(
    ("reduce", "dtype", "rank"),
    [(r, d, 2) for r in ("max", "mean") for d in ("float16", "float32", "uint8")]
    + [("mean", "float64", 2), ("sum", "uint8", 2), ("max", "float32", 3), ("mean", "float32", 3)],
)
def test_any_windows(rng, reduce, dtype, rank):
    # the last in several pieces, and a rest
    for size in (300, 640, 4200) if rank == 2 else (300, 640):
        x = values(rng, (2, pixels(dtype, size), *SPATIAL[rank]), dtype)
        for options in OTHERS[rank]:
            exactly = reduce == "max" or x.dtype.kind == "u"
            check_like_planes(x, lambda **o: layer(reduce, rank, **o), exactly=exactly, **options)


def test_accumulators_of_two_parts(rng):
    for size in (300, 640):
        x = values(rng, (2, pixels("float32", size), *SPATIAL[2]), "float32")
        finite = np.nan_to_num(x, nan=0, posinf=3, neginf=-3)
        for options in OTHERS[2]:
            check_like_planes(finite, lambda **o: layer("mixed", 2, alpha=0.25, **o), exactly=False, **options)
            omitted = np.where(np.isinf(x), 1, x)
            make = lambda **o: layer("mean", 2, nan_policy="omit", **o)
            check_like_planes(omitted, make, exactly=False, **options)


@pytest.mark.parametrize("rank", [2, 3])
def test_uneven_windows(rng, rank):
    for size in (300, 640):
        x = rng.standard_normal((2, pixels("float32", size), *SPATIAL[rank]), np.float32)
        for outputs in (1, 3, 4, SPATIAL[rank]):
            for kind, exactly in (("Max", True), ("Avg", False)):
                make = getattr(nbp, f"Adaptive{kind}Pool{rank}d")
                check_like_planes(x, make, output_size=outputs, exactly=exactly)


def test_rows_of_several_strips(rng):
    x = rng.standard_normal((1, 33, 1030, 160), np.float32).transpose(0, 3, 1, 2)
    for size, stride in ((2, 2), (3, 2), (3, 1), (5, 1)):
        pool = layer("max", 2, kernel_size=size, stride=stride, padding=1)
        np.testing.assert_array_equal(pool(x), pool(np.ascontiguousarray(x)))


def test_pixels_longer_than_scratch_memory_may_be(rng):
    x = rng.standard_normal((1, 40_000, 4, 5), np.float32)
    for size, stride in ((2, 2), (3, 1), (4, 4)):
        check_like_planes(x, lambda **o: layer("max", 2, **o), kernel_size=size, stride=stride)


@pytest.mark.parametrize(
    ("reduce", "dtype"), [("max", "float16"), ("max", "float32"), ("max", "uint8"), ("min", "float32")]
)
def test_squares_with_indices(rng, reduce, dtype):
    for size in (64, 560):
        x = values(rng, (2, pixels(dtype, size), 9, 14), dtype)
        given = laid_out(x, "channels_last")
        for window in SQUARES:
            names = "kernel_size", "stride", "padding", "dilation", "ceil_mode"
            options = dict(zip(names, window, strict=True)) | {"return_indices": True}
            expected = layer(reduce, 2, **options)(x)
            pool = layer(reduce, 2, data_format="channels_last", **options)
            found = pool(given)
            out = tuple(np.full_like(f, 1) for f in found)
            for kept, planes, again in zip(found, expected, pool(given, out=out), strict=True):
                np.testing.assert_array_equal(channels_first(kept, "channels_last"), planes, err_msg=str(options))
                np.testing.assert_array_equal(again, kept)


def test_large_windows_of_long_pixels_are_not_listed(rng):
    """A list of the positions of a window takes scratch memory that grows with it."""
    x = rng.standard_normal((2, 60, 50, 16), np.float32)
    for size, listed in ((1, False), (4, True)):
        pool = nbp.AdaptiveMaxPool2d(size, return_indices=True, data_format="channels_last")
        assert nbp.explain(pool, x).startswith("select_pixels") == listed
        planes = nbp.AdaptiveMaxPool2d(size, return_indices=True)(x.transpose(0, 3, 1, 2))
        for found, expected in zip(pool(x), planes, strict=True):
            np.testing.assert_array_equal(found.transpose(0, 3, 1, 2), expected)
