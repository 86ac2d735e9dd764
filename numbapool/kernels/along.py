"""Reducing along a line: from one combined line of a window's rows to a line of results.

What is compiled in is only how the window moves along the line (a `Motion`); the size of the window stays a number.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..jit import apart, scalar, vector
from .halving import make_halved, make_over_strides
from .lines import Fold, copy_pixels, line_loops, split2, split3, split4
from .loads import as_is
from .long import LONG, OFTEN, make_reduce
from .motion import RUNS_FROM, Motion
from .pixels import pixel_loops
from .running import run_along
from .spread import make_spread
from .trebling import make_trebled
from .uneven import make_uneven
from .vector_sums import make_summed
from .views import nth, part, rest
from .weave import make_woven

__all__ = ["make_along", "make_split"]


@cache
def make_along(fold: Fold, motion: Motion) -> Any:
    """The jitted function ``along`` for one reduction and one motion.

    Its arguments are ``(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low,
    strip)``. ``line`` begins where the first window would begin without clipping and holds the identity
    wherever there is no input; ``spare`` has lines to work in, ``phases`` one for each phase of the stride.
    ``strip`` is a row of `strips.place_strips`.
    """
    if motion is Motion.TABLE:
        return make_uneven(fold)
    if motion.spreads:
        return make_woven(fold, motion.stride) if motion.stride else make_spread(fold)
    if motion is Motion.SLIDE:
        return _slide(fold)
    if motion is Motion.GLIDE:
        return _glide(fold)
    if motion is Motion.PIXELS:
        return _by_few_pixels(fold)
    if motion is Motion.WIDE_PIXELS:
        return _by_pixels(fold)
    if motion.fills:
        return _side_by_side(fold, motion.stride)
    if motion is Motion.HALVES:
        return _by_halves(fold)
    return _by_shuffles(fold, motion) if motion.stride else _by_steps(fold)


def _slide(fold: Fold) -> Any:
    loops = line_loops(fold)
    last1, last2, last3 = loops.last1, loops.last2, loops.last3

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        shift = step * inner
        if kernel == 1:
            last1(out, line, divisors, parameter)
        elif kernel == 2:
            last2(out, line, rest(line, shift), divisors, parameter)
        else:
            last3(out, line, rest(line, shift), rest(line, 2 * shift), divisors, parameter)

    return along


def _glide(fold: Fold) -> Any:
    loops = line_loops(fold)
    last3, between = loops.last3, loops.between
    trebled, counts = make_trebled(fold, doubles=True), fold.counts
    summed = make_summed(fold)

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        shift = step * inner
        if counts and shift == 1 and kernel >= RUNS_FROM:
            run_along(nth(phases, 0), line, width + kernel - 1)
            between(out, nth(phases, 0), rest(nth(phases, 0), kernel), divisors, parameter)
        elif not summed(out, line, spare, phases, kernel, shift, divisors, parameter):
            a, c, second, third = trebled(line, spare, out.size, kernel, shift)
            last3(out, a, rest(a, second), rest(c, third), divisors, parameter)

    return along


@cache
def make_split(motion: Motion) -> Any:
    """``split(line, phases, size, used, stride, inner)``: the phases of a line, by the loop for the motion's stride."""
    # Chosen here rather than in the kernel: every loop that a kernel mentions is compiled, at 0.1 s each.
    if motion.stride == 2:

        @scalar
        def split(line, phases, size, used, stride, inner):
            split2(part(nth(phases, 0), 0, size), part(nth(phases, 1), 0, size), line)

    elif motion.stride == 3:

        @scalar
        def split(line, phases, size, used, stride, inner):
            split3(part(nth(phases, 0), 0, size), part(nth(phases, 1), 0, size), part(nth(phases, 2), 0, size), line)

    elif motion.stride == 4:

        @scalar
        def split(line, phases, size, used, stride, inner):
            split4(
                part(nth(phases, 0), 0, size),
                part(nth(phases, 1), 0, size),
                part(nth(phases, 2), 0, size),
                part(nth(phases, 3), 0, size),
                line,
            )

    else:

        @scalar
        def split(line, phases, size, used, stride, inner):
            for p in range(used):
                copy_pixels(nth(phases, p), rest(line, p * inner), size, stride, inner)

    return split


