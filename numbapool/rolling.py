"""Rolling windows along one axis, with a least number of values, as in pandas and bottleneck."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PoolingValueError
from .pool import pool
from .validation.arrays import as_input
from .validation.calls import helpful
from .validation.sizes import check_flag, whole_number

__all__ = ["rolling"]

# The options that leave out NaN and what lies beyond the borders.
_REDUCTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "max": ("max", {}),
    "min": ("min", {}),
    "mean": ("mean", {"count_include_pad": False}),
    "sum": ("sum", {}),
    "median": ("quantile", {"q": 0.5}),
}


@helpful
def rolling(
    x: ArrayLike,
    window: int,
    reduce: str = "mean",
    *,
    axis: int = -1,
    min_periods: int | None = None,
    center: bool = False,
) -> NDArray[Any]:
    """Reduce the window that ends at each position, or is centered on it; NaN count as missing values.

    Parameters
    ----------
    x : array_like
        Input of any rank.
    window : int
        Number of positions of a window, from 1 on; it may be longer than the axis.
    reduce : {"mean", "max", "min", "sum", "median"}, default "mean"
        What is kept of each window.
    axis : int, default -1
        Axis along which the window moves.
    min_periods : int, optional
        Minimum number of values that are not NaN; a window with fewer has the result NaN. Default: `window`.
    center : bool, default False
        Center the window on each position; otherwise it ends there.

    Returns
    -------
    ndarray
        Of the shape of `x`, and of its dtype; float64 for integers and bool.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    Notes
    -----
    The results are those of ``pandas.Series.rolling(window, min_periods, center)`` and of ``bottleneck.move_max(x,
    window, min_count)`` and its kin. Infinities are values, as in bottleneck; pandas counts them as missing.

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> nbp.rolling([3, 1, 4, 1, 5], 3, "max").tolist()
    [nan, nan, 4.0, 4.0, 5.0]
    >>> nbp.rolling([3, np.nan, 4, 1, 5], 3, "max", min_periods=1).tolist()
    [3.0, 3.0, 4.0, 4.0, 5.0]
    """
    array = as_input(x, "rolling", "x")
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    if array.ndim == 0:
        raise PoolingValueError("rolling: x must have at least one axis; got a single number")
    size, along = whole_number(window, "window", "rolling"), whole_number(axis, "axis", "rolling")
    if size < 1:
        raise PoolingValueError(f"rolling: window must be at least 1; got {window}")
    if not -array.ndim <= along < array.ndim:
        raise PoolingValueError(f"rolling: axis must be one of {array.ndim} axes; got {axis}")
    needed = size if min_periods is None else whole_number(min_periods, "min_periods", "rolling")
    if not 0 <= needed <= size:
        raise PoolingValueError(f"rolling: min_periods must be from 0 to window={size}; got {min_periods}")
    if not isinstance(reduce, str) or reduce not in _REDUCTIONS:
        raise PoolingValueError(f"rolling: reduce must be one of {', '.join(map(repr, _REDUCTIONS))}; got {reduce!r}")
    check_flag(center, "center", "rolling")
    if array.size == 0:
        return array.copy()
    others = array.shape[along] - 1  # a window reaches no further than to the ends of the axis
    after = min((size - 1) // 2, others) if center else 0
    before = min(size - 1 - (size - 1) // 2 if center else size - 1, others)
    size = before + 1 + after
    where: dict[str, Any] = {"axes": along, "stride": 1, "padding": [(before, after)]}
    name, options = _REDUCTIONS[reduce]
    y: NDArray[Any] = pool(array, size, name, nan_policy="omit", **where, **options)
    numbers = ~np.isnan(array)
    if numbers.all():  # then all lines are alike
        line = tuple(slice(None) if a == along % array.ndim else slice(0, 1) for a in range(array.ndim))
        numbers = numbers[line]
    y[np.broadcast_to(pool(numbers, size, "sum", **where) < needed, y.shape)] = np.nan
    return y
