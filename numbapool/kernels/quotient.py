"""Quotients by a known divisor, rounded as divisions are, without one: by its reciprocal, and what that leaves over.

Division takes four times as long as all of this. Correctly rounded for whole divisors of fewer than 21 bits (Markstein
1990), but for ties among subnormal numbers, of which odd divisors leave none.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from .registers import processor_has

__all__ = ["MOST", "quotient"]

# Divisors up to this.
MOST = 2**20


def _quotient(typingctx: Any, total: Any, divisor: Any, reciprocal: Any) -> Any:
    """``total / divisor`` in the type of all three, of which the last is the divisor's reciprocal."""
    if not isinstance(total, types.Float) or not total == divisor == reciprocal:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        total, divisor, reciprocal = args
        if not processor_has(context, "fma"):
            return builder.fdiv(total, divisor)
        near = builder.fmul(total, reciprocal)
        left_over = builder.fma(builder.fneg(near), divisor, total)
        exact = builder.fma(left_over, reciprocal, near)
        # nothing is left over of both zeros, and of an inf what is no number
        some_left = builder.fcmp_ordered("!=", left_over, ir.Constant(left_over.type, 0))
        return builder.select(some_left, exact, near)

    return total(total, divisor, reciprocal), codegen


quotient: Any = intrinsic(_quotient)
