"""Values to places of their planes: added there, or put there, by the kernel that serves best."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import bits_of
from ..kernels.give_back import give_back_kernel, give_back_scratch
from ..kernels.scatter import extent, scatter_kernel, staged_scatter_kernel, staged_scratch
from ..runtime import pieces_for, threads
from ..scratch import NO_SCRATCH
from ..traffic import goes_past_cache, is_always_new, is_fetched

__all__ = ["Sizes", "lies_in_parts", "scatter", "windows_beside"]

# Bytes of a plane that is made ready in the second-level cache before it is written past it.
_MOST_STAGED = 256 * 1024
# Bytes from which on what lies in one piece is worth a pass of its own.
_LEAST_PART = 64 * 1024


class Sizes(NamedTuple):
    """Sizes of what is scattered: numbers of a pixel are ``inner``, and ``windows`` are those of `windows_beside`."""

    planes: int
    inputs: int  # positions of a plane
    outputs: int  # values of a plane
    inner: int
    windows: tuple[int, ...] | None = None


def windows_beside(
    kernel_size: Sequence[int], outputs: Sequence[int], inputs: Sequence[int], inner: int
) -> tuple[int, ...] | None:
    """Counts and sizes of windows that lie side by side from the first position on, and of their planes.

    None if they are not two numbers wide, which is what `kernels.give_back` serves, or reach over the end.
    """
    (k, n, size), rank = (tuple(each) for each in (kernel_size, outputs, inputs)), len(inputs)
    fits = all(a * b <= c for a, b, c in zip(k, n, size, strict=True))
    if inner != 1 or k[-1] != 2 or not fits or not prod(n):
        return None
    ones = (1,) * (3 - rank)
    return (*ones, *n, *ones, *k[:-1], *ones, *size)


def _given_back(
    values: NDArray[Any], places: NDArray[np.int64], target: NDArray[Any], windows: tuple[int, ...], *, fresh: bool
) -> bool:
    """Whether each value belonged into its own window, and is there now."""
    units, strangers = values.size // windows[2], np.zeros(1, np.int64)
    row, read = windows[-1] * target.itemsize, values.nbytes + places.nbytes
    streams = not (fresh and is_always_new(target.nbytes)) and goes_past_cache(read, target.nbytes, row)
    arguments = bits_of(values), places, bits_of(target), strangers, *windows
    pieces = pieces_for(max(values.size, target.size), units)
    scratch = give_back_scratch(windows[-1] if streams else 1)
    give_back_kernel(values.itemsize, streams).run(arguments, scratch, units, pieces)
    return not strangers[0]


def _all_exist(places: NDArray[np.int64], size: int) -> bool:
    """Whether all indices lie in planes of this size."""
    parts = min(64, places.size)
    extremes = np.empty(2 * parts, np.int64)
    extent.run((places, extremes, parts), NO_SCRATCH, parts, pieces_for(places.size, parts))
    return bool(extremes.min() >= 0 and extremes.max() < size)


def lies_in_parts(out: NDArray[Any], planes: int) -> bool:
    """Whether it is all in one piece, or each of its samples is, as those of some channels of a larger array are."""
    if out.flags.carray:
        return True
    samples = out.ndim > 1 and out.size > 0 and planes % len(out) == 0  # not rows of a plane
    return samples and bool(out[0].flags.carray) and out[0].nbytes >= _LEAST_PART


def scatter(
    values: NDArray[Any],
    places: NDArray[np.int64],
    target: NDArray[Any],
    sizes: Sizes,
    *,
    adds: bool,
    fresh: bool,
    checks_first: bool = False,
) -> bool:
    """Add values to places of their planes, or put them there; whether all of the places exist.

    ``target`` is a line, or `lies_in_parts`. ``fresh`` says that it has just been allocated. With ``checks_first``
    nothing is written where one does not exist.
    """
    if checks_first and not _all_exist(places, sizes.inputs):
        return False
    if not target.flags.c_contiguous:
        many = len(target)
        of_one = sizes._replace(planes=sizes.planes // many)
        samples = zip(values.reshape(many, -1), places.reshape(many, -1), target, strict=True)
        return all(scatter(v, p, t, of_one, adds=adds, fresh=fresh) for v, p, t in samples)
    target = target.reshape(-1)
    if sizes.windows is not None and _given_back(values, places, target, sizes.windows, fresh=fresh):
        return True
    planes, inputs, outputs, inner, _ = sizes
    effort, parts = max(values.size, target.size), 1
    if pieces_for(effort, 2) > 1:
        # a plane for each piece of work; few planes are cut into parts, each of which looks at all indices of its plane
        parts = min(-(-2 * threads() // planes), max(inputs // 4096, 1))
    pieces = pieces_for(effort, planes * parts)
    bad = np.zeros(planes * parts, np.int64)
    whole = parts == 1 and target.nbytes <= planes * _MOST_STAGED and not (fresh and is_always_new(target.nbytes))
    read = values.nbytes + places.nbytes
    # where far more is read than written, memory has enough to do while sums are made
    streams = whole and 4 * target.nbytes >= read and goes_past_cache(read, target.nbytes)
    # and where a target that is not staged has far more numbers than there are values, it has with that
    fetches = np.int64(is_fetched(read) and (streams or 2 * values.size > target.size))
    kernel = staged_scatter_kernel(adds) if streams else scatter_kernel(adds)
    scratch = staged_scratch(target, planes, values.size) if streams else NO_SCRATCH
    arguments = values, places, target, bad, planes, inputs, outputs, inner, parts, fetches
    kernel.run(arguments, scratch, planes * parts, pieces)
    return not bad.any()
