"""Many calls, and many configurations: the memory of the process must not grow.

    python asv_bench/endurance.py [--calls 1000000] [--configurations 100000]

Prints the resident memory after a warm-up and at the end of each part, and fails if it has grown by more than 32 MiB.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import time

import numpy as np

import numbapool as nbp

GROWTH = 32  # MiB that allocators may keep


def resident() -> float:
    """Resident memory of this process in MiB."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def mixed_calls(count: int) -> None:
    """Calls of several operations, forward and backward, on arrays of a few shapes."""
    arrays = [np.random.default_rng(0).random((2, 3, n, n), np.float32) for n in (8, 13, 20)]
    layers = [nbp.MaxPool2d(2), nbp.AvgPool2d(3, 1, 1), nbp.MedianPool2d(3, 2), nbp.SoftPool2d(2), nbp.MinPool2d(3, 2)]
    outs = {(i, k): layer(x) for i, x in enumerate(arrays) for k, layer in enumerate(layers)}
    for turn in range(count):
        i, k = turn % len(arrays), turn % len(layers)
        x, layer = arrays[i], layers[k]
        if turn % 3 == 0:
            layer(x, out=outs[i, k])
        elif turn % 3 == 1:
            layer(x)
        elif turn % 11 == 0:
            y, pullback = layer.vjp(x)
            pullback(y)
        else:
            nbp.pool(x, 2, "max", axes=(2, 3))


def configurations(count: int) -> None:
    """A layer of its own and a new shape for each call."""
    x = np.zeros((1, 1, 64, 64), np.float32)
    every = itertools.product(range(1, 9), range(1, 9), range(1, 9), range(1, 9), range(40, 65), range(40, 65))
    for h, w, sh, sw, height, width in itertools.islice(every, count):
        nbp.max_pool2d(x[:, :, :height, :width], (h, w), (sh, sw))


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10**6)
    parser.add_argument("--configurations", type=int, default=10**5)
    options = parser.parse_args()
    for run, count in ((mixed_calls, options.calls), (configurations, options.configurations)):
        run(max(count // 20, 1))
        before, begin = resident(), time.perf_counter()
        run(count)
        after = resident()
        print(
            f"{run.__name__}: {count:,} in {time.perf_counter() - begin:.0f} s, {before:.0f} MiB, then {after:.0f} MiB"
        )
        if after - before > GROWTH:
            raise SystemExit(f"memory has grown by {after - before:.0f} MiB")


if __name__ == "__main__":
    main()
