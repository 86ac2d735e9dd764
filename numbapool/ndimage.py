"""Filters of `scipy.ndimage` over rectangular windows, under its names and with its arguments.

Use it in the place of SciPy's module: ``from numbapool import ndimage``. A filter is a pooling at stride 1 that keeps
the size of the array. Maxima, minima, ranks and medians are equal to SciPy's, means but for rounding. SciPy is not
needed. Beyond SciPy: float16, and NaN, which makes every result NaN whose window holds it.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PoolingError, PoolingTypeError, PoolingValueError
from .operations.mean import AvgPool
from .pool import pool
from .pool_axes import Call, over_axes
from .validation.arrays import as_input, check_out
from .validation.sizes import each_axis, is_listed, whole_number

__all__ = [
    "grey_dilation",
    "grey_erosion",
    "maximum_filter",
    "maximum_filter1d",
    "median_filter",
    "minimum_filter",
    "minimum_filter1d",
    "percentile_filter",
    "rank_filter",
    "uniform_filter",
    "uniform_filter1d",
]

# SciPy's names for the same.
_MODES = {"grid-mirror": "reflect", "grid-wrap": "wrap", "grid-constant": "constant"}

_FILTER = """

    Parameters
    ----------
    input : array_like
        Array of any rank{most}, of float16, float32, float64, integers or bool.{first}
    size : int or sequence of int
        Size of the window along each of `axes`. A window of even size reaches one further to the front.
    footprint : array_like of bool, optional
        In the place of `size`; rectangles only, so that all of it must be True.{structure}
    output : ndarray or dtype, optional
        Array for the result, or its dtype; that of `input` by default.
    mode : str or sequence of str, default "reflect"
        What windows hold beyond the borders, for all axes or one for each: "reflect", "nearest", "mirror", "wrap", or
        "constant" with `cval`; see `numbapool.pool`.
    cval : number, default 0
        Value beyond the borders with "constant"; for integers and bool one that their dtype has.
    origin : int or sequence of int, default 0
        By how many positions the window is shifted; positive to the front.
    axes : int or sequence of int, optional
        Axes to filter; all by default.

    Returns
    -------
    ndarray
        Of the shape of `input`.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    Examples
    --------
    >>> import numpy as np
    >>> from numbapool import ndimage
    >>> ndimage.{name}({example}).tolist()
    {result}
    """
_LINE = """

    Parameters
    ----------
    input : array_like
        Array of any rank.
    size : int
        Size of the window.
    axis : int, default -1
        Axis to filter.
    output, mode, cval, origin
        As in `{whole}`.

    Returns
    -------
    ndarray
        Of the shape of `input`.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    Examples
    --------
    >>> import numpy as np
    >>> from numbapool import ndimage
    >>> ndimage.{name}({example}).tolist()
    {result}
    """


def maximum_filter(
    input: ArrayLike, size: Any = None, footprint: Any = None, output: Any = None, mode: Any = "reflect",
    cval: float = 0.0, origin: Any = 0, *, axes: Any = None,
) -> NDArray[Any]:  # fmt: skip
    """Largest value around each position."""
    how = _Filter("maximum_filter", input, size, footprint, mode, cval, origin, axes)
    return how.run("max", output)


def minimum_filter(
    input: ArrayLike, size: Any = None, footprint: Any = None, output: Any = None, mode: Any = "reflect",
    cval: float = 0.0, origin: Any = 0, *, axes: Any = None,
) -> NDArray[Any]:  # fmt: skip
    """Smallest value around each position."""
    how = _Filter("minimum_filter", input, size, footprint, mode, cval, origin, axes)
    return how.run("min", output)


def uniform_filter(
    input: ArrayLike, size: Any = 3, output: Any = None, mode: Any = "reflect", cval: float = 0.0, origin: Any = 0,
    *, axes: Any = None,
) -> NDArray[Any]:  # fmt: skip
    """Mean of the values around each position; of integers cut to an integer, unless `output` asks for floats."""
    how = _Filter("uniform_filter", input, size, None, mode, cval, origin, axes)
    return how.run("mean", output)


def median_filter(
    input: ArrayLike, size: Any = None, footprint: Any = None, output: Any = None, mode: Any = "reflect",
    cval: float = 0.0, origin: Any = 0, *, axes: Any = None,
) -> NDArray[Any]:  # fmt: skip
    """Median of the values around each position; of an even number of values the upper one."""
    how = _Filter("median_filter", input, size, footprint, mode, cval, origin, axes)
    return how.rank(how.values // 2, output)


def rank_filter(
    input: ArrayLike, rank: int, size: Any = None, footprint: Any = None, output: Any = None, mode: Any = "reflect",
    cval: float = 0.0, origin: Any = 0, *, axes: Any = None,
) -> NDArray[Any]:  # fmt: skip
    """Value of a rank among the sorted values around each position."""
    how = _Filter("rank_filter", input, size, footprint, mode, cval, origin, axes)
    place = whole_number(rank, "rank", "rank_filter")
    if not -how.values <= place < how.values:
        raise PoolingValueError(
            f"rank_filter: rank must be from {-how.values} to {how.values - 1}, for windows of {how.values} values; "
            f"got {rank}"
        )
    return how.rank(place % how.values, output)


def percentile_filter(
    input: ArrayLike, percentile: float, size: Any = None, footprint: Any = None, output: Any = None,
    mode: Any = "reflect", cval: float = 0.0, origin: Any = 0, *, axes: Any = None,
) -> NDArray[Any]:  # fmt: skip
    """Value below which a percentage of the values around each position lie; one of them, without interpolation."""
    how = _Filter("percentile_filter", input, size, footprint, mode, cval, origin, axes)
    try:
        percent = float(percentile)
    except (TypeError, ValueError):
        percent = float("nan")
    percent += 100 * (percent < 0)
    if not 0 <= percent <= 100:
        raise PoolingValueError(f"percentile_filter: percentile must be a number from -100 to 100; got {percentile!r}")
    return how.rank(min(int(how.values * percent / 100), how.values - 1), output)


def grey_erosion(
    input: ArrayLike, size: Any = None, footprint: Any = None, structure: Any = None, output: Any = None,
    mode: Any = "reflect", cval: float = 0.0, origin: Any = 0, *, axes: Any = None,
) -> NDArray[Any]:  # fmt: skip
    """Greyscale erosion by a flat rectangle: the smallest value around each position."""
    footprint = _flat(structure, footprint, "grey_erosion")
    how = _Filter("grey_erosion", input, size, footprint, mode, cval, origin, axes)
    return how.run("min", output)


def grey_dilation(
    input: ArrayLike, size: Any = None, footprint: Any = None, structure: Any = None, output: Any = None,
    mode: Any = "reflect", cval: float = 0.0, origin: Any = 0, *, axes: Any = None,
) -> NDArray[Any]:  # fmt: skip
    """Greyscale dilation by a flat rectangle: the largest value around each position, the window reflected."""
    footprint = _flat(structure, footprint, "grey_dilation")
    how = _Filter("grey_dilation", input, size, footprint, mode, cval, origin, axes, reflected=True)
    return how.run("max", output)


def maximum_filter1d(
    input: ArrayLike, size: int, axis: int = -1, output: Any = None, mode: Any = "reflect", cval: float = 0.0,
    origin: int = 0,
) -> NDArray[Any]:  # fmt: skip
    """Largest value around each position of one axis."""
    return _Filter("maximum_filter1d", input, size, None, mode, cval, origin, axis).run("max", output)


def minimum_filter1d(
    input: ArrayLike, size: int, axis: int = -1, output: Any = None, mode: Any = "reflect", cval: float = 0.0,
    origin: int = 0,
) -> NDArray[Any]:  # fmt: skip
    """Smallest value around each position of one axis."""
    return _Filter("minimum_filter1d", input, size, None, mode, cval, origin, axis).run("min", output)


def uniform_filter1d(
    input: ArrayLike, size: int, axis: int = -1, output: Any = None, mode: Any = "reflect", cval: float = 0.0,
    origin: int = 0,
) -> NDArray[Any]:  # fmt: skip
    """Mean of the values around each position of one axis; of integers as in `uniform_filter`."""
    return _Filter("uniform_filter1d", input, size, None, mode, cval, origin, axis).run("mean", output)


class _Cut(AvgPool):
    cut = True


class _Cut1d(_Cut, rank=1): ...


class _Cut2d(_Cut, rank=2): ...


class _Cut3d(_Cut, rank=3): ...


_CUT = _Cut1d, _Cut2d, _Cut3d
for _kind in _CUT:
    _kind.__doc__ = "A mean of integers, cut to an integer."


class _Filter:
    """The arguments of a filter, checked, in the words of `numbapool.pool`."""

    def __init__(
        self, name: str, input: Any, size: Any, footprint: Any, mode: Any, cval: float, origin: Any, axes: Any,
        *, reflected: bool = False,
    ) -> None:  # fmt: skip
        self.name = name
        self.x = as_input(input, name, "input")
        ndim = self.x.ndim
        given = range(ndim) if axes is None else tuple(axes) if is_listed(axes) else (axes,)
        self.axes = tuple(whole_number(a, "axes", name) for a in given)
        if any(not -ndim <= a < ndim for a in self.axes):
            raise PoolingValueError(f"{name}: axes must be those of an array of {ndim} axes; got {axes!r}")
        if footprint is not None:
            size = _rectangle(footprint, name)
        elif size is None:
            raise PoolingTypeError(f"{name}: argument 'size' is missing")
        self.sizes = [whole_number(n, "size", name) for n in self._each(size, "size")]
        if any(n < 1 for n in self.sizes):
            raise PoolingValueError(f"{name}: size must be at least 1; got {size!r}")
        self.values = prod(self.sizes)
        shifts = [whole_number(o, "origin", name) for o in self._each(origin, "origin")]
        if reflected:
            shifts = [-o - (n % 2 == 0) for o, n in zip(shifts, self.sizes, strict=True)]
        self.padding = [(n // 2 + o, n - 1 - n // 2 - o) for n, o in zip(self.sizes, shifts, strict=True)]
        if any(before < 0 or after < 0 for before, after in self.padding):
            raise PoolingValueError(
                f"{name}: origin must leave the window on its position, from -(size // 2) to (size - 1) // 2; got "
                f"origin={origin!r} for size {tuple(self.sizes)}"
            )
        self.modes = tuple(_MODES.get(m, m) if isinstance(m, str) else m for m in self._each(mode, "mode"))
        self.cval = cval

    def _each(self, value: Any, name: str) -> tuple[Any, ...]:
        """A value for each axis."""
        values = each_axis(value, len(self.axes))
        if len(values) != len(self.axes):
            raise PoolingValueError(
                f"{self.name}: {name} must be one value or {len(self.axes)}, one for each axis; got {value!r}"
            )
        return values

    def run(self, reduce: str, output: Any, **options: Any) -> NDArray[Any]:
        """The filter that keeps what ``reduce`` says."""
        whole = reduce == "mean" and self.x.dtype.kind != "f"
        cut = whole and output is None and self.x.dtype.itemsize <= 2 and self.x.dtype != bool and len(self.axes) <= 3
        if whole and self.x.dtype.itemsize > 2:
            options["dtype"] = np.float64
        modes = {"padding_mode": self.modes}
        if "constant" in self.modes:
            modes["padding_value"] = self.cval  # type: ignore[assignment]  # a number
        try:
            if not (self.x.size and self.axes):
                y = self.x.copy()
            elif cut:
                y = self._cut_means(modes)
            else:
                y = pool(self.x, self.sizes, reduce, axes=self.axes, stride=1, padding=self.padding, **modes, **options)
        except PoolingError as error:
            text = str(error).replace("pool: ", f"{self.name}: ", 1).replace("padding_mode", "mode")
            raise type(error)(text.replace("padding_value", "cval").replace("window", "size")) from None
        return self._given(y, output, mean=reduce == "mean")

    def _cut_means(self, modes: dict[str, Any]) -> NDArray[Any]:
        """Means of integers in the dtype of the input, without an array of floats in between."""
        options = {"stride": 1, "padding": self.padding, "dtype": self.x.dtype, **modes}
        call = Call(self.x.shape, self.sizes, "mean", self.axes, options)
        call.kinds = _CUT
        last = tuple(range(self.x.ndim - len(call.axes), self.x.ndim))
        return over_axes(call.layer(), self.x, call.axes, last, None)  # type: ignore[no-any-return]  # an array

    def rank(self, rank: int, output: Any) -> NDArray[Any]:
        """The filter that keeps the value of a rank, from 0."""
        if rank in (0, self.values - 1):
            return self.run("min" if rank == 0 else "max", output)
        if 2 * rank + 1 == self.values:
            return self.run("median", output)
        return self.run("quantile", output, q=rank / (self.values - 1))

    def _given(self, y: NDArray[Any], output: Any, *, mean: bool = False) -> NDArray[Any]:
        """The result in the dtype of the input, or as ``output`` asks for it."""
        given = isinstance(output, np.ndarray)
        if given:
            check_out(output, y.shape, output.dtype, np.empty(0), self.name, "output")
        try:
            dtype = np.dtype(output.dtype if given else self.x.dtype if output is None else output)
        except TypeError:
            raise PoolingTypeError(f"{self.name}: output must be an array or a dtype; got {output!r}") from None
        if dtype.kind not in "biufc":
            raise PoolingTypeError(f"{self.name}: output must be of a dtype of numbers; got {dtype}")
        if mean and dtype.kind == "b":  # as means of integers are cut
            y = np.trunc(y)
        if not given:
            return y.astype(dtype, copy=False)
        output[...] = y.astype(dtype, copy=False)
        return output  # type: ignore[no-any-return]  # an array


def _rectangle(footprint: Any, name: str) -> tuple[int, ...]:
    """The shape of a footprint that is a rectangle."""
    mask = np.asarray(footprint)
    if not mask.size or not mask.all():
        raise PoolingValueError(
            f"{name}: footprint must be a rectangle, True everywhere; use scipy.ndimage.{name} for other forms"
        )
    return mask.shape


def _flat(structure: Any, footprint: Any, name: str) -> Any:
    """The footprint that a flat structure stands for."""
    if structure is None:
        return footprint
    if np.any(np.asarray(structure)):
        raise PoolingValueError(f"{name}: structure must be flat, 0 everywhere; use scipy.ndimage.{name} for others")
    return np.ones(np.shape(structure), bool)


def _document(functions: dict[str, tuple[str, str]], first: dict[str, str]) -> None:
    """Complete the docstrings of the filters, with an example and its result for each."""
    for name, (arguments, result) in functions.items():
        function = globals()[name]
        told = {
            "name": name,
            "example": arguments,
            "result": result,
            "whole": name.removesuffix("1d"),
            "first": f"\n    {first[name]}" if name in first else "",
            "most": "" if name not in first and name != "median_filter" else ", filtered along at most three axes",
            "structure": "\n    structure : array_like, optional\n        In the place of `footprint`; 0 everywhere."
            if name.startswith("grey")
            else "",
        }
        text = _LINE if name.endswith("1d") else _FILTER
        if name == "uniform_filter":
            text = text[: text.index("    footprint")] + text[text.index("{structure}") + 11 :].lstrip("\n")
        function.__doc__ += text.format(**told)


_ROW = "np.array([3, 1, 4, 1, 5], np.float32)"
_document(
    {
        "maximum_filter": (f"{_ROW}, 3", "[3.0, 4.0, 4.0, 5.0, 5.0]"),
        "minimum_filter": (f"{_ROW}, 3", "[1.0, 1.0, 1.0, 1.0, 1.0]"),
        "uniform_filter": ("np.array([3, 1.5, 3, 1.5, 6], np.float32), 3", "[2.5, 2.5, 2.0, 3.5, 4.5]"),
        "median_filter": (f"{_ROW}, 3", "[3.0, 3.0, 1.0, 4.0, 5.0]"),
        "rank_filter": (f"{_ROW}, -1, 3", "[3.0, 4.0, 4.0, 5.0, 5.0]"),
        "percentile_filter": (f"{_ROW}, 50, 3", "[3.0, 3.0, 1.0, 4.0, 5.0]"),
        "grey_erosion": (f"{_ROW}, 3", "[1.0, 1.0, 1.0, 1.0, 1.0]"),
        "grey_dilation": (f"{_ROW}, 3", "[3.0, 4.0, 4.0, 5.0, 5.0]"),
        "maximum_filter1d": (f"{_ROW}, 3", "[3.0, 4.0, 4.0, 5.0, 5.0]"),
        "minimum_filter1d": (f"{_ROW}, 3", "[1.0, 1.0, 1.0, 1.0, 1.0]"),
        "uniform_filter1d": ("np.array([3, 1.5, 3, 1.5, 6], np.float32), 3", "[2.5, 2.5, 2.0, 3.5, 4.5]"),
    },
    {
        "rank_filter": "rank : int\n        Place among the sorted values, from 0; negative ones count from the last.",
        "percentile_filter": "percentile : float\n        From 0 to 100; negative ones count from 100.",
    },
)
