"""Arguments and arrays that nothing can be made of: always an error of ours, for every operation, and at once."""

from __future__ import annotations

import inspect

import numba
import numpy as np
import pytest

import numbapool as nbp
from numbapool.operations import OPERATIONS

X = np.ones((1, 1, 6, 6), np.float32)
NEEDED = {
    "lp": {"norm_type": 2},
    "power": {"p": 3},
    "quantile": {"q": 0.5},
    "multi": {"reduces": ("max", "min")},
    "own": {"function": numba.njit(lambda w: w.sum())},
    "fractional_max": {"output_size": 3},
}
WINDOWED = sorted(n for n, ranks in OPERATIONS.items() if "kernel_size" in inspect.signature(ranks[0]).parameters)
WRONG_SIZES = (
    0,
    -1,
    True,
    2.0,
    float("nan"),
    float("inf"),
    "2",
    None,
    (2, 2, 2),
    (),
    (2, 0),
    2**31,
    2**62,
    10**30,
    1j,
    {},
)
FINE = [("stride", None), ("stride", ()), ("padding", 0), ("padding", (2, 0))]
# Sizes that a window may have, but not on this input.
LATE = (2**31, 2**39)


def made(name, **options):
    return OPERATIONS[name][1](**{**NEEDED.get(name, {}), "kernel_size": 2, **options})


@pytest.mark.parametrize("field", ["kernel_size", "stride", "padding", "dilation"])
@pytest.mark.parametrize("name", WINDOWED)
def test_windows(name, field):
    if field not in inspect.signature(OPERATIONS[name][1]).parameters:
        pytest.skip("has no such option")
    for value in (*WRONG_SIZES, *LATE):
        # a stride beyond the input leaves one window
        if (field, value) in FINE or (field == "stride" and value in LATE):
            continue
        with pytest.raises(nbp.PoolingError) as caught:
            called(name, **{field: value})
        words = (field, "kernel_size", "result") if value in LATE else (field,)
        assert any(word in str(caught.value) for word in words), (value, str(caught.value))


def called(name, **options):
    return made(name, **options)(X, np.zeros(X.shape, np.int64)) if name == "unpool" else made(name, **options)(X)


@pytest.mark.parametrize("value", [-1, True, 2.5, float("nan"), "2", (2, 2, 2), (1, -1), 2**31, 2**62])
@pytest.mark.parametrize("name", ["adaptive_max", "adaptive_min", "adaptive_mean"])
def test_output_sizes(name, value):
    with pytest.raises(nbp.PoolingError, match="output_size"):
        OPERATIONS[name][1](value)(X)


@pytest.mark.parametrize("name", [n for n in OPERATIONS if n not in ("unpool", "roi_align", "roi_max")])
@pytest.mark.parametrize(
    "x",
    [
        np.array(None, object),
        np.full((1, 1, 6, 6), None),
        np.zeros((1, 1, 6, 6), "S3"),
        np.zeros((1, 1, 6, 6), "M8[s]"),
        np.zeros((1, 1, 6, 6), [("a", "f4")]),
        np.zeros((1, 1, 6, 6), complex),
        np.zeros((1, 1, 6, 6), np.longdouble),
        np.float32(3),
        np.zeros(6, np.float32),
        "text",
        None,
        np.ma.masked_array(X, X > 3),
    ],
)
def test_arrays(name, x):
    options = {} if name == "spatial_pyramid" or name.startswith("global") else {"output_size": 2}
    pool = made(name) if name in WINDOWED else OPERATIONS[name][1 if len(OPERATIONS[name]) > 1 else 0](**options)
    with pytest.raises(nbp.PoolingError):
        pool(x)


@pytest.mark.parametrize("name", WINDOWED)
def test_empty_axes(name):
    """No batch and no channels are fine; a window needs a position."""
    if name == "unpool":
        pytest.skip("takes indices")
    pool = made(name)
    for shape in ((0, 1, 6, 6), (1, 0, 6, 6)):
        y = pool(np.zeros(shape, np.float32))
        assert all(part.size == 0 for part in (y if isinstance(y, tuple) else (y,)))
    for shape in ((1, 1, 0, 6), (1, 1, 6, 0)):
        with pytest.raises(nbp.PoolingValueError, match=f"^{type(pool).__name__}: "):
            pool(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    "pool", [nbp.GlobalMaxPool(), nbp.GlobalAvgPool(), nbp.GlobalLPPool(), nbp.SpatialPyramidPool()]
)
def test_empty_axes_of_whole_planes(pool):
    for shape in ((1, 1, 0, 6), (1, 1, 6, 0)):
        for call in (pool, pool.vjp):
            with pytest.raises(nbp.PoolingValueError, match=f"^{type(pool).__name__}: the input has no positions"):
                call(np.zeros(shape, np.float32))


@pytest.mark.parametrize("pool", [nbp.GlobalAvgPool(), nbp.GlobalLPPool(), nbp.MaxPool2d(6), nbp.MedianPool2d(6)])
def test_gradients_of_no_numbers(pool):
    _, pullback = pool.vjp(X)
    for grad in ([[1], [2, 3]], "ab", np.zeros((1, 1, 1, 1), bool), np.zeros((1, 1, 1, 1), complex)):
        with pytest.raises(nbp.PoolingError, match=f"^{type(pool).__name__}: grad_output "):
            pullback(grad)


