"""Large arrays: input fetched ahead, results written past the cache. The same numbers as without, and none outside.

Limits are lowered, so that small arrays travel as large ones do.
"""

from __future__ import annotations

import numpy as np
import pytest
import reference
from cases import values

import numbapool as nbp
from numbapool import choose, traffic
from numbapool.kernels import frame
from numbapool.plan import Plan

SPATIAL = {1: (301,), 2: (23, 37), 3: (5, 9, 33)}
WINDOWS = ((2,), (3, 2, 1), (3, 1, 1), (7, 1, 3))
FIRST, LAST = "channels_first", "channels_last"


@pytest.fixture
def large(monkeypatch):
    """Limits at which every array is a large one, until the end of the test."""
    monkeypatch.setattr(traffic, "_SOME_CACHED", 0)
    monkeypatch.setattr(traffic, "_NONE_CACHED", 0)
    monkeypatch.setattr(traffic, "_FETCH_FROM", 0)
    monkeypatch.setattr(traffic, "_LONG_ROW", 2**40)
    monkeypatch.setattr(traffic, "_LONG_FORESEEN", 2**40)


def framed(shape, dtype, ahead):
    """An array that begins ``ahead`` numbers behind a whole cache line, and all the memory around it."""
    size = int(np.prod(shape))
    memory = np.full(size + 256, 77, dtype)
    begin = (-memory.ctypes.data % 64) // memory.itemsize + 64 + ahead
    return memory[begin : begin + size].reshape(shape), memory, begin


def into_frame(call, expected, ahead):
    """Check ``call(out)`` for one result or several, and that it writes nothing else."""
    frames = [framed(e.shape, e.dtype, ahead) for e in expected]
    outs = tuple(view for view, _, _ in frames)
    call(outs if len(outs) > 1 else outs[0])
    for e, (view, memory, begin) in zip(expected, frames, strict=True):
        np.testing.assert_array_equal(view, e)
        assert (memory[:begin] == memory[0]).all()
        assert (memory[begin + e.size :] == memory[0]).all()


@pytest.mark.parametrize("ahead", [0, 1, 13])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("data_format", [FIRST, LAST])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Avg"])
def test_forward_and_back(rng, large, kind, rank, data_format, window, ahead):
    x = rng.standard_normal((2, 3, *SPATIAL[rank]), np.float32)
    x = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if data_format == LAST else x
    layer = getattr(nbp, f"{kind}Pool{rank}d")
    expected = plain(layer, window, data_format, x)
    pool = layer(*window, data_format=data_format)
    into_frame(lambda out: pool(x, out=out), [expected], ahead)
    if kind == "Max":
        indexed = layer(*window, data_format=data_format, return_indices=True)
        y, indices = indexed(x)
        np.testing.assert_array_equal(y, expected)
        into_frame(lambda out: indexed(x, out=out), [y, indices], ahead)
        gradient = indexed.backward(y, indices, x.shape)
        into_frame(lambda out: indexed.backward(y, indices, x.shape, out=out), [gradient], ahead)
    else:
        gradient = pool.backward(expected, x.shape)
        into_frame(lambda out: pool.backward(expected, x.shape, out=out), [gradient], ahead)


def plain(layer, window, data_format, x):
    """The result, as small arrays are pooled."""
    with pytest.MonkeyPatch.context() as limits:
        limits.setattr(traffic, "_SOME_CACHED", 2**60)
        limits.setattr(traffic, "_NONE_CACHED", 2**60)
        limits.setattr(traffic, "_FETCH_FROM", 2**60)
        return layer(*window, data_format=data_format)(x)


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64", "int16", "uint8", "bool"])
@pytest.mark.parametrize("ahead", [0, 5])
def test_dtypes(rng, large, dtype, ahead):
    x = values(rng, (2, 3, 31, 67), dtype)
    for kind in ("Max", "Avg") if dtype != "bool" else ("Max",):
        layer = getattr(nbp, f"{kind}Pool2d")
        pool = layer(3, 1, 1)
        into_frame(lambda out, pool=pool: pool(x, out=out), [plain(layer, (3, 1, 1), FIRST, x)], ahead)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("kind", ["Max", "Avg"])
