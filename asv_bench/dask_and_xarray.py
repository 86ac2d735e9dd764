"""Beside the ``coarsen`` of dask and of xarray: ratios of the shortest of interleaved calls.

    python asv_bench/dask_and_xarray.py
    python asv_bench/dask_and_xarray.py --memory

``--memory`` pools an array of four times the memory that a worker is allowed, beside what the worker takes at most.
"""

from __future__ import annotations

import argparse
import time
import warnings
from itertools import product

import dask.array as da
import numpy as np
import xarray as xr

import numbapool.dask as nbp_dask
import numbapool.xarray  # noqa: F401  # the accessor

SIZE, CHUNKS = 6000, (1000, 3000)
MIB = 2**20


def shortest(calls, repeats=5):
    times = dict.fromkeys(calls, float("inf"))
    for turn in range(repeats + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn:  # the first compiles
                times[name] = min(times[name], time.perf_counter() - start)
    return times


def told(label, times):
    first, *others = times
    ratios = ", ".join(f"{name} {times[first] / times[name]:.1f} x ({1e3 * times[name]:.1f} ms)" for name in others)
    print(f"{label}: {first} {1e3 * times[first]:.1f} ms; {ratios}", flush=True)


def dask_beside_coarsen():
    values = np.random.default_rng(0).standard_normal((SIZE, SIZE), np.float32)

    def run(array):
        return array.compute(scheduler="threads")

    for chunk, name in product(CHUNKS, ("max", "mean")):
        x = da.from_array(values, chunks=chunk)
        calls = {
            "coarsen": lambda name=name, x=x: run(da.coarsen(getattr(np, name), x, {0: 2, 1: 2})),
            "numbapool": lambda name=name, x=x: run(nbp_dask.pool(x, 2, name)),
            "coarsen with numbapool's function": lambda name=name, x=x: run(
                da.coarsen(getattr(nbp_dask, name), x, {0: 2, 1: 2})
            ),
        }
        told(f"dask, {name} 2 x 2, {SIZE}^2 float32, chunks of {chunk}^2", shortest(calls))
    many = da.zeros((SIZE * 5, SIZE * 5), chunks=300, dtype=np.float32)
    start = time.perf_counter()
    nbp_dask.pool(many, 2)
    aligned = time.perf_counter() - start
    nbp_dask.pool(many, 3, stride=1, padding="same")
    across = time.perf_counter() - start - aligned
    print(
        f"graph of {many.npartitions} chunks: {1e6 * aligned / many.npartitions:.0f} us for each with windows inside "
        f"of chunks, {1e6 * across / many.npartitions:.0f} us with windows across them"
    )


def xarray_beside_coarsen():
    n = 4000
    values = np.random.default_rng(0).standard_normal((n, n), np.float32)
    field = xr.DataArray(values, dims=("y", "x"), coords={"y": np.arange(n), "x": np.arange(n)})
    for name in ("max", "mean"):
        calls = {
            "coarsen": lambda name=name: getattr(field.coarsen(y=2, x=2), name)(),
            "numbapool": lambda name=name: getattr(field.pool, name)(y=2, x=2),
        }
        told(f"xarray, {name} 2 x 2, {n}^2 float32", shortest(calls, 3))


def beyond_memory(limit=640 * MIB):
    """An array of four times what the only worker may take."""
    from dask.distributed import Client, LocalCluster

    chunk = 1000
    side = -(-int(limit**0.5) // chunk) * chunk  # 4 bytes for each number
    x = da.random.default_rng(0).random((side, side), chunks=chunk, dtype=np.float32)
    options = {
        "n_workers": 1,
        "threads_per_worker": 2,
        "memory_limit": limit,
        "dashboard_address": None,
        "silence_logs": 50,
    }
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        start = time.perf_counter()
        total = nbp_dask.pool(x, 3, "mean", stride=2, padding=1).sum().compute()
        took = time.perf_counter() - start
        peak = max(client.run(_most_memory).values())
    print(
        f"{x.nbytes / MIB:.0f} MiB in chunks of {chunk}^2 through a worker of {limit / MIB:.0f} MiB: {took:.1f} s, at "
        f"most {peak / MIB:.0f} MiB taken, sum {total:.6g}"
    )


def _most_memory():
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", action="store_true")
    warnings.simplefilter("ignore")
    if parser.parse_args().memory:
        beyond_memory()
    else:
        dask_beside_coarsen()
        xarray_beside_coarsen()
