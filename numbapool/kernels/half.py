"""float16 in kernels: kept as its 16 bits, computed as float32; compared as in `kernels.ordered`.

Processors that convert between the two do so (x86 with F16C); for all others there are bit tricks that vectorise.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import config, types
from numba.extending import intrinsic

from ..jit import scalar

__all__ = [
    "double_to_half",
    "float_to_half",
    "half_to_double",
    "half_to_float",
]

_EXPONENT = np.float32(2.0**112)  # the difference between the two exponent biases
_HALF = np.uint32(0x3F000000)  # 0.5f


@scalar
def _widened_by_bits(h):
    bits = np.uint32(np.uint32(h & np.uint16(0x7FFF)) << np.uint32(13))
    value = np.uint32(bits).view(np.float32) * _EXPONENT
    infinite = np.uint32(bits | np.uint32(0x7F800000))
    magnitude = infinite if bits >= np.uint32(0x0F800000) else np.float32(value).view(np.uint32)
    sign = np.uint32(np.uint32(h & np.uint16(0x8000)) << np.uint32(16))
    return np.uint32(magnitude | sign).view(np.float32)


@scalar
def _narrowed_by_bits(f):
    bits = np.float32(f).view(np.uint32)
    size = np.uint32(bits & np.uint32(0x7FFFFFFF))
    rounded = np.uint32(size + np.uint32(0xC8000FFF) + np.uint32((size >> np.uint32(13)) & np.uint32(1)))
    normal = np.uint32(rounded >> np.uint32(13))
    small = np.uint32(np.float32(size.view(np.float32) + np.float32(0.5)).view(np.uint32) - _HALF)
    large = np.uint32(0x7E00) if size > np.uint32(0x7F800000) else np.uint32(0x7C00)
    magnitude = small if size < np.uint32(0x38800000) else (large if size >= np.uint32(0x47800000) else normal)
    return np.uint16(magnitude | np.uint32(np.uint32(bits >> np.uint32(16)) & np.uint32(0x8000)))


def _processor_converts() -> bool:
    """Whether code is made for this processor, and it has the instructions."""
    name, features = (getattr(config, f"CPU_{what}") for what in ("NAME", "FEATURES"))  # for mypy, made at run time
    if name or features:
        return "+f16c" in str(features).split(",")
    return bool(llvm.get_host_cpu_features().get("f16c"))


def _widen(typingctx: Any, h: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fpext(builder.bitcast(args[0], ir.HalfType()), ir.FloatType())

    return types.float32(types.uint16), codegen


def _narrow(typingctx: Any, f: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(builder.fptrunc(args[0], ir.HalfType()), ir.IntType(16))

    return types.uint16(types.float32), codegen


_widened: Any = intrinsic(_widen)
_narrowed: Any = intrinsic(_narrow)
if not _processor_converts():
    _widened, _narrowed = _widened_by_bits, _narrowed_by_bits


@scalar
def half_to_float(h):
    """The float32 with the value of these float16 bits, exactly."""
    return _widened(h)


@scalar
def float_to_half(f):
    """The bits of the float16 nearest to a float32, ties to even."""
    return _narrowed(np.float32(f))


@scalar
def half_to_double(h):
    """The float64 with the value of these float16 bits, exactly."""
    return np.float64(_widened(h))


@scalar
def double_to_half(d):
    """The bits of the float16 nearest to a float64, ties to even, though by way of float32.

    Rounded to odd there: towards zero, with the last bit set where anything was lost. Then no tie is made up.
    """
    f = np.float32(d)
    back = np.float64(f)
    bits = np.uint32(np.float32(f).view(np.uint32) - np.uint32(abs(back) > abs(d)))
    return _narrowed(np.uint32(bits | np.uint32(back != d)).view(np.float32))
