"""Layers: immutable configurations that are called on arrays. What they have in common; operations fill in the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import documented
from .arrays import as_input
from .docstrings import TEMPLATE, function_name
from .errors import PoolingTypeError, PoolingValueError, check_choice
from .planned import Planned
from .sizes import AXIS_NAMES, whole_shape
from .windows import Axis

__all__ = ["DataFormat", "Pool"]

DataFormat = Literal["channels_first", "channels_last"]
# Positions along an axis whose windows are kept: those of longer ones take more memory, and less time than the pooling.
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
            cls.document()

    @classmethod
    def document(cls) -> None:
        """Compose the docstring from the class's own, or from its template and words."""
        own = (c.__doc__ for c in cls.__mro__ if c.__doc__ and "Parameters\n" in c.__doc__)
        fields = "\n    ".join(f"<{f.name}>" for f in dataclasses.fields(cls))
        text = next(own, cls.template).replace("{notes}", cls.notes)
        cls.__doc__ = documented(cls.rank, text.replace("{parameters}", fields), cls._words())

    @classmethod
    def _words(cls) -> dict[str, str]:
        """The words for the places that docstrings leave open."""
        return {
            "name": cls.__name__,
            "name_of_layer": cls.__name__,
            "name_of_function": function_name(cls.__name__),
            "summary": cls.summary,
            "Summary": cls.summary[:1].upper() + cls.summary[1:],
            "padding_counts": cls.padding_counts,
            "example": cls.example,
        }

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type == "bool" and not isinstance(value, (bool, np.bool_)):
                raise PoolingTypeError(f"{self._who}: {field.name} must be True or False; got {value!r}")
        check_choice(self, "data_format", ("channels_first", "channels_last"))
        object.__setattr__(self, "_plans", {})

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
        found = self._again(x, out) if type(x) is np.ndarray else None
        return self._pool_anew(as_input(x, self._who), out) if found is None else found

    def _pool_anew(self, array: NDArray[Any], out: Any) -> Any:
        """The same for an accepted array, whose plan is not known yet."""
        self._check_ndim(array.shape)
        return self.over_last_axes(array, out, channels_last=self.data_format == "channels_last")

    def _check_ndim(self, shape: tuple[int, ...]) -> None:
        if len(shape) not in (self.rank + 1, self.rank + 2):
            letters = ", ".join(AXIS_NAMES[self.rank])
            want = (
                f"(C, {letters}) or (N, C, {letters})"
                if self.data_format == "channels_first"
                else f"({letters}, C) or (N, {letters}, C)"
            )
            raise PoolingValueError(
                f"{self._who}: input must have {self.rank + 1} or {self.rank + 2} axes, {want}; got shape {shape}"
            )

    def _split(self, shape: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Batch and channel axes before, spatial axes, channel axes behind."""
        shape = whole_shape(shape, self._who)
        self._check_ndim(shape)
        behind = len(shape) - (self.data_format == "channels_last")
        return shape[: behind - self.rank], shape[behind - self.rank : behind], shape[behind:]

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Shape of the result for an input of this shape."""
        before, spatial, behind = self._split(input_shape)
        return before + tuple(a.outputs for a in self.axes(spatial)) + behind

    def __repr__(self) -> str:
        shown = []
        for i, field in enumerate(dataclasses.fields(self)):
            value = getattr(self, field.name)
            if i == 0 or (
                value != field.default and (field.name != "stride" or value != getattr(self, "kernel_size", None))
            ):
                shown.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> Any:
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return partial(type(self), **values), ()
