"""Scatter, scatter-add and gather of values by their indices within planes; every index is checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import threads
from ..kernels.scatter import extent as _extent
from ..kernels.scatter import scatter as _scatter
from ..kernels.scatter import take as _take

__all__ = ["all_exist", "scatter", "take"]

# Indices of which smallest and largest tell whether a part of a plane has to look at them.
_RUN = 4096
# Nanoseconds for each value, and for each place, about.
_COST_OF_VALUE, _COST_OF_PLACE = 0.8, 0.2


def _parts(planes: int, inputs: int, pieces: int) -> int:
    """Parts of a plane that are worked on apart, where there are fewer planes than pieces of work."""
    return 1 if pieces == 1 or planes >= pieces else min(-(-pieces // planes), max(inputs // _RUN, 1))


def _run(
    kernel: Any, arrays: tuple[NDArray[Any], ...], places: NDArray[np.int64], sizes: tuple[int, int, int, int]
) -> bool:
    """Run a kernel over planes, or parts of them; whether all places exist."""
    planes, inputs, outputs, inner = sizes
    cost = places.size * _COST_OF_VALUE + planes * inputs * inner * _COST_OF_PLACE
    wanted = threads.pieces_for(cost, 2**30)
    parts = _parts(planes, inputs, wanted)
    pieces = max(min(wanted, planes * parts), 1)
    numbers = outputs * inner
    extremes = np.empty(2 * planes * -(-numbers // _RUN) if parts > 1 else 0, np.int64)
    if parts > 1:
        _extent().typed().run(pieces, places, extremes, numbers, _RUN)
    missed = np.zeros(pieces, np.int64)
    kernel.run(pieces, *arrays, missed, extremes, _RUN, planes, inputs, outputs, inner, parts)
    return bool(missed.sum() == (parts - 1) * places.size)


def scatter(
    values: NDArray[Any],
    places: NDArray[np.int64],
    target: NDArray[Any],
    planes: int,
    inputs: int,
    outputs: int,
    inner: int,
    *,
    adds: bool,
) -> bool:
    """Add values to places of their planes, or put them there; whether all of the places exist.

    Flat arrays: ``outputs`` values of each plane, ``inputs`` places, each of ``inner`` numbers.
    """
    kernel = _scatter(adds).typed(values.dtype, target.dtype)
    return _run(kernel, (values, places, target), places, (planes, inputs, outputs, inner))


def take(
    source: NDArray[Any],
    places: NDArray[np.int64],
    target: NDArray[Any],
    planes: int,
    inputs: int,
    outputs: int,
    inner: int,
) -> bool:
    """What stands at each place, for the last of several values with one place, and else 0; whether all exist."""
    return _run(_take().typed(source.dtype), (source, places, target), places, (planes, inputs, outputs, inner))


def all_exist(places: NDArray[np.int64], size: int) -> bool:
    """Whether all places lie in planes of this size."""
    runs = -(-places.size // _RUN)
    extremes = np.empty(2 * runs, np.int64)
    pieces = threads.pieces_for(places.size * _COST_OF_PLACE, runs)
    _extent().typed().run(pieces, places, extremes, places.size, _RUN)
    return bool(extremes.min() >= 0 and extremes.max() < size)
