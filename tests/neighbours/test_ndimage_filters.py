"""`numbapool.ndimage` beside `scipy.ndimage`."""

from __future__ import annotations

import doctest
import importlib
import inspect

import numpy as np
import pytest

import numbapool as nbp
from numbapool import ndimage as ours

theirs = pytest.importorskip("scipy.ndimage")

MODES = ["reflect", "nearest", "mirror", "wrap", "constant"]
EXACT = ["maximum_filter", "minimum_filter", "median_filter", "grey_erosion", "grey_dilation"]
WINDOWS = [(3, 0), (4, 0), (4, 1), (2, -1), (5, 2), (3, -1), ((2, 5), (0, 1))]


def image(dtype, shape=(9, 11)):
    return np.random.default_rng(0).integers(0, 200, shape).astype(dtype)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", EXACT)
def test_equal_to_the_bit(name, mode):
    for shape in [(9, 11), (2, 3), (1, 1)]:
        x = image(np.float32, shape)
        for size, origin in WINDOWS:
            options = {"size": size, "mode": mode, "cval": 1, "origin": origin}
            want = getattr(theirs, name)(x, **options)
            got = getattr(ours, name)(x, **options)
            assert got.dtype == want.dtype
            np.testing.assert_array_equal(got, want, err_msg=f"{shape} {options}")


@pytest.mark.parametrize("mode", MODES)
def test_ranks_and_percentiles(mode):
    x = image(np.float32)
    for size, origin in WINDOWS:
        options = {"size": size, "mode": mode, "cval": 1, "origin": origin}
        for percent in (0, 20, 50, 80, 100, -10):
            want = theirs.percentile_filter(x, percent, **options)
            np.testing.assert_array_equal(ours.percentile_filter(x, percent, **options), want)
        for rank in (0, 1, -2):
            np.testing.assert_array_equal(ours.rank_filter(x, rank, **options), theirs.rank_filter(x, rank, **options))


def test_any_rank_of_a_window_is_exact():
    """The quantile of a rank is the value of that rank, also beside a huge one."""
    for values in range(2, 120):
        x = (
            np.float32(10.0) ** np.arange(-20, 20)[:values]
            if values <= 40
            else np.arange(values, dtype=np.float32) ** 9
        )
        for rank in range(len(x)):
            assert nbp.pool(x, len(x), "quantile", q=rank / (len(x) - 1)) == x[rank]


@pytest.mark.parametrize("mode", MODES)
def test_means(mode):
    for shape in [(9, 11), (2, 3)]:
        x = image(np.float32, shape)
        for size, origin in WINDOWS:
            options = {"size": size, "mode": mode, "cval": 1, "origin": origin}
            np.testing.assert_allclose(
                ours.uniform_filter(x, **options), theirs.uniform_filter(x, **options), rtol=2e-6
            )


def test_means_of_integers_are_cut():
    x = image(np.uint8)
    want = theirs.uniform_filter(x.astype(float), 3)
    got = ours.uniform_filter(x, 3)
    assert got.dtype == np.uint8
    assert (np.abs(got - want) < 1).all()
    np.testing.assert_allclose(ours.uniform_filter(x, 3, output=np.float64), want)


