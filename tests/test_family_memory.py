"""The family between forbidden pages: nothing is read or written outside of arrays, whatever the options."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from guards import Guarded
from test_memory import random_window

import numbapool as nbp
from numbapool.operations import OPERATIONS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs mprotect")

OPTIONS = {
    "mixed": {},
    "median": {},
    "mode": {},
    "quantile": {"q": 0.4},
    "soft": {},
    "random": {"rng": 0},
    "stochastic": {"rng": 0},
}


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_several_at_once_between_guards(rng, dtype):
    for _ in range(40):
        guarded = Guarded(rng.random() < 0.7)
        shape = tuple(int(n) for n in rng.integers(1, (3, 5, 40, 300)))
        x = guarded(shape, dtype)
        x[...] = rng.integers(0, 50, shape)
        options = {
            "kernel_size": int(rng.integers(2, 4)) if dtype == "float32" else 2,
            "ceil_mode": True,
            "dtype": dtype if dtype == "float32" and rng.random() < 0.5 else None,
        }
        pool = nbp.MultiPool2d(("max", "min", "mean"), **options)
        alone = [layer(x) for layer in pool.layers]
        expected = np.concatenate(alone, axis=1)
        np.testing.assert_array_equal(pool(x, out=guarded(expected.shape, expected.dtype)), expected)
        outs = tuple(guarded(y.shape, y.dtype) for y in alone)
        for y, single in zip(nbp.MultiPool2d(pool.reduces, **options, as_tuple=True)(x, out=outs), alone, strict=True):
            np.testing.assert_array_equal(y, single)


def test_sums_along_lines_between_guards(rng):
    for turn in range(24):
        guarded, rank = Guarded(turn % 2 == 0), 1 + turn % 3
        shape = (2, 3, *(int(n) for n in rng.integers(1, (500, 90, 20)[rank - 1], rank)))
        window = [int(rng.integers(1, n + 1)) for n in shape[2:]]
        x = guarded(shape, "uint8")
        x[...] = rng.integers(0, 2, shape)
        for name in ("sum", "mean"):
            pool = OPERATIONS[name][rank - 1](window, 1, [n // 2 for n in window])
            y = pool(x.copy())
            np.testing.assert_array_equal(pool(x, out=guarded(y.shape, y.dtype)), y)


@pytest.mark.parametrize("seed", range(2))
def test_random_windows_between_guards(seed):
    rng = np.random.default_rng(seed)
    for _ in range(30):
        guarded = Guarded(rng.random() < 0.7)
        rank = int(rng.integers(1, 4))
        spatial = tuple(int(rng.integers(1, (200, 30, 8)[rank - 1])) for _ in range(rank))
        channels = int(rng.choice([1, 3, 17]))
        last = rng.random() < 0.4
        shape = (2, *spatial, channels) if last else (2, channels, *spatial)
        x = guarded(shape, "float32")
        x[...] = rng.integers(0, 50, shape)
        window = {"kernel_size": int(rng.integers(2, 4))}
        if rng.random() < 0.6:
            window = random_window(rng, rank) | {"stride": tuple(int(n) for n in rng.choice([1, 2, 6], rank))}
        for name, options in OPTIONS.items():
            layout = "channels_last" if last else "channels_first"
            pool = OPERATIONS[name][rank - 1](**window, **options, data_format=layout)
            try:
                pool.output_shape(shape)
            except nbp.PoolingValueError:
                break
            y = pool(x)
            pool(x, out=guarded(y.shape, y.dtype))
            pool.vjp(x)[1](np.ones(y.shape, np.float32))
        adaptive = getattr(nbp, f"AdaptiveMaxPool{rank}d")(int(rng.integers(1, 9)), data_format=layout)
        adaptive.vjp(x)[1](np.ones(adaptive.output_shape(shape), np.float32))
        nbp.GlobalAvgPool(data_format=layout)(x)
        nbp.SpatialPyramidPool(data_format=layout)(x)
        unpool = getattr(nbp, f"MaxUnpool{rank}d")(2, data_format=layout)
        places, grad = guarded(shape, "int64"), guarded(unpool.output_shape(shape), "float32")
        places[...] = rng.integers(0, 2**rank * np.prod(spatial), shape)
        unpool.backward(grad, places)
        if min(spatial) > 4:
            nbp.pool(
                x, 2, "fractional_max", output_size=3, axes=tuple(range(1, rank + 1) if last else range(2, rank + 2))
            )
        if rank == 2:
            boxes = np.column_stack([rng.integers(0, 2, 6), rng.normal(10, 30, (6, 4))])
            for mode in ("mean", "max"):
                align = nbp.RoIAlign(3, aligned=bool(rng.integers(2)), mode=mode, data_format=layout)
                y, pullback = align.vjp(x, boxes)
                pullback(np.ones(y.shape, np.float32))
            nbp.RoIMaxPool(3, data_format=layout)(x, boxes)


def test_many_small_planes_between_guards(rng):
    for turn in range(18):
        guarded, rank = Guarded(turn % 2 == 0), 1 + turn % 3
        shape = (3, 23, *(int(n) for n in rng.integers(4, (40, 14, 8)[rank - 1], rank)))
        x = guarded(shape, "float32")
        x[...] = rng.standard_normal(shape, np.float32)
        window = {"kernel_size": 3, "stride": int(rng.integers(1, 4)), "padding": int(rng.integers(0, 2))}
        for name in ("max", "mean", "median", "soft"):
            pool = OPERATIONS[name][rank - 1](**window, **OPTIONS.get(name, {}))
            y = pool(x)
            pool(x, out=guarded(y.shape, y.dtype))
            grad = guarded(y.shape, "float32")
            grad[...] = 1
            pool.vjp(x)[1](grad)
        for pool in (
            getattr(nbp, f"MinPool{rank}d")(**window, return_indices=True),
            getattr(nbp, f"MedianPool{rank}d")(**window, return_indices=True),
            getattr(nbp, f"AdaptiveMaxPool{rank}d")(int(rng.integers(1, 6)), return_indices=True),
        ):
            y, places = pool(x)
            pool(x, out=(guarded(y.shape, y.dtype), guarded(places.shape, places.dtype)))
