"""Layers: immutable configurations that are called on arrays. What they have in common; operations fill in the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import windows
from .errors import PoolingValueError, check_choice
from .layer_cache import layer_with
from .plans.planned import Planned
from .validation.arrays import as_input
from .validation.docstrings import TEMPLATE, document_layer
from .validation.sizes import (
    AXIS_NAMES,
    IntOrTuple,
    Padding,
    brief_padding,
    check_flag,
    is_listed,
    normalize_padding,
    normalize_sizes,
    whole_shape,
)
from .windows import Axis

__all__ = ["DataFormat", "Pool", "WindowPool"]

DataFormat = Literal["channels_first", "channels_last"]
# Longest axis whose windows are cached: those of longer ones are large, and take little time beside the pooling.
_LONGEST_KEPT = 4096


class Pool(Planned):
    """What every pooling layer can do. Subclasses are frozen dataclasses; ``rank`` is their number of spatial axes."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    rank: ClassVar[int]
    data_format: DataFormat

    # What the documentation calls it; each operation has its own.
    summary: ClassVar[str] = ""
    padding_counts: ClassVar[str] = ""
    notes: ClassVar[str] = ""
    peer: ClassVar[str] = "NumPy"  # what it is tested to equal
    example: ClassVar[str] = "2"
    template: ClassVar[str] = TEMPLATE

    def __init_subclass__(cls, rank: int | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if rank is not None:
            cls.rank = rank
            document_layer(cls)

    def __post_init__(self) -> None:
        for name in _flags_of(type(self)):
            check_flag(getattr(self, name), name, self._caller)
        check_choice(self, "data_format", ("channels_first", "channels_last"))
        self.normalize()
        self._share_plans(tuple(getattr(self, name) for name in self.__dataclass_fields__))

    def normalize(self) -> None:
        """Check the fields, and give each its one form; equal layers then have equal fields."""

    def axes(self, spatial_shape: Sequence[int]) -> tuple[Axis, ...]:
        """Where the windows lie on an input of these spatial extents."""
        spatial = tuple(spatial_shape)
        if max(spatial) > _LONGEST_KEPT:
            return self._windows_of(spatial)
        return self._once(("axes", spatial), lambda: self._windows_of(spatial))

    def _windows_of(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        """As `axes`, which asks once for each."""
        raise NotImplementedError  # every operation has its own

    def __call__(self, x: ArrayLike, *, out: Any = None) -> Any:
        """Pool ``x``; with ``return_indices`` the result is a pair. See the class for shapes and dtypes."""
        if type(x) is np.ndarray:
            found = self._again((x.shape, x.dtype), x, out)
            if found is not None:
                return found
        array = as_input(x, self._caller)
        self._check_ndim(array.shape)
        return self._call((array.shape, array.dtype), array, out)

    def _call(self, key: Any, array: NDArray[Any], out: Any) -> Any:
        """Pool an accepted array of the right number of axes, whose plan is not known under this key."""
        return self._pool(key, array, out, self.data_format == "channels_last", self._indexed, None)

    def _check_ndim(self, shape: tuple[int, ...]) -> None:
        if len(shape) not in (self.rank + 1, self.rank + 2):
            letters = ", ".join(AXIS_NAMES[self.rank])
            want = (
                f"(C, {letters}) or (N, C, {letters})"
                if self.data_format == "channels_first"
                else f"({letters}, C) or (N, {letters}, C)"
            )
            raise PoolingValueError(
                f"{self._caller}: input must have {self.rank + 1} or {self.rank + 2} axes, {want}; got shape {shape}"
            )

    def _split(self, shape: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Batch and channel axes before, spatial axes, channel axes behind."""
        shape = whole_shape(shape, self._caller)
        self._check_ndim(shape)
        behind = len(shape) - (self.data_format == "channels_last")
        return shape[: behind - self.rank], shape[behind - self.rank : behind], shape[behind:]

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Shape of the result for an input of this shape."""
        before, spatial, behind = self._split(input_shape)
        return before + tuple(a.outputs for a in self.axes(spatial)) + behind

    def explain(self, x: ArrayLike) -> str:
        """Which kernel runs for ``x``, and why; see `numbapool.explain`."""
        array = as_input(x, self._caller)
        self._check_ndim(array.shape)
        last = self.data_format == "channels_last"
        moved = np.moveaxis(array, -1, -self.rank - 1) if last else array
        composed = self.composed_by(moved)
        if composed is not None:
            return f"{composed.__name__}: {composed.__doc__}"
        plan, _ = self._plan_for(moved, self._indexed)
        return str(plan)

    def warm_up(self, dtype: Any) -> None:
        """Compile what a call on input of this dtype needs; see `numbapool.warmup`."""
        first, plane = self.data_format == "channels_first", (64,) * self.rank
        x = np.empty((1, 1, *plane) if first else (1, *plane, 4), dtype)
        moved = x if first else np.moveaxis(x, -1, 1)
        plan, _ = self._plan_for(moved, self._indexed)
        plan.compile(x.dtype)

    def __repr__(self) -> str:
        shown = []
        for i, field in enumerate(dataclasses.fields(self)):
            value = getattr(self, field.name)
            usual = field.default if field.name != "stride" else getattr(self, "kernel_size", None)
            if i == 0 or isinstance(value, np.ndarray) or value not in (field.default, usual):
                shown.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> Any:
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return partial(type(self), **values), ()


_FLAGS: dict[type[Pool], tuple[str, ...]] = {}


def _flags_of(layer: type[Pool]) -> tuple[str, ...]:
    """The fields that are True or False."""
    if layer not in _FLAGS:
        _FLAGS[layer] = tuple(f.name for f in dataclasses.fields(layer) if f.type == "bool")
    return _FLAGS[layer]


class WindowPool(Pool):
    """A window of fixed size that moves; subclasses declare these fields, in the order that PyTorch has."""

    kernel_size: IntOrTuple
    stride: IntOrTuple | None
    padding: Padding
    dilation: IntOrTuple
    ceil_mode: bool
    _window: tuple[tuple[int, ...], tuple[int, ...], Any, tuple[int, ...]]

    def normalize(self) -> None:
        super().normalize()
        caller, rank = self._caller, self.rank
        kernel_size = normalize_sizes(self.kernel_size, rank, "kernel_size", caller)
        given = None if is_listed(self.stride) and not len(self.stride) else self.stride  # type: ignore[arg-type]  # () as in PyTorch
        stride = kernel_size if given is None else normalize_sizes(given, rank, "stride", caller)
        dilation = normalize_sizes(self.dilation, rank, "dilation", caller)
        padding = normalize_padding(self.padding, rank, caller)
        put = object.__setattr__
        put(self, "_window", (kernel_size, stride, padding, dilation))
        put(self, "kernel_size", _compact(kernel_size))
        put(self, "stride", _compact(stride))
        put(self, "dilation", _compact(dilation))
        put(self, "padding", _compact(brief_padding(padding)))

    def beside(self, kinds: Sequence[Any], **options: Any) -> Any:
        """The layer of another operation over the same windows: one of ``kinds``, which are for 1, 2 and 3 axes."""
        kind = kinds[self.rank - 1]

        def find() -> Any:
            window = {name: getattr(self, name) for name in ("stride", "padding", "dilation", "ceil_mode")}
            return layer_with(kind, self.kernel_size, window | options)

        return self._once((kind, *options.items()), find)

    def _windows_of(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        kernel_size, stride, padding, dilation = self._window
        axes = []
        for i, size in enumerate(spatial):
            window = kernel_size[i], stride[i]
            pad = windows.same_padding(size, *window, dilation[i]) if padding == "same" else padding[i]
            name = AXIS_NAMES[self.rank][i]
            axes.append(
                windows.fixed_axis(
                    size, *window, pad, dilation[i], bool(self.ceil_mode), caller=self._caller, axis=name
                )
            )
        return tuple(axes)


def _compact(value: Any) -> Any:
    """One number for equal numbers: ``3`` for ``(3, 3)``."""
    return value[0] if isinstance(value, tuple) and isinstance(value[0], int) and len(set(value)) == 1 else value
