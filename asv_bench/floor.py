"""The memory floor: read every input byte once and write every output byte once, on all threads, and nothing else."""

import time

import numba as nb
import numpy as np


@nb.njit(parallel=True, fastmath={"reassoc", "nsz"}, cache=False)
def _read_write(x, y, pieces):
    sink = np.zeros(pieces * 16, np.float32)
    n, m = x.size, y.size
    for p in nb.prange(pieces):
        read, write = x[n * p // pieces : n * (p + 1) // pieces], y[m * p // pieces : m * (p + 1) // pieces]
        total = np.float32(0)
        for i in range(read.size):
            total += read[i]
        for i in range(write.size):
            write[i] = np.float32(1)
        sink[p * 16] = total
    return sink


def floor_call(bytes_in, bytes_out, pieces=256):
    """A call that moves that many bytes. Time it interleaved with what it is compared to."""
    x = np.ones(max(bytes_in // 4, 1), np.float32)
    y = np.zeros(max(bytes_out // 4, 1), np.float32)
    return lambda: _read_write(x, y, pieces)


def median_ms(call, repeats=9):
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


if __name__ == "__main__":
    nb.set_num_threads(2)
    for a, b in (
        (103e6, 0),
        (103e6, 26e6),
        (103e6, 103e6),
        (103e6, 77e6),
        (268e6, 134e6),
        (268e6, 268e6),
        (67e6, 17e6),
        (25e6, 25e6),
        (6e6, 6e6),
    ):
        for pieces in (2, 64, 256, 1024):
            t = median_ms(floor_call(int(a), int(b), pieces))
            print(
                f"in {a / 1e6:6.0f} out {b / 1e6:6.0f} MB pieces {pieces:5d}: {t:7.2f} ms {(a + b) / t / 1e6:6.1f} GB/s"
            )
