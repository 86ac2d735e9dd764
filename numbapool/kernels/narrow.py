"""Whole numbers in their own width: Numba takes 64 bits for any, and LLVM does not always find back."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.extending import intrinsic

__all__ = ["less", "rounded_share"]


def _less(typingctx: Any, a: Any, b: Any) -> Any:
    """``a - b`` in the type of both."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.sub(*args)

    return a(a, a), codegen


def _rounded_share(typingctx: Any, total: Any, like: Any, shift: Any) -> Any:
    """``total / 2**shift`` in the type of ``like``, which holds the total; rounded to the nearest, ties to even."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        total, _, wide = args
        number = context.get_value_type(like)
        total, shift = (builder.trunc(v, number) if v.type != number else v for v in (total, wide))
        right, one = builder.ashr if like.signed else builder.lshr, number(1)
        almost_half = builder.sub(builder.lshr(builder.shl(one, shift), one), one)
        odd = builder.and_(right(total, shift), one)
        return right(builder.add(builder.add(total, almost_half), odd), shift)

    return like(total, like, types.intp), codegen


less: Any = intrinsic(_less)
rounded_share: Any = intrinsic(_rounded_share)
