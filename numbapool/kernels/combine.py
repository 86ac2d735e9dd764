"""What makes one number of two: the larger, the smaller, their sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..jit import free_scalar, scalar

__all__ = ["added", "in_any_order", "larger", "smaller"]


def _extreme(name: str, comparison: str) -> Callable[..., Any]:
    """Code for one of two numbers of the same type; a NaN, where there is one."""

    def of_two(typingctx: Any, m: Any, v: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            if isinstance(signature.return_type, types.Float):
                # LLVM knows this as a whole: two instructions, against four for comparisons and what follows from them
                kind = args[0].type
                of_this_width = f"llvm.{name}.f{signature.return_type.bitwidth}"
                two_to_one = ir.FunctionType(kind, [kind, kind])
                function = cgutils.get_or_insert_function(builder.module, two_to_one, of_this_width)
                return builder.call(function, args, fastmath=("nsz",))
            compare = builder.icmp_signed if getattr(signature.return_type, "signed", False) else builder.icmp_unsigned
            return builder.select(compare(comparison, args[1], args[0]), args[1], args[0])

        return m(m, m), codegen

    return of_two


_maximum: Any = intrinsic(_extreme("maximum", ">"))
_minimum: Any = intrinsic(_extreme("minimum", "<"))


@scalar
def larger(m, v):
    """The larger of two numbers, or the NaN among them."""
    return _maximum(m, v)


@scalar
def smaller(m, v):
    """The smaller of two numbers, or the NaN among them."""
    return _minimum(m, v)


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
