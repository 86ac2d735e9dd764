"""Regions of interest: boxes of an image, each brought to one size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingIndexError, PoolingTypeError, PoolingValueError, check_choice
from ..kernels.regions import align, align_gradient, crop_max
from ..layers import DataFormat, Pool
from ..threads import pieces_for
from ..validation.arrays import as_input, as_rows
from ..validation.docstrings import document_layer, page
from ..validation.results import given_out
from ..validation.sizes import IntOrTuple, normalize_sizes, whole_number, whole_shape
from .averages import check_number
from .mean import averaged_dtype

__all__ = ["RoIAlign", "RoIMaxPool"]

_DOC = page(
    """{Summary} of each bin of each box.

    Called with ``(x, boxes)``: images ``(N, C, H, W)``, channels last ``(N, H, W, C)``, and regions of them as
    ``(batch index, x1, y1, x2, y2)``, of shape ``(K, 5)``, or for each image an array of shape ``(L, 4)``.""",
    ">>> nbp.{name}(7)(np.ones((2, 3, 32, 32), np.float32), [[0, 4, 4, 20, 28]]).shape",
    "(1, 3, 7, 7)",
    notes="The result is ``(K, C, *output_size)``, channels last ``(K, *output_size, C)``. {notes}",
)
# Largest box coordinate, in input pixels, and largest `sampling_ratio`; anything larger is taken for a mistake.
_FARTHEST = 2.0**40
_MOST_SAMPLES = 1024
# Nanoseconds for one bin, about.
_COST = 20.0


class RegionPool(Pool):
    """What poolings of boxes share: their boxes, and the order of axes."""

    rank = 2
    template = _DOC
    output_size: IntOrTuple
    spatial_scale: float

    def normalize(self) -> None:
        super().normalize()
        sizes = normalize_sizes(self.output_size, 2, "output_size", self._caller)
        if max(sizes) > 2**20:
            raise PoolingValueError(f"{self._caller}: output_size must be at most 2**20; got {self.output_size!r}")
        object.__setattr__(self, "output_size", sizes[0] if sizes[0] == sizes[1] else sizes)
        check_number(self, "spatial_scale", "greater than 0 and finite", lambda s: 0 < s < np.inf)

    @property
    def _bins(self) -> tuple[int, ...]:
        return normalize_sizes(self.output_size, 2, "output_size", self._caller)

    def _images(self, x: ArrayLike) -> NDArray[Any]:
        array = as_input(x, self._caller)
        if array.ndim != 4:
            raise PoolingValueError(f"{self._caller}: input must have 4 axes, (N, C, H, W); got shape {array.shape}")
        if 0 in array.shape[1:]:
            raise PoolingValueError(f"{self._caller}: input must have channels and pixels; got shape {array.shape}")
        return as_rows(np.moveaxis(array, -1, 1) if self.data_format == "channels_last" else array)

    def _boxes(self, boxes: Any, images: int) -> NDArray[np.float64]:
        """Boxes as ``(batch index, x1, y1, x2, y2)``, in pixels of the input."""
        if isinstance(boxes, (list, tuple)) and all(isinstance(b, np.ndarray) and b.ndim == 2 for b in boxes):
            if len(boxes) != images or any(b.shape[1] != 4 for b in boxes):
                raise PoolingValueError(
                    f"{self._caller}: boxes must be {images} arrays of shape (L, 4), one for each image; got shapes "
                    f"{[b.shape for b in boxes]}"
                )
            rows = [np.column_stack([np.full(len(b), i), b]) for i, b in enumerate(boxes)]
            array = np.concatenate(rows) if rows else np.zeros((0, 5))
        else:
            try:
                array = np.asarray(boxes)
            except ValueError:
                array = np.zeros(0)
        if array.dtype.kind not in "iuf":
            raise PoolingTypeError(f"{self._caller}: boxes must be numbers; got dtype {array.dtype}")
        if array.ndim != 2 or array.shape[1] != 5:
            raise PoolingValueError(
                f"{self._caller}: boxes must have shape (K, 5), or be one array of shape (L, 4) for each image; "
                f"got shape {array.shape}"
            )
        found = array.astype(np.float64)
        far = ~((abs(found[:, 1:]) * self.spatial_scale <= _FARTHEST).all(axis=1) & np.isfinite(found[:, 0]))
        if far.any():
            raise PoolingValueError(
                f"{self._caller}: boxes must be finite, and their coordinates below 2**40; got {found[far][0].tolist()}"
            )
        index = found[:, 0]
        beyond = index[(index < 0) | (index >= images) | (index != np.floor(index))]
        if beyond.size:
            raise PoolingIndexError(
                f"{self._caller}: batch indices of boxes must be whole, at least 0 and below {images}; "
                f"got {beyond[0]:g}"
            )
        return found

    def output_shape(self, input_shape: Sequence[int], boxes: int = 1) -> tuple[int, ...]:
        """Shape of the result for an input of this shape and so many boxes."""
        shape = whole_shape(input_shape, self._caller)
        if len(shape) != 4:
            raise PoolingValueError(f"{self._caller}: input_shape must have four sizes, as images have; got {shape}")
        last = self.data_format == "channels_last"
        return (boxes, *self._bins, shape[-1]) if last else (boxes, shape[1], *self._bins)

    def explain(self, x: ArrayLike) -> str:
        """Which kernel runs, and why."""
        return "align or crop_max: bins of boxes, each channel of a box by itself"

    def warm_up(self, dtype: Any) -> None:
        """Compile what a call on images of this dtype needs."""
        self(np.zeros((1, 4, 4, 1) if self.data_format == "channels_last" else (1, 1, 4, 4), dtype), [[0, 0, 0, 2, 2]])  # type: ignore[call-arg]  # all have boxes

    def _laid_out(self, array: NDArray[Any]) -> NDArray[Any]:
        return as_rows(np.moveaxis(array, 1, -1)) if self.data_format == "channels_last" else array

    def _gradient_of(self, grad_output: ArrayLike, channels: int, boxes: int) -> NDArray[Any]:
        grad = as_input(grad_output, self._caller, "grad_output")
        first = np.moveaxis(grad, -1, 1) if self.data_format == "channels_last" and grad.ndim == 4 else grad
        if first.shape != (boxes, channels, *self._bins):
            last = self.data_format == "channels_last"
            expected = (boxes, *self._bins, channels) if last else (boxes, channels, *self._bins)
            raise PoolingValueError(f"{self._caller}: grad_output must have shape {expected}; got {grad.shape}")
        if grad.dtype.kind != "f":
            raise PoolingTypeError(f"{self._caller}: grad_output must be floating-point; got dtype {grad.dtype}")
        return first


@dataclass(frozen=True, repr=False)
class RoIAlign(RegionPool):
    output_size: IntOrTuple
    spatial_scale: float = 1.0
    sampling_ratio: int = -1
    aligned: bool = False
    mode: str = "mean"
    data_format: DataFormat = "channels_first"

    peer = "ONNX"
    summary = "mean, or maximum, of samples between pixels"
    notes = """As ``torchvision.ops.roi_align``, and as ONNX RoiAlign, whose maximum is that of the weighted corners of
    all samples. Source: He, Gkioxari, Dollár, Girshick 2017, Mask R-CNN."""

    def normalize(self) -> None:
        super().normalize()
        ratio = whole_number(self.sampling_ratio, "sampling_ratio", self._caller)
        if ratio > _MOST_SAMPLES:
            raise PoolingValueError(f"{self._caller}: sampling_ratio must be at most {_MOST_SAMPLES}; got {ratio}")
        check_choice(self, "mode", ("mean", "max"))

    def _places(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Image, first corner and extent of each box."""
        corners = boxes[:, 1:] * self.spatial_scale - (0.5 if self.aligned else 0.0)
        extent = corners[:, 2:] - corners[:, :2]
        if not self.aligned:
            extent = np.maximum(extent, 1)
        return np.ascontiguousarray(np.concatenate([boxes[:, :1], corners[:, :2], extent], axis=1))

    def _arguments(self, channels: int, size: tuple[int, ...]) -> tuple[Any, ...]:
        bins, extents = np.array(self._bins, np.int64), np.array(size, np.int64)
        return bins, int(self.sampling_ratio), channels, extents, int(self.mode == "max")

    def __call__(self, x: ArrayLike, boxes: Any, *, out: Any = None) -> NDArray[Any]:  # type: ignore[override]  # takes more than an array
        """Pool the boxes of ``x``."""
        images = self._images(x)
        places = self._places(self._boxes(boxes, len(images)))
        result = averaged_dtype(images.dtype)
        wide = as_rows(images, np.float32 if result.itemsize <= 4 else np.float64)
        channels, *size = images.shape[1:]
        y = np.empty((len(places), channels, *self._bins), wide.dtype)
        if y.size:
            arguments = (wide.reshape(-1), y.reshape(-1), places, *self._arguments(channels, tuple(size)))
            units = len(places) * channels
            align().run(pieces_for(_COST * y.size, units), *arguments, units)
        return given_out(self._caller, self._laid_out(as_rows(y, result)), images, out)

    def backward(self, grad_output: ArrayLike, x: ArrayLike, boxes: Any) -> NDArray[Any]:
        """Gradient with respect to the input ``x``."""
        images = self._images(x)
        places = self._places(self._boxes(boxes, len(images)))
        channels, *size = images.shape[1:]
        grad = self._gradient_of(grad_output, channels, len(places))
        gx = np.empty(images.shape, np.float64)
        if gx.size:
            wide, g = as_rows(images, np.float64), as_rows(grad, np.float64)
            arguments = (wide.reshape(-1), g.reshape(-1), gx.reshape(-1), places)
            units = len(images) * channels
            rest = self._arguments(channels, tuple(size))
            align_gradient().run(pieces_for(gx.size + _COST * g.size, units), *arguments, *rest, units)
        return self._laid_out(as_rows(gx, grad.dtype))

    def vjp(self, x: ArrayLike, boxes: Any) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        return self(x, boxes), lambda grad_output: self.backward(grad_output, x, boxes)


