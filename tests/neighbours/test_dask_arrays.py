"""Dask arrays in any chunks give, lazily and to the bit, what the same array gives in memory."""

from __future__ import annotations

import os
import pickle
from itertools import pairwise

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numbapool as nbp
from numbapool.neighbours.parts import Pooling

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
nbp_dask = pytest.importorskip("numbapool.dask")


def values(shape, dtype="float32"):
    return (np.random.default_rng(3).standard_normal(shape) * 10).astype(dtype)


def computed(result):
    """In memory; one thread, so that errors are shown where they come from."""
    several = isinstance(result, tuple)
    arrays = dask.compute(*(result if several else (result,)), scheduler="synchronous")
    return arrays if several else arrays[0]


def assert_same(lazy, expected):
    lazily, given_out = lazy if isinstance(lazy, tuple) else (lazy,), computed(lazy)
    found = given_out if isinstance(given_out, tuple) else (given_out,)
    wanted = expected if isinstance(expected, tuple) else (expected,)
    for told, y, want in zip(lazily, found, wanted, strict=True):
        assert told.dtype == y.dtype == want.dtype
        assert told.shape == y.shape == want.shape
        assert np.ascontiguousarray(y).tobytes() == np.ascontiguousarray(want).tobytes()


def assert_pooled_alike(x, chunks, window, reduce, **options):
    lazy = nbp_dask.pool(da.from_array(x, chunks=chunks), window, reduce, **options)
    assert_same(lazy, nbp.pool(x, window, reduce, **options))


@st.composite
def cut(draw, size):
    """Chunks of an axis, of which many are short."""
    ends = draw(st.sets(st.integers(1, max(size - 1, 1)), max_size=5))
    bounds = [0, *sorted(e for e in ends if e < size), size]
    return tuple(b - a for a, b in pairwise(bounds))


@st.composite
def cases(draw):
    shape = (draw(st.integers(1, 3)), draw(st.integers(3, 40)), draw(st.integers(3, 40)))
    window = draw(st.sampled_from([(2, 2), (3, 3), (3, 2), (1, 3)]))
    options = {
        "stride": draw(st.sampled_from([1, 2, 3, (3, 1)])),
        "padding": draw(st.sampled_from([0, "same", "valid"] if 1 in window else [0, 1, "same", ((0, 1), (1, 0))])),
        "ceil_mode": draw(st.booleans()),
    }
    return shape, tuple(draw(cut(n)) for n in shape), window, options


@given(cases(), st.sampled_from(["max", "mean"]), st.booleans())
def test_any_chunks(case, reduce, more):
    shape, chunks, window, options = case
    options |= {"return_indices": more} if reduce == "max" else {"count_include_pad": more}
    x = values(shape)
    try:
        expected = nbp.pool(x, window, reduce, axes=(1, 2), **options)
    except nbp.PoolingError as error:
        with pytest.raises(type(error)):
            nbp_dask.pool(da.from_array(x, chunks=chunks), window, reduce, axes=(1, 2), **options)
        return
    assert_same(nbp_dask.pool(da.from_array(x, chunks=chunks), window, reduce, axes=(1, 2), **options), expected)


@pytest.mark.parametrize("chunks", [(2, 7, 5), (1, 40, (1, 1, 3, 35))])
@pytest.mark.parametrize("window", [(6, 1), (12, 4)])
def test_sums_of_windows_that_overlap_far(window, chunks):
    """Blocks of rows share sums, and one window alone has another kernel: which a chunk must not change."""
    x = values((2, 40, 40))
    options = {"axes": (1, 2), "stride": (1, 2), "padding": "same"}
    assert_same(
        nbp_dask.pool(da.from_array(x, chunks=chunks), window, "mean", **options),
        nbp.pool(x, window, "mean", **options),
    )


@pytest.mark.parametrize(
    ("shape", "chunks"), [((300, 9, 8), (7, 4, 8)), ((300, 24, 20), (300, 6, 7))], ids=["small", "chunks-small"]
)
def test_sums_of_many_small_planes(shape, chunks):
    """They are added up value by value, and chunks of large ones are not."""
    x = values(shape)
    options = {"axes": (1, 2), "stride": 1}
    assert_same(
        nbp_dask.pool(da.from_array(x, chunks=chunks), (2, 5), "mean", **options),
        nbp.pool(x, (2, 5), "mean", **options),
    )


