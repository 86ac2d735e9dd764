"""Exponentials, logarithms and powers as sums and products, so that loops over lines become vectors.

The functions of the C library take one number at a time, 10 to 40 ns each. These differ from them by at most two units
in the last place (ulp), and powers by about ``abs(p * log(x))`` ulp more, which does not show in float32 results.
"""

from __future__ import annotations

import numpy as np

from .compile import jitable

__all__ = ["exp", "log", "power"]

# Adding this leaves a whole number in the lowest bits; added to the exponent field they multiply by a power of two.
_WHOLE = np.float64(1.5 * 2**52)
_LOG2_E = np.float64(1 / np.log(2))
_LN2_HIGH, _LN2_LOW = (
    np.float64(float.fromhex("0x1.62e42fee00000p-1")),
    np.float64(float.fromhex("0x1.a39ef35793c76p-33")),
)
_LEAST, _MOST = np.float64(-708.0), np.float64(709.782712893384)
_NOTHING, _INFINITE = np.float64(0), np.float64(np.inf)
_FRACTION, _EXPONENT = np.uint64(52), np.uint64(1023)
# Mantissas lie between the root of one half and the root of two.
_ROOT_HALF = np.uint64(np.float64(np.sqrt(0.5)).view(np.uint64))
_BIAS = np.float64(2.0**52 + 1023)
_AS_FLOAT = np.uint64(np.float64(2.0**52).view(np.uint64))


@jitable(fastmath={"contract"})
def exp(x):
    """E to the power of a float64; below 1e-307 it is 0."""
    bounded = _LEAST if x < _LEAST else x
    bounded = _MOST if bounded > _MOST else bounded
    shifted = bounded * _LOG2_E + _WHOLE
    n = shifted - _WHOLE
    r = (bounded - n * _LN2_HIGH) - n * _LN2_LOW
    # (exp(r) - 1 - r) / r² to within 2e-17 for |r| up to log(2) / 2; in pairs, so that no sum waits for all before it
    r2 = r * r
    r4 = r2 * r2
    low = (0.5000000000000001 + 0.1666666666666667 * r) + (0.04166666666662413 + 0.008333333333326136 * r) * r2
    high = (0.001388888891721154 + 0.00019841269874817515 * r) + (
        2.4801521299750923e-05 + 2.7557255404417595e-06 * r
    ) * r2
    p = low + (high + (2.7620086491464514e-07 + 2.5105215165649368e-08 * r) * r4) * r4
    p = p * r2 + r + 1.0
    # half of the power of two, as the largest has no room in the exponent field
    bits = np.uint64((np.float64(shifted).view(np.uint64) << _FRACTION) + (np.uint64(1022) << _FRACTION))
    value = p * bits.view(np.float64) * 2.0
    value = _NOTHING if x < _LEAST else value
    return _INFINITE if x > _MOST else value


@jitable(fastmath={"contract"})
def log(x):
    """Natural logarithm of a float64: of 0, or anything from 2**-1022 to infinity."""
    bits = np.float64(x).view(np.uint64)
    # how many powers of two above the root of one half
    above = bits - _ROOT_HALF + (_EXPONENT << _FRACTION)
    e = (np.uint64((above >> _FRACTION) | _AS_FLOAT)).view(np.float64) - _BIAS
    mantissa = np.uint64((above & np.uint64(2**52 - 1)) + _ROOT_HALF)
    f = mantissa.view(np.float64) - 1.0
    # the series of fdlibm: log(1 + f) by powers of s = f / (2 + f)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = (3.999999999940941908e-01 + (2.222219843214978396e-01 + 1.531383769920937332e-01 * w) * w) * w
    odd = 2.857142874366239149e-01 + (1.818357216161805012e-01 + 1.479819860511658591e-01 * w) * w
    p = even + (6.666666666666735130e-01 + odd * w) * z
    square = 0.5 * f * f
    value = e * _LN2_HIGH - ((square - (s * (square + p) + e * _LN2_LOW)) - f)
    value = -_INFINITE if x == 0.0 else value
    return value if x < np.inf else x


@jitable(fastmath={"contract"})
def power(x, p):
    """The power of a float64, which is as for `log`."""
    return exp(p * log(x))
