"""Random numbers of places: what is drawn for a result depends on the seed and on its place, on nothing else."""

from __future__ import annotations

import numpy as np

from ..jit import scalar, vector
from .views import part, rest, taken_as

__all__ = ["NEXT_DRAW", "draw_for", "draw_from", "draw_state", "fill_draws", "fill_halves", "fill_nothing", "half_for"]

# From the state of one draw to the next.
NEXT_DRAW = np.uint64(0x9E3779B97F4A7C15)


@scalar
def draw_state(seed, place):
    """The state from which a place draws; `NEXT_DRAW` leads to the next place."""
    return np.uint64(seed) + np.uint64(place) * NEXT_DRAW


@scalar
def draw_from(state):
    """A random number for each state: SplitMix64 (Steele, Lea, Flood 2014)."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@scalar
def draw_for(seed, place):
    """A random number of 64 bits for each place."""
    return draw_from(draw_state(seed, place))


@scalar
def half_for(seed, place):
    """A random number of 32 bits for each place: two neighbours share one of 64, which costs AVX2 dearly."""
    both = draw_for(seed, place >> np.int64(1))
    return np.uint32(both >> np.uint64(32)) if place & np.int64(1) else np.uint32(both)


@vector
def _fill(draws, state, step):
    for i in range(draws.size):
        draws[i] = draw_from(state)
        state += step  # a multiplication less for each: AVX2 has none of 64 bits


@vector
def _fill_pairs(halves, even, odd, step, shift_even, shift_odd):
    for i in range(halves.size // 2):
        halves[2 * i] = np.uint32(draw_from(even) >> shift_even)
        halves[2 * i + 1] = np.uint32(draw_from(odd) >> shift_odd)
        even += step
        odd += step


@scalar
def fill_draws(line, begin, n, seed, first, apart):
    """Random numbers of ``n`` places ``apart`` from each other, from ``first`` on, to a 64-bit line."""
    _fill(part(taken_as(line, np.uint64), begin, n), draw_state(seed, first), np.uint64(apart) * NEXT_DRAW)


@scalar
def fill_halves(line, begin, n, seed, first, apart):
    """As `fill_draws`, of 32 bits."""
    halves = part(taken_as(line, np.uint32), begin, n)
    if apart == 1:
        _fill_halves_in_a_row(halves, n, seed, first)
        return
    # every other place is as far into its pair as the first, or as the second
    second, last = first + apart, first + (n - 1) * apart
    even, odd = draw_state(seed, first >> np.int64(1)), draw_state(seed, second >> np.int64(1))
    shift_even, shift_odd = np.uint64((first & np.int64(1)) * 32), np.uint64((second & np.int64(1)) * 32)
    _fill_pairs(halves, even, odd, np.uint64(apart) * NEXT_DRAW, shift_even, shift_odd)
    halves[n - 1] = half_for(seed, last)


@scalar
def _fill_halves_in_a_row(halves, n, seed, first):
    odd = first & np.int64(1)
    pairs = (n - odd) // 2
    if odd:
        halves[0] = half_for(seed, first)
    of_pairs = part(taken_as(rest(halves, odd), np.uint64), 0, pairs)
    _fill(of_pairs, draw_state(seed, (first + odd) >> np.int64(1)), NEXT_DRAW)
    if odd + 2 * pairs < n:
        halves[n - 1] = half_for(seed, first + n - 1)


@scalar
def fill_nothing(line, begin, n, seed, first, apart):
    """For operations that draw nothing."""