def test_functions():
    x = values((2, 3, 12, 14))
    d = da.from_array(x, chunks=(1, 2, 5, (3, 11)))
    last, lazy_last = np.moveaxis(x, 1, -1).copy(), da.moveaxis(d, 1, -1)
    assert_same(nbp_dask.max_pool2d(d, 3, 2, 1, return_indices=True), nbp.max_pool2d(x, 3, 2, 1, return_indices=True))
    assert_same(nbp_dask.avg_pool2d(d, 2), nbp.avg_pool2d(x, 2))
    how = {"data_format": "channels_last"}
    assert_same(nbp_dask.avg_pool2d(lazy_last, 3, 2, **how), nbp.avg_pool2d(last, 3, 2, **how))
    assert_same(nbp_dask.adaptive_avg_pool2d(d, (4, 5)), nbp.adaptive_avg_pool2d(x, (4, 5)))
    assert_same(nbp_dask.global_max_pool(d, return_indices=True), nbp.global_max_pool(x, return_indices=True))
    assert_same(nbp_dask.multi_pool2d(d, ("max", "mean"), 2), nbp.multi_pool2d(x, ("max", "mean"), 2))
    assert_same(nbp_dask.subsample_pool2d(d, 3, 2), nbp.subsample_pool2d(x, 3, 2))


OPERATIONS = {
    "lp": {"norm_type": 2.0},
    "power": {"p": 3.0},
    "quantile": {"q": 0.3},
    "multi": {"reduces": ("max", "mean", "sum")},
    "sum": {"min_count": 2},
}
OPERATIONS |= {
    name: {} for name in ("mixed", "median", "mode", "logsumexp", "soft", "min", "adaptive_mean", "global_mean")
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "float16"])
@pytest.mark.parametrize("reduce", OPERATIONS)
def test_all_operations(reduce, dtype):
    x = abs(values((3, 20, 18))).astype(dtype)
    options = dict(OPERATIONS[reduce])
    name = options.pop("reduces", reduce)
    if not reduce.startswith(("adaptive", "global")):
        options |= {"stride": (2, 1), "padding": "same"}
    assert_pooled_alike(x, ((1, 2), 7, (1, 9, 8)), (4, 5), name, axes=(1, 2), **options)


def test_nothing_is_computed_and_little_is_read():
    read = []

    def chunk(block_info):
        read.append(block_info[None]["chunk-location"])
        return np.zeros(block_info[None]["chunk-shape"], np.float32)

    x = da.map_blocks(chunk, chunks=((8,) * 8, (8,) * 8), dtype=np.float32, meta=np.empty((0, 0), np.float32))
    y = nbp_dask.pool(x, 3, "max", stride=1, padding="same")
    assert y.chunks == x.chunks
    assert read == []
    computed(y[16:24, 16:24])
    assert sorted(read) == [(i, j) for i in (1, 2, 3) for j in (1, 2, 3)]


def test_the_graph_grows_with_the_chunks():
    def tasks(chunks):
        x = da.zeros((400, 400), chunks=chunks, dtype=np.float32)
        return len(nbp_dask.pool(x, 3, "max", stride=1, padding="same").__dask_graph__()), x.npartitions

    few, many = tasks(100), tasks(20)
    assert many[0] / many[1] < 1.5 * few[0] / few[1]


def test_one_thread_for_each_task(monkeypatch):
    seen, run = [], Pooling.run

    def watched(self, *args):
        seen.append(numba.get_num_threads())
        return run(self, *args)

    monkeypatch.setattr(Pooling, "run", watched)
    before = numba.get_num_threads()
    x = da.from_array(values((8, 8)), chunks=4)
    nbp_dask.pool(x, 2).compute(scheduler="threads", num_workers=2)
    nbp_dask.pool(x, 2).compute(scheduler="synchronous")
    assert seen == [1] * 8
    assert numba.get_num_threads() == before


@pytest.mark.parametrize("name", ["max", "mean"])
def test_reductions_for_coarsen(name):
    assert_coarsened(name, "float32")


