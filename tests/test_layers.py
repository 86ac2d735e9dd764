"""Layers as values, functions as their twins, threads, and the cases the project started from."""

from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
from itertools import product

import numba
import numpy as np
import pytest
from cases import LAYOUTS, WINDOWS, layer, values

import numbapool as nbp
from numbapool.operations import OPERATIONS
from numbapool.validation.docstrings import function_name

# Those that take a window and nothing else that is needed.
PLAIN = ("max", "min", "mean", "sum", "median", "mode", "mixed", "logsumexp", "soft")
LAYERS = [rank for name in PLAIN for rank in OPERATIONS[name]]


@pytest.mark.parametrize("kind", LAYERS)
def test_layers_are_values(kind):
    pool = kind(3, stride=2, padding=1, data_format="channels_last")
    assert eval(repr(pool), {n: getattr(nbp, n) for n in nbp.__all__}) == pool
    assert repr(kind(2)) == f"{kind.__name__}(kernel_size=2)"
    assert pickle.loads(pickle.dumps(pool)) == pool
    assert len({pool, kind(3, stride=2, padding=1, data_format="channels_last"), kind(2)}) == 2
    assert kind(2) == kind((2,) * kind.rank, stride=2)
    assert pool != kind(2)
    with pytest.raises(AttributeError):
        pool.kernel_size = 5


@pytest.mark.parametrize("kind", LAYERS)
def test_documentation_is_complete(kind):
    twin = getattr(nbp, function_name(kind.__name__))
    assert getattr(nbp.functional, twin.__name__) is twin
    for thing in (kind, twin):
        assert not re.search(r'\{(?!")', thing.__doc__)
        assert "<" not in thing.__doc__
        for name in inspect.signature(thing).parameters:
            assert f"{name} :" in thing.__doc__


@pytest.mark.parametrize("kind", LAYERS)
def test_functions_are_twins_of_layers(rng, kind):
    x = rng.standard_normal((2, 3, *(9,) * kind.rank)).astype(np.float32)
    twin = getattr(nbp, function_name(kind.__name__))
    np.testing.assert_array_equal(twin(x, 3, 2, 1), kind(3, 2, 1)(x))
    out = np.empty_like(kind(3, 2, 1)(x))
    assert twin(x, 3, 2, 1, out=out) is out


def test_arguments_are_checked_even_when_equal_ones_were_welcome():
    x = np.zeros((1, 4, 4), np.float32)
    nbp.max_pool2d(x, (2, 2))
    with pytest.raises(nbp.PoolingTypeError):
        nbp.max_pool2d(x, (2.0, 2.0))
    with pytest.raises(nbp.PoolingTypeError):
        nbp.max_pool2d(x, 2.0)


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize(
    ("reduce", "window"), [*product(("max", "mean"), WINDOWS), *product(("median", "soft"), ["k3s2p1"])]
)
def test_the_same_bits_for_any_number_of_threads(rng, reduce, window, data_format):
    shape = (2, 3, 160, 190) if data_format == "channels_first" else (2, 160, 190, 3)
    x = values(rng, shape, "float32") + rng.standard_normal(shape).astype(np.float32)
    pool = layer(reduce, 2, **WINDOWS[window].options, data_format=data_format)
    results = []
    before = numba.get_num_threads()
    try:
        for threads in {1, min(2, numba.config.NUMBA_NUM_THREADS)}:
            numba.set_num_threads(threads)
            y, pullback = pool.vjp(x)
            grad = np.sin(np.arange(y.size, dtype=np.float32)).reshape(y.shape)
            results.append((y.tobytes(), pullback(grad).tobytes(), pool(x).tobytes()))
    finally:
        numba.set_num_threads(before)
    assert all(r == results[0] for r in results)


def test_gradient_of_one_large_plane_is_the_same_on_any_number_of_threads(rng):
    x = rng.integers(0, 3, (1, 1, 700, 300)).astype(np.float32)
    _, indices = nbp.max_pool2d(x, 3, 1, 1, return_indices=True)
    grad = rng.standard_normal(indices.shape).astype(np.float32)
    before = numba.get_num_threads()
    results = []
    try:
        for threads in {1, min(2, numba.config.NUMBA_NUM_THREADS)}:
            numba.set_num_threads(threads)
            results.append(nbp.max_pool2d_backward(grad, indices, x.shape).tobytes())
    finally:
        numba.set_num_threads(before)
    assert all(r == results[0] for r in results)


def test_one_dimension():
    x = [[0, 1, 2, 3, 4], [0, 1, 2, 3, 5]]
    assert nbp.MaxPool1d(3)(x).tolist() == [[2], [2]]
    assert nbp.MaxPool1d(3, padding=1)(x).tolist() == [[1, 4], [1, 5]]


@pytest.mark.parametrize(
    ("pool", "before", "after"),
    [
        (nbp.AvgPool2d(2), (32, 3, 256, 256), (32, 3, 128, 128)),
        (nbp.MaxPool2d(3), (32, 3, 30, 30), (32, 3, 10, 10)),
        (nbp.AvgPool2d(3), (32, 3, 30, 30), (32, 3, 10, 10)),
        (nbp.MaxPool2d(2), (5, 16, 32, 32), (5, 16, 16, 16)),
    ],
)
def test_shapes(pool, before, after):
    assert pool(np.zeros(before, np.float32)).shape == after == pool.output_shape(before)


def test_gradient_shape_is_checked():
    with pytest.raises(nbp.PoolingValueError, match=r"grad_output must have shape \(1, 1, 2, 2\)"):
        nbp.MaxPool2d(2).backward(np.zeros((1, 1, 3, 3)), np.zeros((1, 1, 3, 3), int), (1, 1, 4, 4))
    with pytest.raises(nbp.PoolingValueError, match=r"grad_output must have shape \(1, 1, 2, 2\)"):
        nbp.AvgPool2d(2).backward(np.zeros((1, 1, 3, 3)), (1, 1, 4, 4))
    with pytest.raises(nbp.PoolingValueError, match="indices must have the shape of grad_output"):
        nbp.max_pool2d_backward(np.zeros((1, 1, 3, 3)), np.zeros((1, 1, 2, 3), int), (1, 1, 4, 4))
    with pytest.raises(nbp.PoolingTypeError, match="indices must be integers"):
        nbp.max_pool2d_backward(np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 2, 2)), (1, 1, 4, 4))
    with pytest.raises(nbp.PoolingValueError, match="must agree but on the spatial axes"):
        nbp.max_pool2d_backward(np.zeros((1, 2, 2, 2)), np.zeros((1, 2, 2, 2), int), (1, 1, 4, 4))
    with pytest.raises(nbp.PoolingTypeError, match="grad_output must be floating-point"):
        nbp.AvgPool2d(2).backward(np.zeros((1, 1, 2, 2), int), (1, 1, 4, 4))


def test_importing_loads_numba_but_no_operation():
    pages = "any(name.startswith('numbapool.operations') for name in sys.modules)"
    code = f"import sys, numbapool as n; assert 'numba' in sys.modules and not {pages}; n.MaxPool2d; assert {pages}"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert {"MaxPool2d", "pool", "PoolingError", "functional", "warmup"} <= set(dir(nbp)) & set(nbp.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(nbp, "nothing")  # noqa: B009
