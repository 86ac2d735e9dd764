"""PyTorch: what a layer takes of tensors and gives back, also where their sizes are symbols of a trace."""

from __future__ import annotations

import ast
import dataclasses
from functools import lru_cache
from math import inf
from typing import Any

from ..errors import PoolingTypeError, PoolingValueError
from ..layers import WindowPool
from ..operations import OPERATIONS
from ..operations.global_ import GlobalPool
from ..operations.random import Draws
from ..operations.spreading import Spreads
from ..validation.sizes import each_axis, is_shape
from .extras import required

required("torch", "torch")  # tells how to get it
import torch  # noqa: E402

__all__ = ["LAYERS", "Known", "known"]

# Layers of boxes and of users' functions are no modules.
_OTHERS = ("roi_align", "roi_max", "own")
LAYERS = {layer.__name__: layer for name in OPERATIONS if name not in _OTHERS for layer in OPERATIONS[name]}

_FLOATS = frozenset((torch.float16, torch.bfloat16, torch.float32, torch.float64))
_WHOLE = frozenset(getattr(torch, f"{u}int{bits}") for u in ("", "u") for bits in (8, 16, 32, 64)) | {torch.bool}


class Known:
    """A layer for either order in memory, with indices and without, and what its gradient is computed from."""

    def __init__(self, layer: Any) -> None:
        self.layer, self.caller, self.rank = layer, type(layer).__name__, layer.rank
        self.seeded = isinstance(layer, Draws) and getattr(layer, "training", True)
        self.sampled = hasattr(layer, "random_samples")
        self.flat = isinstance(layer, GlobalPool) or hasattr(layer, "levels")  # takes any number of spatial axes
        self.views, self.unpools = self.caller.startswith("Subsample"), self.caller.startswith("MaxUnpool")
        picks = hasattr(layer, "return_indices") and getattr(layer, "method", "lower") == "lower"  # one of the values
        self.gradient = "input"
        if self.views or self.caller == "GlobalAvgPool" or (isinstance(layer, Spreads) and not layer.counts_numbers):
            self.gradient = "shape"
        elif picks and getattr(layer, "training", True):
            self.gradient = "indices"
        selects = self.gradient == "indices" or self.views or self.unpools
        self.dtypes = _FLOATS | _WHOLE if selects else _FLOATS
        self.layers = layer, dataclasses.replace(layer, data_format="channels_last")
        self.indexed = self.layers
        if hasattr(layer, "return_indices"):
            self.layers = tuple(dataclasses.replace(one, return_indices=False) for one in self.layers)
        if picks:
            self.indexed = tuple(dataclasses.replace(one, return_indices=True) for one in self.layers)

    def check(self, x: Any) -> None:
        """Refuse what the kernels cannot take."""
        if not isinstance(x, torch.Tensor):
            write = "torch.from_numpy(x)" if type(x).__module__ == "numpy" else "torch.as_tensor(x)"
            raise PoolingTypeError(f"{self.caller}: input must be a tensor; got {type(x).__name__}; write {write}")
        if x.device.type not in ("cpu", "meta"):
            raise PoolingTypeError(f"{self.caller}: input must be on the CPU; got one on {x.device}; write x.cpu()")
        if x.layout is not torch.strided or x.is_quantized:
            kind = "quantized" if x.is_quantized else str(x.layout)
            write = "x.dequantize()" if x.is_quantized else "x.to_dense()"
            raise PoolingTypeError(f"{self.caller}: input must be a dense tensor; got a {kind} one; write {write}")
        if x.dtype not in self.dtypes:
            allowed = "floating-point numbers" + (" and integers" if torch.bool in self.dtypes else "")
            write = "x.abs() or x.real" if x.is_complex() else "x.float()"
            raise PoolingTypeError(
                f"{self.caller}: input has dtype {x.dtype}; allowed are {allowed} of up to 64 bits; write {write}"
            )

    def check_indices(self, x: Any, indices: Any) -> None:
        """Refuse indices that are not where the values are."""
        if indices.layout is not torch.strided:
            raise PoolingTypeError(f"{self.caller}: indices must be a dense tensor; got a {indices.layout} one")
        if indices.device != x.device:
            raise PoolingTypeError(
                f"{self.caller}: indices must be on the device of the input, {x.device}; got {indices.device}"
            )

    def channels_at(self, x: Any) -> int:
        """The axis of the channels if they lie last in memory, else -1."""
        if x.is_contiguous():
            return -1
        axis: int = 1 if self.flat else x.dim() - self.rank - 1
        return axis if 0 <= axis < x.dim() - 1 and x.movedim(axis, -1).is_contiguous() else -1

    def shape(self, shape: Any) -> Any:
        """Shape of the result; sizes may be symbols."""
        if is_shape(tuple(shape)):
            return self.layer.output_shape(tuple(shape))
        layer, rank = self.layer, self.rank
        if self.flat:
            lead, cells = shape[:2], [n ** (len(shape) - 2) for n in getattr(layer, "levels", ())]
            return (lead[0], lead[1] * sum(cells)) if cells else (*lead, *[1] * (len(shape) - 2) * layer.keepdims)
        *before, channels = shape[:-rank]
        sizes = shape[-rank:]
        if isinstance(layer, WindowPool):
            kernel_size, stride, padding, dilation = layer._window
            if padding == "same":
                made = [(n + s - 1) // s for n, s in zip(sizes, stride, strict=True)]
            else:
                along = zip(sizes, kernel_size, stride, padding, dilation, strict=True)
                made = [_outputs(*axis, layer.ceil_mode) for axis in along]
            return (*before, channels * len(getattr(layer, "reduces", "1")), *made)
        asked = layer.output_size if layer.output_size is not None or not self.sampled else layer.output_ratio
        each: Any = each_axis(asked, rank)
        if self.sampled and layer.output_size is None:
            each = [torch.sym_int(n * r) for n, r in zip(sizes, each, strict=True)]
        return (*before, channels, *(n if m is None else m for n, m in zip(sizes, each, strict=True)))

    def unpooled_shape(self, shape: Any, output_size: Any) -> Any:
        """Shape of what unpooling gives; sizes may be symbols."""
        if is_shape(tuple(shape)) and (output_size is None or is_shape(tuple(output_size))):
            return self.layer.output_shape(tuple(shape), output_size)
        layer, rank = self.layer, self.rank
        window = (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        sizes = [
            (n - 1) * s - 2 * p + (k - 1) * d + 1
            for n, k, s, p, d in zip(shape[-rank:], *(each_axis(value, rank) for value in window), strict=True)
        ]
        return (*shape[:-rank], *(sizes if output_size is None else output_size[-rank:]))


def _outputs(size: Any, kernel_size: int, stride: int, padding: Any, dilation: int, ceil_mode: bool) -> Any:
    """As `windows.output_size`, in terms that can be solved for the size, as ``torch.export`` does."""
    room = size + sum(padding) - dilation * (kernel_size - 1) - 1
    if not ceil_mode:
        return room // stride + 1
    return torch.sym_min((room + stride - 1) // stride + 1, (size + padding[0] - 1) // stride + 1)


@lru_cache(maxsize=1024)
def known(text: str) -> Known:
    """The layer that a repr describes, of which nothing is evaluated but literals."""
    try:
        call: Any = ast.parse(text, mode="eval").body
        values = {
            w.arg: inf if getattr(w.value, "id", "") == "inf" else ast.literal_eval(w.value) for w in call.keywords
        }
        layer = LAYERS[call.func.id]
        if call.args or None in values:
            raise ValueError(text)
    except (SyntaxError, ValueError, KeyError, AttributeError):
        raise PoolingValueError(f'numbapool.torch: layer must be as "MaxPool2d(kernel_size=2)"; got {text!r}') from None
    return Known(layer(**values))
