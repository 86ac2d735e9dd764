"""Several poolings at once: the same as one after the other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import numbapool as nbp

# More than a mebibyte.
LARGE = {1: (3, 5, 40_000), 2: (3, 7, 120, 130), 3: (2, 5, 20, 40, 41)}


def test_several_at_once(rng):
    x = rng.standard_normal((2, 3, 8, 8)).astype(np.float32)
    pool = nbp.MultiPool2d(("max", "min", "mean"), 2)
    y, back = pool.vjp(x)
    assert y.shape == pool.output_shape(x.shape) == (2, 9, 4, 4)
    np.testing.assert_array_equal(
        y, np.concatenate([nbp.max_pool2d(x, 2), nbp.min_pool2d(x, 2), nbp.avg_pool2d(x, 2)], 1)
    )
    grad = rng.standard_normal(y.shape).astype(np.float32)
    parts = [
        k(2).vjp(x)[1](g)
        for k, g in zip((nbp.MaxPool2d, nbp.MinPool2d, nbp.AvgPool2d), np.split(grad, 3, 1), strict=True)
    ]
    np.testing.assert_allclose(back(grad), sum(parts), rtol=1e-6)
    apart = nbp.MultiPool2d(("max", "mean"), 2, as_tuple=True)(x)
    np.testing.assert_array_equal(apart[1], nbp.avg_pool2d(x, 2))
    out = np.empty_like(y)
    assert pool(x, out=out) is out
    np.testing.assert_array_equal(out, y)
    last = nbp.MultiPool2d(("max", "min", "mean"), 2, data_format="channels_last")(np.moveaxis(x, 1, -1))
    np.testing.assert_array_equal(np.moveaxis(last, -1, 1), y)


@pytest.mark.parametrize(
    "reduces", [("max", "min", "mean"), ("sum", "max"), ("median", "mode", "max"), ("max", "mixed")]
)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_one_pass_over_large_input(rng, rank, reduces):
    x = rng.standard_normal(LARGE[rank]).astype(np.float32)
    kind = (nbp.MultiPool1d, nbp.MultiPool2d, nbp.MultiPool3d)[rank - 1]
    alone = [nbp.pool(x, 2, reduce, axes=range(2, 2 + rank)) for reduce in reduces]
    pool = kind(reduces, 2)
    np.testing.assert_array_equal(pool(x), np.concatenate(alone, axis=1))
    out = np.full(pool.output_shape(x.shape), np.nan, np.float32)
    assert pool(x, out=out) is out
    np.testing.assert_array_equal(out, np.concatenate(alone, axis=1))
    for y, single in zip(kind(reduces, 2, as_tuple=True)(x), alone, strict=True):
        np.testing.assert_array_equal(y, single)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float64"])
@pytest.mark.parametrize("view", [lambda x: x, lambda x: x[:, :, ::-1], lambda x: x.transpose(0, 1, 3, 2)])
def test_dtypes_and_layouts_of_large_input(rng, dtype, view):
    x = view((rng.random((6, 8, 160, 160)) * 200).astype(dtype))
    y = nbp.multi_pool2d(x, ("max", "min", "mean"), 2)
    alone = nbp.max_pool2d(x, 2), nbp.min_pool2d(x, 2), nbp.avg_pool2d(x, 2)
    np.testing.assert_array_equal(y, np.concatenate(alone, axis=1))


SINGLE = {"max": nbp.max_pool3d, "min": nbp.min_pool3d, "mean": nbp.avg_pool3d, "sum": nbp.sum_pool3d}


@pytest.mark.parametrize(
    ("dtype", "reduces"),
    [
        ("float32", ("max", "min", "mean")),
        ("float32", ("mean", "max")),
        ("float32", ("max", "min", "mean", "sum") * 2),
        ("float16", ("max", "min", "mean")),
        ("float64", ("sum", "mean", "max", "sum")),
    ],
)
def test_results_beside_others(rng, dtype, reduces):
    """Windows of 2 × 2, into an array of any strides of batches and channels, whatever lies beside them."""
    x = rng.standard_normal((2, 9, 5, 61, 131)).astype(dtype)
    pool = nbp.MultiPool3d(reduces, (1, 2, 2))
    expected = np.concatenate([SINGLE[name](x, (1, 2, 2)) for name in reduces], axis=1)
    np.testing.assert_array_equal(pool(x), expected)
    frame = np.full((2, 9 * len(reduces) + 2, *expected.shape[2:]), 77, dtype)
    pool(x, out=frame[:, 1:-1])
    np.testing.assert_array_equal(frame[:, 1:-1], expected)
    assert (frame[:, [0, -1]] == 77).all()


@pytest.mark.parametrize("gaps", [0, 1])
@pytest.mark.parametrize("dtype", ["float16", "float32", "uint8"])
def test_results_of_their_own(rng, dtype, gaps):
    """Results anywhere in memory, in any order, and nothing written between them."""
    x = (rng.random((3, 7, 241, 260)) * 200).astype(dtype)
    kinds = (nbp.max_pool2d, nbp.min_pool2d) if dtype == "uint8" else (nbp.max_pool2d, nbp.min_pool2d, nbp.avg_pool2d)
    pool = nbp.MultiPool2d(("max", "min", "mean")[: len(kinds)], 2, as_tuple=True)
    alone = [kind(x, 2) for kind in kinds]
    memory = np.full((5, 3, 7 + 2 * gaps, 120 + gaps, 130), 77, dtype)
    outs = tuple(memory[i, :, gaps : 7 + gaps, :120] for i in (3, 0, 4))[: len(kinds)]
    for found in (pool(x), pool(x, out=outs)):
        for y, single in zip(found, alone, strict=True):
            np.testing.assert_array_equal(y, single)
    for y in outs:
        y[...] = 77
    assert (memory == 77).all()


@pytest.mark.parametrize(
    ("dtype", "reduces"),
    [
        *product(["uint8", "int64"], [("max", "min", "mean"), ("min", "sum"), ("sum", "mean", "max")]),
        *product(["bool", "int16", "uint64"], [("sum", "mean", "max")]),
    ],
)
def test_whole_numbers(rng, dtype, reduces):
    x = whole_numbers(rng, dtype, (3, 4, 61, 131))
    pool = nbp.MultiPool2d(reduces, 2)
    y, alone = pool(x), [nbp.pool(x, 2, reduce, axes=(2, 3)) for reduce in reduces]
    assert y.dtype == np.result_type(*alone)
    np.testing.assert_array_equal(y, np.concatenate(alone, axis=1))


def whole_numbers(rng, dtype, shape):
    if dtype == "bool":
        return rng.random(shape) < 0.3
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("shape", [(3, 4, 10, 12), (3, 4, 200, 260)])
@pytest.mark.parametrize("as_tuple", [False, True])
def test_dtype_of_means(rng, shape, as_tuple):
    """All of an image's results as whole numbers."""
    x = whole_numbers(rng, "uint8", shape)
    pool = nbp.MultiPool2d(("max", "min", "mean"), 2, as_tuple=as_tuple, dtype=np.uint8)
    assert pool.dtype == "uint8"
    alone = nbp.max_pool2d(x, 2), nbp.min_pool2d(x, 2), nbp.avg_pool2d(x, 2, dtype=np.uint8)
    found = pool(x) if as_tuple else np.split(pool(x), 3, axis=1)
    for y, single in zip(found, alone, strict=True):
        assert y.dtype == np.uint8
        np.testing.assert_array_equal(y, single)


