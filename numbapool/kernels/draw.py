"""Counter-based random numbers: the draw for a result depends on the seed and on its number (``place``) alone.

Loops go over ``pixels`` of ``inner`` values; places are ``by_pixel`` apart between pixels, ``by_number`` within one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from .compile import jitable
from .lines import fill_run
from .scalars import added
from .sorting import combined_lines

__all__ = ["aiming_loop", "draw_for", "draw_of_four", "evenly_lines", "half_for", "share_lines"]

NEXT_DRAW = np.uint64(0x9E3779B97F4A7C15)  # from the state of one draw to the next


@register_jitable
def draw_from(state):
    """A random number for each state: SplitMix64 (Steele, Lea, Flood 2014)."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@register_jitable
def draw_for(seed, place):
    """A random number of 64 bits for each place."""
    return draw_from(np.uint64(seed) + np.uint64(place) * NEXT_DRAW)


@register_jitable
def half_for(seed, place):
    """A random number of 32 bits for each place: two neighbours share one of 64."""
    place = np.uint64(place)
    both = draw_for(seed, place >> np.uint64(1))
    return np.uint32((both >> ((place & np.uint64(1)) << np.uint64(5))) & np.uint64(0xFFFFFFFF))


@register_jitable
def draw_positions(found, to, seed, first, by_pixel, pixels, by_number, inner, count):
    """Which of its ``count`` numbers each window keeps, every one as likely."""
    to, count, half, inner = np.uint64(to), np.uint64(count), np.uint64(32), np.uint64(inner)
    step = np.uint64(by_number) * NEXT_DRAW
    for i in range(np.uint64(pixels)):
        state = np.uint64(seed) + (np.uint64(first) + i * np.uint64(by_pixel)) * NEXT_DRAW
        at = to + i * inner
        for j in range(inner):
            found[at + j] = np.int32((draw_from(state) >> half) * count >> half)
            state += step


@register_jitable
def draw_of_four(dst, to, src, a, b, seed, first, apart, n):
    """The same for windows of two pairs of neighbours, which lie side by side: the numbers themselves."""
    to, a, b, one, two = np.uint64(to), np.uint64(a), np.uint64(b), np.uint64(1), np.uint64(2)
    state, step = np.uint64(seed) + np.uint64(first) * NEXT_DRAW, np.uint64(apart) * NEXT_DRAW
    for i in range(np.uint64(n)):
        which = draw_from(state) >> np.uint64(62)
        p, q, r, s = src[a + i + i], src[a + i + i + one], src[b + i + i], src[b + i + i + one]
        above, below = q if which & one else p, s if which & one else r
        dst[to + i] = below if which & two else above
        state += step


@cache
def aiming_loop(single: bool) -> Any:
    """The loop that draws what the running sum of a window's weights has to exceed.

    ``single`` is for weights of float32, times 2**-7 so that the sum of 64 of the largest is a number; 24 random bits
    are enough for these.
    """
    number: Any = np.float32 if single else np.float64
    whole: Any = np.int32 if single else np.int64
    word: Any = np.uint32 if single else np.uint64
    unused, unit = (8, 2.0**-24) if single else (11, 2.0**-53)
    largest = float(np.finfo(number).max)
    draw = half_for if single else draw_for

    @jitable
    def aim(random, total):
        aim = number(whole(random >> word(unused))) * number(unit) * total
        # no positive weight: -1 keeps the first value; infinite sum: the largest float keeps the first infinity
        at_end = number(-1) if total == number(0) else number(largest) if total > number(largest) else number(0)
        return aim if aim < total else at_end

    @jitable
    def aim_all(line, to, total, seed, first, by_pixel, pixels, by_number, inner):
        to, total, inner = np.uint64(to), np.uint64(total), np.uint64(inner)
        first, by_pixel, by_number = np.uint64(first), np.uint64(by_pixel), np.uint64(by_number)
        for i in range(np.uint64(pixels)):
            place, at, of = first + i * by_pixel, to + i * inner, total + i * inner
            for j in range(inner):
                line[at + j] = aim(draw(seed, place), line[of + j])
                place += by_number

    return aim, aim_all


@register_jitable
def pass_on(found, line, to, below, aim, a, k, n):
    """Choose value ``k`` where the sum of those before does not exceed the threshold ``aim``, or where it is NaN."""
    to, below, aim, a = np.uint64(to), np.uint64(below), np.uint64(aim), np.uint64(a)
    for i in range(np.uint64(n)):
        v, so_far, kept = line[a + i], line[below + i], found[i]
        kept = kept + np.int32(1) if so_far <= line[aim + i] else kept
        found[i] = np.int32(k) if v != v else kept
        line[to + i] = so_far + v


def evenly_lines(floating: bool) -> Any:
    """One value of each window, every one as likely: ``found`` tells which."""
    return _draw_evenly


@register_jitable
def _draw_evenly(lines, found, count, room, spare, n, parameter, seed, places):
    rows, first, by_row, pixels, by_pixel, by_number, inner = places
    for r in range(rows):
        at = r * pixels * inner
        draw_positions(found, at, seed, first + r * by_row, by_pixel, pixels, by_number, inner, count)
    return 0


def share_lines(single: bool, floating: bool) -> Any:
    """One value of each window, in proportion to the values."""
    return _drawing_shares(single)


@cache
def _drawing_shares(single: bool) -> Any:
    aim_all = aiming_loop(single)[1]
    sum_of_lines = combined_lines(added)

    @jitable
    def draws(lines, found, count, room, spare, n, parameter, seed, places):
        rows, first, by_row, pixels, by_pixel, by_number, inner = places
        total, aim, below = sum_of_lines(lines, count, room, spare, spare + room, n), spare + 2 * room, 0
        for r in range(rows):
            at = r * pixels * inner
            aim_all(lines, aim + at, total + at, seed, first + r * by_row, by_pixel, pixels, by_number, inner)
        free, other = spare, spare + room
        fill_run(found, 0, n, np.int32(0))
        for k in range(1, count):
            pass_on(found, lines, free, below, aim, k * room, k, n)
            below, free, other = free, other, free
        return 0

    return draws
