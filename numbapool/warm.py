"""Compiling ahead of the first call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .errors import PoolingTypeError
from .layers import Pool
from .operations import OPERATIONS
from .validation.arrays import as_input

__all__ = ["warmup"]

# What is compiled by default: operations, and windows as (kernel_size, stride, padding).
COMMON_OPERATIONS = ("max", "min", "mean")
COMMON_WINDOWS = ((2, 2, 0), (3, 2, 1), (3, 1, 1))


def warmup(
    *layers: Pool,
    dtypes: DTypeLike | Iterable[DTypeLike] = (np.float32,),
    progress: Callable[[str], None] | None = None,
) -> int:
    """Compile the kernels of some layers, or of the most common ones, so that no later call waits for it.

    What is compiled is kept on disk as well, for the next process.

    Parameters
    ----------
    *layers : Pool
        Layers to make ready. Default: max, min and mean over two axes, with and without indices, with windows k2 s2,
        k3 s2 p1 and k3 s1 p1.
    dtypes : dtype_like or iterable of dtype_like, default (float32,)
        Dtypes of the inputs to come.
    progress : callable, optional
        Called with a line of text before each layer.

    Returns
    -------
    int
        Number of layers and dtypes that were made ready.

    Examples
    --------
    >>> import numbapool as nbp
    >>> nbp.warmup(nbp.MaxPool2d(2), dtypes=["float32"])
    1
    """
    wanted = _known(dtypes)
    chosen = layers or tuple(_common())
    count = 0
    for layer in chosen:
        if not isinstance(layer, Pool):
            raise PoolingTypeError(f"warmup: layers must be layers, such as nbp.MaxPool2d(2); got {layer!r}")
        for dtype in wanted:
            if progress is not None:
                progress(f"{layer} for {dtype}")
            layer.warm_up(dtype)
            count += 1
    return count


def _known(dtypes: Any) -> list[np.dtype[Any]]:
    """One dtype, or some, as NumPy's, or an error."""
    listed = isinstance(dtypes, Iterable) and not isinstance(dtypes, (str, type, np.dtype))
    try:
        found = [np.dtype(dtype) for dtype in (dtypes if listed else [dtypes])]
    except TypeError:
        raise PoolingTypeError(f"warmup: dtypes must be dtypes, such as [np.float32]; got {dtypes!r}") from None
    return [as_input(np.empty(0, dtype), "warmup", "dtypes").dtype for dtype in found]


def _common() -> Iterable[Pool]:
    for name in COMMON_OPERATIONS:
        for kernel_size, stride, padding in COMMON_WINDOWS:
            options: dict[str, Any] = {"stride": stride, "padding": padding}
            yield OPERATIONS[name][1](kernel_size, **options)
            if name in ("max", "min"):
                yield OPERATIONS[name][1](kernel_size, return_indices=True, **options)
