"""What speed depends on: size of planes, what the data are, number of threads. Ratios, interleaved in one process.

    python asv_bench/conditions.py

For other CPUs: ``NUMBA_CPU_NAME=haswell`` (AVX2), ``NUMBA_CPU_NAME=generic``.
"""

from __future__ import annotations

import time
from functools import partial

import numba
import numpy as np
from floor import floor_call

import numbapool as nbp

WINDOWS = {"k2 s2": (2, 2, 0), "k3 s2 p1": (3, 2, 1), "k3 s1 p1": (3, 1, 1)}
BYTES = 48e6


def medians(calls, repeats=7):
    times = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            call()
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: float(np.median(t)) for name, t in times.items()}


def into(pool, x):
    y = pool(x)
    out = tuple(map(np.empty_like, y)) if isinstance(y, tuple) else np.empty_like(y)
    return lambda: pool(x, out=out), sum(o.nbytes for o in (out if isinstance(out, tuple) else (out,)))


def planes():
    print(
        "\nSizes of planes, × floor\n\n| case | "
        + " | ".join(map(str, SIZES))
        + " |\n|---" * 1
        + "|---" * len(SIZES)
        + "|"
    )
    kinds = {"max": nbp.MaxPool2d, "mean": nbp.AvgPool2d}
    for label, window in WINDOWS.items():
        for kind, make in kinds.items():
            for layout in ("channels_first", "channels_last"):
                cells = []
                for size in SIZES:
                    count = max(int(BYTES / 4 / size**2), 1)
                    shape = (1, count, size, size) if layout == "channels_first" else (1, size, size, count)
                    x = np.random.default_rng(0).standard_normal(shape, np.float32)
                    call, size_out = into(make(*window, data_format=layout), x)
                    t = medians({"own": call, "floor": floor_call(x.nbytes, size_out)}, 5)
                    cells.append(f"{t['own'] / t['floor']:.2f}")
                print(f"| {kind} {label} {layout} | " + " | ".join(cells) + " |", flush=True)


SIZES = (112, 256, 512, 1023, 1024, 1025, 2048)


def data():
    rng = np.random.default_rng(0)
    shape = (1, 12, 1024, 1024)
    random = rng.standard_normal(shape, np.float32)
    given = {
        "random": random,
        "equal": np.ones(shape, np.float32),
        "sorted": np.sort(random, axis=None).reshape(shape),
        "denormal": (random * 1e-40).astype(np.float32),
        "NaN": np.full(shape, np.nan, np.float32),
    }
    print("\nWhat the data are, × random\n\n| case | " + " | ".join(given) + " |\n|---" + "|---" * len(given) + "|")
    for label, pool in {
        "max k3 s2 p1": nbp.MaxPool2d(3, 2, 1),
        "max with indices k3 s2 p1": nbp.MaxPool2d(3, 2, 1, return_indices=True),
        "mean k3 s2 p1": nbp.AvgPool2d(3, 2, 1),
        "mean k31 s1": nbp.AvgPool2d(31, 1),
    }.items():
        t = medians({name: into(pool, x)[0] for name, x in given.items()})
        print(f"| {label} | " + " | ".join(f"{t[n] / t['random']:.2f}" for n in given) + " |", flush=True)


def threads():
    print("\nOne thread, × two\n\n| case | one / two |\n|---|---|")
    rng = np.random.default_rng(0)
    large, small = (
        rng.standard_normal((1, 12, 1024, 1024), np.float32),
        rng.standard_normal((1, 16, 128, 112), np.float32),
    )
    for label, pool, x in (
        ("max k2 s2", nbp.MaxPool2d(2), large),
        ("max with indices k3 s1 p1", nbp.MaxPool2d(3, 1, 1, return_indices=True), large),
        ("max k31 s1", nbp.MaxPool2d(31, 1), large),
        ("mean k31 s1", nbp.AvgPool2d(31, 1), large),
        ("median k3 s1", nbp.MedianPool2d(3, 1), large),
        ("max k2 s2, 229,376 numbers", nbp.MaxPool2d(2), small),
        ("mean k2 s2, 57,344 numbers", nbp.AvgPool2d(2), small[:, :4]),
    ):
        call, _ = into(pool, x)
        often = max(10_000_000 // x.size, 1)

        def on(count, call=call, often=often):
            numba.set_num_threads(count)
            for _ in range(often):
                call()
            numba.set_num_threads(2)

        t = medians({"two": partial(on, 2), "one": partial(on, 1)}, 15)
        print(f"| {label} | {t['one'] / t['two']:.2f} |", flush=True)


if __name__ == "__main__":
    numba.set_num_threads(2)
    planes()
    data()
    threads()
