"""Nothing is read or written outside the arrays: they stand between pages that may not be touched."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
import reference
from cases import Window
from guards import Guarded

import numbapool as nbp

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs mprotect")


def random_window(rng, rank):
    kernel_size = tuple(int(rng.integers(1, (40, 12, 4)[rank - 1])) for _ in range(rank))
    dilation = tuple(int(rng.integers(1, 4)) if rng.random() < 0.3 else 1 for _ in range(rank))
    pads = tuple(tuple(int(v) for v in rng.integers(0, k * d, 2)) for k, d in zip(kernel_size, dilation, strict=True))
    return {
        "kernel_size": kernel_size,
        "stride": tuple(int(rng.integers(1, 7)) for _ in range(rank)),
        "padding": pads if rng.random() < 0.6 else 0,
        "dilation": dilation,
        "ceil_mode": bool(rng.random() < 0.5),
    }


@pytest.mark.parametrize("seed", range(4))
def test_random_pooling_between_guards(seed, request, capsys):
    """Against the reference where that does not take long. ``--guard-seconds`` goes on for so long.

    With ``--all`` some arrays have so many channels that parallel kernels serve them.
    """
    rng, calls, most = np.random.default_rng(seed), 0, 200 if request.config.getoption("--all") else 100
    end = time.monotonic() + request.config.getoption("--guard-seconds") / 4
    while calls < 160 or time.monotonic() < end:
        guarded = Guarded(rng.random() < 0.7)
        rank = int(rng.integers(1, 4))
        spatial = tuple(int(rng.integers(1, (300, 40, 9)[rank - 1])) for _ in range(rank))
        channels = int(rng.choice([1, 2, 3, 5, 17, 64, most]))
        last = rng.random() < 0.4
        shape = (2, *spatial, channels) if last else (2, channels, *spatial)
        options = random_window(rng, rank) | {"data_format": "channels_last" if last else "channels_first"}
        x = guarded(shape, "float32")
        x[...] = rng.integers(0, 50, shape)
        pool, mean = getattr(nbp, f"MaxPool{rank}d")(**options), getattr(nbp, f"AvgPool{rank}d")(**options)
        try:
            result = pool.output_shape(shape)
        except nbp.PoolingValueError:
            continue
        calls += 5
        y = pool(x, out=guarded(result, "float32"))
        if x.size < 4000:
            check_values(y, x, options, last)
        mean(x, out=guarded(result, "float32"))
        y, indices = guarded(result, "float32"), guarded(result, "int64")
        getattr(nbp, f"MaxPool{rank}d")(**options, return_indices=True)(x, out=(y, indices))
        grad = guarded(result, "float32")
        grad[...] = 1
        pool.backward(grad, indices, shape, out=guarded(shape, "float32"))
        gx = mean.backward(grad, shape, out=guarded(shape, "float32"))
        assert np.isfinite(gx).all()
    if request.config.getoption("--guard-seconds"):
        with capsys.disabled():
            print(f"seed {seed}: {calls} calls between guard pages")


def check_values(y, x, options, last):
    """A maximum is that of the reference."""
    planes = np.moveaxis(x, -1, 1) if last else x
    window = Window(*(options[name] for name in ("kernel_size", "stride", "padding", "dilation", "ceil_mode")))
    expected, _ = reference.max_pool(planes, window.on(planes.shape[2:]))
    np.testing.assert_array_equal(np.moveaxis(y, -1, 1) if last else y, expected)


@pytest.mark.parametrize("rank", [1, 2])
def test_windows_of_whole_strides_between_guards(rng, rank):
    for turn in range(150):
        guarded, stride = Guarded(turn % 2 == 0), 2 ** int(rng.integers(1, 7 if rank == 1 else 5))
        size, dtype = stride * int(rng.integers(1, 5)), ("float32", "uint8")[turn // 2 % 2]
        shape = (2, 3, *(size + int(rng.integers(0, 4 * stride)) for _ in range(rank)))
        x = guarded(shape, dtype)
        x[...] = rng.integers(0, 50, shape)
        axes, back = tuple(range(2, 2 + rank)), tuple(range(-rank, 0))
        windows = np.lib.stride_tricks.sliding_window_view(x, (size,) * rank, axes)
        windows = windows[(..., *[slice(None, None, stride)] * rank, *[slice(None)] * rank)]
        most, mean = getattr(nbp, f"MaxPool{rank}d")(size, stride), getattr(nbp, f"AvgPool{rank}d")(size, stride)
        y = most(x, out=guarded(windows.shape[: 2 + rank], dtype))
        np.testing.assert_array_equal(y, windows.max(back))
        y = mean(x, out=guarded(windows.shape[: 2 + rank], "float32"))
        np.testing.assert_allclose(y, windows.mean(back, dtype=np.float64), rtol=1e-6)


@pytest.mark.parametrize(("size", "stride"), [(96, 4), (16, 2), (30, 10)])
def test_many_blocks_of_long_rows_between_guards(rng, size, stride):
    guarded = Guarded(at_end=True)
    x = guarded((1, 1, size + 20, 2300), "float32")
    x[...] = rng.integers(0, 50, x.shape)
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), (2, 3))[:, :, ::stride, ::stride]
    y = nbp.MaxPool2d(size, stride)(x, out=guarded(windows.shape[:4], "float32"))
    np.testing.assert_array_equal(y, windows.max((-1, -2)))
    y = nbp.AvgPool2d(size, stride)(x, out=guarded(windows.shape[:4], "float32"))
    np.testing.assert_allclose(y, windows.mean((-1, -2), dtype=np.float64), rtol=1e-6)


@pytest.mark.parametrize("at_end", [True, False])
def test_large_results_between_guards(rng, at_end):
    guarded = Guarded(at_end)
    x = rng.integers(0, 99, (2, 3, 701, 1003)).astype(np.float32)
    inside = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (2, 3)).max((-1, -2))
    y = nbp.max_pool2d(x, 3, 1, 1, out=guarded(x.shape, "float32"))
    np.testing.assert_array_equal(y[:, :, 1:-1, 1:-1], inside)
    np.testing.assert_array_equal(y[:, :, 0, 0], x[:, :, :2, :2].max((2, 3)))
    g = x[:, :, :350, :501]
    gx = nbp.avg_pool2d_backward(g, x.shape, 2, out=guarded(x.shape, "float32"))
    expected = np.zeros(x.shape, np.float32)
    expected[:, :, :700, :1002] = np.repeat(np.repeat(g / 4, 2, 2), 2, 3)
    np.testing.assert_array_equal(gx, expected)