@cache
def _make_shifted(fold: Fold, motion: Motion) -> Any:
    """Windows of any size by the phases of their stride, one pass for each number of the window."""
    loops = line_loops(fold)
    both, last1, last2, last3 = loops.both, loops.last1, loops.last2, loops.last3
    split = make_split(motion)

    @scalar
    def shifted(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner):
        n = out.size
        reach = (kernel - 1) * step
        used = stride if stride <= reach else reach + 1
        split(line, phases, width + reach // stride, used, stride, inner)
        far = rest(nth(phases, reach % stride), reach // stride * inner)
        if kernel == 1:
            last1(out, far, divisors, parameter)
        elif kernel == 3:
            middle = rest(nth(phases, step % stride), step // stride * inner)
            last3(out, nth(phases, 0), middle, far, divisors, parameter)
        else:
            so_far, now = nth(phases, 0), 0
            for j in range(1, kernel - 1):
                at = j * step
                both(part(nth(spare, now), 0, n), so_far, rest(nth(phases, at % stride), at // stride * inner))
                so_far = nth(spare, now)
                now = 1 - now
            last2(out, so_far, far, divisors, parameter)

    return shifted


def _side_by_side(fold: Fold, size: int) -> Any:
    group = line_loops(fold).groups(size)

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        group(out, line, divisors, parameter)

    return along


def _by_shuffles(fold: Fold, motion: Motion) -> Any:
    shifted = _make_shifted(fold, motion)
    stride_in = motion.stride

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        shifted(out, line, spare, phases, divisors, parameter, width, kernel, stride_in, step, inner)

    return along


def _by_steps(fold: Fold) -> Any:
    loops = line_loops(fold)
    every, every3 = loops.every, loops.every3
    trebled, each = make_trebled(fold), _make_each(fold)

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        # one by one costs K numbers for each window, many at a time if they lie side by side; trebling costs log3(K)
        # passes, but over all of the line
        if step == 1 and (width == 1 or (kernel >= LONG and kernel <= OFTEN * stride)):
            each(out, line, kernel, stride, divisors, parameter)
        elif kernel > 4 and stride <= 4 * kernel:
            a, c, second, third = trebled(line, spare, (width - 1) * stride + 1, kernel, step)
            every3(out, a, rest(a, second), rest(c, third), stride, divisors, parameter)
        else:
            every(out, line, kernel, stride, step, divisors, parameter)

    return along


def _by_halves(fold: Fold) -> Any:
    pairs = line_loops(fold).groups(2)
    halved, over = make_halved(fold), make_over_strides(fold)

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        halves, room, size = nth(spare, 3), nth(spare, 4), (width - 1) * stride + kernel
        if kernel == stride:  # the last pairs are results
            halved(halves, line, room, size, stride // 2)
            pairs(out, halves, divisors, parameter)
        else:
            halved(halves, line, room, size, stride)
            over(out, halves, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip)

    return along


@cache
def _make_each(fold: Fold) -> Any:
    finish, reduce = fold.finish, make_reduce(as_is, fold.combine)

    @apart
    @vector
    def each(out, line, kernel, stride, divisors, parameter):
        """Windows that are long, one by one."""
        for i in range(out.size):
            out[i] = finish(reduce(part(line, i * stride, kernel), parameter), divisors[i], parameter)

    return each


def _by_few_pixels(fold: Fold) -> Any:
    loops = pixel_loops(fold)
    two, three = loops.two, loops.three

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        jump, shift = stride * inner, step * inner
        other, far = rest(line, shift), rest(line, 2 * shift)
        if kernel == 2:
            two(out, line, other, other, jump, inner, divisors, parameter)
        else:
            three(out, line, other, far, jump, inner, divisors, parameter)

    return along


def _by_pixels(fold: Fold) -> Any:
    three = pixel_loops(fold).three
    shifted, trebled = apart(_make_shifted(fold, Motion.WIDE_PIXELS)), make_trebled(fold)

    @scalar
    def along(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner, table, low, strip):
        jump, shift = stride * inner, step * inner
        # phases cost a pass for each of the K numbers of a window
        if kernel > 4 and (kernel > 4 * stride or (inner < 8 and stride <= 4 * kernel)):
            a, c, second, third = trebled(line, spare, (width - 1) * jump + inner, kernel, shift)
            three(out, a, rest(a, second), rest(c, third), jump, inner, divisors, parameter)
        else:
            shifted(out, line, spare, phases, divisors, parameter, width, kernel, stride, step, inner)

    return along