@pytest.mark.parametrize("shape", [(2, 3, 9, 9), (3, 4, 200, 260)])
def test_options_of_some(rng, shape):
    x = rng.standard_normal(shape).astype(np.float32)
    x[:, :, 3:7, 3] = np.nan
    found = nbp.pool(x, 3, ("max", "sum", "median"), axes=(2, 3), nan_policy="omit")
    for y, reduce in zip(found, ("max", "sum", "median"), strict=True):
        np.testing.assert_array_equal(y, nbp.pool(x, 3, reduce, axes=(2, 3), nan_policy="omit"))
    largest, mean = nbp.multi_pool2d(x, ("max", "mean"), 3, 1, 1, as_tuple=True, count_include_pad=False)
    np.testing.assert_array_equal(largest, nbp.max_pool2d(x, 3, 1, 1))
    np.testing.assert_array_equal(mean, nbp.avg_pool2d(x, 3, 1, 1, count_include_pad=False))


@pytest.mark.parametrize(
    ("reduces", "options"),
    [
        (("max", "min"), {"dtype": np.uint8}),
        (("max", "sum"), {"count_include_pad": False}),
        (("max", "soft"), {"nan_policy": "omit"}),
    ],
)
def test_options_that_none_has(reduces, options):
    (option,) = options
    with pytest.raises(nbp.PoolingTypeError, match=f"{option} is for .*; got {option}="):
        nbp.MultiPool2d(reduces, 2, **options)
    nbp.MultiPool2d(reduces, 2, count_include_pad=np.bool_(True), dtype=None, nan_policy="".join(["propa", "gate"]))