def test_wide_rows(rng, large, monkeypatch, kind, rank, window):
    """Rows of several strips each, one row after the other where windows share few rows."""
    monkeypatch.setattr(choose, "_STRIP_BYTES", 256)
    x = rng.standard_normal((2, 3, *(9, 517)[-rank:]), np.float32)
    layer = getattr(nbp, f"{kind}Pool{rank}d")
    pool = layer(*window)
    into_frame(lambda out: pool(x, out=out), [plain(layer, window, FIRST, x)], 3)
    plan = next(kept for kept in pool._plans.values() if isinstance(kept, Plan))
    table = plan.tables[0]
    assert plan.kernel.name.endswith("past-cache")
    assert table[frame.STRIPS] > 1
    assert table[frame.FETCHED]
    if kind == "Avg":
        y = pool(x)
        pairs = [pool.backward(part[None], (1, *x.shape[1:])) for part in y]
        np.testing.assert_allclose(pool.backward(y, x.shape), np.concatenate(pairs), rtol=1e-6)


@pytest.mark.parametrize("view", [lambda x: x[:, :, ::-1], lambda x: x[:, ::2], lambda x: x.transpose(0, 1, 3, 2)])
def test_layouts(rng, large, view):
    x = view(rng.standard_normal((3, 4, 40, 41), np.float32))
    for window in WINDOWS:
        np.testing.assert_array_equal(nbp.MaxPool2d(*window)(x), nbp.MaxPool2d(*window)(x.copy()))
        expected = plain(nbp.AvgPool2d, window, FIRST, x)
        np.testing.assert_array_equal(nbp.AvgPool2d(*window)(x), expected)


@pytest.mark.parametrize("shape", [(1, 2, 400, 300), (20, 1, 300, 290), (2, 300, 290, 3), (1, 8, 8, 9000)])
@pytest.mark.parametrize("order", ["pooled", "shuffled", "turned"])
def test_gradients_by_any_indices(rng, large, shape, order):
    """Planes of any size, and indices in any order."""
    layer = nbp.MaxPool2d(3, 2, 1, return_indices=True, data_format=FIRST if shape[-1] > 3 else LAST)
    x = rng.standard_normal(shape, np.float32)
    y, indices = layer(x)
    if order == "shuffled":
        indices = rng.integers(0, np.prod(shape[2:] if shape[-1] > 3 else shape[1:3]), indices.shape)
    elif order == "turned":
        axis = 2 if shape[-1] > 3 else 1
        indices = np.flip(indices, axis)
    grad = rng.integers(-9, 9, y.shape).astype(np.float32)
    first = lambda a: np.moveaxis(a, -1, 1) if shape[-1] == 3 else a
    expected = reference.scatter(first(grad), first(indices), first(x).shape, 2)
    out = np.full(shape, 7, np.float32)
    np.testing.assert_array_equal(first(layer.backward(grad, indices, x.shape, out=out)), expected)
    np.testing.assert_array_equal(first(layer.backward(grad, indices, x.shape)), expected)


@pytest.mark.parametrize("dtype", ["float32", "uint8", "float64"])
def test_unpooling(rng, large, dtype):
    x = values(rng, (4, 5, 300, 64), dtype)
    y, indices = nbp.MaxPool2d(2, return_indices=True)(x)
    expected = np.zeros_like(x)
    np.put_along_axis(expected.reshape(4, 5, -1), indices.reshape(4, 5, -1), y.reshape(4, 5, -1), -1)
    into_frame(lambda out: nbp.MaxUnpool2d(2)(y, indices, out=out), [expected], 7)
    np.testing.assert_array_equal(nbp.MaxUnpool2d(2)(y, indices), expected)


def test_limits():
    """Results go past the cache where they are a good part of much, and a new array only where it may be recycled."""
    mega = 2**20
    assert not traffic.goes_past_cache(8 * mega, 8 * mega)
    assert traffic.goes_past_cache(32 * mega, 16 * mega)
    assert traffic.goes_past_cache(128 * mega, 32 * mega, row=224)
    assert not traffic.goes_past_cache(128 * mega, 32 * mega, row=4096)
    assert not traffic.goes_past_cache(128 * mega, 16 * mega, row=224)
    assert traffic.goes_past_cache(256 * mega, 64 * mega)
    assert traffic.is_always_new(33 * mega)
    assert not traffic.is_always_new(31 * mega)


