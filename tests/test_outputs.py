"""Results in given arrays: those that fit, and parts of larger ones, of which nothing else is written."""

from __future__ import annotations

import numpy as np
import pytest
from cases import unaligned
from hypothesis import given, settings
from hypothesis import strategies as st

import numbapool as nbp


def test_out_that_does_not_fit_is_refused():
    x = np.zeros((1, 4, 4), np.float32)
    pool = nbp.MaxPool2d(2)
    read_only = np.zeros((1, 2, 2), np.float32)
    read_only.flags.writeable = False
    for out, error, message in [
        (np.zeros((1, 2, 3), np.float32), ValueError, r"out must have shape \(1, 2, 2\); got \(1, 2, 3\)"),
        (np.zeros((1, 2, 2)), TypeError, "out must have dtype float32; got float64"),
        ([[1]], TypeError, "out must be a NumPy array"),
        (read_only, ValueError, "read-only"),
        (x[:, :2, :2], ValueError, "must not overlap"),
        (np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (1, 2, 2), (0, 0, 0)), ValueError, "broadcast"),
        ((np.zeros((1, 2, 2), np.float32),) * 2, ValueError, "out must be 1 array"),
    ]:
        with pytest.raises(error, match=message):
            pool(x, out=out)
    values = np.zeros((1, 2, 2), np.float32)
    with pytest.raises(ValueError, match="out must be 2 array"):
        nbp.MaxPool2d(2, return_indices=True)(x, out=values)


def test_out_of_any_order(rng):
    x = rng.standard_normal((2, 3, 8, 8)).astype(np.float32)
    expected = nbp.max_pool2d(x, 2)
    for out in (np.empty((2, 3, 4, 4), np.float32, order="F"), np.empty((2, 3, 8, 4), np.float32)[:, :, ::-2]):
        assert nbp.max_pool2d(x, 2, out=out) is out
        np.testing.assert_array_equal(out, expected)
    pair = np.empty((2, 3, 4, 4), np.float32), np.empty((2, 3, 4, 4), np.int64)
    assert nbp.max_pool2d(x, 2, return_indices=True, out=pair) is pair
    np.testing.assert_array_equal(pair[0], expected)


PARTS = {
    "channels of more": lambda shape, dtype: np.zeros((shape[0], 9, *shape[2:]), dtype)[:, 4 : 4 + shape[1]],
    "every second sample": lambda shape, dtype: np.zeros((2 * shape[0], *shape[1:]), dtype)[::2],
    "new axes": lambda shape, dtype: np.zeros((shape[0], *shape[2:]), dtype)[:, None],
}


@pytest.mark.parametrize("layer", ["MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "MedianPool2d", "RandomPool2d"])
@pytest.mark.parametrize(("part", "behind"), [*((part, False) for part in PARTS), ("every second sample", True)])
def test_parts_of_larger_arrays_are_written_where_they_stand(rng, part, behind, layer):
    """Planes, or rows of pixels, of any distance from each other are as good as a new array."""
    axes = (0, 2, 3, 1) if behind else (0, 1, 2, 3)  # in memory
    x = rng.standard_normal((4, 1 if part == "new axes" else 3, 40, 30)).astype(np.float32)
    x = np.ascontiguousarray(x.transpose(axes)).transpose(np.argsort(axes))
    options = {"rng": 5} if layer == "RandomPool2d" else {}
    pool, again = (getattr(nbp, layer)(3, **options) for _ in range(2))
    expected = pool(x)
    out = PARTS[part](expected.transpose(axes).shape, expected.dtype).transpose(np.argsort(axes))
    assert again(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert np.count_nonzero(out.base) == np.count_nonzero(expected)  # nothing else is written


@settings(max_examples=120)
@given(data=st.data())
def test_any_part_of_a_larger_array(data):
    """Axes of one, of which it does not matter how far apart their numbers would be, are between others that count."""
    rank = data.draw(st.integers(1, 3))
    shape = tuple(data.draw(st.integers(1, 3)) for _ in range(rank + 2))
    layer = data.draw(st.sampled_from(["MaxPool", "AvgPool", "AdaptiveMaxPool"]))
    data_format = data.draw(st.sampled_from(["channels_first", "channels_last"]))
    pool = getattr(nbp, f"{layer}{rank}d")(1, data_format=data_format)
    x = np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)
    expected = pool(x)
    steps = [data.draw(st.integers(1, 2)) for _ in shape]
    begins = [data.draw(st.integers(0, 1)) for _ in shape]
    order = data.draw(st.permutations(range(len(shape))))  # of the larger array in memory
    extents = [b + s * n for b, s, n in zip(begins, steps, expected.shape, strict=True)]
    big = np.zeros([extents[a] for a in order], np.float32).transpose(np.argsort(order))
    out = big[tuple(slice(b, None, s) for b, s in zip(begins, steps, strict=True))]
    assert pool(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert np.count_nonzero(big) == expected.size  # nothing else is written


def test_pairs_in_parts_of_larger_arrays(rng):
    x = rng.standard_normal((2, 3, 40, 30)).astype(np.float32)
    pool = nbp.MaxPool2d(3, 2, return_indices=True)
    expected = pool(x)
    pair = tuple(PARTS["channels of more"](each.shape, each.dtype) for each in expected)
    assert pool(x, out=pair) is pair
    for part, new in zip(pair, expected, strict=True):
        np.testing.assert_array_equal(part, new)
        assert np.count_nonzero(part.base) == np.count_nonzero(new)


def test_gradients_into_new_axes(rng):
    grad = rng.standard_normal((4, 1, 20, 15)).astype(np.float32)
    pool = nbp.AvgPool2d(2)
    expected = pool.backward(grad, (4, 1, 40, 30))
    out = np.zeros((4, 40, 30), np.float32)[:, None]
    assert pool.backward(grad, (4, 1, 40, 30), out=out) is out
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("unaligned_first", [True, False])
def test_unaligned_parts_of_larger_arrays(rng, unaligned_first):
    """Plans for arrays that lie alike but for that are not taken for each other."""
    x = rng.standard_normal((2, 3, 8, 6)).astype(np.float32)
    pool, shape = nbp.AvgPool2d(2), (2, 9, 4, 3)
    outs = [unaligned(np.zeros(shape, np.float32)), np.zeros(shape, np.float32)]
    for big in outs if unaligned_first else outs[::-1]:
        pool(x, out=big[:, 3:6])
        np.testing.assert_array_equal(big[:, 3:6], pool(x))
    grads = [unaligned(np.zeros((2, 9, 8, 6), np.float32)), np.zeros((2, 9, 8, 6), np.float32)]
    for big in grads if unaligned_first else grads[::-1]:
        pool.backward(pool(x), x.shape, out=big[:, 3:6])
        np.testing.assert_array_equal(big[:, 3:6], pool.backward(pool(x), x.shape))


def test_out_is_all_that_is_written(rng):
    """Memory around the output stays as it was."""
    x = rng.standard_normal((3, 7, 11)).astype(np.float32)
    for data_format in ("channels_first", "channels_last"):
        for window in ((2,), (3, 2, 1), (5, 1)):
            pool = nbp.MaxPool2d(*window, data_format=data_format)
            shape = pool.output_shape(x.shape) if data_format == "channels_first" else pool.output_shape((7, 11, 3))
            guarded = np.full(int(np.prod(shape)) + 64, 123, np.float32)
            pool(x if data_format == "channels_first" else np.moveaxis(x, 0, -1), out=guarded[32:-32].reshape(shape))
            assert (guarded[:32] == 123).all()
            assert (guarded[-32:] == 123).all()