@pytest.mark.parametrize("as_tuple", [False, True])
@pytest.mark.parametrize(
    "view", [lambda x: np.ascontiguousarray(np.moveaxis(x, 1, -1)), lambda x: np.moveaxis(x, 1, -1)]
)
def test_channels_last_in_one_pass(rng, view, as_tuple):
    x = view(rng.standard_normal((3, 7, 120, 130)).astype(np.float32))
    kinds = nbp.MaxPool2d, nbp.MinPool2d, nbp.AvgPool2d
    alone = [kind(2, data_format="channels_last")(x) for kind in kinds]
    pool = nbp.MultiPool2d(("max", "min", "mean"), 2, as_tuple=as_tuple, data_format="channels_last")
    found = pool(x) if as_tuple else np.split(pool(x), 3, axis=-1)
    outs = tuple(np.empty_like(y) for y in alone)
    given = pool(x, out=outs if as_tuple else np.concatenate(outs, axis=-1))
    for y, single in zip((*found, *(given if as_tuple else np.split(given, 3, axis=-1))), alone * 2, strict=True):
        np.testing.assert_array_equal(y, single)


def test_large_out_is_checked(rng):
    x = rng.standard_normal((3, 7, 120, 130)).astype(np.float32)
    pool = nbp.MultiPool2d(("max", "min"), 2)
    with pytest.raises(nbp.PoolingValueError, match="out must have shape"):
        pool(x, out=np.empty((3, 7, 60, 65), np.float32))
    with pytest.raises(nbp.PoolingTypeError, match="out must have dtype"):
        pool(x, out=np.empty((3, 14, 60, 65), np.float64))
    pair = nbp.MultiPool2d(("max", "min"), 2, as_tuple=True)
    with pytest.raises(nbp.PoolingValueError, match=r"out must be 2 array"):
        pair(x, out=np.empty((3, 7, 60, 65), np.float32))
    same = np.empty((3, 7, 60, 65), np.float32)
    with pytest.raises(nbp.PoolingValueError, match="overlap"):
        pair(x, out=(same, same))


def test_unordered_out_of_large_input(rng):
    x = rng.standard_normal((3, 7, 120, 130)).astype(np.float32)
    pair = tuple(np.empty((3, 7, 65, 60), np.float32).transpose(0, 1, 3, 2) for _ in range(2))
    assert nbp.MultiPool2d(("max", "mean"), 2, as_tuple=True)(x, out=pair) is pair
    np.testing.assert_array_equal(pair[0], nbp.max_pool2d(x, 2))
    pool = nbp.MultiPool2d(("max", "mean"), 2)
    out = np.empty((3, 14, 65, 60), np.float32).transpose(0, 1, 3, 2)
    pool(x, out=out)
    np.testing.assert_array_equal(out, pool(x))


@pytest.mark.parametrize("reduces", [("median", "max"), ("mode", "mean")])
def test_windows_at_the_border_of_large_input(rng, reduces):
    x = rng.integers(0, 9, (2, 5, 240, 250)).astype(np.float32 if "median" in reduces else np.int32)
    alone = [nbp.pool(x, 3, reduce, axes=(2, 3), stride=1, padding=1) for reduce in reduces]
    for y, single in zip(nbp.MultiPool2d(reduces, 3, 1, 1, as_tuple=True)(x), alone, strict=True):
        np.testing.assert_array_equal(y, single)


@pytest.mark.parametrize("size", [3, 120])
@pytest.mark.parametrize("axis", range(4))
@pytest.mark.parametrize("window", [2, 3])
def test_out_from_the_last_to_the_first(rng, window, axis, size):
    x = rng.standard_normal((size, 7, 40, 50)).astype(np.float32)
    pool = nbp.MultiPool2d(("max", "min", "mean"), window)
    expected = pool(x)
    memory = np.full((3, *expected.shape), 77, np.float32)
    out = np.flip(memory[1], axis)
    assert pool(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert (memory[[0, 2]] == 77).all()


@pytest.mark.parametrize("size", [1, 2, 7])
def test_more_windows_than_positions_and_no_batch(size):
    x = np.arange(size, dtype=np.float32)
    low, high = nbp.pool(x, 3, ("min", "max"), stride=1, padding=2)
    np.testing.assert_array_equal(low, nbp.pool(x, 3, "min", stride=1, padding=2))
    np.testing.assert_array_equal(high, nbp.pool(x, 3, "max", stride=1, padding=2))
