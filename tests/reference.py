"""Pooling, evidently right: one window after the other, in plain NumPy. Slow, and the oracle of every test."""

from __future__ import annotations

import itertools
import math

import numpy as np


def output_size(size, kernel_size, stride, before, after, dilation, ceil_mode):
    room = size + before + after - dilation * (kernel_size - 1) - 1
    outputs = (math.ceil(room / stride) if ceil_mode else math.floor(room / stride)) + 1
    if ceil_mode and (outputs - 1) * stride >= size + before:
        outputs -= 1
    return outputs


def fixed_windows(size, kernel_size, stride, padding, dilation, ceil_mode):
    """For each output: its input positions, and how many positions it has with padding counted."""
    before, after = padding
    windows = []
    for o in range(output_size(size, kernel_size, stride, before, after, dilation, ceil_mode)):
        positions = [o * stride - before + j * dilation for j in range(kernel_size)]
        inside = [p for p in positions if 0 <= p < size]
        padded = sum(p < size + after for p in positions)
        windows.append((inside, padded))
    return windows


def pool_planes(x, windows, reduce):
    """Apply ``reduce(values, positions, padded)`` to each window of the last axes.

    ``values`` are those of one window in row-major order, ``positions`` their flat places in the plane, ``padded`` the
    size of the window with padding counted.
    """
    rank = len(windows)
    lead, plane = x.shape[: x.ndim - rank], x.shape[x.ndim - rank :]
    shape = lead + tuple(len(w) for w in windows)
    results = np.empty(shape, object)
    for outer in np.ndindex(*lead):
        flat = x[outer].reshape(-1)
        for output in np.ndindex(*shape[len(lead) :]):
            chosen = [windows[axis][o] for axis, o in enumerate(output)]
            positions = [
                int(np.ravel_multi_index(p, plane)) for p in itertools.product(*(inside for inside, _ in chosen))
            ]
            padded = math.prod(count for _, count in chosen)
            results[outer + output] = reduce(flat[positions], positions, padded)
    return results


def select(x, windows, better):
    """Values and indices of a selection: a later value replaces the kept one where it is better, or NaN."""

    def reduce(values, positions, padded):
        kept = 0
        for i in range(1, len(values)):
            if better(values[i], values[kept]) or values[i] != values[i]:
                kept = i
        return values[kept], positions[kept]

    results = pool_planes(x, windows, reduce)
    values = np.array([r[0] for r in results.ravel()], x.dtype).reshape(results.shape)
    indices = np.array([r[1] for r in results.ravel()], np.int64).reshape(results.shape)
    return values, indices


def max_pool(x, windows):
    return select(x, windows, lambda v, kept: v > kept)


def min_pool(x, windows):
    return select(x, windows, lambda v, kept: v < kept)


def mean_pool(x, windows, count_include_pad=True, divisor_override=None, dtype=None):
    """Means in float64; with an integer ``dtype`` exactly, rounded half to even."""
    whole = dtype is not None and np.dtype(dtype).kind in "iu"

    def reduce(values, positions, padded):
        divisor = divisor_override or (padded if count_include_pad else len(values))
        if whole:
            total = sum(int(v) for v in values)
            if divisor < 0:
                total, divisor = -total, -divisor
            quotient, rest = divmod(total, divisor)
            quotient += 2 * rest > divisor or (2 * rest == divisor and quotient % 2 == 1)
            info = np.iinfo(dtype)
            return min(max(quotient, info.min), info.max)
        return values.astype(np.float64).sum() / divisor

    return pool_planes(x, windows, reduce).astype(dtype if whole else np.float64)


def scatter(grad_output, indices, input_shape, rank):
    """Sum of gradients at the positions that indices name, in row-major order."""
    lead = input_shape[: len(input_shape) - rank]
    grad = np.zeros(input_shape, grad_output.dtype)
    for outer in np.ndindex(*lead):
        flat = grad[outer].reshape(-1)
        for g, i in zip(grad_output[outer].ravel(), indices[outer].ravel(), strict=True):
            flat[i] += g
    return grad


def spread(grad_output, windows, input_shape, count_include_pad=True, divisor_override=None):
    """Gradient of `mean_pool`, in float64."""
    rank = len(windows)
    lead, plane = input_shape[: len(input_shape) - rank], input_shape[len(input_shape) - rank :]
    grad = np.zeros(input_shape, np.float64)
    for outer in np.ndindex(*lead):
        for output in np.ndindex(*(len(w) for w in windows)):
            chosen = [windows[axis][o] for axis, o in enumerate(output)]
            counted = [padded if count_include_pad else len(inside) for inside, padded in chosen]
            divisor = divisor_override or math.prod(counted)
            for position in itertools.product(*(inside for inside, _ in chosen)):
                grad[outer][position] += float(grad_output[outer + output]) / divisor
        assert grad[outer].shape == plane
    return grad
