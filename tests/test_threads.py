"""Calls on any number of threads, of Numba's and of Python's, give the same."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

import numbapool as nbp

LAYERS = (
    nbp.MaxPool2d(2),
    nbp.AvgPool2d(3, 2, 1),
    nbp.MaxPool2d(3, 1, 1, return_indices=True),
    nbp.MultiPool2d(("max", "min"), 2, as_tuple=True),
)


def results(layer, x):
    found = layer(x)
    return found if isinstance(found, tuple) else (found,)


def test_python_threads(rng):
    """Each has scratch memory and a table of jobs of its own."""
    inputs = [rng.random((4, 16, 90 + i, 120), dtype=np.float32) for i in range(3)]
    expected = [[results(layer, x) for x in inputs] for layer in LAYERS]
    if numba.get_num_threads() > 1 and numba.threading_layer() == "workqueue":
        pytest.skip("Numba's own threads serve one caller at a time")

    def work(first):
        for k in range(first, first + 24):
            which, i = k % len(LAYERS), k % len(inputs)
            for found, right in zip(results(LAYERS[which], inputs[i]), expected[which][i], strict=True):
                np.testing.assert_array_equal(found, right)
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("threading_layer", ["omp", "workqueue"])
def test_threading_layers(threads, threading_layer):
    code = """
import numba, numpy as np, numbapool as nbp
x = np.random.default_rng(0).random((3, 7, 101, 120), np.float32)
for units in (x, x[:1, :1], np.tile(x, (1, 1, 1, 3))):
    y = nbp.max_pool2d(units, (101, 2))
    assert (y == units.reshape(*units.shape[:3], -1, 2).max((2, 4))[:, :, None]).all()
    y = nbp.max_pool2d(units, (1, 2))
    assert (y == units.reshape(*units.shape[:3], -1, 2).max(4)).all()
numba.set_num_threads(1)
assert (nbp.max_pool2d(units, (1, 2)) == y).all()
print(numba.threading_layer())
"""
    environment = {"NUMBA_NUM_THREADS": str(threads), "NUMBA_THREADING_LAYER": threading_layer}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if "No threading layer" in done.stderr:
        pytest.skip(f"Numba has no {threading_layer} here")
    assert not done.returncode, done.stderr
    assert threads == 1 or done.stdout.strip() == threading_layer


def test_an_error_on_any_thread_arrives(rng):
    @numba.njit
    def refuses(window):
        if window[0] > 1:
            raise ValueError("too large")
        return window.sum()

    x = rng.random((4, 8, 90, 120))
    np.testing.assert_allclose(nbp.pool(x, 2, refuses, axes=(2, 3)), nbp.pool(x, 2, "sum", axes=(2, 3)), rtol=1e-12)
    x[-1, -1, -2, -2] = 2
    with pytest.raises(ValueError, match="too large"):
        nbp.pool(x, 2, refuses, axes=(2, 3))