@pytest.mark.parametrize("name", ["maximum_filter1d", "minimum_filter1d", "uniform_filter1d"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_along_one_axis(name, axis):
    x = image(np.float32)
    for size, origin in [(3, 0), (4, -1), (15, 7)]:
        options = {"size": size, "axis": axis, "origin": origin, "mode": "mirror"}
        np.testing.assert_allclose(getattr(ours, name)(x, **options), getattr(theirs, name)(x, **options), rtol=2e-6)


def test_all_dtypes_ranks_and_filters():
    for dtype in (np.uint8, np.int16, np.int32, np.float64, bool):
        for shape in [(17,), (4, 5, 6)]:
            x = image(dtype, shape)
            for name in EXACT:
                got, want = (getattr(module, name)(x, 4, mode="wrap") for module in (ours, theirs))
                assert got.dtype == want.dtype
                np.testing.assert_array_equal(got, want)


def test_axes_output_footprint_and_several_modes():
    x = image(np.float32, (3, 6, 7))
    some = {"size": (3, 2), "axes": (0, 2), "mode": ("wrap", "nearest")}
    np.testing.assert_array_equal(ours.maximum_filter(x, **some), theirs.maximum_filter(x, **some))
    np.testing.assert_array_equal(ours.maximum_filter(x, footprint=np.ones((1, 3, 3))),
                                  theirs.maximum_filter(x, footprint=np.ones((1, 3, 3))))  # fmt: skip
    np.testing.assert_array_equal(ours.grey_erosion(x, structure=np.zeros((3, 3, 3))),
                                  theirs.grey_erosion(x, structure=np.zeros((3, 3, 3))))  # fmt: skip
    out = np.empty(x.shape, np.float64)
    assert ours.minimum_filter(x, 3, output=out) is out
    np.testing.assert_array_equal(out, theirs.minimum_filter(x, 3))
    four = image(np.float32, (3, 4, 3, 4))
    np.testing.assert_array_equal(ours.maximum_filter(four, 3), theirs.maximum_filter(four, 3))
    np.testing.assert_array_equal(ours.minimum_filter(x[::-1, :, ::2], 3), theirs.minimum_filter(x[::-1, :, ::2], 3))
    assert ours.maximum_filter(np.empty((0, 3)), 3).shape == (0, 3)


@pytest.mark.parametrize("name", ours.__all__)
def test_arguments_are_those_of_scipy(name):
    mine, their = (list(inspect.signature(getattr(module, name)).parameters) for module in (ours, theirs))
    assert mine == their[: len(mine)]
    text = inspect.getdoc(getattr(ours, name))
    assert "{" not in text.replace("{n", "")
    assert "Examples" in text


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("maximum_filter", {}, "maximum_filter: argument 'size' is missing"),
        ("maximum_filter", {"size": 0}, "maximum_filter: size must be at least 1"),
        ("maximum_filter", {"size": (3, 3, 3)}, "maximum_filter: size must be one value or 2"),
        ("minimum_filter", {"size": 3, "origin": 2}, "minimum_filter: origin must leave the window"),
        ("median_filter", {"size": 3, "mode": "symmetric"}, "median_filter: mode must be one of"),
        ("grey_erosion", {"structure": np.ones((3, 3))}, "grey_erosion: structure must be flat"),
        ("grey_dilation", {"footprint": np.eye(3)}, "grey_dilation: footprint must be a rectangle"),
        ("percentile_filter", {"percentile": 101, "size": 3}, "percentile_filter: percentile must be"),
        ("rank_filter", {"rank": 9, "size": 3}, "rank_filter: rank must be from -9 to 8"),
        ("maximum_filter", {"size": 3, "axes": 2}, "maximum_filter: axes must be those"),
        ("maximum_filter", {"size": 3, "output": "nothing"}, "maximum_filter: output must be"),
        ("maximum_filter", {"size": 3, "output": np.empty((4, 5), "U5")}, "maximum_filter: output must be of a dtype"),
        ("maximum_filter", {"size": 3, "output": "M8[s]"}, "maximum_filter: output must be of a dtype"),
        ("maximum_filter", {"size": 3, "mode": {}}, "maximum_filter: mode must be one of"),
        ("maximum_filter", {"size": 3, "mode": ["wrap", []]}, "maximum_filter: mode must be one of"),
    ],
)
def test_wrong_arguments(name, arguments, words):
    with pytest.raises(nbp.PoolingError, match=words):
        getattr(ours, name)(np.zeros((4, 5), np.float32), **arguments)


def test_means_of_bool_are_cut(rng):
    """So only windows of nothing but True are True."""
    x = rng.random((9, 12)) < 0.8
    np.testing.assert_array_equal(ours.uniform_filter(x, 3), theirs.uniform_filter(x, 3))
    found, expected = np.empty((2, 9, 12), bool)
    ours.uniform_filter1d(x.astype(np.float32), 2, output=found)
    theirs.uniform_filter1d(x.astype(np.float32), 2, output=expected)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["ndimage", "skimage", "rolling"])
def test_examples_of_docstrings(name):
    module = importlib.import_module(f"numbapool.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16"])
@pytest.mark.parametrize(("shape", "size"), [((40, 50), 3), ((40, 50), 12), ((300,), 2), ((5, 6, 7), 3)])
def test_means_of_integers_of_any_dtype_are_cut(rng, dtype, shape, size):
    """Towards zero, as C converts numbers: once, where SciPy does after each axis."""
    info = np.iinfo(dtype)
    x = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
    for mode in ("reflect", "constant"):
        found = ours.uniform_filter(x, size, mode=mode)
        sums = np.rint(ours.uniform_filter(x.astype(np.float64), size, mode=mode) * size ** len(shape)).astype(np.int64)
        expected = np.sign(sums) * (np.abs(sums) // size ** len(shape))
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)
        assert np.abs(theirs.uniform_filter(x, size, mode=mode).astype(int) - found).max() <= len(shape)
