"""Many small planes, which lie side by side in scratch memory: the same results as sample by sample."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from cases import values

import numbapool as nbp

SPATIAL = {1: (19,), 2: (7, 9), 3: (3, 5, 4)}
WINDOWS = ((2,), (3, 2, 1), (3, 1, 1), (2, 5))
VIEWS = [
    lambda x: x[:, ::2],
    lambda x: x[::-1, :, ::-1],
    lambda x: x[:, :, 1:-1],
    lambda x: x.transpose(0, 1, 3, 2),
    lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, 0)), 0, 1),
]


def sample_by_sample(pool, x):
    """Each sample has too few planes to be worked on side by side."""
    parts = [pool(sample) for sample in x[:, None]]
    return (
        tuple(map(np.concatenate, zip(*parts, strict=True))) if isinstance(parts[0], tuple) else np.concatenate(parts)
    )


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(
    ("kind", "dtype"), [("Max", "float32"), ("Max", "float16"), ("Avg", "float32"), ("Avg", "uint8")]
)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_folds_of_small_planes(rng, kind, rank, dtype, window):
    x = values(rng, (11, 25, *SPATIAL[rank]), dtype)
    pool = getattr(nbp, f"{kind}Pool{rank}d")(*window)
    assert "small planes" in nbp.explain(pool, x) or window == (2,)
    together, expected = pool(x), sample_by_sample(pool, x)
    if kind == "Max" or dtype == "uint8":
        np.testing.assert_array_equal(together, expected)
    else:
        np.testing.assert_allclose(together, expected, rtol=1e-5, atol=1e-5)


def same_with_indices(pool, x):
    for found, expected in zip(pool(x), sample_by_sample(pool, x), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("window", [*WINDOWS, (4, 3, 2), (7, 1, 3), (2, 2, 0, 2)])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bool"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_windows_with_indices(rng, rank, dtype, window):
    x = values(rng, (3, 25, *SPATIAL[rank]), dtype)  # small numbers, so that there are ties, and NaN
    pad = window[2] if len(window) > 2 else 0
    kernel_size = tuple(min(window[0], size + 2 * pad) for size in SPATIAL[rank])
    dilation = window[3] if len(window) > 3 else 1
    if any((k - 1) * dilation + 1 > n + 2 * pad for k, n in zip(kernel_size, SPATIAL[rank], strict=True)):
        dilation = 1
    padding = tuple(min(pad, k // 2) for k in kernel_size)
    stride = window[1] if len(window) > 1 else None
    pool = getattr(nbp, f"MinPool{rank}d")(kernel_size, stride, padding, dilation, return_indices=True)
    same_with_indices(pool, x)


@pytest.mark.parametrize("size", [1, 3, (5, 2), (9, 20)])
@pytest.mark.parametrize("spatial", [(7, 9), (28, 31), (4, 4)])
def test_adaptive_with_indices(rng, size, spatial):
    x = rng.integers(0, 9, (5, 27, *spatial)).astype(np.float32)
    x[rng.random(x.shape) < 0.02] = np.nan
    pool = nbp.AdaptiveMaxPool2d(size, return_indices=True)
    same_with_indices(pool, x)


@pytest.mark.parametrize("window", [*WINDOWS, (3, 1, 1, 2)])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    ("kind", "dtype", "options"),
    [
        ("Median", "float32", {"return_indices": True}),
        ("Median", "float16", {}),
        ("Median", "float32", {"nan_policy": "omit"}),
        ("Mode", "uint8", {"return_indices": True}),
        ("Mode", "uint8", {"ignore": 1}),
        ("Quantile", "uint8", {"q": 0.3}),
        ("Soft", "float16", {}),
    ],
)
def test_whole_windows(rng, kind, options, rank, dtype, window):
    x = values(rng, (3, 25, *SPATIAL[rank]), dtype)
    names = dict(zip(("kernel_size", "stride", "padding", "dilation"), window, strict=False))
    names["kernel_size"] = tuple(min(names["kernel_size"], n) for n in SPATIAL[rank])
    if window[-1] == 2 and len(window) == 4:
        names["dilation"] = tuple(2 if n > 4 else 1 for n in SPATIAL[rank])
    pool = getattr(nbp, f"{kind}Pool{rank}d")(**names, **options)
    together, expected = pool(x), sample_by_sample(pool, x)
    for found, one_by_one in zip(*((r if isinstance(r, tuple) else (r,)) for r in (together, expected)), strict=True):
        np.testing.assert_allclose(found, one_by_one, rtol=1e-6 if dtype != "float16" else 1e-3)


@pytest.mark.parametrize(
    "pool", [nbp.MaxPool3d(3, 1, 1), nbp.AvgPool3d(3, 2, 1), nbp.MedianPool3d(3, 2, 1), nbp.SoftPool3d(2)]
)
def test_cubes(rng, pool):
    x = rng.standard_normal((3, 25, 8, 8, 8)).astype(np.float32)
    np.testing.assert_allclose(pool(x), sample_by_sample(pool, x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("window", [(2,), (3, 2, 1), (3, 1, 1)])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("kind", "options"), [("Soft", {}), ("Quantile", {"q": 0.3})])
def test_gradients_of_weighed_averages(rng, kind, options, rank, window):
    x = rng.standard_normal((3, 25, *SPATIAL[rank]))
    names = dict(zip(("kernel_size", "stride", "padding"), window, strict=False))
    pool = getattr(nbp, f"{kind}Pool{rank}d")(**names, **options)
    grad = rng.standard_normal(pool.output_shape(x.shape))
    one_by_one = [pool.backward(g[None], sample[None]) for g, sample in zip(grad, x, strict=True)]
    np.testing.assert_allclose(pool.backward(grad, x), np.concatenate(one_by_one), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("view", VIEWS)
def test_layouts_with_indices(rng, view):
    x = view(rng.integers(0, 9, (6, 44, 8, 8)).astype(np.float32))
    pool = nbp.MaxPool2d(3, 2, 1, return_indices=True)
    same_with_indices(pool, x)
    expected, places = pool(x)
    outs = [np.empty((*expected.shape[:2], 8, 8), d)[:, :, : expected.shape[2], : expected.shape[3]] for d in "fq"]
    pool(x, out=tuple(outs))
    np.testing.assert_array_equal(outs[0], expected)
    np.testing.assert_array_equal(outs[1], places)


@pytest.mark.parametrize("size", [1, 2, 3, (5, 2)])
@pytest.mark.parametrize("kind", ["Max", "Avg", "Min"])
def test_adaptive(rng, kind, size):
    x = rng.standard_normal((7, 40, 7, 7)).astype(np.float32)
    pool = getattr(nbp, f"Adaptive{kind}Pool2d")(size)
    np.testing.assert_allclose(pool(x), sample_by_sample(pool, x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("view", VIEWS)
def test_layouts(rng, view):
    x = view(rng.standard_normal((6, 44, 8, 8)).astype(np.float32))
    expected = nbp.max_pool2d(np.ascontiguousarray(x), 3, 2, 1)
    np.testing.assert_array_equal(expected, sample_by_sample(nbp.MaxPool2d(3, 2, 1), np.ascontiguousarray(x)))
    np.testing.assert_array_equal(nbp.max_pool2d(x, 3, 2, 1), expected)
    out = np.empty((*expected.shape[:2], 8, 8), np.float32)[:, :, : expected.shape[2], : expected.shape[3]]
    np.testing.assert_array_equal(nbp.max_pool2d(x, 3, 2, 1, out=out), expected)


@pytest.mark.parametrize("window", [(2,), (3, 2, 1), (3, 1, 1)])
def test_gradient_of_the_mean(rng, window):
    pool = nbp.AvgPool2d(*window)
    shape = (9, 30, 8, 6)
    grad = rng.standard_normal(pool.output_shape(shape)).astype(np.float32)
    one_by_one = np.concatenate([pool.backward(g[None], (1, *shape[1:])) for g in grad])
    np.testing.assert_allclose(pool.backward(grad, shape), one_by_one, rtol=1e-6, atol=1e-6)


def test_threads_do_not_matter(rng):
    x = rng.standard_normal((20, 140, 8, 8)).astype(np.float32)
    many = nbp.avg_pool2d(x, 3, 1, 1)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        np.testing.assert_array_equal(nbp.avg_pool2d(x, 3, 1, 1), many)
    finally:
        numba.set_num_threads(before)
