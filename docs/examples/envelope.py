"""The envelope of a long recording: its least and largest value in each column of a plot, and where they are.

A plot of 2,000 columns cannot show fifty million samples. Every 25,000th of them would miss each short peak. The least
and the largest value of each run of 25,000 show all of them, and their indices tell at what time each was recorded.

    python docs/examples/envelope.py [--samples 50_000_000] [--columns 2000] [--plot envelope.png]
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np

import numbapool as nbp


class Envelope(NamedTuple):
    """Extremes of each column, and the samples at which they are."""

    low: np.ndarray
    low_at: np.ndarray
    high: np.ndarray
    high_at: np.ndarray


def envelope(recording, columns):
    """The envelope of a recording in so many columns; the last may hold fewer samples than the others."""
    window = -(-len(recording) // columns)
    low, low_at = nbp.pool(recording, window, "min", ceil_mode=True, return_indices=True)
    high, high_at = nbp.pool(recording, window, "max", ceil_mode=True, return_indices=True)
    return Envelope(low, low_at, high, high_at)


def envelope_by_numpy(recording, columns):
    """The same with NumPy, where the columns divide the recording."""
    rows = recording.reshape(columns, -1)
    begins = np.arange(columns) * rows.shape[1]
    low_at, high_at = begins + rows.argmin(1), begins + rows.argmax(1)
    return Envelope(recording[low_at], low_at, recording[high_at], high_at)


def points(found):
    """Both extremes of each column as one line to plot, in the order in which they were recorded."""
    first_is_low = found.low_at <= found.high_at
    at = np.stack([np.minimum(found.low_at, found.high_at), np.maximum(found.low_at, found.high_at)], 1)
    values = np.stack([np.where(first_is_low, found.low, found.high), np.where(first_is_low, found.high, found.low)], 1)
    return at.reshape(-1), values.reshape(-1)


def recorded(samples, seed=0):
    """A slow wave with noise, and a few peaks of one sample each."""
    rng = np.random.default_rng(seed)
    x = np.sin(np.linspace(0, 60, samples, dtype=np.float32))
    x += 0.1 * rng.standard_normal(samples, dtype=np.float32)
    x[rng.integers(0, samples, 5)] = 4.0
    return x


def best_of(call, rounds=3):
    """The result of a call, and the least of the times that it took."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return result, min(times)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=50_000_000)
    parser.add_argument("--columns", type=int, default=2000)
    parser.add_argument("--plot", help="file to draw the envelope to; needs matplotlib")
    options = parser.parse_args(arguments)
    recording = recorded(options.samples - options.samples % options.columns)
    found, seconds = best_of(lambda: envelope(recording, options.columns))
    want, numpy_seconds = best_of(lambda: envelope_by_numpy(recording, options.columns))
    same = all(np.array_equal(a, b) for a, b in zip(found, want, strict=True))
    kept = int((found.high == 4.0).sum())
    missed = int((recording[:: len(recording) // options.columns] == 4.0).sum())
    print(f"{len(recording):,} samples in {options.columns:,} columns: {1e3 * seconds:.1f} ms")
    print(f"NumPy takes {numpy_seconds / seconds:.1f} times as long; {'equal' if same else 'not equal'} to it")
    print(f"columns that show a peak: {kept}; of every {len(recording) // options.columns:,}th sample: {missed}")
    if options.plot:
        import matplotlib.pyplot as plt

        at, values = points(found)
        figure, axes = plt.subplots(figsize=(10, 3), layout="constrained")
        axes.plot(at, values, linewidth=0.5)
        axes.set(xlabel="sample", ylabel="value")
        figure.savefig(options.plot, dpi=150)
    return same, found


if __name__ == "__main__":
    main()
