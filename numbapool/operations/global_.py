"""Global pooling: one result for each channel, whatever the number and size of the spatial axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingTypeError, PoolingValueError
from ..layer_cache import layer_for, layer_with
from ..layers import DataFormat, Pool
from ..validation.arrays import as_input, as_rows
from ..validation.docstrings import document_layer, page
from ..validation.results import given_out
from ..validation.sizes import whole_shape
from .adaptive import AdaptiveAvgPool1d, AdaptiveMaxPool1d, AdaptiveMinPool1d
from .averages import check_number
from .lp import LPPool1d

__all__ = ["GlobalAvgPool", "GlobalLPPool", "GlobalMaxPool", "GlobalMinPool"]

_DOC = page(
    "{Summary} of each whole channel.",
    ">>> pool = nbp.{name}({example})",
    ">>> pool(np.ones((2, 3, 8, 9), np.float32)).shape",
    "(2, 3, 1, 1)",
    notes="""The input is ``(N, C, *spatial)``, or ``(N, *spatial, C)`` with channels last, with any number of spatial
    axes. {notes}""",
)


class GlobalPool(Pool):
    """Base of global poolings: the spatial axes are flattened into one, which a 1d layer pools."""

    rank = 1
    reduce: ClassVar[str]
    keepdims: bool
    example = ""
    template = _DOC

    def _over(self, size: int) -> Any:
        """The layer over one axis of this size."""
        raise NotImplementedError  # every reduction has its own

    def _shapes(self, shape: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Batch and channels, spatial extents, and the shape of the result."""
        shape = whole_shape(shape, self._caller)
        if len(shape) < 3:
            raise PoolingValueError(
                f"{self._caller}: input must have a batch, a channel and at least one spatial axis; got shape {shape}"
            )
        last = self.data_format == "channels_last"
        lead, spatial = ((shape[0], shape[-1]), shape[1:-1]) if last else (shape[:2], shape[2:])
        if 0 in spatial:
            raise PoolingValueError(f"{self._caller}: the input has no positions; got shape {shape}")
        ones = (1,) * len(spatial) if self.keepdims else ()
        return lead, spatial, (lead[0], *ones, lead[1]) if last else (*lead, *ones)

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Shape of the result for an input of this shape."""
        return self._shapes(input_shape)[2]

    def _flat(self, array: NDArray[Any]) -> NDArray[Any]:
        """The array with one spatial axis, without a copy where its order in memory allows."""
        lead, spatial, _ = self._shapes(array.shape)
        first, strides = 1 if self.data_format == "channels_last" else 2, array.strides
        pairs = pairwise(range(first, first + len(spatial)))
        joined = all(strides[a] == array.shape[b] * strides[b] for a, b in pairs)
        return (array if joined else as_rows(array)).reshape(self._around(lead, prod(spatial)))

    def _around(self, lead: tuple[int, ...], size: int) -> tuple[int, ...]:
        """Shape of an array with one spatial axis of this size."""
        return (lead[0], size, lead[1]) if self.data_format == "channels_last" else (*lead, size)

    def _check_ndim(self, shape: tuple[int, ...]) -> None:
        self._shapes(shape)

    def _call(self, key: Any, array: NDArray[Any], out: Any) -> Any:
        _, spatial, shape = self._shapes(array.shape)
        layer, flat = self._over(prod(spatial)), self._flat(array)
        results = layer(flat)
        known = layer._plans.get((flat.shape, flat.dtype))
        if known is not None and array.flags.c_contiguous:
            self._plans[key] = known[0], shape
        shaped = tuple(r.reshape(shape) for r in results) if isinstance(results, tuple) else results.reshape(shape)
        return given_out(self._caller, shaped, array, out)

    def explain(self, x: ArrayLike) -> str:
        array = as_input(x, self._caller)
        _, spatial, _ = self._shapes(array.shape)
        return self._over(prod(spatial)).explain(self._flat(array))  # type: ignore[no-any-return]  # a text

    def warm_up(self, dtype: Any) -> None:
        self._over(64).warm_up(dtype)

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._caller)
        lead, spatial, shape = self._shapes(array.shape)
        flat = self._flat(array)
        y, pullback = self._over(prod(spatial)).vjp(flat)

        def back(grad_output: ArrayLike) -> NDArray[Any]:
            grad = self._checked_gradient(grad_output, shape)
            gx: NDArray[Any] = pullback(grad.reshape(self._around(lead, 1)))
            return gx.reshape(array.shape)

        return y.reshape(shape), back

    def _checked_gradient(self, grad_output: ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
        grad = as_input(grad_output, self._caller, "grad_output")
        if grad.shape != shape:
            raise PoolingValueError(f"{self._caller}: grad_output must have shape {shape}; got {grad.shape}")
        if grad.dtype.kind != "f" and self.reduce not in ("max", "min"):
            raise PoolingTypeError(f"{self._caller}: grad_output must be floating-point; got dtype {grad.dtype}")
        return grad

    def backward(self, grad_output: ArrayLike, *given: Any) -> NDArray[Any]:
        """Gradient with respect to ``x``, from ``(grad_output, [indices,] input_shape)`` or ``(grad_output, x)``."""
        picks = self.reduce in ("max", "min")
        if len(given) != 1 + picks:
            takes = "indices, input_shape" if picks else "x" if self.reduce == "lp" else "input_shape"
            raise PoolingTypeError(f"{self._caller}: backward takes (grad_output, {takes})")
        *before, last = given
        array = np.asarray(last) if np.ndim(last) > 1 else None  # the input itself, or its shape
        shape = last if array is None else array.shape
        lead, spatial, expected = self._shapes(shape)
        grad = self._checked_gradient(grad_output, expected)
        behind: Any = self._around(lead, prod(spatial)) if array is None else self._flat(array)
        places = [as_input(a, self._caller, "indices") for a in before]
        if any(a.shape != expected for a in places):
            raise PoolingValueError(f"{self._caller}: indices must have shape {expected}; got {places[0].shape}")
        flat = [a.reshape(self._around(lead, 1)) for a in (grad, *places)]
        return self._over(prod(spatial)).backward(*flat, behind).reshape(shape)  # type: ignore[no-any-return]  # an array, which NumPy's stubs leave open


@dataclass(frozen=True, repr=False)
class GlobalMaxPool(GlobalPool):
    keepdims: bool = True
    return_indices: bool = False
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "max"
    peer = "ONNX"
    summary = "largest value"
    notes = "The gradient takes ``(grad_output, indices, input_shape)``."

    def _over(self, size: int) -> Any:
        return layer_for(AdaptiveMaxPool1d, 1, self.return_indices, self.data_format)


@dataclass(frozen=True, repr=False)
class GlobalMinPool(GlobalPool):
    keepdims: bool = True
    return_indices: bool = False
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "min"
    summary = "smallest value"
    notes = "The gradient takes ``(grad_output, indices, input_shape)``."

    def _over(self, size: int) -> Any:
        return layer_for(AdaptiveMinPool1d, 1, self.return_indices, self.data_format)


@dataclass(frozen=True, repr=False)
class GlobalAvgPool(GlobalPool):
    keepdims: bool = True
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "mean"
    peer = "ONNX"
    summary = "mean"
    notes = "The gradient takes ``(grad_output, input_shape)``."

    def _over(self, size: int) -> Any:
        return layer_for(AdaptiveAvgPool1d, 1, self.data_format)


@dataclass(frozen=True, repr=False)
class GlobalLPPool(GlobalPool):
    norm_type: float = 2.0
    keepdims: bool = True
    data_format: DataFormat = "channels_first"

    reduce: ClassVar[str] = "lp"
    peer = "ONNX"
    summary = "p-norm"
    notes = "The gradient takes ``(grad_output, x)``."

    def normalize(self) -> None:
        super().normalize()
        check_number(self, "norm_type", "greater than 0", lambda p: p > 0)

    def _over(self, size: int) -> Any:
        return layer_with(LPPool1d, max(size, 1), {"norm_type": self.norm_type, "data_format": self.data_format})


for _layer in (GlobalMaxPool, GlobalMinPool, GlobalAvgPool, GlobalLPPool):
    document_layer(_layer)
