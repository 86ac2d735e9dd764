"""Results that were computed elsewhere, put into the arrays that the caller gave for them."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import PoolingValueError
from .arrays import check_out, lie_alike

__all__ = ["check_outs", "fits", "given_out", "lies_as"]

R = TypeVar("R", bound="NDArray[Any] | tuple[NDArray[Any], ...]")


def _outs_for(out: Any, count: int, caller: str) -> tuple[Any, ...]:
    """``out`` as so many arrays, or so many times None."""
    outs = (None,) * count if out is None else out if isinstance(out, tuple) else (out,)
    if len(outs) != count:
        raise PoolingValueError(f"{caller}: out must be {count} array(s); got {len(outs)}")
    return outs


def check_outs(caller: str, result: Any, x: NDArray[Any], out: Any) -> tuple[Any, ...]:
    """``out`` as arrays that may take ``result``, an array or a tuple of them, or an error."""
    results: tuple[NDArray[Any], ...] = result if isinstance(result, tuple) else (result,)
    outs = _outs_for(out, len(results), caller)
    for i, (array, given) in enumerate(zip(results, outs, strict=True)):
        for other in (x, *outs[:i]):
            check_out(given, array.shape, array.dtype, other, caller)
    return outs


def lies_as(out: Any, result: Any) -> bool:
    """Whether ``out`` lies in memory as ``result`` does, so that it can be written in its place."""
    outs, results = (o if isinstance(o, tuple) else (o,) for o in (out, result))
    return len(outs) == len(results) and all(
        isinstance(o, np.ndarray) and o.shape == r.shape and o.flags.carray and lie_alike(o, r)
        for o, r in zip(outs, results, strict=True)
    )


def fits(out: Any, shape: tuple[int, ...], dtype: np.dtype[Any], *others: NDArray[Any]) -> bool:
    """Quick check: whether ``out`` is C-contiguous, of this shape and dtype, and overlaps none of the others."""
    if type(out) is not np.ndarray or out.shape != shape or out.dtype != dtype or not out.flags.carray:
        return False
    for other in others:  # noqa: SIM110  # a generator would take small calls a tenth longer
        if np.may_share_memory(out, other):
            return False
    return True


def given_out(caller: str, result: R, x: NDArray[Any], out: Any) -> R:
    """``result``, an array or a tuple of them, or ``out`` with it inside."""
    if out is None:
        return result
    results: tuple[NDArray[Any], ...] = result if isinstance(result, tuple) else (result,)
    outs = check_outs(caller, result, x, out)
    for array, given in zip(results, outs, strict=True):
        given[...] = array
    return cast("R", outs if isinstance(result, tuple) else outs[0])