@dataclass(frozen=True, repr=False)
class RoIMaxPool(RegionPool):
    output_size: IntOrTuple
    spatial_scale: float = 1.0
    return_indices: bool = False
    data_format: DataFormat = "channels_first"

    summary = "largest value"
    notes = """Corners are rounded to whole pixels, both belong to the box, and bins overlap by a pixel where they do
    not divide it, as in ``torchvision.ops.roi_pool`` and ONNX MaxRoiPool; an empty bin is 0, its index -1.
    Source: Girshick 2015, Fast R-CNN."""

    def _pooled(self, x: ArrayLike, boxes: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
        images = self._images(x)
        found = self._boxes(boxes, len(images))
        # halves are rounded away from zero, as by C's round
        corners = np.trunc(found[:, 1:] * self.spatial_scale + np.copysign(0.5, found[:, 1:]))
        extent = np.maximum(corners[:, 2:] - corners[:, :2] + 1, 1)
        places = np.ascontiguousarray(np.concatenate([found[:, :1], corners[:, :2], extent], axis=1))
        channels, *size = images.shape[1:]
        wide = as_rows(images, np.float32) if images.dtype == np.float16 else images
        wide = wide.view(np.uint8) if images.dtype == np.bool_ else wide
        y = np.empty((len(places), channels, *self._bins), wide.dtype)
        indices = np.empty(y.shape, np.int64)
        if y.size:
            tables = places, np.array(self._bins, np.int64), channels, np.array(size, np.int64)
            units = len(places) * channels
            arguments = (wide.reshape(-1), y.reshape(-1), indices.reshape(-1), *tables)
            crop_max().run(pieces_for(_COST * y.size, units), *arguments, units)
        return images, found, y.astype(bool) if images.dtype == np.bool_ else as_rows(y, images.dtype), indices

    def __call__(self, x: ArrayLike, boxes: Any, *, out: Any = None) -> Any:  # type: ignore[override]  # takes more than an array
        """Pool the boxes of ``x``; with ``return_indices`` the result is a pair."""
        images, _, y, indices = self._pooled(x, boxes)
        y = self._laid_out(y)
        return given_out(self._caller, (y, self._laid_out(indices)) if self.return_indices else y, images, out)

    def backward(self, grad_output: ArrayLike, x: ArrayLike, boxes: Any) -> NDArray[Any]:
        """Gradient with respect to the input ``x``: each gradient is added where its value came from."""
        images, found, _, indices = self._pooled(x, boxes)
        channels = images.shape[1]
        grad = self._gradient_of(grad_output, channels, len(found))
        summed = np.result_type(grad.dtype, np.float32)  # float16 are too coarse to add up
        gx = np.zeros((len(images), channels, images[0, 0].size if images.size else 0), summed)
        hit = indices >= 0
        planes = np.broadcast_to(found[:, 0].astype(np.int64)[:, None, None, None], indices.shape)
        channel = np.broadcast_to(np.arange(channels)[None, :, None, None], indices.shape)
        np.add.at(gx, (planes[hit], channel[hit], indices[hit]), grad[hit])
        return self._laid_out(as_rows(gx.reshape(images.shape), grad.dtype))

    def vjp(self, x: ArrayLike, boxes: Any) -> tuple[NDArray[Any], Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        y = self(x, boxes)
        return (y[0] if self.return_indices else y), lambda grad_output: self.backward(grad_output, x, boxes)


document_layer(RoIAlign)
document_layer(RoIMaxPool)
