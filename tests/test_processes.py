"""Forked and spawned processes, Python threads and parallel code of the user's, on each of Numba's threading layers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

LAYERS = ("omp", "workqueue", "tbb")
# Two calls, of which the second is large enough for threads, and whether both are right.
WORK = """
import multiprocessing, os, sys, threading, warnings
import numba, numpy as np, numbapool as nbp
SMALL, LARGE = np.arange(64.0).reshape(8, 8), np.arange(2**22, dtype=np.float32).reshape(2048, 2048)

def work(_=None):
    good = nbp.pool(SMALL, 2, "max")[-1, -1] == 63
    y = nbp.pool(LARGE, 2, "max")
    return bool(good and (y == LARGE[1::2, 1::2]).all())
"""


def run(code, layer, **environment):
    """What a new process prints; it must end by itself, and well."""
    environment = {"NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": "2", **environment}
    environment["LD_LIBRARY_PATH"] = os.path.join(sys.prefix, "lib")  # where pip puts TBB
    done = subprocess.run(
        [sys.executable, "-c", WORK + code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "No threading layer" in done.stderr:
        pytest.skip(f"Numba has no {layer} here")
    assert done.returncode == 0, done.stderr
    assert "Terminating" not in done.stderr, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("before", [True, False])
def test_forked_processes(layer, before):
    """A child of a child as well; and the parent goes on as before."""
    code = f"""
if {before}:
    assert work()

def child(again):
    if again:
        os._exit(0 if work() and os.waitpid(fork(False), 0)[1] == 0 else 1)
    os._exit(0 if work() else 1)

def fork(again):
    pid = os.fork()
    if pid == 0:
        child(again)
    return pid

warnings.simplefilter("ignore")
print(*[os.waitpid(fork(True), 0)[1] for _ in range(2)], work(), numba.get_num_threads())
"""
    assert run(code, layer) == ["0", "0", "True", "2"]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_of_processes(layer, method, tmp_path):
    (tmp_path / "worker.py").write_text(WORK)
    code = f"""
sys.path.insert(0, {str(tmp_path)!r})
from worker import work
if __name__ == "__main__":
    from concurrent.futures import ProcessPoolExecutor
    assert work()
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        print(all(pool.map(work, range(4))))
    with ProcessPoolExecutor(2, multiprocessing.get_context({method!r})) as pool:
        print(all(pool.map(work, range(4))))
    print(work())
"""
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert run(code, layer, PYTHONPATH=path) == ["True"] * 3


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_joblib(backend):
    pytest.importorskip("joblib")
    code = f"""
from joblib import Parallel, delayed
assert work()
found = Parallel(2, backend={backend!r})(delayed(nbp.pool)(LARGE, 2, "max") for _ in range(4))
print(all((y == LARGE[1::2, 1::2]).all() for y in found), work())
"""
    assert run(code, "omp") == ["True", "True"]


def test_workers_of_a_data_loader():
    pytest.importorskip("torch")
    code = """
import torch
class Data(torch.utils.data.Dataset):
    def __len__(self): return 6
    def __getitem__(self, i): return torch.from_numpy(nbp.pool(LARGE, 2, "max"))
assert work() and torch.nn.functional.max_pool2d(torch.ones(8, 8, 200, 200), 2).sum() > 0
print(all((y[0].numpy() == LARGE[1::2, 1::2]).all() for y in torch.utils.data.DataLoader(Data(), num_workers=2)))
"""
    assert run(code, "omp") == ["True"]


@pytest.mark.parametrize("layer", LAYERS)
def test_many_python_threads(layer):
    """Of which the first calls compile, or load, at once; with different layers, and a thread mask for each."""
    code = """
from concurrent.futures import ThreadPoolExecutor
start = threading.Barrier(16)
def task(i):
    start.wait()
    if i % 4 == 0:
        numba.set_num_threads(1)
    size = 2 + i % 3
    x = LARGE[: 2048 // size * size, : 2048 // size * size]
    right = x[size - 1 :: size, size - 1 :: size]
    good = all((nbp.pool(x, size, "max") == right).all() for _ in range(10))
    return good and numba.get_num_threads() == (1 if i % 4 == 0 else 2)
with ThreadPoolExecutor(16) as pool:
    print(all(pool.map(task, range(16))), numba.threading_layer())
"""
    assert run(code, layer) == ["True", layer]


@pytest.mark.parametrize("layer", LAYERS)
def test_calls_from_parallel_code(layer):
    """From a thread of Numba's, which may not start more of them."""
    code = """
work()
right = LARGE[1::2, 1::2]
@numba.njit(parallel=True)
def many(good):
    for i in numba.prange(good.size):
        with numba.objmode(same="boolean"):
            same = bool((nbp.pool(LARGE, 2, "max") == right).all())
        good[i] = same
good = np.zeros(8, np.bool_)
many(good)
print(good.all(), work())
"""
    assert run(code, layer) == ["True", "True"]
