"""Results past the cache: a stage in the first-level cache, and whole cache lines of it written straight to memory.

An ordinary store reads the cache line it writes to, keeps it, and writes it back when others need the place. Results
that are larger than the cache will not be found there anyway; written past it (streaming, or non-temporal, stores)
they cost half of that. A cache line must then be written whole, hence the stage.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..jit import apart, scalar
from ..lowering import array_of, data_of, itemsize_of, length_of
from ..scratch import CACHE_LINE, PAGE
from .views import part

__all__ = [
    "HELD",
    "NOTHING",
    "NOWHERE",
    "all_arrived",
    "kernel_name",
    "room_for",
    "stage_in",
    "stage_length",
    "write_past",
]

# Bytes that are staged before they are written, in one go.
_STAGED = 1024
# Numbers that tell what the stage holds: where in the results it begins, and how many there are.
BEGIN, HELD = range(2)
# Room for nothing, nowhere: what the stage holds is written. Not Python's numbers, for which Numba would compile anew.
NOWHERE, NOTHING = np.int64(-1), np.int64(0)


def _address(typingctx: Any, line: Any) -> Any:
    """Where a line begins in memory."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ptrtoint(data_of(context, builder, line, args[0]), cgutils.intp_t)

    return types.intp(line), codegen


def _stream(typingctx: Any, target: Any, source: Any, count: Any) -> Any:
    """Write so many whole cache lines from one line to another, which begins where a cache line does."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lines = ir.VectorType(ir.IntType(64), CACHE_LINE // 8).as_pointer()
        to, come_from = (
            builder.bitcast(data_of(context, builder, kind, value), lines)
            for kind, value in zip(signature.args[:2], args[:2], strict=True)
        )
        past_cache = builder.module.add_metadata([ir.IntType(32)(1)])
        with cgutils.for_range(builder, args[2]) as loop:
            whole = builder.load(builder.gep(come_from, [loop.index]), align=1)
            store = builder.store(whole, builder.gep(to, [loop.index]), align=CACHE_LINE)
            store.set_metadata("nontemporal", past_cache)
        return context.get_dummy_value()

    return types.void(target, source, types.intp), codegen


def _arrived(typingctx: Any) -> Any:
    """Wait until all that was written past the cache can be seen by other threads."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), codegen


def _stage(typingctx: Any, words: Any, like: Any) -> Any:
    """The stage, in words of `stage_length`, for numbers as in ``like``: from a cache line on, in one page if it fits.

    Numbers across the end of a page, written and read while stores to memory wait, hold up the core for 70 ns: kernels
    took twice as long, or not, by where their scratch memory happened to be.
    """
    kind = types.Array(like.dtype, 1, "C")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = cgutils.intp_t
        data, length = data_of(context, builder, words, args[0]), length_of(context, builder, words, args[0], 0)
        address, size = builder.ptrtoint(data, word), builder.mul(length, word(8))
        to_line = builder.and_(builder.neg(address), word(CACHE_LINE - 1))
        to_page = builder.sub(word(PAGE), builder.and_(builder.add(address, to_line), word(PAGE - 1)))
        crosses = builder.icmp_signed("<", to_page, builder.sub(size, word(PAGE)))
        begin = builder.add(to_line, builder.select(crosses, to_page, word(0)))
        numbers = context.get_data_type(kind.dtype).as_pointer()
        place = builder.inttoptr(builder.add(address, begin), numbers)
        count = builder.udiv(builder.sub(size, begin), word(itemsize_of(kind)))
        return array_of(context, builder, kind, place, [count])

    return kind(words, like), codegen


stage_in: Any = intrinsic(_stage)
_address_of: Any = intrinsic(_address)
_write_lines: Any = intrinsic(_stream)
all_arrived: Any = intrinsic(_arrived)


@scalar
def write_past(y, begin, stage, held):
    """Write ``stage[:held]`` to ``y[begin:]``, but for what does not fill a cache line; how many are written."""
    size, address = CACHE_LINE // stage.itemsize, _address_of(part(y, begin, held))
    ahead = (-address & (CACHE_LINE - 1)) // stage.itemsize
    if address & (stage.itemsize - 1):  # cache lines begin inside of numbers
        ahead = held
    elif ahead > held:
        return 0
    for i in range(np.uint64(ahead)):
        y[np.uint64(begin) + i] = stage[i]
    lines = (held - ahead) // size
    _write_lines(part(y, begin + ahead, lines * size), part(stage, ahead, lines * size), lines)
    return ahead + lines * size


@scalar
def room_for(y, at, count, stage, state):
    """The place in the stage for so many results, which belong at ``y[at:]``; anything else there is written first."""
    begin, held = state[BEGIN], state[HELD]
    if at == begin + held and (held + count) * stage.itemsize <= _STAGED:
        state[HELD] = held + count
        return held
    return _room_made(y, at, count, stage, state)


@apart
@scalar
def _room_made(y, at, count, stage, state):
    begin, held = state[BEGIN], state[HELD]
    goes_on = at == begin + held
    if held:
        written = write_past(y, begin, stage, held)
        held -= written
        if goes_on:
            begin += written
            for i in range(held):
                stage[i] = stage[written + i]
        else:
            for i in range(written, written + held):
                y[np.uint64(begin + i)] = stage[i]
            all_arrived()
    if not goes_on:
        begin, held = at, 0
    state[BEGIN], state[HELD] = begin, held + count
    return held


def kernel_name(*parts: str, streams: bool) -> str:
    """What people see of a kernel that is compiled with a stage or without: half of all first calls need none."""
    return "-".join((*filter(None, parts), *(["past-cache"] if streams else [])))


def stage_length(count: int) -> int:
    """Length, in 64-bit numbers, of what a stage for lines of at most so many results is found in."""
    return count + (_STAGED + 2 * CACHE_LINE + PAGE) // 8
