"""Values given back to windows that lie side by side, two numbers wide: as `scatter`, but row by row, as vectors.

No position is in two windows, and an index that a pooling gave points into its own, so that each position asks whether
it is meant. Indices from elsewhere are found out, and are for `scatter`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..jit import vector
from ..kernel import Kernel, kernel
from ..scratch import Scratch
from .combine import chosen, smaller
from .streaming import HELD, NOTHING, NOWHERE, kernel_name, room_for, stage_in, stage_length
from .strips import fill
from .views import nth, part, rest

__all__ = ["give_back_kernel", "give_back_scratch"]

# Numbers of a row that are made ready at a time.
_PIECE = 4096


@cache
def _give(bits: Any) -> Any:
    @vector
    def give(out, values, indices, first):
        """Two numbers for each value, one of which may be it, the first at position ``first``; how many are."""
        found = np.int64(0)
        for i in range(indices.size):
            away = indices[i] - (first + 2 * i)
            out[2 * i] = chosen(away == 0, values[i], bits(0))
            out[2 * i + 1] = chosen(away == 1, values[i], bits(0))
            found += np.int64(away == 0) + np.int64(away == 1)
        return found

    return give


@cache
def give_back_kernel(itemsize: int, streams: bool) -> Kernel:
    """``kernel(values, indices, target, strangers, deep, high, wide, slabs, rows, depth, height, width)``.

    There are ``deep`` × ``high`` × ``wide`` windows of ``slabs`` × ``rows`` × 2 positions in each plane of ``target``,
    of ``depth`` × ``height`` × ``width``. A work unit is one row of windows. ``strangers[0]`` is set if an index lies
    outside of its window: then the target is not finished.
    """
    bits: Any = np.dtype(f"u{itemsize}").type
    give = _give(bits)

    @kernel(kernel_name("give-back", str(itemsize), streams=streams))
    def give_back(
        values,
        indices,
        target,
        strangers,
        deep,
        high,
        wide,
        slabs,
        rows,
        depth,
        height,
        width,
        _a,
        _b,
        _c,
        counters,
        begin,
        end,
    ):
        stage, state = stage_in(nth(counters, 0), target), nth(counters, 1)
        if streams:
            state[HELD] = 0
        for unit in range(begin, end):
            if strangers[0]:
                break
            above = unit // high
            high_now, plane = unit - above * high, above // deep
            deep_now, found = above - plane * deep, np.int64(0)
            some, where = part(values, unit * wide, wide), part(indices, unit * wide, wide)
            # behind the last windows there may be more
            slabs_now = slabs if deep_now < deep - 1 else depth - deep_now * slabs
            rows_now = rows if high_now < high - 1 else height - high_now * rows
            for i in range(slabs_now):
                for j in range(rows_now):
                    row = (deep_now * slabs + i) * height + high_now * rows + j
                    here = (plane * depth * height + row) * width
                    given: Any = 2 * wide if i < slabs and j < rows else 0
                    column: Any = 0
                    while column < width:
                        n = smaller(width - column, np.int64(_PIECE))
                        if streams:
                            goal = part(stage, room_for(target, here + column, n, stage, state), n)
                        else:
                            goal = part(target, here + column, n)
                        reached: Any = 0
                        if column < given:
                            reached = smaller(given - column, n)
                            first, many = column // 2, reached // 2
                            where_now = part(where, first, many)
                            found += give(part(goal, 0, reached), rest(some, first), where_now, row * width + column)
                        fill(rest(goal, reached), 0)
                        column += n
            if found != wide:
                strangers[0] = 1
        if streams:
            room_for(target, NOWHERE, NOTHING, stage, state)

    return give_back


def give_back_scratch(width: int) -> Scratch:
    """Scratch memory of `give_back_kernel`."""
    return _scratch(min(width, _PIECE))


@cache
def _scratch(numbers: int) -> Scratch:
    # one for all calls, as each of its own would be divided anew, in 10 µs
    return Scratch(counters=stage_length(numbers), counter_lines=2)
