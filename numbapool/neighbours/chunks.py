"""The tasks that pool an array in chunks: what each block of the result reads, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..threads import one_thread
from ..validation.arrays import as_input
from .parts import Part, Pooling

__all__ = ["results_of", "tasks_of"]

Key = tuple[Any, ...]


@dataclass(frozen=True)
class _Pool:
    """What becomes of the chunks, or parts of chunks, that a block of the result needs."""

    pooling: Pooling
    layer: Any
    parts: tuple[Part, ...]
    grid: tuple[int, ...]  # how many there are along each axis
    cuts: tuple[Any, ...]  # what is read of each
    caller: str

    def __call__(self, *blocks: Any) -> Any:
        block = _joined(
            [as_input(b, self.caller, "x")[cut] for b, cut in zip(blocks, self.cuts, strict=True)], self.grid
        )
        with one_thread():
            results = self.pooling.run(self.layer, self.parts, block)
        if getattr(self.layer, "return_indices", False):
            results = results[0], self.pooling.indices(self.parts, results[1])
        return results if len(results) > 1 else results[0]


@dataclass(frozen=True)
class _Cut:
    """A part of a chunk, which does not keep the rest of it in memory."""

    cut: tuple[slice, ...]

    def __call__(self, chunk: NDArray[Any]) -> NDArray[Any]:
        return chunk[self.cut].copy()


@dataclass(frozen=True)
class _Take:
    """One of several results."""

    number: int

    def __call__(self, results: tuple[NDArray[Any], ...]) -> NDArray[Any]:
        return results[self.number]


def _joined(pieces: list[NDArray[Any]], grid: tuple[int, ...]) -> NDArray[Any]:
    """Pieces that lie in a grid, as one array."""
    if len(pieces) == 1:
        return pieces[0]
    placed = np.empty(grid, object)
    for place, piece in zip(np.ndindex(grid), pieces, strict=True):
        placed[place] = piece
    ends = []
    for axis, n in enumerate(grid):
        line = [placed[(0,) * axis + (i,) + (0,) * (len(grid) - axis - 1)].shape[axis] for i in range(n)]
        ends.append(np.cumsum([0, *line]))
    whole = np.empty([int(end[-1]) for end in ends], pieces[0].dtype)
    for place in np.ndindex(grid):
        whole[tuple(slice(end[i], end[i + 1]) for i, end in zip(place, ends, strict=True))] = placed[place]
    return whole


def tasks_of(
    name: str, caller: str, pooling: Pooling, source: str, chunks: Sequence[Sequence[int]], along: list[list[Part]]
) -> dict[Key, Any]:
    """A task for each block of the result, and one for each small part of a chunk that a block needs.

    ``source`` is the name of the input, in ``chunks``; ``along`` has the parts of each pooled axis.
    """
    tasks: dict[Key, Any] = {}
    windows = pooling.layer.axes(pooling.spatial)
    reads: list[list[list[tuple[int, slice]]]] = [[[(i, slice(None))] for i in range(len(c))] for c in chunks]
    for a, parts in zip(pooling.axes, along, strict=True):
        ends = [int(end) for end in np.cumsum([0, *chunks[a]])]
        reads[a] = [list(_chunks_between(ends, *part.read)) for part in parts]
    still = [range(len(reads[a])) for a in pooling.still]
    for numbers in product(*(range(len(parts)) for parts in along)):
        here = tuple(parts[i] for parts, i in zip(along, numbers, strict=True))
        layer = pooling.layer_of(windows, here)
        for others in product(*still):
            at = dict(zip((*pooling.axes, *pooling.still), (*numbers, *others), strict=True))
            place = tuple(at[a] for a in range(len(chunks)))
            pieces = [reads[a][i] for a, i in enumerate(place)]
            keys, cuts = [], []
            for piece in product(*pieces):
                key, cut = (source, *(i for i, _ in piece)), tuple(c for _, c in piece)
                if _is_small(cut, [chunks[a][i] for a, (i, _) in enumerate(piece)]):
                    part_key = (f"{name}-part", *key[1:], *(b for c in cut for b in (c.start or 0, c.stop or 0)))
                    tasks[part_key] = (_Cut(cut), key)
                    key, cut = part_key, ()
                keys.append(key)
                cuts.append(cut)
            tasks[(name, *place)] = (_Pool(pooling, layer, here, tuple(map(len, pieces)), tuple(cuts), caller), *keys)
    return tasks


def results_of(name: str, source: str, number: int, blocks: Sequence[int]) -> dict[Key, Any]:
    """Tasks that take one of several results of each block."""
    return {(name, *place): (_Take(number), (source, *place)) for place in product(*map(range, blocks))}


def _chunks_between(ends: list[int], low: int, high: int) -> Iterator[tuple[int, slice]]:
    """The chunks that hold positions from ``low`` to ``high``, and where they are in each."""
    i = int(np.searchsorted(ends, low, side="right")) - 1
    while i < len(ends) - 1 and ends[i] < high:
        begin, end = ends[i], ends[i + 1]
        if begin < end:
            whole = low <= begin and end <= high
            yield i, slice(None) if whole else slice(max(low - begin, 0), min(high, end) - begin)
        i += 1


def _is_small(cut: tuple[slice, ...], sizes: Sequence[int]) -> bool:
    """Whether so little of a chunk is read that it had better be cut out where the chunk is."""
    taken = prod(n if c.stop is None else c.stop - c.start for c, n in zip(cut, sizes, strict=True))
    return 2 * taken <= prod(sizes) and taken < prod(sizes)