@pytest.mark.parametrize("skew", [1, 2, 3])
def test_results_that_no_number_is_aligned_in(rng, large, skew):
    """Cache lines then begin inside of numbers; whole ones cannot be written past the cache."""
    x = rng.standard_normal((2, 3, 40, 50), np.float32)
    layer = nbp.MaxPool2d(3, 1, 1, return_indices=True)
    y, indices = layer(x)
    outs = tuple(
        np.zeros(a.nbytes + 8, np.uint8)[skew : skew + a.nbytes].view(a.dtype).reshape(a.shape) for a in (y, indices)
    )
    layer(x, out=outs)
    np.testing.assert_array_equal(outs[0], y)
    np.testing.assert_array_equal(outs[1], indices)
    np.testing.assert_array_equal(nbp.max_pool2d(x, 3, 1, 1, out=outs[0]), y)


@pytest.mark.parametrize("kind", ["Median", "Mode"])
@pytest.mark.parametrize("window", [(2,), (3, 2), (5, 1, 2)])
def test_windows_by_whole_rows(rng, large, kind, window):
    x = rng.integers(0, 9, (2, 3, 40, 1100)).astype(np.uint16)
    layer = getattr(nbp, f"{kind}Pool2d")
    pool = layer(*window)
    into_frame(lambda out: pool(x, out=out), [plain(layer, window, FIRST, x)], 5)


@pytest.mark.parametrize("window", [(2,), (3, 1, 1), (7, 1, 3)])
@pytest.mark.parametrize("name", ["Max", "Avg", "Median", "Random"])
def test_new_memory_holds_the_same(rng, large, monkeypatch, name, window):
    """New results of some size are not written past the cache: other kernels, the same numbers, draws too."""
    monkeypatch.setattr(traffic, "_ALWAYS_NEW", 0)
    layer = getattr(nbp, f"{name}Pool2d")
    pool = layer(*window[:2], padding=window[2] if len(window) > 2 else 0)
    x = rng.standard_normal((2, 3, 83, 97), np.float32)
    seeded = {"rng": np.random.default_rng(5)} if name == "Random" else {}
    fresh = pool(x, **seeded)
    seeded = {"rng": np.random.default_rng(5)} if name == "Random" else {}
    into_frame(lambda out: pool(x, out=out, **seeded), [fresh], 3)
    plan = next(kept for kept in pool._plans.values() if isinstance(kept, Plan))
    parted = name == "Median" and len(window) > 2  # at the border, and written in the same way wherever
    assert (plan.for_new is None) == (name == "Random" or parted)


@pytest.mark.parametrize("window", [(2,), (3, 1, 1)])
def test_new_memory_with_indices(rng, large, monkeypatch, window):
    monkeypatch.setattr(traffic, "_ALWAYS_NEW", 0)
    pool = nbp.MaxPool2d(*window, return_indices=True)
    x = rng.standard_normal((2, 3, 83, 97), np.float32)
    into_frame(lambda out: pool(x, out=out), pool(x), 3)


@pytest.mark.parametrize("shape", [(3, 5, 40, 37), (3, 40, 37, 5)])
@pytest.mark.parametrize("order", ["pooled", "shuffled", "backwards"])
def test_unpooling_in_any_order(rng, large, shape, order):
    """Values that come after others of their plane have been written may belong before them."""
    last = shape[-1] == 5
    layout = LAST if last else FIRST
    unpool = nbp.MaxUnpool2d(2, data_format=layout)
    x = rng.standard_normal(shape, np.float32)
    full = unpool.output_shape(shape)
    _, indices = nbp.MaxPool2d(2, return_indices=True, data_format=layout)(rng.standard_normal(full, np.float32))
    spatial = (1, 2) if last else (2, 3)
    if order == "shuffled":
        indices = rng.integers(0, 80 * 74, indices.shape)
    elif order == "backwards":
        indices = np.ascontiguousarray(np.flip(indices, spatial))
    first = lambda a: np.moveaxis(a, -1, 1) if last else a
    places, values = (first(a).reshape(3, 5, -1) for a in (indices, x))
    goal = np.zeros((3, 5, 80 * 74), np.float32)
    for n, c in np.ndindex(3, 5):
        for at, value in zip(places[n, c], values[n, c], strict=True):
            goal[n, c, at] = value
    goal = goal.reshape(3, 5, 80, 74)
    expected = np.moveaxis(goal, 1, -1) if last else goal
    into_frame(lambda out: unpool(x, indices, out=out), [expected], 3)
    np.testing.assert_array_equal(unpool(x, indices), expected)
    indices.flat[-1] = 80 * 74
    out = np.full(full, 7, np.float32)
    with pytest.raises(IndexError, match="below 5920; got 5920"):
        unpool(x, indices, out=out)
    assert (out == 7).all()
