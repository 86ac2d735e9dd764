"""`numbapool.skimage` beside scikit-image, and what scikit-image's own tests of both functions ask for."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import numbapool as nbp
from numbapool.skimage import block_reduce, downscale_local_mean

measure = pytest.importorskip("skimage.measure")
transform = pytest.importorskip("skimage.transform")


@pytest.mark.parametrize(
    "func", [np.sum, np.mean, np.max, np.min, np.median, np.nanmean, np.std], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("shape", [(8,), (7, 8), (4, 7, 5)], ids=str)
def test_any_function_of_blocks(func, shape, rng):
    x = rng.integers(0, 9, shape).astype(np.float32)
    for block in (2, 3, tuple(range(2, 2 + len(shape)))):
        want, got = (f(x, block, func, cval=1) for f in (measure.block_reduce, block_reduce))
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-6)


def test_all_dtypes_of_blocks(rng):
    for dtype in (bool, np.uint8, np.int32, np.float16, np.float64, np.complex64):
        x = rng.integers(0, 9, (7, 8)).astype(dtype)
        for func in (np.sum, np.mean, np.max, np.median):
            want, got = (f(x, (2, 3), func, cval=1) for f in (measure.block_reduce, block_reduce))
            assert got.dtype == want.dtype, (dtype, func)
            np.testing.assert_allclose(got, want, rtol=1e-3 if dtype == np.float16 else 1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float16, np.float32, np.float64])
def test_local_means(dtype):
    first = downscale_local_mean(np.arange(24, dtype=dtype).reshape(4, 6), (2, 3))
    kind = dtype if np.dtype(dtype).kind == "f" else np.float64
    assert first.dtype == kind
    np.testing.assert_array_equal(first, [[4, 7], [16, 19]])
    second = downscale_local_mean(np.arange(40, dtype=dtype).reshape(5, 8), (4, 5))
    assert second.dtype == kind
    np.testing.assert_allclose(second, [[14, 10.8], [8.5, 5.7]], rtol=1e-3 if dtype == np.float16 else 1e-7)


def test_values_of_their_own_tests():
    small, large = (np.arange(n, dtype=np.float32).reshape(shape) for n, shape in ((24, (4, 6)), (40, (5, 8))))
    np.testing.assert_array_equal(block_reduce(small, (2, 3)), [[24, 42], [96, 114]])
    np.testing.assert_array_equal(block_reduce(large, (3, 3)), [[81, 108, 87], [174, 192, 138]])
    np.testing.assert_array_equal(block_reduce(large, (4, 5), np.mean), np.float32([[14, 10.8], [8.5, 5.7]]))
    np.testing.assert_array_equal(block_reduce(large, (4, 5), np.median), [[14, 6.5], [0, 0]])
    np.testing.assert_array_equal(block_reduce(large, (4, 5), np.min), [[0, 0], [0, 0]])
    np.testing.assert_array_equal(block_reduce(large, (4, 5), np.max), [[28, 31], [36, 39]])
    assert block_reduce(np.array([[1, 5, 5, 5], [5, 5, 5, 1000]], np.float32), (2, 4), np.median).item() == 5


def test_dtype_of_the_result(rng):
    x = rng.random((4, 4))
    got = block_reduce(x, 2, np.mean, func_kwargs={"dtype": np.float16})
    want = measure.block_reduce(x, 2, np.mean, func_kwargs={"dtype": np.float16})
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=2e-3)
    # what is documented: true means, where scikit-image's sums wrap around
    x = np.array([[97, 123], [217, 241]], np.uint8)
    assert block_reduce(x, 2, np.mean, func_kwargs={"dtype": np.uint8}).tolist() == [[170]]


@pytest.mark.parametrize("block", [[1, 2, 3], [1, 0.5], 0, -1])
def test_wrong_blocks(block):
    with pytest.raises(ValueError, match="block_reduce: block_size"):
        block_reduce(np.arange(24).reshape(4, 6), block)
    with pytest.raises(nbp.PoolingError, match="downscale_local_mean: factors"):
        downscale_local_mean(np.arange(24).reshape(4, 6), block)


def test_arguments_are_those_of_scikit_image():
    for mine, theirs in ((block_reduce, measure.block_reduce), (downscale_local_mean, transform.downscale_local_mean)):
        parameters = [list(inspect.signature(f).parameters.values()) for f in (mine, theirs)]
        assert [(p.name, p.default) for p in parameters[0]] == [(p.name, p.default) for p in parameters[1]]
    with pytest.raises(nbp.PoolingTypeError, match="func must be a function"):
        block_reduce(np.zeros((2, 2)), 2, "max")
    for wrong in ("no", [1, 2], [[1], [1, 2]], None):
        with pytest.raises(nbp.PoolingTypeError, match="cval must be a number"):
            block_reduce(np.zeros((2, 2)), 2, cval=wrong)
    with pytest.raises(nbp.PoolingTypeError, match="func_kwargs must be a mapping"):
        block_reduce(np.zeros((2, 2)), 2, func_kwargs=3)
