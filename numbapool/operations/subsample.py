"""Subsampling: one value of every window, always from the same position in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingTypeError, PoolingValueError
from ..layers import DataFormat, WindowPool
from ..validation.arrays import as_input
from ..validation.results import given_out
from ..validation.sizes import IntOrTuple, normalize_sizes
from .selecting import scatter_gradient

__all__ = ["SubsamplePool1d", "SubsamplePool2d", "SubsamplePool3d"]

Position = str | int | Sequence[int]


@dataclass(frozen=True, repr=False)
class SubsamplePool(WindowPool):
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    position: Position = "first"
    return_indices: bool = False
    data_format: DataFormat = "channels_first"
    ceil_mode: bool = False

    reduce: ClassVar[str] = "subsample"
    summary = "value at one position"
    notes = """The result is a view of the input, not a copy, unless `out` is given. Windows that do not fit are
    dropped; with `ceil_mode` they are kept, with the last position that the input has, and the result is a copy."""
    padding = 0
    dilation = 1
    _offsets: ClassVar[tuple[int, ...]]
    _sizes: ClassVar[tuple[tuple[int, ...], tuple[int, ...]]]

    def normalize(self) -> None:
        super().normalize()
        kernel_size, stride, _, _ = self._window
        object.__setattr__(self, "_sizes", (kernel_size, stride))
        object.__setattr__(self, "_offsets", self._find_offsets(kernel_size))
        if isinstance(self.position, (list, np.ndarray)):
            object.__setattr__(self, "position", self._offsets)

    def _call(self, key: Any, array: NDArray[Any], out: Any) -> Any:
        return self.over_last_axes(array, out, channels_last=self.data_format == "channels_last")

    def _find_offsets(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if isinstance(self.position, str):
            known = {"first": lambda k: 0, "center": lambda k: k // 2, "last": lambda k: k - 1}
            if self.position not in known:
                raise PoolingValueError(
                    f'{self._caller}: position must be "first", "center", "last" or numbers; got {self.position!r}'
                )
            return tuple(map(known[self.position], sizes))
        offsets = normalize_sizes(self.position, self.rank, "position", self._caller, minimum=0)
        if any(o >= k for o, k in zip(offsets, sizes, strict=True)):
            raise PoolingValueError(f"{self._caller}: position must lie in the window {sizes}; got {self.position!r}")
        return offsets

    def over_last_axes(
        self,
        array: NDArray[Any],
        out: Any = None,
        *,
        channels_last: bool = False,
        indexed: bool | None = None,
        seed: float | None = None,
    ) -> Any:
        x = np.moveaxis(array, -1, -self.rank - 1) if channels_last else array
        spatial = x.shape[x.ndim - self.rank :]
        axes = self.axes(spatial)
        steps = list(zip(self._offsets, self._sizes[1], axes, strict=True))
        cut: Any = tuple(slice(o, o + (a.outputs - 1) * s + 1, s) for o, s, a in steps)
        if any(c.stop > n for c, n in zip(cut, spatial, strict=True)):  # `ceil_mode`: clip a last window to the input
            cut = np.ix_(
                *(np.minimum(np.arange(c.start, c.stop, c.step), n - 1) for c, n in zip(cut, spatial, strict=True))
            )
        y = x[(Ellipsis, *cut)]
        indexed = self.return_indices if indexed is None else indexed
        results = [y]
        if indexed:
            plane = np.arange(int(np.prod(spatial)), dtype=np.int64).reshape(spatial)[cut]
            results.append(np.broadcast_to(plane, y.shape).copy())
        if channels_last:
            results = [np.moveaxis(r, -self.rank - 1, -1) for r in results]
        return given_out(self._caller, tuple(results) if indexed else results[0], array, out)

    def explain(self, x: ArrayLike) -> str:
        """No kernel runs."""
        return "no kernel: NumPy's indexing gives a view of the input, or a copy where `ceil_mode` clips a window"

    def warm_up(self, dtype: Any) -> None:
        """Nothing is to be compiled."""

    def backward(self, grad_output: ArrayLike, *given: Any, out: Any = None) -> NDArray[Any]:
        """Gradient with respect to the input, from ``(grad_output, [indices,] input_shape)``."""
        grad = as_input(grad_output, self._caller, "grad_output")
        if len(given) not in (1, 2):
            raise PoolingTypeError(f"{self._caller}: backward takes (grad_output, [indices,] input_shape)")
        *before, input_shape = given
        if grad.shape != self.output_shape(input_shape):
            raise PoolingValueError(
                f"{self._caller}: grad_output must have shape {self.output_shape(input_shape)}; got {grad.shape}"
            )
        if before:
            return scatter_gradient(self, grad, before[0], input_shape, out)
        gx, last = np.zeros(tuple(input_shape), grad.dtype), self.data_format == "channels_last"
        if self.ceil_mode:  # the result is a copy, and two windows may have the same value
            _, indices = self.over_last_axes(gx, channels_last=last, indexed=True)
            return scatter_gradient(self, grad, indices, input_shape, out)
        self.over_last_axes(gx, channels_last=last, indexed=False)[...] = grad
        return given_out(self._caller, gx, grad, out)

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._caller)
        self._check_ndim(array.shape)
        y = self.over_last_axes(array, channels_last=self.data_format == "channels_last", indexed=False)
        return y, lambda grad_output: self.backward(grad_output, array.shape)


class SubsamplePool1d(SubsamplePool, rank=1): ...


class SubsamplePool2d(SubsamplePool, rank=2): ...


class SubsamplePool3d(SubsamplePool, rank=3): ...
