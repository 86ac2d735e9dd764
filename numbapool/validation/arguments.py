"""The arguments that layers and functions share: their types, and one sentence or two on each, said once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

__all__ = [
    "ARGUMENTS",
    "DataFormat",
    "IntOrTuple",
    "NanPolicy",
    "OutputSize",
    "Padding",
    "Position",
    "Rng",
    "describe",
]

DataFormat = Literal["channels_first", "channels_last"]
IntOrTuple = int | Sequence[int]
NanPolicy = Literal["propagate", "omit"]
OutputSize = int | None | Sequence[int | None]
Padding = int | Sequence[int] | Sequence[tuple[int, int]] | Literal["same", "valid"]
Position = Literal["first", "center", "last"] | int | Sequence[int]
Rng = np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | int | Sequence[int] | None

# {shapes} and {rank} depend on the number of spatial axes.
ARGUMENTS = {
    "x": """x : array_like
    Input of shape {shapes}.
    Of dtype float16, float32, float64, any integer or bool. Views of any strides, read-only arrays and other byte
    orders are welcome; a list becomes an array.""",
    "kernel_size": """kernel_size : int or tuple of int
    Size of the window, in input positions, for all axes or for each.""",
    "stride": """stride : int or tuple of int, optional
    Distance from one window to the next. Default: `kernel_size`.""",
    "padding": """padding : int, tuple, tuple of (before, after) pairs, "same" or "valid", default 0
    Positions added before and after each axis. Any padding is allowed with which every window still holds at least
    one input position.""",
    "dilation": """dilation : int or tuple of int, default 1
    Distance between neighbouring positions of one window.""",
    "ceil_mode": """ceil_mode : bool, default False
    Keep a last window that only partly fits, unless it would start in the padding behind the input.""",
    "return_indices": """return_indices : bool, default False
    Return also where each value came from: int64, flat within the spatial plane of the input, row-major.""",
    "count_include_pad": """count_include_pad : bool, default True
    Count the padded zeros in the mean.""",
    "divisor_override": """divisor_override : int, optional
    Divide every sum by this number instead of the window's size.""",
    "dtype": """dtype : dtype_like, optional
    Dtype of the result. Default: that of floating-point input; float32 for bool and integers of up to 16 bits, float64
    for larger ones. An integer dtype gives the exact mean, rounded half to even.""",
    "method": """method : {"lower", "linear"}, default "lower"
    Which median of an even number of values: the lower of the two in the middle, or their mean, as a float.""",
    "min_count": """min_count : int, default 0
    A window with fewer numbers than this, NaN not counted, has the sum NaN; the result must be floating-point.""",
    "data_format": """data_format : {"channels_first", "channels_last"}, default "channels_first"
    Whether the channel axis stands before or behind the spatial axes.""",
    "out": """out : ndarray, optional
    Array for the result, of the right shape and dtype, not overlapping `x`; a pair with ``return_indices``. Saves the
    page faults of a fresh array, which for large arrays cost more than the pooling.""",
    "norm_type": """norm_type : float
    The p of the norm: greater than 0, or ``inf``.""",
    "p": """p : float
    The power: any number but 0.""",
    "eps": """eps : float, default 1e-6
    Values below count as this, so that powers exist.""",
    "alpha": """alpha : float, default 0.5
    Part of the maximum, from 0 to 1.""",
    "sharpness": """sharpness : float, default 1.0
    How near to the maximum: the r of the formula, greater than 0.""",
    "q": """q : float
    Which quantile, from 0 to 1.""",
    "ignore": """ignore : number, optional
    A label that does not count, such as that of the background.""",
    "training": """training : bool, default True
    Draw; otherwise give the expected value.""",
    "rng": """rng : numpy.random.Generator or seed, optional
    Where random numbers come from; given with a call, it goes before the layer's own. Default: a new generator.""",
    "position": """position : {"first", "center", "last"}, int or tuple of int, default "first"
    Which position of the window to take: of an even size the center is the later of two; numbers count from 0.""",
    "output_size": """output_size : int, None or tuple of them
    Number of results along each axis; None keeps the size of the input.""",
    "output_ratio": """output_ratio : float or tuple of float, optional
    Size of the result as a part of that of the input, between 0 and 1.""",
    "random_samples": """random_samples : array_like, optional
    Numbers from 0 to 1 of shape ``(N, C, {rank})``, for the sequence of windows along each axis, as in PyTorch.""",
    "keepdims": """keepdims : bool, default True
    Keep the spatial axes, with size 1.""",
    "reduces": """reduces : tuple of str
    Plain names of the operations, such as ``("max", "min", "mean")``.""",
    "as_tuple": """as_tuple : bool, default False
    Return the results apart instead of side by side along the channel axis.""",
    "levels": """levels : tuple of int, default (1, 2, 4)
    Number of windows along each axis, level by level.""",
    "reduce": """reduce : {"max", "min", "mean"}, default "max"
    What is kept of each window.""",
    "boxes": """boxes : array_like or list of array_like
    Regions as ``(batch index, x1, y1, x2, y2)``, of shape ``(K, 5)``, or for each image an array of shape
    ``(L, 4)``.""",
    "spatial_scale": """spatial_scale : float, default 1.0
    Factor from the coordinates of boxes to those of the input.""",
    "sampling_ratio": """sampling_ratio : int, default -1
    Number of samples along each axis of a bin; 0 or less: as many as the bin is long, rounded up.""",
    "aligned": """aligned : bool, default False
    Shift boxes by half a pixel, so that coordinates mean pixel centers.""",
    "mode": """mode : {"mean", "max"}, default "mean"
    What becomes of the samples of a bin.""",
    "nan_policy": """nan_policy : {"propagate", "omit"}, default "propagate"
    What NaN does: it makes its windows NaN, or is left out of them. A window of nothing else is NaN either way.""",
    "grad_output": """grad_output : array_like
    Gradient with respect to the result, in the result's shape.""",
    "indices": """indices : array_like of int
    Where each value came from, as returned with ``return_indices=True``.""",
    "input_shape": """input_shape : tuple of int
    Shape of the input whose gradient is wanted.""",
}

_SHAPES = {
    1: "``(N, C, W)`` or ``(C, W)``; channels last: ``(N, W, C)`` or ``(W, C)``",
    2: "``(N, C, H, W)`` or ``(C, H, W)``; channels last: ``(N, H, W, C)`` or ``(H, W, C)``",
    3: "``(N, C, D, H, W)`` or ``(C, D, H, W)``; channels last: ``(N, D, H, W, C)`` or ``(D, H, W, C)``",
}


def describe(name: str, rank: int, own: Mapping[str, str]) -> str:
    """Entry of an argument in a numpydoc section, for ``rank`` spatial axes; ``own`` are those of one operation."""
    text = own.get(name) or ARGUMENTS[name]
    return text.replace("{shapes}", _SHAPES[rank]).replace("{rank}", str(rank))
