"""Where each strip of the width lies, and the scratch memory to work on one: computed once for a plan, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..jit import apart, scalar, vector
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
    STRIPS,
    WIDTH,
    X_WIDTH,
)
from .views import part

__all__ = [
    "BEHIND",
    "EDGE",
    "EVEN",
    "HIGH",
    "IN_PLACE",
    "LEFT",
    "LOW",
    "PHASE",
    "SPARE",
    "W0",
    "W1",
    "WHOLE0",
    "WHOLE1",
    "fill",
    "fill_margins",
    "line_length",
    "phase_length",
    "pitch_of",
    "place_strips",
    "ring_length",
    "set_divisors",
]

# Columns of the table of strips: its results W0 … W1, the input LOW … HIGH that they reach, where a line begins (EDGE)
# and LOW in it (LEFT); the share of the divisor that all its results have, or 0 (EVEN). For gradients also the phase of
# W0, and the place in the line of the window that starts last at or before it. From WHOLE0 to before WHOLE1 results are
# of windows with all of their positions; IN_PLACE tells that these are all.
W0, W1, LOW, HIGH, EDGE, LEFT, EVEN, PHASE, BEHIND, WHOLE0, WHOLE1, IN_PLACE, FIELDS = range(13)

# Room behind every line: for loops that write a little too far, and to begin where a cache line begins.
_SLACK = 32
_CACHE_LINE = 64
# Lines to work in along a line: three for `trebling`, two for `halving`; the last one holds the identity.
SPARE = 6


def _whole_cache_lines(numbers: Any) -> int:
    return -(-int(numbers) // _CACHE_LINE) * _CACHE_LINE


def line_length(frame: NDArray[np.int64], *, spreads: bool = False) -> int:
    """Length of a line that holds all that the windows of one strip reach, in whole strides."""
    stride, reach = frame[STRIDE_W], (frame[KERNEL_W] - 1) * frame[STEP_W]
    # for gradients a line of windows, as many as begin in the strip, or before it and reach into it
    positions = (frame[STRIP] // stride if spreads else frame[STRIP]) + reach // stride + 2
    numbers = positions * frame[INNER] * (1 if spreads else stride)
    return _whole_cache_lines(numbers + _SLACK * min(int(stride), 4) + _CACHE_LINE)


def pitch_of(frame: NDArray[np.int64], itemsize: int, *, more: int = 0, multiple: int = 1) -> int:
    """How far lines of what one strip reaches, ``more`` strides with it, are apart: whole cache lines and multiples."""
    whole = max(_CACHE_LINE // itemsize, multiple)
    strides, reach = frame[STRIP] - 1 + more, (frame[KERNEL_W] - 1) * frame[STEP_W]
    return -(-int((strides * frame[STRIDE_W] + reach + 1) * frame[INNER]) // whole) * whole


def phase_length(frame: NDArray[np.int64], *, spreads: bool = False) -> int:
    """Length of the line of one phase of the stride."""
    return _whole_cache_lines(line_length(frame, spreads=spreads) // (1 if spreads else frame[STRIDE_W]) + _SLACK)


def ring_length(frame: NDArray[np.int64]) -> int:
    """Length of a line of results of one strip; never a power of two, at which lines would share their cache sets."""
    return (int(frame[STRIP] * frame[INNER]) // _CACHE_LINE + 2) * _CACHE_LINE


def place_strips(
    frame: NDArray[np.int64], width: NDArray[np.int64], whole: tuple[int, int], *, spreads: bool, by_table: bool
) -> NDArray[Any]:
    """The table of all strips, from that of the windows along the width and the range of those that are ``whole``."""
    strips = np.zeros((int(frame[STRIPS]), FIELDS), np.int64)
    w0 = np.minimum(np.arange(frame[STRIPS]) * frame[STRIP], frame[WIDTH])
    w1 = np.minimum(w0 + frame[STRIP], frame[WIDTH])
    last = np.maximum(w1 - 1, 0)
    reach = (frame[KERNEL_W] - 1) * frame[STEP_W]
    if not width.shape[1]:
        low = high = origin = w0
    elif by_table:
        held = width[COUNT] > 0
        ends = np.where(held, width[FIRST] + (width[COUNT] - 1) * frame[STEP_W] + 1, 0)
        high = np.maximum.reduceat(ends, np.minimum(w0, width.shape[1] - 1))
        starts = np.where(held, width[FIRST], frame[X_WIDTH])
        low = origin = np.minimum(np.minimum.reduceat(starts, np.minimum(w0, width.shape[1] - 1)), high)
    elif spreads:
        away = w0 + frame[PAD_W]
        origin = (away - reach) // frame[STRIDE_W]
        low = np.maximum(origin, 0)
        high = np.maximum(low, np.minimum((last + frame[PAD_W]) // frame[STRIDE_W] + 1, frame[X_WIDTH]))
        strips[:, PHASE], strips[:, BEHIND] = away % frame[STRIDE_W], away // frame[STRIDE_W] - origin
    else:
        origin = width[ORIGIN, np.minimum(w0, width.shape[1] - 1)]
        low = np.maximum(origin, 0)
        high = np.maximum(low, np.minimum(width[ORIGIN, last] + reach + 1, frame[X_WIDTH]))
    if width.shape[1]:
        least = np.minimum.reduceat(width[DIVISOR], np.minimum(w0, width.shape[1] - 1))
        most = np.maximum.reduceat(width[DIVISOR], np.minimum(w0, width.shape[1] - 1))
        strips[:, EVEN] = np.where(least == most, least, 0)
        if not (spreads or by_table):
            strips[:, WHOLE0], strips[:, WHOLE1] = (np.clip(w, w0, w1) for w in whole)
            strips[:, IN_PLACE] = (strips[:, WHOLE0] == w0) & (strips[:, WHOLE1] == w1)
        strips[:, IN_PLACE] |= by_table  # which tells what windows hold
    left = (low - origin) * frame[INNER]
    edge = -left % _CACHE_LINE  # the input, not the padding before it, begins a cache line
    for column, values in ((W0, w0), (W1, w1), (LOW, low), (HIGH, high), (EDGE, edge), (LEFT, edge + left)):
        strips[:, column] = values
    return strips


@scalar
def whole_vectors(numbers):
    """So many numbers or a few more, which lines have room for, so that loops need nothing but vectors."""
    return (numbers + (_SLACK - 1)) & -_SLACK


@apart
@scalar
def fill_margins(line, left, right, identity):
    """The identity left and right of where the input comes to lie."""
    for i in range(left):
        line[i] = identity
    for i in range(right, line.size):
        line[i] = identity


@apart
@scalar
def fill(line, value):
    """The same value everywhere."""
    for i in range(line.size):
        line[i] = value


@scalar
def set_divisors(divisors, width, strip, here, strips, inner, share, known, reciprocal):
    """Divisor, or its reciprocal, of every result of a strip, for windows of so many rows.

    What is returned tells what the divisors depend on; where that is ``known`` already, they stay as they are.
    """
    even = here[EVEN]
    # the same for all strips inside, so that these share what the line holds
    mark = share * even if even else -1 - share * strips - strip
    # no call for each row: it stores its arguments, and these wait for what goes past the cache
    if mark != known:
        _set_divisors(divisors, width, here, inner, share, mark, reciprocal)
    return mark


@apart
@scalar
def _set_divisors(divisors, width, here, inner, share, mark, reciprocal):
    w0, w1, even = here[W0], here[W1], here[EVEN]
    if even:
        fill(divisors, mark)
    else:
        for w in range(w1 - w0):
            for c in range(w * inner, (w + 1) * inner):
                divisors[c] = share * width[DIVISOR, w0 + w]
    if reciprocal:
        _invert(divisors if even else part(divisors, 0, (w1 - w0) * inner))


@vector
def _invert(numbers):
    for i in range(numbers.size):
        numbers[i] = 1 / numbers[i]
