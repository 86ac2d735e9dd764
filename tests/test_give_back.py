"""Values given back to windows that lie side by side, and to any other place where indices are not a pooling's own."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import numbapool as nbp
from numbapool import traffic
from numbapool.kernels.give_back import give_back_scratch
from numbapool.operations import scattering

WINDOWS = {1: ((2,),), 2: ((2, 2), (3, 2), (1, 2)), 3: ((2, 2, 2), (1, 3, 2))}


def by_hand(values, indices, shape):
    planes = np.zeros((shape[0] * shape[1], int(np.prod(shape[2:]))), values.dtype)
    for plane, places, given in zip(
        planes, indices.reshape(len(planes), -1), values.reshape(len(planes), -1), strict=True
    ):
        plane[places] = given
    return planes.reshape(shape)


@pytest.fixture(params=[False, True], ids=["in the cache", "past the cache"])
def travels(request, monkeypatch):
    """Small arrays as they are, and as large ones travel."""
    if request.param:
        monkeypatch.setattr(traffic, "_SOME_CACHED", 0)
        monkeypatch.setattr(traffic, "_NONE_CACHED", 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("rank", "window"), [(rank, window) for rank in WINDOWS for window in WINDOWS[rank]])
def test_each_value_in_its_window(rng, travels, rank, window, dtype):
    for more in product((0, 1), repeat=rank):
        sizes = tuple(k * n + (m if k > 1 else 0) for k, n, m in zip(window, (3, 5, 17)[-rank:], more, strict=True))
        x = (rng.random((2, 3, *sizes)) * 100).astype(dtype)
        pool = getattr(nbp, f"MaxPool{rank}d")(window, return_indices=True)
        unpool = getattr(nbp, f"MaxUnpool{rank}d")(window)
        y, indices = pool(x)
        expected = by_hand(y, indices, x.shape)
        np.testing.assert_array_equal(unpool(y, indices, output_size=sizes), expected)
        out = np.full_like(x, 7)
        assert unpool(y, indices, output_size=sizes, out=out) is out
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(pool.backward(y, indices, x.shape), expected)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_indices_from_elsewhere(rng, travels, rank):
    """The last value of each plane, and the first, point into another window, or two into one place."""
    x = rng.standard_normal((2, 3, *(4, 6, 34)[-rank:])).astype(np.float32)
    pool, unpool = getattr(nbp, f"MaxPool{rank}d")(2, return_indices=True), getattr(nbp, f"MaxUnpool{rank}d")(2)
    y, indices = pool(x)
    for here, there in ((-1, 0), (0, -1), (0, 1)):
        moved = indices.reshape(6, -1).copy()
        moved[:, here] = moved[:, there]
        moved = moved.reshape(indices.shape)
        out = np.full_like(x, 7)
        np.testing.assert_array_equal(unpool(y, moved, out=out), by_hand(y, moved, x.shape))
        np.testing.assert_array_equal(unpool(y, moved), out)
        added = np.zeros((6, x[0, 0].size), np.float32)
        np.add.at(added, (np.arange(6)[:, None], moved.reshape(6, -1)), y.reshape(6, -1))
        for _ in range(2):
            np.testing.assert_allclose(pool.backward(y, moved, x.shape), added.reshape(x.shape), rtol=1e-6)


@pytest.mark.parametrize("width", [8191, 8192, 8195])
def test_long_rows(rng, travels, width):
    x = rng.standard_normal((1, 2, 2, width)).astype(np.float32)
    pool = nbp.MaxPool2d(2, return_indices=True)
    y, indices = pool(x)
    expected = by_hand(y, indices, x.shape)
    np.testing.assert_array_equal(nbp.MaxUnpool2d(2)(y, indices, output_size=x.shape), expected)
    np.testing.assert_array_equal(pool.backward(y, indices, x.shape), expected)
    assert give_back_scratch(width * 10**6).bytes_each < 2**17


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_nothing_is_written_before_an_error(rng, rank):
    x = rng.standard_normal((2, 3, *(4, 8, 8)[-rank:])).astype(np.float32)
    pool, unpool = getattr(nbp, f"MaxPool{rank}d")(2, return_indices=True), getattr(nbp, f"MaxUnpool{rank}d")(2)
    (y, indices), size = pool(x), x[0, 0].size
    for wrong in (-1, size):
        indices.reshape(-1)[-1] = wrong
        out = np.full_like(x, 7)
        with pytest.raises(IndexError, match=f"below {size}; got {wrong}"):
            unpool(y, indices, out=out)
        assert (out == 7).all()
        with pytest.raises(IndexError, match=f"below {size}; got {wrong}"):
            unpool(y, indices)
        with pytest.raises(IndexError, match=f"below {size}; got {wrong}"):
            pool.backward(y, indices, x.shape)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("window", [(2,), (3, 2, 1)])
def test_into_parts_of_a_larger_array(rng, monkeypatch, travels, window, data_format):
    """Samples, channels or rows each of which lies in one piece: nothing beside them is written."""
    monkeypatch.setattr(scattering, "_LEAST_PART", 0)
    shape = (3, 4, 70, 68) if data_format == "channels_first" else (3, 70, 68, 4)
    x = rng.standard_normal(shape).astype(np.float32)
    pool = nbp.MaxPool2d(*window, return_indices=True, data_format=data_format)
    y, indices = pool(x)
    expected = pool.backward(y, indices, shape)
    larger = np.full((3, 6, *shape[1:]), 7, np.float32)
    for parts in (larger[:, 2], larger[:, ::2][:, 1], larger[::-1, 3]):
        assert pool.backward(y, indices, shape, out=parts) is parts
        np.testing.assert_array_equal(parts, expected)
        parts[...] = 7
        assert (larger == 7).all()
    unpool = nbp.MaxUnpool2d(*window, data_format=data_format)
    parts = larger[:, 1]
    unpool(y, indices, output_size=shape, out=parts)
    np.testing.assert_array_equal(parts, unpool(y, indices, output_size=shape))
    indices[-1, 0, 0, 0] = -1
    before = larger.copy()
    with pytest.raises(nbp.PoolingIndexError):
        unpool(y, indices, output_size=shape, out=parts)
    np.testing.assert_array_equal(larger, before)
    first = np.full((shape[1], 2, *shape[2:]), 7, np.float32)[:, 0]  # channels, or rows, of one sample
    np.testing.assert_array_equal(pool.backward(y[0], indices[0], shape[1:], out=first), expected[0])
