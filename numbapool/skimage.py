"""Downsampling by blocks under the names of scikit-image: ``from numbapool.skimage import block_reduce``.

scikit-image is not needed. What differs: means with ``func_kwargs={"dtype": np.uint8}`` are the rounded means, where
scikit-image adds up in uint8, which wraps around.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PoolingError, PoolingTypeError, PoolingValueError
from .pool import pool
from .validation.sizes import each_axis, is_number, whole_number

__all__ = ["block_reduce", "downscale_local_mean"]

# Functions that numbapool's kernels compute; any other is called on the blocks, as in scikit-image.
_SELECTING = (np.max, np.amax, np.min, np.amin, np.nanmax, np.nanmin)
_ADDING = (np.sum, np.mean, np.nansum, np.nanmean)
_MEDIANS = (np.median, np.nanmedian)


def block_reduce(
    image: ArrayLike,
    block_size: int | Sequence[int] = 2,
    func: Callable[..., Any] = np.sum,
    cval: float = 0,
    func_kwargs: dict[str, Any] | None = None,
) -> NDArray[Any]:
    """Reduce blocks of an image to one value each.

    Parameters
    ----------
    image : array_like
        Image of any rank.
    block_size : int or sequence of int, default 2
        Size of the blocks, for all axes or one for each.
    func : callable, default `numpy.sum`
        What becomes of a block. NumPy's sum, mean, max, min and median, with their ``nan`` forms, run in numbapool's
        kernels; any other function that takes ``axis`` is called on the blocks, as in scikit-image.
    cval : number, default 0
        What the last blocks hold beyond the image, where its size is no multiple of the block's.
    func_kwargs : dict, optional
        Further arguments of `func`, such as ``{"dtype": np.float32}``.

    Returns
    -------
    ndarray
        Of as many axes as `image`, and of the dtype that `func` gives.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    See Also
    --------
    numbapool.pool : Windows that overlap, padding, and more reductions.

    Examples
    --------
    >>> import numpy as np
    >>> from numbapool.skimage import block_reduce
    >>> image = np.arange(12, dtype=np.float32).reshape(2, 6)
    >>> block_reduce(image, (2, 3), np.mean).tolist()
    [[4.0, 7.0]]
    """
    return _reduced("block_reduce", "block_size", image, block_size, func, cval, func_kwargs or {})


def downscale_local_mean(
    image: ArrayLike, factors: int | Sequence[int], cval: float = 0, clip: bool = True
) -> NDArray[Any]:
    """Means of the blocks of an image.

    Parameters
    ----------
    image : array_like
        Image of any rank.
    factors : int or sequence of int
        Size of the blocks, for all axes or one for each.
    cval : number, default 0
        What the last blocks hold beyond the image, where its size is no multiple of the block's.
    clip : bool, default True
        Not used, as in scikit-image.

    Returns
    -------
    ndarray
        Of as many axes as `image`; float64 for integers.

    Raises
    ------
    PoolingError
        ``ValueError`` or ``TypeError`` that names the argument, what it got and what is allowed.

    Examples
    --------
    >>> import numpy as np
    >>> from numbapool.skimage import downscale_local_mean
    >>> image = np.arange(15, dtype=np.float32).reshape(3, 5)
    >>> downscale_local_mean(image, (2, 3)).tolist()
    [[3.5, 4.0], [5.5, 4.5]]
    """
    return _reduced("downscale_local_mean", "factors", image, factors, np.mean, cval, {})


def _reduced(
    caller: str, name: str, image: Any, block_size: Any, func: Any, cval: Any, options: dict[str, Any]
) -> NDArray[Any]:
    array = np.asarray(image)
    given = each_axis(block_size, array.ndim)
    try:
        block = tuple(whole_number(n, name, caller) for n in given)
    except PoolingTypeError as error:
        raise PoolingValueError(str(error)) from None  # as scikit-image has it
    if len(block) != array.ndim:
        raise PoolingValueError(
            f"{caller}: {name} must be one integer or {array.ndim}, one for each axis of the image; got {block_size!r}"
        )
    if any(n < 1 for n in block):
        raise PoolingValueError(f"{caller}: {name} must be at least 1; got {block_size!r}")
    if not callable(func):
        raise PoolingTypeError(f"{caller}: func must be a function such as np.mean; got {func!r}")
    if not is_number(cval, "biufc"):
        raise PoolingTypeError(f"{caller}: cval must be a number; got {cval!r}")
    if not isinstance(options, Mapping):
        raise PoolingTypeError(f"{caller}: func_kwargs must be a mapping of arguments of func; got {options!r}")
    rest = [(0, -n % b) for n, b in zip(array.shape, block, strict=True)]
    found = _by_the_engine(array, block, rest, func, cval, options)
    if found is not None:
        return found
    padded = np.pad(array, rest, mode="constant", constant_values=cval)
    pairs = [part for n, b in zip(padded.shape, block, strict=True) for part in (n // b, b)]
    return np.asarray(func(padded.reshape(pairs), axis=tuple(range(1, 2 * array.ndim, 2)), **options))


def _by_the_engine(
    array: NDArray[Any], block: tuple[int, ...], rest: Any, func: Any, cval: Any, options: dict[str, Any]
) -> NDArray[Any] | None:
    """The blocks pooled, with the ``rest`` that the last ones need; None for what only NumPy does."""
    known = next((kind for kind in (_SELECTING, _ADDING, _MEDIANS) if func in kind), None)
    allowed = {"dtype"} if known is _ADDING else set()
    if known is None or options.keys() - allowed or array.dtype.kind not in "biuf" or not 0 < array.ndim <= 3:
        return None
    if not array.size or array.dtype.itemsize > 8:
        return None
    chosen, whole = dict(options), array.dtype.kind != "f"
    if func in (np.mean, np.nanmean) and whole:
        chosen.setdefault("dtype", np.float64)
    if any(after for _, after in rest):
        value = np.asarray(cval).astype(array.dtype)[()]
        chosen.update(padding=rest, padding_mode="constant", padding_value=value)
    try:
        y: NDArray[Any] = pool(array, block, func, axes=range(array.ndim), **chosen)
    except PoolingError:  # a dtype that NumPy gives and the engine does not
        return None
    return y.astype(np.float64) if known is _MEDIANS and whole else y
