"""Scratch memory: nothing overlaps, and no page ends in what fits one."""

from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numbapool.kernels.streaming import stage_in, stage_length
from numbapool.scratch import CACHE_LINE, PAGE, Scratch, borrow_words

arrays = st.tuples(st.integers(1, 8), st.integers(1, 700), st.sampled_from([np.dtype("f4"), np.dtype("f8")]))


@given(arrays, arrays, arrays, st.integers(1, 700), st.integers(1, 5), st.integers(1, 3))
def test_arrays_of_threads(lines, phases, extra, counters, counter_lines, threads):
    scratch = Scratch(lines, phases, extra, counters, counter_lines)
    (words,) = borrow_words((scratch,), threads)
    sizes = [n * length * dtype.itemsize for n, length, dtype in (lines, phases, extra)] + [
        8 * counters * counter_lines
    ]
    places = sorted(
        (words[4 * i] + thread * words[4 * i + 1], size) for thread in range(threads) for i, size in enumerate(sizes)
    )
    for (place, size), (after, _) in pairwise(places):
        assert place + size <= after
    for place, size in places:
        assert place % CACHE_LINE == 0
        assert size > PAGE or place % PAGE + size <= PAGE
    views = scratch.borrow()
    assert [view.shape for view in views] == [array[:2] for array in (lines, phases, extra)] + [
        (counter_lines, counters)
    ]
    assert [view.nbytes for view in views] == sizes


@numba.njit
def _mark(words, like):
    stage_in(words, like)[0] = 7
    return stage_in(words, like).size


@pytest.mark.parametrize("count", [1, 56, 112, 300, 2000])
def test_stages(count):
    length, like = stage_length(count), np.zeros(1, np.float64)
    memory = np.zeros(2 * length + 2 * PAGE, np.float64)
    begin = -memory.ctypes.data % PAGE // 8
    for away in range(begin, begin + PAGE // 8, 3):
        words = memory[away : away + length]
        words[:] = 0
        size = _mark(words, like)
        (at,) = np.flatnonzero(words)
        needed = 8 * length - PAGE - CACHE_LINE
        assert size * 8 >= needed
        assert at + size <= length
        place = words.ctypes.data + 8 * at
        assert place % CACHE_LINE == 0
        assert needed > PAGE or place % PAGE + needed <= PAGE
