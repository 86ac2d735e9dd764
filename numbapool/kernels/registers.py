"""Vectors of a line's numbers, for code that LLVM does not find by itself: what it takes of two vectors that meet."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..lowering import data_of, itemsize_of

__all__ = ["Vectors", "are_long", "lanes_of", "processor_has"]

_BYTES = 64  # of a vector; where the processor's are shorter, LLVM takes several
# Names of processors, as `NUMBA_CPU_NAME` may give them, without what is asked for here.
_WITHOUT = {"avx": {"generic"}, "fma": {"generic", "sandybridge", "ivybridge"}}


def processor_has(context: Any, feature: str) -> bool:
    """Whether the processor that is compiled for has "avx", or "fma"."""
    _, name, features = context.codegen().magic_tuple()
    # no features are listed for a processor that is named
    return f"+{feature}" in features.split(",") if features else name not in _WITHOUT[feature]


def _lanes(line: Any) -> int:
    return _BYTES // itemsize_of(line)


def _lanes_of(typingctx: Any, line: Any) -> Any:
    """How many numbers of a line make a vector."""
    return types.intp(line), lambda context, builder, signature, args: ir.IntType(64)(_lanes(line))


lanes_of: Any = intrinsic(_lanes_of)


def _are_long(typingctx: Any) -> Any:
    """Whether the processor's vectors have 32 bytes or more, so that a dozen of ours are hardly more than it holds."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(ir.IntType(1), int(processor_has(context, "avx")))

    return types.boolean(), codegen


are_long: Any = intrinsic(_are_long)


class Vectors:
    """The vectors of lines like ``line``."""

    def __init__(self, context: Any, builder: Any, line: Any) -> None:
        self._context, self._builder = context, builder
        self._type, self._align = line, itemsize_of(line)
        self.lanes = _lanes(line)
        self.kind = ir.VectorType(context.get_data_type(line.dtype), self.lanes)

    def _place(self, line: Any, number: Any) -> Any:
        first = self._builder.gep(data_of(self._context, self._builder, self._type, line), [number])
        return self._builder.bitcast(first, self.kind.as_pointer())

    def load(self, line: Any, number: Any) -> Any:
        """The vector from this number of a line on."""
        return self._builder.load(self._place(line, number), align=self._align)

    def store(self, vector: Any, line: Any, number: Any) -> None:
        """Put it there."""
        self._builder.store(vector, self._place(line, number), align=self._align)

    def from_lane(self, lane: int, first: Any, second: Any) -> Any:
        """As many numbers from a lane of the first vector on, then of the second."""
        order = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [lane + i for i in range(self.lanes)])
        return self._builder.shuffle_vector(first, second, order)
