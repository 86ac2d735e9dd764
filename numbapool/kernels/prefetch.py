"""Input fetched ahead: what the next rows of results read is on its way while this one is worked on.

The processor's own guesses end with each row of a window; fetched ahead, large inputs take a third less time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..jit import apart, scalar
from ..lowering import data_of, itemsize_of
from ..scratch import CACHE_LINE
from .frame import AHEAD, FETCHED

__all__ = ["fetch", "fetch_row", "fetch_rows", "fetch_with_two"]


def _fetch(typingctx: Any, line: Any, begin: Any, count: Any) -> Any:
    """Ask for so many numbers from ``line[begin]`` on; they need not exist."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        flag, place = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [place, flag, flag, flag])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        first = builder.bitcast(builder.gep(data_of(context, builder, line, args[0]), [args[1]]), place)
        size = builder.mul(args[2], args[2].type(itemsize_of(line)))
        # to the end of the last cache line: behind rows of which only a part is read nobody else asks for it
        word, some = size.type, builder.icmp_signed(">", size, size.type(0))
        behind_line = builder.and_(builder.ptrtoint(first, word), word(CACHE_LINE - 1))
        size = builder.select(some, builder.add(size, behind_line), word(0))
        with cgutils.for_range_slice(builder, size.type(0), size, size.type(CACHE_LINE)) as (offset, _):
            # to read, into the second-level cache, as data: the first-level one has fewer misses under way at a time
            builder.call(prefetch, [builder.gep(first, [offset]), flag(0), flag(2), flag(1)])
        return context.get_dummy_value()

    return types.void(line, types.intp, types.intp), codegen


fetch: Any = intrinsic(_fetch)


@scalar
def fetch_row(x, at, wanted, size):
    """Ask for one row of ``size`` numbers, from ``x[at]`` on, if it is ``wanted``."""
    if wanted:
        _fetch_apart(x, at, size)


@scalar
def fetch_with_two(x, upper, lower, frame, size):
    """Ask for what lies ahead of two rows that are read together: both of them new, or only the ``lower`` one."""
    fetch_row(x, upper + frame[AHEAD], frame[FETCHED] > 1, size)
    fetch_row(x, lower + frame[AHEAD], frame[FETCHED] > 0, size)


@scalar
def fetch_rows(x, at, count, distance, size):
    """Ask for ``count`` rows of ``size`` numbers, ``distance`` from each other, from ``x[at]`` on."""
    for i in range(count):
        _fetch_apart(x, at + i * distance, size)


@apart
@scalar
def _fetch_apart(x, at, size):
    fetch(x, at, size)
