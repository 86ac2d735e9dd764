"""Spatial pyramid pooling: grids of windows, coarse to fine, as one vector for each image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingValueError, check_choice
from ..layer_cache import layer_with
from ..layers import DataFormat, Pool
from ..validation.arrays import as_input, as_rows
from ..validation.docstrings import document_layer, page
from ..validation.results import given_out
from ..validation.sizes import is_listed, whole_number, whole_shape
from ..windows import MOST_WINDOWS
from . import OPERATIONS
from .averages import total_of

__all__ = ["SpatialPyramidPool"]

_REDUCES = ("max", "min", "mean")
_DOC = page(
    "A vector of fixed length from an image, or a volume, of any size: adaptive poolings at several levels.",
    ">>> nbp.SpatialPyramidPool((1, 2, 4))(np.ones((2, 3, 9, 11), np.float32)).shape",
    "(2, 63)",
)


@dataclass(frozen=True, repr=False)
class SpatialPyramidPool(Pool):
    levels: Sequence[int] = (1, 2, 4)
    reduce: str = "max"
    data_format: DataFormat = "channels_first"

    template = _DOC
    rank = 2
    notes = """From ``(N, C, *spatial)``, with one to three spatial axes, to ``(N, C * sum(level ** rank))``: level
    after level, in each the channels slowest, then the windows in row-major order. Source: He et al. 2014,
    Spatial pyramid pooling in deep convolutional networks."""

    def normalize(self) -> None:
        super().normalize()
        levels = tuple(self.levels) if is_listed(self.levels) else (self.levels,)
        levels = tuple(whole_number(n, "levels", self._caller) for n in levels)
        if not levels or min(levels) < 1 or max(levels) >= MOST_WINDOWS:
            raise PoolingValueError(
                f"{self._caller}: levels must be numbers of at least 1 and below 2**26; got {self.levels!r}"
            )
        check_choice(self, "reduce", _REDUCES)
        object.__setattr__(self, "levels", levels)

    def _layers(self, shape: Sequence[int]) -> list[Any]:
        rank = len(shape) - 2
        if rank not in (1, 2, 3):
            raise PoolingValueError(
                f"{self._caller}: input must have a batch, a channel and one to three spatial axes; got {tuple(shape)}"
            )
        if 0 in (shape[1:-1] if self.data_format == "channels_last" else shape[2:]):
            raise PoolingValueError(f"{self._caller}: the input has no positions; got shape {tuple(shape)}")
        kind, options = OPERATIONS[f"adaptive_{self.reduce}"][rank - 1], {"data_format": self.data_format}
        return [layer_with(kind, n, options) for n in self.levels]

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Shape of the result for an input of this shape."""
        input_shape = whole_shape(input_shape, self._caller)
        self._layers(input_shape)
        channels = input_shape[-1 if self.data_format == "channels_last" else 1]
        return input_shape[0], channels * int(np.sum([n ** (len(input_shape) - 2) for n in self.levels]))

    def _row(self, y: NDArray[Any]) -> NDArray[Any]:
        first = np.moveaxis(y, -1, 1) if self.data_format == "channels_last" else y
        return first.reshape(len(y), int(np.prod(y.shape[1:])))

    def __call__(self, x: ArrayLike, *, out: Any = None) -> Any:
        """Pool ``x`` at every level."""
        array = as_input(x, self._caller)
        rows = [self._row(layer(array)) for layer in self._layers(array.shape)]
        return given_out(self._caller, np.concatenate(rows, axis=1), array, out)

    def explain(self, x: ArrayLike) -> str:
        """Which kernels run for ``x``, level after level, and why."""
        return "\n".join(layer.explain(x) for layer in self._layers(np.shape(x)))

    def warm_up(self, dtype: Any) -> None:
        """Compile what a call on images of this dtype needs."""
        self(np.zeros((1, 64, 64, 1) if self.data_format == "channels_last" else (1, 1, 64, 64), dtype))

    def vjp(self, x: ArrayLike) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._caller)
        pairs = [layer.vjp(array) for layer in self._layers(array.shape)]
        rows = [self._row(y) for y, _ in pairs]

        def pullback(grad_output: ArrayLike) -> NDArray[Any]:
            grad = as_input(grad_output, self._caller, "grad_output")
            if grad.shape != self.output_shape(array.shape):
                expected = self.output_shape(array.shape)
                raise PoolingValueError(f"{self._caller}: grad_output must have shape {expected}; got {grad.shape}")
            last = self.data_format == "channels_last"
            parts = []
            for row, (y, _) in zip(
                np.split(grad, np.cumsum([r.shape[1] for r in rows])[:-1], axis=1), pairs, strict=True
            ):
                first = row.reshape((y.shape[0], y.shape[-1], *y.shape[1:-1]) if last else y.shape)
                parts.append(as_rows(np.moveaxis(first, 1, -1) if last else first))
            return total_of([back for _, back in pairs], parts, self._caller)

        return np.concatenate(rows, axis=1), pullback


document_layer(SpatialPyramidPool)
