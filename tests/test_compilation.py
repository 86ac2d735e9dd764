"""Compiled kernels: few, found again on disk, and never a reason to fail. Each test is a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SWEEP = """
import numpy as np, numbapool as nbp
from numbapool.kernel import compiled_kernels
x = np.zeros((1, 1, 80, 80), np.float32)
for kernel_size in range(1, 41):
    nbp.MaxPool2d(kernel_size)(x)
print(len(compiled_kernels()))
"""

POOL = """
import numpy as np, numbapool as nbp
from numbapool.kernel import _kernels
x = np.arange(16.0).reshape(1, 4, 4)
assert nbp.MaxPool2d(2)(x).tolist() == [[[5, 7], [13, 15]]]
print(sum(sum(k.serial.stats.cache_hits.values()) for k in _kernels))
"""


def run(code, cache, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBAPOOL_CACHE_DIR": str(cache), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_sweep_over_window_sizes_compiles_few_kernels(tmp_path):
    assert int(run(SWEEP, tmp_path)) <= 6


def test_the_next_process_finds_the_kernel(tmp_path):
    assert run(POOL, tmp_path) == "0"
    assert run(POOL, tmp_path) == "1"


def test_spoiled_cache_files_are_replaced(tmp_path):
    run(POOL, tmp_path)
    for file in tmp_path.rglob("*.nb?"):
        file.write_bytes(b"spoiled")
    assert run(POOL, tmp_path) == "0"


@pytest.mark.parametrize("where", ["a file", "nowhere"])
def test_a_directory_that_cannot_be_written_is_no_error(tmp_path, where):
    place = tmp_path / "place"
    if where == "a file":
        place.write_text("not a directory")
    else:
        place = "/proc/numbapool"
    assert run(POOL, place) == "0"


def test_code_of_two_processes_is_told_apart(tmp_path):
    """Kernels from disk and fresh ones must not share functions that only have the same name."""
    code = """
import numpy as np, numbapool as nbp
x = np.arange(1.0, 31.0).reshape(1, 5, 6)
for pool in {pools}:
    assert np.array_equal(pool(x), {{"Max": np.max, "Min": np.min, "Avg": np.mean}}[type(pool).__name__[:3]](
        np.lib.stride_tricks.sliding_window_view(x, (5, 5), (1, 2)), axis=(3, 4)))
"""
    run(code.format(pools="[nbp.MaxPool2d(5, 1), nbp.MinPool2d(5, 1)]"), tmp_path)
    run(code.format(pools="[nbp.AvgPool2d(5, 1), nbp.MinPool2d(5, 1), nbp.MaxPool2d(5, 1)]"), tmp_path)


def test_warmup_and_watching(tmp_path):
    code = """
import numpy as np, numbapool as nbp
from numbapool.runtime import watch_compilation
lines, compiled = [], []
with watch_compilation(compiled.append):
    assert nbp.warmup(nbp.MaxPool2d(2), nbp.AvgPool1d(3, 1), dtypes=["float32", "uint8"], progress=lines.append) == 4
assert lines[0] == "MaxPool2d(kernel_size=2) for float32" and len(lines) == 4
assert "rows" in compiled
compiled.clear()
with watch_compilation(compiled.append):
    nbp.MaxPool2d(2)(np.zeros((8, 8, 64, 64), np.float32))
    nbp.MaxPool2d(2)(np.zeros((1, 1, 4, 4), np.float32))
assert not compiled, compiled
"""
    run(code, tmp_path)


def test_nothing_optional_is_imported():
    code = "import sys, numbapool; print(any(m in sys.modules for m in ('torch', 'skimage', 'matplotlib', 'rich')))"
    assert run(code, "/tmp") == "False"


def test_the_first_call_leaves_scipy_to_those_who_need_it(tmp_path):
    code = """
import sys
import numba
assert "numpy.ma" not in sys.modules
print("scipy.linalg" in sys.modules)
product = numba.njit(lambda a: a @ a)
try:
    assert np.array_equal(product(x[0]), x[0] @ x[0])
except ImportError as error:
    assert "scipy" in str(error) and "scipy.linalg" not in sys.modules
"""
    assert run(POOL + code, tmp_path).split() == ["0", "False"]


def test_an_operation_is_loaded_alone(tmp_path):
    code = """
import sys
import numbapool
numbapool.MaxPool2d, numbapool.functional.max_pool2d
print(sorted(m for m in sys.modules if m.startswith("numbapool.operations.")))
print(set(numbapool.__all__) - set(dir(numbapool)), [n for n in numbapool.__all__ if not hasattr(numbapool, n)])
"""
    first, second = run(code, tmp_path).splitlines()
    assert "numbapool.operations.max" in first
    assert "numbapool.operations.adaptive" not in first
    assert second == "set() []"
