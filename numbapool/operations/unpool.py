"""Unpooling: values go back to where max pooling took them from, and all else is zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingIndexError, PoolingTypeError, PoolingValueError
from ..layers import DataFormat, Pool
from ..plans.scattering import all_exist, scatter, take
from ..reductions import stored_as
from ..validation.arrays import as_indices, as_input, as_rows, check_out
from ..validation.docstrings import page
from ..validation.sizes import (
    AXIS_NAMES,
    IntOrTuple,
    brief_padding,
    is_listed,
    normalize_padding,
    normalize_sizes,
    whole_number,
)

__all__ = ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"]

_DOC = page(
    """The partial inverse of max pooling, over {axes}.

    Called with ``(x, indices, output_size=None)``: the result of a max pooling and its indices.""",
    ">>> y, indices = nbp.MaxPool{rank}d(2, return_indices=True)(np.ones((1, 3, {eights}), np.float32))",
    ">>> nbp.{name}(2)(y, indices).shape",
    "(1, 3, {eights})",
)


@dataclass(frozen=True, repr=False)
class MaxUnpool(Pool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: IntOrTuple = 0
    data_format: DataFormat = "channels_first"
    dilation: IntOrTuple = 1

    peer = "PyTorch, ONNX"
    template = _DOC
    notes = """The size of the result is that of the smallest input that pooling would have made `x` of; `output_size`,
    the spatial sizes or a whole shape, tells a larger one, by less than a stride. Of equal indices the last
    in row-major order wins, and has the gradient. Indices outside the result raise an ``IndexError`` before
    anything is written. Names and results are those of ``torch.nn.MaxUnpool{rank}d``. Source: Zeiler et al.
    2010, Deconvolutional networks."""

    def normalize(self) -> None:
        caller, rank = self._caller, self.rank
        kernel_size = normalize_sizes(self.kernel_size, rank, "kernel_size", caller)
        stride = kernel_size if self.stride is None else normalize_sizes(self.stride, rank, "stride", caller)
        padding = normalize_padding(self.padding, rank, caller)
        if isinstance(padding, str):
            raise PoolingTypeError(f"{caller}: padding must be integers; got {self.padding!r}")
        dilation = normalize_sizes(self.dilation, rank, "dilation", caller)
        window = kernel_size, stride, brief_padding(padding), dilation
        for name, sizes in zip(("kernel_size", "stride", "padding", "dilation"), window, strict=True):
            value: Any = sizes[0] if isinstance(sizes[0], int) and len(set(sizes)) == 1 else sizes
            object.__setattr__(self, name, value)

    def output_shape(self, input_shape: Sequence[int], output_size: Sequence[int] | None = None) -> tuple[int, ...]:
        """Shape of the result for an ``x`` of this shape."""
        before, spatial, behind = self._split(input_shape)
        rank, caller = self.rank, self._caller
        kernel_size = normalize_sizes(self.kernel_size, rank, "kernel_size", caller)
        stride = normalize_sizes(self.stride, rank, "stride", caller)
        padding = normalize_padding(self.padding, rank, caller)
        dilation = normalize_sizes(self.dilation, rank, "dilation", caller)
        default = tuple(
            (n - 1) * s - sum(p) + (k - 1) * d + 1  # type: ignore[arg-type]  # padding is in pairs here
            for n, k, s, p, d in zip(spatial, kernel_size, stride, padding, dilation, strict=True)
        )
        if output_size is None:
            given = default
        else:
            if not is_listed(output_size):
                raise PoolingTypeError(f"{caller}: output_size must be {rank} sizes or a shape; got {output_size!r}")
            given = tuple(whole_number(n, "output_size", caller) for n in output_size)
            if len(given) == len(before) + rank + len(behind):
                given = given[len(before) : len(before) + rank]
            if len(given) != rank:
                raise PoolingValueError(f"{caller}: output_size must be {rank} sizes or a shape; got {output_size!r}")
            for n, d, s, axis in zip(given, default, stride, AXIS_NAMES[rank], strict=True):
                if not d - s < n < d + s:
                    raise PoolingValueError(
                        f"{caller}: output_size must lie between {d - s} and {d + s}, not on them, on axis {axis}; "
                        f"got {n}"
                    )
        if prod(before) * prod(given) * prod(behind) >= 2**60:
            raise PoolingValueError(
                f"{caller}: the result must have less than 2**60 numbers; got {given} for each plane"
            )
        if any(n < 1 for n in given):
            raise PoolingValueError(
                f"{caller}: padding must leave something of the result; got {self.padding}, with which its size would "
                f"be {given}"
            )
        return before + given + behind

    def __call__(  # type: ignore[override]  # takes more than an array
        self, x: ArrayLike, indices: ArrayLike, *, output_size: Sequence[int] | None = None, out: Any = None
    ) -> NDArray[Any]:
        """Put the values of ``x`` where ``indices`` say, in an array of zeros."""
        array, places = as_input(x, self._caller), as_indices(indices, self._caller)
        if places.shape != array.shape:
            raise PoolingValueError(
                f"{self._caller}: indices must have the shape of x, {array.shape}; got {places.shape}"
            )
        shape = self.output_shape(array.shape, output_size)
        for other in (array, places) if out is not None else ():
            check_out(out, shape, array.dtype, other, self._caller)
        y = out if out is not None and out.flags.carray else np.empty(shape, array.dtype)
        before, spatial, behind = self._split(shape)
        planes, inner, size = prod(before), prod(behind), prod(spatial)
        if array.size == 0:
            y[...] = 0
        else:
            values, where = as_rows(array).reshape(-1), as_rows(places, np.int64).reshape(-1)
            if y is out and not all_exist(where, size):  # nothing is written then
                raise self._beyond(places, size)
            bits = stored_as(array.dtype)
            outputs = array.size // (planes * inner)
            if not scatter(
                values.view(bits), where, y.reshape(-1).view(bits), planes, size, outputs, inner, adds=False
            ):
                raise self._beyond(places, size)
        if out is not None and y is not out:
            out[...] = y
        return y if out is None else out

    def explain(self, x: ArrayLike) -> str:
        """Which kernel runs, and why."""
        return "scatter: values are put where their indices say"

    def warm_up(self, dtype: Any) -> None:
        """Compile what a call on values of this dtype needs."""
        x = np.zeros((1,) * (self.rank + 1), dtype)
        self(x, np.zeros(x.shape, np.int64))

    def _beyond(self, places: NDArray[Any], size: int) -> PoolingIndexError:
        worst = places.min() if places.min() < 0 else places.max()
        return PoolingIndexError(f"{self._caller}: indices must be at least 0 and below {size}; got {worst}")

    def backward(self, grad_output: ArrayLike, indices: ArrayLike) -> NDArray[Any]:
        """Gradient with respect to ``x``: what has arrived where each value was put."""
        grad, places = as_input(grad_output, self._caller, "grad_output"), as_indices(indices, self._caller)
        before, spatial, behind = self._split(grad.shape)
        if places.ndim != grad.ndim or self._split(places.shape)[::2] != (before, behind):
            raise PoolingValueError(
                f"{self._caller}: indices must agree with grad_output but on the spatial axes; got {places.shape} and "
                f"{grad.shape}"
            )
        gx = np.empty(places.shape, grad.dtype)
        planes, inner, size = prod(before), prod(behind), prod(spatial)
        if gx.size:
            if not size:
                raise self._beyond(places, size)
            bits = stored_as(grad.dtype)
            source, where = as_rows(grad).reshape(-1).view(bits), as_rows(places, np.int64).reshape(-1)
            if not take(source, where, gx.reshape(-1).view(bits), planes, size, gx.size // (planes * inner), inner):
                raise self._beyond(places, size)
        return gx

    def vjp(
        self, x: ArrayLike, indices: ArrayLike, *, output_size: Sequence[int] | None = None
    ) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        places = as_indices(indices, self._caller).copy()
        return self(x, places, output_size=output_size), lambda grad_output: self.backward(grad_output, places)


class MaxUnpool1d(MaxUnpool, rank=1): ...


class MaxUnpool2d(MaxUnpool, rank=2): ...


class MaxUnpool3d(MaxUnpool, rank=3): ...