@pytest.mark.parametrize("name", ["max", "min", "mean", "sum", "median"])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_all_reductions_for_coarsen(name, dtype):
    assert_coarsened(name, dtype)


def assert_coarsened(name, dtype):
    x = values((3, 12, 10), dtype)
    d = da.from_array(x, chunks=(2, 5, 4))
    lazy = da.coarsen(getattr(nbp_dask, name), d, {1: 2, 2: 2})
    expected = computed(da.coarsen(getattr(np, name), d, {1: 2, 2: 2}))
    found = computed(lazy)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    assert found.dtype == expected.dtype == lazy.dtype
    np.testing.assert_allclose(getattr(nbp_dask, name)(x, axis=0), getattr(np, name)(x, axis=0), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(getattr(nbp_dask, name)(x), getattr(np, name)(x), rtol=1e-5)


WRONG = {
    r"max_pool2d: x must be a dask array; got ndarray\. Use": lambda d: nbp_dask.max_pool2d(np.zeros((1, 4, 4)), 2),
    r"max_pool2d: kernel_size=9 .* does not fit .* size 8 on axis H": lambda d: nbp_dask.max_pool2d(d, 9),
    r"max_pool2d: unknown argument 'kernel'; use kernel_size=": lambda d: nbp_dask.max_pool2d(d, kernel=2),
    r"max_pool2d: out is not for dask arrays": lambda d: nbp_dask.max_pool2d(d, 2, out=np.zeros(1)),
    r"pool: padding must .* use dask\.array\.pad first": lambda d: nbp_dask.pool(d, 2, padding="reflect", axes=(1, 2)),
    r"random_pool2d is not for dask arrays: draws would depend": lambda d: nbp_dask.random_pool2d(d, 2),
    r"max_pool2d_backward .* it needs whole planes": lambda d: nbp_dask.max_pool2d_backward(d, d, (1,)),
    r"max_unpool2d is not .* dask\.array\.map_blocks": lambda d: nbp_dask.max_unpool2d(d, d, 2),
    r"pool: reduce='roi_max' is not for dask arrays": lambda d: nbp_dask.pool(d, 2, "roi_max"),
    r"pool: x must have known chunks; .* x\.compute_chunk_sizes": lambda d: nbp_dask.pool(d[d[:, 0, 0] > 0], 2),
    r"pool: x has dtype complex64": lambda d: nbp_dask.pool(d.astype("complex64"), 2),
    r"pool: axes must be at most three for dask arrays": lambda d: nbp_dask.pool(da.zeros((8,) * 4), 2),
    r"computed as a whole; pass it to the function of this name in numbapool\.dask": lambda d: nbp.pool(d, 2),
}


@pytest.mark.parametrize("message", WRONG)
def test_errors_tell_the_way_out(message):
    with pytest.raises(nbp.PoolingError, match=message):
        WRONG[message](da.zeros((2, 8, 8), chunks=3, dtype=np.float32))


def test_tasks_can_be_pickled():
    x = values((20, 20))
    y = nbp_dask.pool(da.from_array(x, chunks=6), 3, "max", stride=1)
    again = pickle.loads(pickle.dumps(y))
    assert_same(again, nbp.pool(x, 3, "max", stride=1))


def test_all_workers_of_a_cluster():
    """Several processes, of which one is killed on the way."""
    distributed = pytest.importorskip("distributed")
    x = values((1200, 1200))
    d = da.from_array(x, chunks=100)
    expected = nbp.pool(x, 3, "mean", stride=1, padding="same")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        lazy = nbp_dask.pool(d, 3, "mean", stride=1, padding="same")
        future = client.compute(lazy)
        workers = list(client.scheduler_info()["workers"])
        client.run(os._exit, 1, workers=workers[:1], on_error="ignore", wait=False)
        assert future.result(timeout=60).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("axis", "kind"), [(5, IndexError), (1.0, TypeError), ((1, 1), ValueError), ((1, -2), ValueError)]
)
def test_reductions_refuse_the_axes_that_numpy_refuses(axis, kind):
    with pytest.raises(kind):
        nbp_dask.max(np.arange(24.0).reshape(2, 3, 4), axis=axis)


def test_axes_in_a_list():
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(nbp_dask.max(x, axis=[2]), x.max(2))
