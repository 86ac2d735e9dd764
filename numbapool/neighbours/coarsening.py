"""Reductions as ``dask.array.coarsen`` and ``xarray``'s ``coarsen(...).reduce`` call them.

Both cut each axis of ``n`` positions into ``(n / k, k)`` and ask for the second to be reduced. Joined again, the two
are an axis that is pooled with windows of ``k``.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..pool import pool
from ..threads import one_thread
from ..validation.sizes import is_listed

__all__ = ["max", "mean", "median", "min", "sum"]

Axes = int | Sequence[int] | None


def _reduced(name: str, array: Any, axis: Axes, **options: Any) -> Any:
    """Reduce axes of an array, by pooling where each lies behind one that stays, by NumPy otherwise."""
    axes = _pooled_axes(array, axis)
    if axes is None or options:
        return getattr(np, name)(array, axis=axis, **options)
    shape: list[int] = []
    sizes, joined = [], []
    for a, n in enumerate(array.shape):
        if a in axes:
            joined.append(len(shape) - 1)
            sizes.append(n)
            shape[-1] *= n
        else:
            shape.append(n)
    whole = array.dtype.kind in "iub"
    if name == "median" and whole:  # as NumPy's, in float64
        array = array.astype(np.float64)
    more = {"dtype": np.float64} if name == "mean" and whole else {}
    reduce = getattr(np, name)  # what NumPy calls so, `pool` computes alike
    on_dask, given = type(array).__module__.partition(".")[0] == "dask", array.reshape(tuple(shape))
    if on_dask:
        from ..dask import pool as lazily

        return lazily(given, tuple(sizes), reduce, axes=tuple(joined), **more)
    # tasks run in other threads than the main one
    alone = threading.current_thread() is not threading.main_thread()
    with one_thread() if alone else nullcontext():
        return pool(given, tuple(sizes), reduce, axes=tuple(joined), **more)


def _pooled_axes(array: Any, axis: Axes) -> set[int] | None:
    """The reduced axes, if pooling can serve them."""
    dtype, ndim = getattr(array, "dtype", None), getattr(array, "ndim", 0)
    taken = type(array) is np.ndarray or type(array).__module__.partition(".")[0] == "dask"
    if axis is None or not taken or dtype is None or dtype.kind not in "biuf" or dtype.itemsize > 8:
        return None
    given = tuple(axis) if is_listed(axis) else (axis,)  # type: ignore[arg-type]  # a sequence then
    axes = {a % ndim for a in given if isinstance(a, (int, np.integer)) and -ndim <= a < ndim}
    if len(axes) < len(given):
        return None  # NumPy says what is wrong
    behind = all(a > 0 and a - 1 not in axes for a in axes)
    moving = [a for a in axes if array.shape[a] != 1]
    fits = behind and len(axes) > 0 and len(moving) <= 3 and 0 not in array.shape
    return axes if fits else None


def max(array: Any, axis: Axes = None, **options: Any) -> Any:
    """Largest value along axes."""
    return _reduced("max", array, axis, **options)


def min(array: Any, axis: Axes = None, **options: Any) -> Any:
    """Smallest value along axes."""
    return _reduced("min", array, axis, **options)


def mean(array: Any, axis: Axes = None, **options: Any) -> Any:
    """Mean along axes."""
    return _reduced("mean", array, axis, **options)


def sum(array: Any, axis: Axes = None, **options: Any) -> Any:
    """Sum along axes."""
    return _reduced("sum", array, axis, **options)


def median(array: Any, axis: Axes = None, **options: Any) -> Any:
    """Median along axes."""
    return _reduced("median", array, axis, **options)


_DOC = """{summary}, for ``dask.array.coarsen`` and xarray's ``coarsen(...).reduce``.

Parameters
----------
array : ndarray or dask array
    Input.
axis : int or tuple of int, optional
    The axes to reduce; default all. Those that lie behind one that stays are pooled, NumPy does the rest.
**options
    What ``numpy.{name}`` takes, which then computes it.

Returns
-------
ndarray or dask array
    As ``numpy.{name}`` has it.

Raises
------
TypeError, ValueError
    As by NumPy.

Examples
--------
>>> import numpy as np
>>> from numbapool import coarsening
>>> coarsening.{name}(np.arange(12).reshape(2, 3, 2), axis=2).tolist()
{example}
"""
for _function, _example in (
    (max, [[1, 3, 5], [7, 9, 11]]),
    (min, [[0, 2, 4], [6, 8, 10]]),
    (mean, [[0.5, 2.5, 4.5], [6.5, 8.5, 10.5]]),
    (sum, [[1, 5, 9], [13, 17, 21]]),
    (median, [[0.5, 2.5, 4.5], [6.5, 8.5, 10.5]]),
):
    _summary = str(_function.__doc__).removesuffix(".")
    _function.__doc__ = _DOC.format(summary=_summary, name=_function.__name__, example=_example)
