"""Large results in given arrays go past the caches, in whole cache lines: the same results, and nothing beside them."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp

# A layer for each kernel that can write so, with the shape of an input.
CASES = {
    "rows": (nbp.MaxPool2d(3, 1, 1), (2, 3, 21, 37)),
    "strided rows": (nbp.AvgPool2d(3, 2, 1, count_include_pad=False), (2, 3, 21, 37)),
    "long rows": (nbp.MaxPool1d(3, 2), (3, 9001)),
    "slide": (nbp.MaxPool2d(9, 1, 4), (2, 3, 40, 33)),
    "squares": (nbp.MaxPool2d(2), (2, 3, 20, 74)),
    "squares of volumes": (nbp.AvgPool3d(2), (2, 3, 6, 20, 34)),
    "slab": (nbp.AvgPool3d(3, 1, 1), (1, 2, 9, 20, 31)),
    "selected rows": (nbp.MaxPool2d(3, 1, 1, return_indices=True), (2, 3, 21, 37)),
    "selected squares": (nbp.MinPool3d(2, return_indices=True), (2, 3, 6, 20, 34)),
    "selected slide": (nbp.MaxPool2d(19, 1, 9, return_indices=True), (1, 2, 40, 33)),
}
PIXELS = {
    "pixels": (nbp.MaxPool2d(3, 2, 1, data_format="channels_last"), (2, 11, 14, 23)),
    "selected pixels": (nbp.MaxPool2d(3, 2, 1, return_indices=True, data_format="channels_last"), (2, 11, 14, 23)),
}
GRADIENTS = {
    "gradient in phases": (nbp.AvgPool2d(2), (2, 3, 24, 37)),
    "overlapping gradient": (nbp.AvgPool2d(5, 2, 2), (2, 3, 24, 37)),
    "gradient at stride 1": (nbp.AvgPool2d(3, 1, 1), (2, 3, 24, 37)),
    "gradient of pixels": (nbp.AvgPool2d(3, 3, data_format="channels_last"), (2, 12, 12, 17)),
}


@pytest.fixture
def past_caches(monkeypatch):
    """All results are large, and made by several threads, for layers that are made now."""
    from numbapool import threads
    from numbapool.plans import cutting, plan, planned

    monkeypatch.setattr(threads, "PARALLEL_FROM", -1)
    monkeypatch.setattr(plan, "_PAST_CACHES", -1)
    monkeypatch.setattr(cutting, "STREAMED_ROW", 0)
    planned._plans_of.cache_clear()
    yield
    planned._plans_of.cache_clear()


def again(layer):
    """An equal layer that knows no plans yet."""
    return eval(repr(layer), vars(nbp))


def places(result, first):
    """An array for a result that begins at some number of a larger one, whose other numbers must stay as they are."""
    memory = np.full(result.size + 64, 77, result.dtype)
    return memory, memory[first : first + result.size].reshape(result.shape)


def check_kept(memory, first, result):
    np.testing.assert_array_equal(memory[first : first + result.size], result.ravel())
    assert (memory[:first] == 77).all()
    assert (memory[first + result.size :] == 77).all()


@pytest.mark.parametrize("first", [0, 1, 7, 19])
@pytest.mark.parametrize("case", CASES)
def test_results_past_caches(case, first, rng, past_caches):
    layer, shape = CASES[case]
    x = rng.integers(0, 99, shape).astype(np.float32)
    expected = again(layer)(x)
    results = expected if isinstance(expected, tuple) else (expected,)
    into = [places(r, first) for r in results]
    outs = tuple(view for _, view in into)
    again(layer)(x, out=outs if len(outs) == 2 else outs[0])
    for (memory, _), result in zip(into, results, strict=True):
        check_kept(memory, first, result)


@pytest.mark.parametrize("first", [0, 1, 7, 19])
@pytest.mark.parametrize("case", GRADIENTS)
def test_gradients_past_caches(case, first, rng, past_caches):
    layer, shape = GRADIENTS[case]
    grad = rng.integers(0, 99, layer.output_shape(shape)).astype(np.float32)
    expected = again(layer).backward(grad, shape)
    memory, out = places(expected, first)
    again(layer).backward(grad, shape, out=out)
    check_kept(memory, first, expected)


@pytest.mark.parametrize("case", ["rows", "selected rows", *PIXELS])
def test_rows_apart(case, rng, past_caches):
    """Results that are a part of a larger array, with something else between their planes."""
    layer, shape = (CASES | PIXELS)[case]
    x = rng.integers(0, 99, shape).astype(np.float32)
    expected = again(layer)(x)
    results = expected if isinstance(expected, tuple) else (expected,)
    memories = [np.full((3 * r.shape[0], *r.shape[1:]), 77, r.dtype) for r in results]
    outs = tuple(m[::3] for m in memories)
    again(layer)(x, out=outs if len(outs) == 2 else outs[0])
    for memory, result in zip(memories, results, strict=True):
        np.testing.assert_array_equal(memory[::3], result)
        assert (memory[1::3] == 77).all()
        assert (memory[2::3] == 77).all()


def test_large_results_of_the_same_layer(rng):
    """Past the caches in a given array, as usual in a new one; a call does not depend on the one before."""
    x = rng.standard_normal((3, 4, 1024, 1024)).astype(np.float32)
    pool, out = nbp.MaxPool2d(3, 1, 1), np.empty_like(x)
    before = pool(x)
    assert pool(x, out=out) is out
    np.testing.assert_array_equal(out, before)
    np.testing.assert_array_equal(pool(x), before)
