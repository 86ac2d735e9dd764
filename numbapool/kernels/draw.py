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
def _fill(draws, state):
    for i in range(draws.size):
        draws[i] = draw_from(state)
        state += NEXT_DRAW  # a multiplication less for each: AVX2 has none of 64 bits


@scalar
def fill_draws(line, begin, n, seed, first):
    """Random numbers of ``n`` places, of which ``first`` is the first, to a 64-bit line."""
    _fill(part(taken_as(line, np.uint64), begin, n), draw_state(seed, first))


@scalar
def fill_halves(line, begin, n, seed, first):
    """As `fill_draws`, of 32 bits."""
    halves = part(taken_as(line, np.uint32), begin, n)
    odd = first & np.int64(1)
    pairs = (n - odd) // 2
    if odd:
        halves[0] = half_for(seed, first)
    _fill(part(taken_as(rest(halves, odd), np.uint64), 0, pairs), draw_state(seed, (first + odd) >> np.int64(1)))
    if odd + 2 * pairs < n:
        halves[n - 1] = half_for(seed, first + n - 1)


@scalar
def fill_nothing(line, begin, n, seed, first):
    """For operations that draw nothing."""
