"""What is done to whole lines of numbers: the vector loops that every separable pooling is made of.

A `Fold` is a separable reduction: ``finish(combine(combine(load(a), load(b)), …), divisor)``. `line_loops` turns its
scalars into loops over lines; all kernels are written in terms of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..jit import apart, scalar, vector
from .loads import two_of, two_to_count
from .narrow import less
from .views import part

__all__ = ["Fold", "line_loops"]


@dataclass(frozen=True)
class Fold:
    """A separable reduction of a window, as jitted scalars; ``name`` must tell it from every other."""

    name: str
    load: Callable[..., Any]  # (value, parameter) -> accumulator
    combine: Callable[..., Any]  # (accumulator, accumulator) -> accumulator, associative
    finish: Callable[..., Any]  # (accumulator, divisor, parameter) -> result
    repeats: bool = False  # combine(a, a) == a: a value may be taken twice
    divides: bool = False  # finish looks at the divisor
    multiplies: bool = False  # it gets the divisor's reciprocal instead
    counts: bool = False  # it adds up whole numbers, so that what was added can be taken away again
    plain: bool = False  # load leaves numbers what they are, and accumulators are of their type


@apart
@scalar
def copy_pixels(target, source, width, step, inner):
    """``target[w] = source[w * step]`` for pixels of ``inner`` numbers."""
    if inner == 1:
        for w in range(width):
            target[w] = source[w * step]
    elif inner < 8:
        # Four numbers at a time, some too many: the next pixel writes over them, and lines have room at the end.
        for w in range(width):
            for c in range(0, inner, 4):
                t = w * inner + c
                s = w * step * inner + c
                a, b, d, e = source[s], source[s + 1], source[s + 2], source[s + 3]
                target[t], target[t + 1], target[t + 2], target[t + 3] = a, b, d, e
    else:
        for w in range(width):
            copy(part(target, w * inner, inner), part(source, w * step * inner, inner))


@vector
def copy(target, source):
    """``target`` = ``source``."""
    for i in range(target.size):
        target[i] = source[i]


@vector
def split2(even, odd, source):
    """Phases of a line for stride 2, as one interleaved group: shuffles, not gathers."""
    for i in range(even.size):
        even[i] = source[2 * i]
        odd[i] = source[2 * i + 1]


@vector
def split3(first, second, third, source):
    """Phases of a line for stride 3."""
    for i in range(first.size):
        first[i] = source[3 * i]
        second[i] = source[3 * i + 1]
        third[i] = source[3 * i + 2]


@vector
def split4(first, second, third, fourth, source):
    """Phases of a line for stride 4."""
    for i in range(first.size):
        first[i] = source[4 * i]
        second[i] = source[4 * i + 1]
        third[i] = source[4 * i + 2]
        fourth[i] = source[4 * i + 3]


@cache
def line_loops(fold: Fold) -> SimpleNamespace:
    """The loops over lines for one reduction; ``target`` never overlaps a source."""
    load, combine, finish = fold.load, fold.combine, fold.finish
    two = two_to_count if fold.counts else two_of

    @vector
    def start(target, row, parameter):
        for i in range(target.size):
            target[i] = load(row[i], parameter)

    # Never in place (``acc[i] = max(acc[i], row[i])``): LLVM makes that a masked store, which the next pass over
    # the line has to wait for. Two lines in turn: three times faster.
    @vector
    def take(target, line, row, parameter):
        for i in range(target.size):
            target[i] = combine(line[i], load(row[i], parameter))

    @vector
    def take2(target, line, a, b, parameter):
        for i in range(target.size):
            target[i] = combine(combine(line[i], load(a[i], parameter)), load(b[i], parameter))

    @vector
    def start2(target, a, b, parameter):
        for i in range(target.size):
            target[i] = combine(load(a[i], parameter), load(b[i], parameter))

    @vector
    def start3(target, a, b, c, parameter):
        for i in range(target.size):
            target[i] = combine(combine(load(a[i], parameter), load(b[i], parameter)), load(c[i], parameter))

    @vector
    def start4(target, a, b, c, d, parameter):
        for i in range(target.size):
            first = combine(load(a[i], parameter), load(b[i], parameter))
            target[i] = combine(first, combine(load(c[i], parameter), load(d[i], parameter)))

    @vector
    def take4(target, line, a, b, c, d, parameter):
        for i in range(target.size):
            first = combine(load(a[i], parameter), load(b[i], parameter))
            target[i] = combine(line[i], combine(first, combine(load(c[i], parameter), load(d[i], parameter))))

    # Of three rows each, two of which are in both.
    @vector
    def start_pair(target, next_one, a, b, c, d, parameter):
        for i in range(target.size):
            shared = combine(load(b[i], parameter), load(c[i], parameter))
            target[i] = combine(load(a[i], parameter), shared)
            next_one[i] = combine(shared, load(d[i], parameter))

    @vector
    def both(target, a, b):
        for i in range(target.size):
            target[i] = combine(a[i], b[i])

    @vector
    def all3(target, a, b, c):
        for i in range(target.size):
            target[i] = combine(combine(a[i], b[i]), c[i])

    @vector
    def last1(out, a, divisors, parameter):
        for i in range(out.size):
            out[i] = finish(a[i], divisors[i], parameter)

    @vector
    def last2(out, a, b, divisors, parameter):
        for i in range(out.size):
            out[i] = finish(combine(a[i], b[i]), divisors[i], parameter)

    @vector
    def last3(out, a, b, c, divisors, parameter):
        for i in range(out.size):
            out[i] = finish(combine(combine(a[i], b[i]), c[i]), divisors[i], parameter)

    @vector
    def last4(out, a, b, c, d, divisors, parameter):
        for i in range(out.size):
            out[i] = finish(combine(combine(combine(a[i], b[i]), c[i]), d[i]), divisors[i], parameter)

    @vector
    def every3(out, a, b, c, stride, divisors, parameter):
        for i in range(out.size):
            at = np.uint64(i * stride)
            out[i] = finish(combine(combine(a[at], b[at]), c[at]), divisors[i], parameter)

    @vector
    def every(out, line, kernel, stride, step, divisors, parameter):
        for i in range(out.size):
            at = np.uint64(i * stride)
            m = line[at]
            for j in range(np.uint64(1), np.uint64(kernel)):
                m = combine(m, line[at + j * np.uint64(step)])
            out[i] = finish(m, divisors[i], parameter)

    @vector
    def between(out, sums, later, divisors, parameter):
        for i in range(out.size):
            out[i] = finish(less(later[i], sums[i]), divisors[i], parameter)

    # Windows of 2 × 2 side by side need no line in between, nor do those of 2 × 2 × 2.
    @vector
    def square2(out, upper, lower, divisors, parameter):
        for i in range(out.size):
            (a, b), (c, d) = two(upper, i), two(lower, i)
            left = combine(load(a, parameter), load(c, parameter))
            right = combine(load(b, parameter), load(d, parameter))
            out[i] = finish(combine(left, right), divisors[i], parameter)

    @vector
    def cube2(out, a, b, c, d, divisors, parameter):
        for i in range(out.size):
            (a0, a1), (b0, b1), (c0, c1), (d0, d1) = two(a, i), two(b, i), two(c, i), two(d, i)
            left = combine(combine(load(a0, parameter), load(b0, parameter)), load(c0, parameter))
            right = combine(combine(load(a1, parameter), load(b1, parameter)), load(c1, parameter))
            lower = combine(load(d0, parameter), load(d1, parameter))
            out[i] = finish(combine(combine(left, right), lower), divisors[i], parameter)

    @cache
    def groups(size: int) -> Any:
        """Windows that fill their stride exactly: whole groups of ``size``, read where they stand."""

        @vector
        def group(out, line, divisors, parameter):
            for i in range(out.size):
                m = line[size * i]
                for j in range(1, size):
                    m = combine(m, line[size * i + j])
                out[i] = finish(m, divisors[i], parameter)

        return group

    return SimpleNamespace(
        start=start,
        take=take,
        take2=take2,
        start2=start2,
        start3=start3,
        start4=start4,
        take4=take4,
        start_pair=start_pair,
        both=both,
        all3=all3,
        last1=last1,
        last2=last2,
        last3=last3,
        last4=last4,
        every=every,
        every3=every3,
        between=between,
        square2=square2,
        cube2=cube2,
        groups=groups,
    )
