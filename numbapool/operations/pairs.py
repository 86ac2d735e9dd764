"""Two arrays, or more, made one: the same for each pair of their numbers, or their sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_input, order_in_memory
from ..copies import as_computed, converted, in_one_piece
from ..kernels.each import BLOCK, each_kernel
from ..runtime import pieces_for
from ..scratch import NO_SCRATCH

__all__ = ["for_each", "total_of"]


def for_each(
    name: str, function: Any, a: NDArray[Any], b: NDArray[Any], parameters: tuple[float, float], dtype: Any
) -> NDArray[Any]:
    """``function(a, b, *parameters)`` for each pair of numbers, as a new array of a floating-point dtype.

    ``function`` is a jitted scalar, and ``name`` must tell it from every other. Numbers come as float32 or float64. The
    axes of the result lie in memory as those of ``a`` do.
    """
    order = order_in_memory(a)
    a, b = as_computed(a.transpose(order)), as_computed(b.transpose(order))
    out = np.empty(a.shape, np.float32 if dtype == np.float16 else dtype)
    units = -(-out.size // BLOCK)
    arguments = a.reshape(-1), b.reshape(-1), out.reshape(-1), *(np.float64(v) for v in parameters)
    each_kernel(name, function).run(arguments, NO_SCRATCH, units, pieces_for(out.size, units))
    return in_one_piece(out, dtype).transpose(np.argsort(order))


def total_of(
    pullbacks: Sequence[Callable[..., NDArray[Any]]], gradients: Sequence[ArrayLike], who: str
) -> NDArray[Any]:
    """The sum of what each pullback makes of its gradient, a new array; float16 are too coarse to add up."""
    total: Any = None
    dtypes = []
    for back, gradient in zip(pullbacks, gradients, strict=True):
        grad = as_input(gradient, who, "grad_output")
        dtypes.append(grad.dtype)
        new = back(converted(grad, np.float32) if grad.dtype == np.float16 else grad)
        suits = total is not None and total.dtype == np.result_type(total, new)
        total = new if total is None else np.add(total, new, out=total if suits else None)
    return converted(total, np.result_type(*dtypes))
