"""Unpooling and its way back: the same as one number after the other, the last of equal indices winning."""

from __future__ import annotations

import numpy as np
import pytest
from cases import LAYOUTS

import numbapool as nbp


def one_after_the_other(x, indices, size):
    """What is put where, channels first, and which values arrive."""
    y = np.zeros((*x.shape[:2], int(np.prod(size))), x.dtype)
    arrives = np.zeros(x.shape, bool)
    for n, c in np.ndindex(x.shape[:2]):
        winner = {}
        for place in np.ndindex(x.shape[2:]):
            winner[indices[n, c][place]] = place
        for at, place in winner.items():
            y[n, c, at], arrives[n, c][place] = x[n, c][place], True
    return y.reshape(*x.shape[:2], *size), arrives


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "uint8"])
@pytest.mark.parametrize("spatial", [(9,), (4, 5), (2, 3, 4)])
def test_duplicates(rng, spatial, dtype, data_format):
    rank, last = len(spatial), data_format == "channels_last"
    size = tuple(2 * n for n in spatial)
    there = (lambda a: np.ascontiguousarray(np.moveaxis(a, 1, -1))) if last else (lambda a: a)
    x = (rng.random((2, 3, *spatial)) * 100 + 1).astype(dtype)
    indices = rng.integers(0, np.prod(size), x.shape)
    right, arrives = one_after_the_other(x, indices, size)
    layer = getattr(nbp, f"MaxUnpool{rank}d")(2, data_format=data_format)
    y, pullback = layer.vjp(there(x), there(indices))
    np.testing.assert_array_equal(y, there(right))
    grad = rng.standard_normal(right.shape).astype("float32" if dtype == "uint8" else dtype)
    taken = np.take_along_axis(grad.reshape(2, 3, -1), indices.reshape(2, 3, -1), -1).reshape(x.shape)
    np.testing.assert_array_equal(pullback(there(grad)), there(np.where(arrives, taken, 0)))
    view = np.asfortranarray(there(grad))
    np.testing.assert_array_equal(layer.backward(view, there(indices.astype(np.int32))), pullback(there(grad)))


def test_wrong_indices(rng):
    x, grad = rng.random((2, 3, 4)), rng.random((2, 3, 8))
    layer, out = nbp.MaxUnpool1d(2), np.full((2, 3, 8), 7.0)
    for wrong in (-1, 8, 2**40):
        indices = rng.integers(0, 8, x.shape)
        indices[1, 2, 3] = wrong
        for call in (
            lambda at: layer(x, at),
            lambda at: layer(x, at, out=out),
            lambda at: layer.backward(grad, at),
        ):
            with pytest.raises(nbp.PoolingIndexError, match=rf"at least 0 and below 8; got {wrong}"):
                call(indices)
    assert (out == 7).all()
    for call in (lambda at: layer(x, at), lambda at: layer.backward(grad, at)):
        with pytest.raises(nbp.PoolingTypeError, match="indices must be integers; got dtype float64"):
            call(np.zeros(x.shape))
    with pytest.raises(nbp.PoolingValueError, match="indices must agree with grad_output"):
        layer.backward(grad, np.zeros((2, 2, 4), int))
    assert layer.backward(np.ones((0, 3, 8)), np.zeros((0, 3, 4), int)).shape == (0, 3, 4)
