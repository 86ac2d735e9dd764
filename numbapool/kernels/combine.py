"""What makes one number of two: the larger, the smaller, their sum, either of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..jit import free_scalar, scalar

__all__ = ["added", "chosen", "in_any_order", "in_order", "larger", "larger_code", "smaller", "smaller_code"]


def _extreme(name: str, comparison: str, *, numbers: bool = False) -> Callable[..., Any]:
    """``code(builder, dtype, a, b)``: one of two numbers of a dtype, or of each two in vectors of them.

    A NaN, where there is one, unless both are ``numbers``.
    """
    flags = ("nsz", "nnan") if numbers else ("nsz",)

    def code(builder: Any, dtype: Any, a: Any, b: Any) -> Any:
        if isinstance(dtype, types.Float):
            # LLVM knows this as a whole: two instructions, against four for comparisons and what follows from them
            kind = a.type
            lanes = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
            two_to_one = ir.FunctionType(kind, [kind, kind])
            of_this_width = f"llvm.{name}.{lanes}f{dtype.bitwidth}"
            function = cgutils.get_or_insert_function(builder.module, two_to_one, of_this_width)
            return builder.call(function, (a, b), fastmath=flags)
        compare = builder.icmp_signed if getattr(dtype, "signed", False) else builder.icmp_unsigned
        return builder.select(compare(comparison, b, a), b, a)

    return code


def _of_two(code: Callable[..., Any]) -> Callable[..., Any]:
    def of_two(typingctx: Any, m: Any, v: Any) -> Any:
        return m(m, m), lambda context, builder, signature, args: code(builder, m, *args)

    return of_two


larger_code, smaller_code = _extreme("maximum", ">"), _extreme("minimum", "<")
_maximum: Any = intrinsic(_of_two(larger_code))
_minimum: Any = intrinsic(_of_two(smaller_code))
_larger_number: Any = intrinsic(_of_two(_extreme("maximum", ">", numbers=True)))
_smaller_number: Any = intrinsic(_of_two(_extreme("minimum", "<", numbers=True)))


def _chosen(typingctx: Any, condition: Any, a: Any, b: Any) -> Any:
    """``a if condition else b``, both of which are read before: no branch, so that LLVM makes vectors of a loop."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        flag = context.cast(builder, args[0], condition, types.boolean)
        return builder.select(builder.trunc(flag, ir.IntType(1)) if flag.type.width > 1 else flag, args[1], args[2])

    return a(condition, a, a), codegen


chosen: Any = intrinsic(_chosen)


@scalar
def larger(m, v):
    """The larger of two numbers, or the NaN among them."""
    return _maximum(m, v)


@scalar
def smaller(m, v):
    """The smaller of two numbers, or the NaN among them."""
    return _minimum(m, v)


@scalar
def in_order(a, b):
    """Two numbers, the smaller first; anything where one of them is NaN."""
    return _smaller_number(a, b), _larger_number(a, b)


@scalar
def added(m, v):
    """The sum of two numbers."""
    return m + v


@free_scalar
def _added_freely(m, v):
    return m + v


def in_any_order(combine: Any) -> Any:
    """The same for a whole line of numbers, which LLVM may then cut into vectors."""
    return _added_freely if combine is added else combine