@pytest.mark.parametrize("as_tuple", [False, True])
def test_gradients_of_several_poolings(as_tuple):
    pool = nbp.MultiPool2d(("max", "mean"), 2, as_tuple=as_tuple)
    for shape in ((6, 6), (1, 1, 1, 6)):
        with pytest.raises(nbp.PoolingValueError, match=r"^MultiPool2d: "):
            pool.vjp(np.zeros(shape, np.float32))
    _, pullback = pool.vjp(X)
    for grad in (3, None, X, (X, X), (X,), "ab"):
        with pytest.raises(nbp.PoolingError, match=r"^MultiPool2d: grad_output "):
            pullback(grad)


@pytest.mark.parametrize("name", [n for n in WINDOWED if n not in ("unpool", "own", "subsample")])
def test_out(name):
    pool = made(name)
    good = pool(X)
    if isinstance(good, tuple):
        pytest.skip("several results")
    wide = np.zeros((1, 1, 12, 12), good.dtype)
    read_only = np.zeros_like(good)
    read_only.flags.writeable = False
    for out in (
        np.zeros((1, 1, 2, 3), good.dtype),
        np.zeros(good.shape, np.int8),
        good.astype(good.dtype.newbyteorder()),
        read_only,
        good.tolist(),
        np.broadcast_to(np.zeros((), good.dtype), good.shape),
        np.ma.masked_array(good),
        3,
    ):
        with pytest.raises(nbp.PoolingError, match="out"):
            pool(X, out=out)
    if good.dtype == X.dtype and good.shape == (1, 1, 3, 3):
        x = wide[:, :, :6, :6]
        with pytest.raises(nbp.PoolingError, match="overlap"):
            pool(x, out=wide[:, :, 2:5, 2:5])


@pytest.mark.parametrize(
    "indices",
    [
        np.full((1, 1, 3, 3), -1),
        np.full((1, 1, 3, 3), 36),
        np.full((1, 1, 3, 3), 2**62),
        np.full((1, 1, 3, 3), -(2**63)),
        np.full((1, 1, 3, 3), 2**63, np.uint64),
        np.zeros((1, 1, 3, 3)),
        np.zeros((1, 1, 2, 3), np.int64),
        np.zeros((1, 1, 3, 3), bool),
        np.full((1, 1, 3, 3), None),
        "text",
    ],
)
def test_indices(indices):
    grad = np.ones((1, 1, 3, 3), np.float32)
    for call in (
        lambda: nbp.max_pool2d_backward(grad, indices, X.shape),
        lambda: nbp.MaxPool2d(2).backward(grad, indices, X.shape),
        lambda: nbp.max_unpool2d(grad, indices, 2),
        lambda: nbp.MaxUnpool2d(2).backward(X, indices),
    ):
        if np.shape(indices) != (1, 1, 2, 3) or "MaxUnpool2d" not in call.__code__.co_names:
            with pytest.raises(nbp.PoolingError):
                call()


@pytest.mark.parametrize(
    "shape",
    [(1, 1, 6), (1, 1, 6, -6), (1, 1, 6, 6.0), (1, 2, 6, 6), (1, 1, 60, 6), None, 6, "ab", (1, 1, 2**62, 2**62)],
)
def test_input_shapes(shape):
    grad = np.ones((1, 1, 3, 3), np.float32)
    for call in (
        lambda: nbp.avg_pool2d_backward(grad, shape, 2),
        lambda: nbp.SumPool2d(2).backward(grad, shape),
    ):
        with pytest.raises(nbp.PoolingError):
            call()


@pytest.mark.parametrize(
    "grad", [np.ones((1, 1, 2, 3)), np.ones((1, 1, 3, 3), bool), np.ones((1, 1, 3, 3), complex), None]
)
def test_gradients(grad):
    y, indices = nbp.max_pool2d(X, 2, return_indices=True)
    for call in (
        lambda: nbp.max_pool2d_backward(grad, indices, X.shape),
        lambda: nbp.avg_pool2d_backward(grad, X.shape, 2),
        lambda: nbp.SoftPool2d(2).backward(grad, X),
        lambda: nbp.LPPool2d(2, 2).backward(grad, X),
        lambda: nbp.MedianPool2d(2).vjp(X)[1](grad),
        lambda: nbp.MixedPool2d(2).vjp(X)[1](grad),
        lambda: nbp.StochasticPool2d(2, rng=0).vjp(X)[1](grad),
        lambda: nbp.FractionalMaxPool2d(2, 3, rng=0).vjp(X)[1](grad),
        lambda: nbp.AdaptiveAvgPool2d(3).vjp(X)[1](grad),
    ):
        with pytest.raises(nbp.PoolingError):
            call()
    assert y.shape == (1, 1, 3, 3)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), "0.5", None, True, [0.5]])
def test_ratios_and_samples(value):
    calls = [
        lambda: nbp.QuantilePool2d(value, 2),
        lambda: nbp.MixedPool2d(2, alpha=value),
        lambda: nbp.FractionalMaxPool2d(2, output_ratio=value)(X) if value != [0.5] else nbp.QuantilePool2d([0.5], 2),
        lambda: nbp.FractionalMaxPool2d(2, 3, random_samples=np.full((1, 1, 2), -0.1))(X),
        lambda: nbp.FractionalMaxPool2d(2, 3, random_samples=np.full((1, 1, 2), np.nan))(X),
        lambda: nbp.FractionalMaxPool2d(2, 3, random_samples=np.ones((1, 1, 3)))(X),
    ]
    for call in calls:
        with pytest.raises(nbp.PoolingError):
            call()


@pytest.mark.parametrize("name", ["max", "mean", "median"])
def test_results_that_do_not_fit_the_memory(name):
    x = np.broadcast_to(np.float32(1), (2**14, 2**14, 2**15))
    with pytest.raises(MemoryError):
        nbp.pool(x, (1, 1, 2), name, stride=1)
