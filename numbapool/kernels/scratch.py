"""The lines of scratch memory that each piece of work has for itself, and where a strip of the width lies in them."""

from __future__ import annotations

import numpy as np

from ..jit import scalar, vector
from .frame import (
    COUNT,
    DIVISOR,
    FIRST,
    INNER,
    KERNEL_W,
    ORIGIN,
    PAD_W,
    STEP_W,
    STRIDE_W,
    STRIP,
    WIDTH,
    X_WIDTH,
)

# Room behind every line: for loops that write a little too far, and to begin where a cache line begins.
_SLACK = 16
CACHE_LINE = 64
# Lines to work in along a line; the last one holds the identity.
SPARE = 4


@scalar
def line_length(frame):
    """Length of a line that holds all that the windows of one strip reach, in whole strides."""
    stride = frame[STRIDE_W]
    positions = frame[STRIP] + (frame[KERNEL_W] - 1) * frame[STEP_W] // stride + 2
    needed = positions * stride * frame[INNER] + _SLACK + CACHE_LINE
    return (needed + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE


@scalar
def phase_length(frame, length):
    """Length of the line of one phase of the stride."""
    return (length // frame[STRIDE_W] + _SLACK + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE


@scalar
def ring_length(frame):
    """Length of a line of results of one strip; never a power of two, at which lines would share their cache sets."""
    return (frame[STRIP] * frame[INNER] // CACHE_LINE + 2) * CACHE_LINE


@scalar
def first_aligned(memory):
    """The first number of scratch memory that begins a cache line."""
    return (-memory.ctypes.data % CACHE_LINE) // memory.itemsize


@scalar
def lines_at(memory, place, count, length):
    """``count`` lines of scratch memory from the number ``place`` on, and the place behind them."""
    behind = place + count * length
    return memory[place:behind].reshape((count, length)), behind


@scalar
def fill_margins(lines, left, right, identity):
    """The identity left and right of where the input comes to lie."""
    lines[:, :left] = identity
    lines[:, right:] = identity


@scalar
def window_span(frame, width, w0, w1, by_table):
    """First and one past the last input position that the windows ``w0 … w1`` reach, and where line 0 begins."""
    if not by_table:
        origin = width[ORIGIN, w0]
        reach = (frame[KERNEL_W] - 1) * frame[STEP_W]
        low = max(origin, 0)
        return low, max(low, min(width[ORIGIN, w1 - 1] + reach + 1, frame[X_WIDTH])), origin
    low, high = frame[X_WIDTH], np.int64(0)
    for w in range(w0, w1):
        if width[COUNT, w] > 0:
            low = min(low, width[FIRST, w])
            high = max(high, width[FIRST, w] + (width[COUNT, w] - 1) * frame[STEP_W] + 1)
    low = min(low, high)
    return low, high, low


@scalar
def spread_span(frame, w0, w1):
    """As `window_span`, for gradients: the outputs that cover the input positions ``w0 … w1``.

    Also the phase of ``w0``, and the place in the line of the window that starts last at or before it.
    """
    stride = frame[STRIDE_W]
    away = w0 + frame[PAD_W]
    origin = (away - (frame[KERNEL_W] - 1) * frame[STEP_W]) // stride
    low = max(origin, 0)
    high = max(low, min((w1 - 1 + frame[PAD_W]) // stride + 1, frame[X_WIDTH]))
    return low, high, origin, away % stride, away // stride - origin


@scalar
def place_strip(frame, width, strip, spreads, by_table):
    """Where a strip lies: its results ``w0 … w1``, its input ``low … high``, where lines begin, and ``low`` in them.

    For gradients also the phase of ``w0``, and the place in the line of the window that starts last at or before it.
    """
    w0, w1 = strip * frame[STRIP], min((strip + 1) * frame[STRIP], frame[WIDTH])
    phase = behind = np.int64(0)
    if spreads:
        low, high, origin, phase, behind = spread_span(frame, w0, w1)
    else:
        low, high, origin = window_span(frame, width, w0, w1, by_table)
    left = (low - origin) * frame[INNER]
    begin = -left % CACHE_LINE  # the input, not the padding before it, begins a cache line
    return w0, w1, low, high, begin, begin + left, phase, behind


@scalar
def fill_divisors(divisors, table, inner, rows, reciprocal):
    """Divisor of every result of a strip, or its reciprocal, for windows of ``rows`` rows."""
    if inner == 1:
        _times(divisors[: table.shape[1]], table[DIVISOR], rows)
    else:
        for w in range(table.shape[1]):
            divisors[w * inner : (w + 1) * inner] = rows * table[DIVISOR, w]
    if reciprocal:
        _invert(divisors[: table.shape[1] * inner])


@vector
def _invert(numbers):
    for i in range(numbers.size):
        numbers[i] = 1 / numbers[i]


@vector
def _times(target, numbers, factor):
    for i in range(target.size):
        target[i] = numbers[i] * factor
