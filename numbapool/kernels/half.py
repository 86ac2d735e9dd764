"""float16 in kernels: kept as its 16 bits, computed as float32 (bit tricks, so that every CPU vectorises them)."""

from __future__ import annotations

import numpy as np

from ..jit import scalar

_EXPONENT = np.float32(2.0**112)  # the difference between the two exponent biases
_HALF = np.uint32(0x3F000000)  # 0.5f


@scalar
def half_to_float(h):
    """The float32 with the value of these float16 bits, exactly."""
    bits = np.uint32(np.uint32(h & np.uint16(0x7FFF)) << np.uint32(13))
    value = np.uint32(bits).view(np.float32) * _EXPONENT
    infinite = np.uint32(bits | np.uint32(0x7F800000))
    magnitude = infinite if bits >= np.uint32(0x0F800000) else np.float32(value).view(np.uint32)
    sign = np.uint32(np.uint32(h & np.uint16(0x8000)) << np.uint32(16))
    return np.uint32(magnitude | sign).view(np.float32)


@scalar
def float_to_half(f):
    """The bits of the float16 nearest to a float32, ties to even."""
    bits = np.float32(f).view(np.uint32)
    size = np.uint32(bits & np.uint32(0x7FFFFFFF))
    rounded = np.uint32(size + np.uint32(0xC8000FFF) + np.uint32((size >> np.uint32(13)) & np.uint32(1)))
    normal = np.uint32(rounded >> np.uint32(13))
    small = np.uint32(np.float32(size.view(np.float32) + np.float32(0.5)).view(np.uint32) - _HALF)
    large = np.uint32(0x7E00) if size > np.uint32(0x7F800000) else np.uint32(0x7C00)
    magnitude = small if size < np.uint32(0x38800000) else (large if size >= np.uint32(0x47800000) else normal)
    return np.uint16(magnitude | np.uint32(np.uint32(bits >> np.uint32(16)) & np.uint32(0x8000)))
