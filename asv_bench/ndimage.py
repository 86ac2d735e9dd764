"""How long the filters of `scipy.ndimage` take, as a multiple of those of `numbapool.ndimage`, in one run.

python asv_bench/ndimage.py [--size 2000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import time
from functools import partial

import numpy as np
import scipy.ndimage as theirs

from numbapool import ndimage as ours

CASES = [
    ("maximum_filter", {"size": 3}),
    ("maximum_filter", {"size": 3, "mode": "wrap"}),
    ("maximum_filter", {"size": 15, "mode": "nearest"}),
    ("minimum_filter", {"size": 5, "mode": "constant"}),
    ("uniform_filter", {"size": 3}),
    ("uniform_filter", {"size": 9, "mode": "mirror"}),
    ("median_filter", {"size": 3}),
    ("median_filter", {"size": 5}),
    ("percentile_filter", {"percentile": 20, "size": 3}),
    ("grey_erosion", {"size": 7}),
    ("grey_dilation", {"size": (2, 4)}),
    ("maximum_filter1d", {"size": 9}),
    ("uniform_filter1d", {"size": 9, "axis": 0}),
]


def least(call, rounds):
    call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.uint8):
        x = (rng.random((options.size, options.size)) * 200).astype(dtype)
        for name, arguments in CASES:
            mine, other = (least(partial(getattr(m, name), x, **arguments), options.rounds) for m in (ours, theirs))
            shown = ", ".join(f"{k}={v}" for k, v in arguments.items())
            print(f"{x.dtype} {name}({shown}): {1e3 * mine:.2f} ms, SciPy takes {other / mine:.1f} times as long")


if __name__ == "__main__":
    main()
