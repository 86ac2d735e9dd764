"""What a user waits for before the first result, and the memory that a call takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tracemalloc

import numpy as np

import numbapool as nbp

FIRST_CALL = """
import time
import numpy as np
import numbapool as nbp
x = np.zeros((4, 8, 64, 64), np.float32)
begin = time.perf_counter()
nbp.MaxPool2d(2)(x)
print(time.perf_counter() - begin)
"""


def _seconds(code, cache):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_CACHE_DIR": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def timeraw_import_numbapool():
    return "import numbapool"


def timeraw_import_numba():
    return "import numba"


def track_first_call_with_empty_cache():
    with tempfile.TemporaryDirectory() as cache:
        return _seconds(FIRST_CALL, cache)


def track_first_call_with_warm_cache():
    with tempfile.TemporaryDirectory() as cache:
        _seconds(FIRST_CALL, cache)
        return _seconds(FIRST_CALL, cache)


track_first_call_with_empty_cache.unit = track_first_call_with_warm_cache.unit = "s"


class SmallCall:
    def setup(self):
        self.x = np.zeros((1, 1, 8, 8), np.float32)
        self.pool, self.mean = nbp.MaxPool2d(2), nbp.AvgPool2d(2)
        self.pool(self.x)
        self.kept = nbp.MaxPool2d(2, return_indices=True)
        self.pair = self.kept(self.x)

    def time_layer(self):
        self.pool(self.x)

    def time_function(self):
        nbp.max_pool2d(self.x, 2)

    def time_indices_into(self):
        self.kept(self.x, out=self.pair)

    def time_gradient(self):
        self.kept.backward(*self.pair, self.x.shape)

    def time_mean_gradient(self):
        self.mean.backward(self.pair[0], self.x.shape)


class Memory:
    """Peak memory of a process that pools 100 MB into a given array."""

    params = ("Max", "Avg")

    def setup(self, operation):
        self.x = np.zeros((32, 64, 112, 112), np.float32)
        self.pool = getattr(nbp, f"{operation}Pool2d")(3, 2, 1)
        self.out = self.pool(self.x)

    def peakmem_into(self, operation):
        self.pool(self.x, out=self.out)

    def track_python_allocations(self, operation):
        tracemalloc.start()
        self.pool(self.x, out=self.out)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak
