"""Calls beside a process that keeps one CPU busy, under each threading layer: median and 99th percentile.

    python asv_bench/busy_machine.py [--seconds 2]

Each setting has a process of its own, with as many threads as there are CPUs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

SETTINGS = {
    "omp (default)": {"NUMBA_THREADING_LAYER": "omp"},
    "omp, OMP_WAIT_POLICY=passive": {"NUMBA_THREADING_LAYER": "omp", "OMP_WAIT_POLICY": "passive"},
    "workqueue": {"NUMBA_THREADING_LAYER": "workqueue"},
    "tbb": {"NUMBA_THREADING_LAYER": "tbb", "LD_LIBRARY_PATH": os.path.join(sys.prefix, "lib")},
    "one thread": {"NUMBA_NUM_THREADS": "1"},
}
# Sides of float32 images; those below about 1800 are pooled on the calling thread.
SIDES = (700, 1000, 2000, 4000)
CALLS = """
import json, sys, time
import numpy as np, numbapool as nbp
found = {}
for side in json.loads(sys.argv[1]):
    x = np.ones((side, side), np.float32)
    out = np.empty((side // 2, side // 2), np.float32)
    nbp.pool(x, 2, "max", out=out)
    times, end = [], time.perf_counter() + float(sys.argv[2])
    while time.perf_counter() < end or len(times) < 20:
        begin = time.perf_counter()
        nbp.pool(x, 2, "max", out=out)
        times.append(time.perf_counter() - begin)
        time.sleep(0.002)
    times.sort()
    found[side] = times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3
print(json.dumps(found))
"""


def measure(environment: dict[str, str], seconds: float) -> dict[str, tuple[float, float]] | None:
    """Median and 99th percentile of a call, in milliseconds, by the side of the image; None where it cannot run."""
    command = [sys.executable, "-c", CALLS, json.dumps(SIDES), str(seconds)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def main() -> None:
    """Measure every setting alone and beside a busy process; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each size and setting")
    seconds = parser.parse_args().seconds
    print("| setting | side | alone: p50, p99 ms | beside a busy process: p50, p99 ms |\n|---|---|---|---|")
    for name, environment in SETTINGS.items():
        alone = measure(environment, seconds)
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            beside = measure(environment, seconds)
        finally:
            busy.kill()
            busy.wait()
        if alone is None or beside is None:
            print(f"| {name} | not available here | | |")
            continue
        for side in alone:
            cells = ["{:.2f}, {:.2f}".format(*found[side]) for found in (alone, beside)]
            print(f"| {name} | {side} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
