"""Calls whose plan is known go straight to the kernel; whatever is not as it was is looked at as in the first call."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp


def test_given_out_of_a_second_call(rng):
    """Arrays that need no further thought go straight to the kernel; all others are looked at as in the first call."""
    x = rng.standard_normal((2, 3, 8, 8)).astype(np.float32)
    for pool in (nbp.MaxPool2d(2), nbp.GlobalAvgPool(), nbp.MaxPool2d(2, return_indices=True)):
        expected = pool(x)
        outs = expected if isinstance(expected, tuple) else (expected,)
        for _ in range(2):
            given = tuple(np.zeros_like(e) for e in outs)
            result = pool(x, out=given if len(given) > 1 else given[0])
            assert (result if isinstance(result, tuple) else (result,)) == given or result is given[0]
            for g, e in zip(given, outs, strict=True):
                np.testing.assert_array_equal(g, e)
    pool = nbp.MaxPool2d(2)
    pool(x, out=pool(x))
    with pytest.raises(nbp.PoolingValueError, match="shape"):
        pool(x, out=np.empty((2, 3, 4, 5), np.float32))
    with pytest.raises(nbp.PoolingTypeError, match="dtype"):
        pool(x, out=np.empty((2, 3, 4, 4)))
    with pytest.raises(nbp.PoolingValueError, match="memory"):
        pool(x, out=x.reshape(-1)[:96].reshape(2, 3, 4, 4))
    fixed = np.empty((2, 3, 4, 4), np.float32)
    fixed.flags.writeable = False
    with pytest.raises(nbp.PoolingValueError, match="read-only"):
        pool(x, out=fixed)
    turned = np.empty((4, 4, 3, 2), np.float32).transpose(3, 2, 1, 0)
    np.testing.assert_array_equal(pool(x, out=turned), pool(x))


def test_given_pair_of_a_second_call(rng):
    x = rng.standard_normal((2, 3, 8, 8)).astype(np.float32)
    pool = nbp.MaxPool2d(2, return_indices=True)
    y, indices = pool(x)
    pool(x, out=(y, indices))
    with pytest.raises(nbp.PoolingTypeError, match="dtype"):
        pool(x, out=(indices, y))
    with pytest.raises(nbp.PoolingValueError, match="2 array"):
        pool(x, out=y)
    memory = np.zeros(2 * y.size, np.int64)
    numbered = memory[: y.size].reshape(y.shape)
    kept = memory.view(np.float32)[y.size : 2 * y.size].reshape(y.shape)  # inside of the indices
    for pair in ((kept, numbered), (x.reshape(-1)[: y.size].reshape(y.shape), indices)):
        with pytest.raises(nbp.PoolingValueError, match="memory"):
            pool(x, out=pair)
    np.testing.assert_array_equal(pool(x)[1], indices)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_gradients_of_a_second_call(rng, dtype, data_format):
    x = rng.standard_normal((2, 6, 6, 6)).astype(dtype)
    kept, mean = (
        nbp.MaxPool2d(2, data_format=data_format, return_indices=True),
        nbp.AvgPool2d(2, 2, 1, count_include_pad=False, data_format=data_format),
    )
    y, indices = kept(x)
    grad = rng.standard_normal(y.shape).astype(dtype)
    of_means = rng.standard_normal(mean(x).shape).astype(dtype)
    for call, g in (
        (lambda g, **out: kept.backward(g, indices, x.shape, **out), grad),
        (lambda g, **out: mean.backward(g, x.shape, **out), of_means),
    ):
        expected = call(g)
        again = call(g)
        assert again is not expected
        for result in (again, call(g[::-1][::-1]), call(np.asfortranarray(g)), call(g.tolist()).astype(dtype)):
            np.testing.assert_allclose(result, expected, rtol=1e-2 if dtype == np.float16 else 1e-6)
        for out in (np.full_like(x, 7), np.full_like(x, 7).transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2)):
            assert call(g, out=out) is out
            np.testing.assert_array_equal(out, expected)
        with pytest.raises(nbp.PoolingValueError, match="out must have shape"):
            call(g, out=np.empty((1, 6, 6, 6), dtype))
        with pytest.raises(nbp.PoolingValueError, match="grad_output"):
            call(g[:, :, 1:])


def test_gradients_look_at_what_is_new(rng):
    x = rng.standard_normal((2, 3, 8, 8)).astype(np.float32)
    kept, mean = nbp.MaxPool2d(2, return_indices=True), nbp.AvgPool2d(2)
    y, indices = kept(x)
    kept.backward(y, indices, x.shape)
    mean.backward(y, x.shape)
    for shape in ((2, 3, 8.0, 8), [2.0, 3, 8, 8]):
        with pytest.raises(nbp.PoolingTypeError, match="input_shape"):
            kept.backward(y, indices, shape)
        with pytest.raises(nbp.PoolingTypeError, match="input_shape"):
            mean.backward(y, shape)
    far = indices.copy()
    far[1, 2, 3, 3] = 64
    with pytest.raises(IndexError, match="below 64; got 64"):
        kept.backward(y, far, x.shape)
    with pytest.raises(nbp.PoolingTypeError, match="indices must be integers"):
        kept.backward(y, indices.astype(np.float64), x.shape)
    gradient = np.empty_like(x)
    with pytest.raises(nbp.PoolingValueError, match="memory"):
        kept.backward(gradient.reshape(-1)[: y.size].reshape(y.shape), indices, x.shape, out=gradient)
    np.testing.assert_array_equal(
        kept.backward(y, indices.astype(np.int32), x.shape), kept.backward(y, indices, x.shape)
    )
    larger = kept.backward(y, indices, (2, 3, 9, 9))  # the same windows, but other places
    assert larger.shape == (2, 3, 9, 9)
    np.testing.assert_array_equal(larger[:, :, 8].any(), False)


def test_vjp_of_layers_with_and_without_indices(rng):
    x = rng.standard_normal((2, 3, 8, 8)).astype(np.float32)
    for return_indices in (False, True):
        pool = nbp.MaxPool2d(2, return_indices=return_indices)
        for _ in range(2):
            plain = pool(x)
            y, pullback = pool.vjp(x)
            np.testing.assert_array_equal(plain[0] if return_indices else plain, y)
            assert isinstance(plain, tuple) == return_indices
            np.testing.assert_allclose(pullback(y).sum((2, 3)), y.sum((2, 3)), rtol=1e-5)


@pytest.mark.parametrize("layer", [nbp.SoftPool2d(2), nbp.LogSumExpPool2d(3, 1), nbp.QuantilePool2d(0.3, 2)])
def test_gradients_that_need_the_input(rng, layer):
    x = rng.standard_normal((2, 3, 8, 8))
    y = layer(x)
    first = layer.backward(y, x)
    np.testing.assert_array_equal(layer.backward(y, x), first)
    np.testing.assert_array_equal(layer.backward(y[:1], x[:1]), first[:1])
    np.testing.assert_allclose(layer.backward(y, x.astype(np.float32)), first, rtol=1e-4, atol=1e-6)
