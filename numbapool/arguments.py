"""What each argument means, said once; `documented` puts the sentences into the docstrings that ask for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["documented"]

ARGUMENTS = {
    "x": """x : array_like
    Input of shape {shapes}, of dtype float16, float32, float64, any integer or bool. Views of any strides,
    read-only arrays and other byte orders are welcome; a list becomes an array.""",
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
    "data_format": """data_format : {{"channels_first", "channels_last"}}, default "channels_first"
    Whether the channel axis stands before or behind the spatial axes.""",
    "out": """out : ndarray, optional
    Array for the result, of the right shape and dtype, not overlapping `x`; a pair with ``return_indices``. Saves the
    page faults of a fresh array, which for large arrays cost more than the pooling.""",
    "grad_output": """grad_output : array_like
    Gradient with respect to the result, in the result's shape.""",
    "indices": """indices : array_like of int
    Where each value came from, as returned with ``return_indices=True``.""",
    "input_shape": """input_shape : tuple of int
    Shape of the input whose gradient is wanted.""",
}

_SHAPES = {
    0: "``(..., *spatial)``",
    1: "``(N, C, W)`` or ``(C, W)``; channels last: ``(N, W, C)`` or ``(W, C)``",
    2: "``(N, C, H, W)`` or ``(C, H, W)``; channels last: ``(N, H, W, C)`` or ``(H, W, C)``",
    3: "``(N, C, D, H, W)`` or ``(C, D, H, W)``; channels last: ``(N, D, H, W, C)`` or ``(D, H, W, C)``",
}


_EXAMPLES = {"eights": "8", "fours": "4", "tens": "10"}


def documented(rank: int, text: str | None, words: Mapping[str, str]) -> str:
    """The docstring ``text`` with ``{word}`` and ``<argument>`` lines filled in."""
    if text is None:
        return ""

    def argument(match: re.Match[str]) -> str:
        lines = ARGUMENTS[match["name"]].replace("{shapes}", _SHAPES[rank]).replace("{{", "{").replace("}}", "}")
        return "\n".join(match["indent"] + line if line else line for line in lines.splitlines())

    text = re.sub(r"(?m)^(?P<indent> *)<(?P<name>\w+)>$", argument, text)
    axes = {1: "one spatial axis", 2: "two spatial axes", 3: "three spatial axes"}[rank]
    sizes = {word: ", ".join([size] * rank) for word, size in _EXAMPLES.items()}
    for word, value in {"rank": str(rank), "axes": axes, **sizes, **words}.items():
        text = text.replace("{" + word + "}", value)
    return text
