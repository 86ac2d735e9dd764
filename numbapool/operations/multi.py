"""Several poolings at once: the same windows, more than one thing kept of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..errors import PoolingTypeError, PoolingValueError
from ..layer_cache import layer_with
from ..layers import DataFormat, Pool, WindowPool
from ..validation.arrays import as_input
from ..validation.docstrings import TEMPLATE
from ..validation.results import check_outs
from ..validation.sizes import IntOrTuple, Padding, is_listed
from . import OPERATIONS
from .averages import total_of
from .missing import NanPolicy, check_nan_policy

__all__ = ["MultiPool1d", "MultiPool2d", "MultiPool3d"]

# Those that need nothing but a window.
_NAMES = ("max", "min", "mean", "sum", "mixed", "median", "mode", "logsumexp", "soft")


@dataclass(frozen=True, repr=False)
class MultiPool(WindowPool):
    reduces: Sequence[str]
    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    ceil_mode: bool = False
    as_tuple: bool = False
    data_format: DataFormat = "channels_first"
    count_include_pad: bool = True
    dtype: DTypeLike | None = None
    nan_policy: NanPolicy = "propagate"

    reduce: ClassVar[str] = "multi"
    summary = "several results"
    notes = """Results lie side by side along the channel axis, in the order of `reduces`, in their common dtype; with
    `as_tuple` they are apart, each of its own. `dtype` is that of means: where it is that of whole-number input, all
    results have it. `count_include_pad` is for means as well, `nan_policy` for those that all have it. One pullback
    takes the gradients in the same form and adds them up."""
    layers: ClassVar[tuple[Pool, ...]]
    example = '("max", "min"), 2'
    template = TEMPLATE.replace("(1, 3, {fours})", "(1, 6, {fours})")

    def normalize(self) -> None:
        super().normalize()
        names: Any = tuple(self.reduces) if is_listed(self.reduces) else (self.reduces,)
        if not names or any(not isinstance(name, str) or name not in _NAMES for name in names):
            raise PoolingValueError(
                f"{self._caller}: reduces must be names among {', '.join(map(repr, _NAMES))}; got {self.reduces!r}"
            )
        check_nan_policy(self)
        layers = tuple(self._layers_of(names))
        object.__setattr__(self, "reduces", names)
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "dtype", next((layer.dtype for layer in layers if hasattr(layer, "dtype")), None))

    def _layers_of(self, names: tuple[str, ...]) -> Iterator[Any]:
        """Layers of these operations, each with the options that it takes; raises for options that do not apply."""
        having = {name: {f.name for f in fields(OPERATIONS[name][self.rank - 1])} for name in _NAMES}
        for option in fields(self):
            given = getattr(self, option.name)
            has = [name for name in _NAMES if option.name in having[name]]
            as_ever = given is None if option.default is None else given == option.default
            enough = all if option.name == "nan_policy" else any
            if has and not as_ever and not enough(name in has for name in names):
                raise PoolingTypeError(
                    f"{self._caller}: {option.name} is for {', '.join(map(repr, has))}; got {option.name}={given!r} "
                    f"with reduces={names}"
                )
        for name in names:
            options = {f.name: getattr(self, f.name) for f in fields(self) if f.name in having[name]}
            window = options.pop("kernel_size")
            yield layer_with(OPERATIONS[name][self.rank - 1], window, options)

    @property
    def _channel_axis(self) -> int:
        return -1 if self.data_format == "channels_last" else -self.rank - 1

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """Shape of the result for an input of this shape, or of each with `as_tuple`."""
        shape = list(super().output_shape(input_shape))
        if not self.as_tuple:
            shape[self._channel_axis] *= len(self.layers)
        return tuple(shape)

    def _call(self, key: Any, array: NDArray[Any], out: Any) -> Any:
        return self.over_last_axes(array, out, channels_last=self.data_format == "channels_last")

    def over_last_axes(
        self,
        array: NDArray[Any],
        out: Any = None,
        *,
        channels_last: bool = False,
        indexed: bool | None = None,
        seed: float | None = None,
    ) -> Any:
        first = -1 if channels_last else 0
        spatial = array.shape[array.ndim - self.rank + first : array.ndim + first]
        outputs = tuple(a.outputs for a in self.axes(spatial))
        lead, behind = array.shape[: array.ndim - self.rank + first], array.shape[array.ndim + first :]
        shape, axis = list(lead + outputs + (behind if channels_last else ())), -1 if channels_last else -self.rank - 1
        dtypes = [self._result_dtype(layer, array.dtype, spatial) for layer in self.layers]
        if self.as_tuple:
            fresh: Any = tuple(np.empty(shape, dtype) for dtype in dtypes)
        else:
            shape[axis] *= len(self.layers)
            fresh = np.empty(shape, np.result_type(*dtypes))
        outs = check_outs(self._caller, fresh, array, fresh if out is None else out)
        targets = outs if self.as_tuple else np.split(outs[0], len(self.layers), axis=axis)
        for layer, dtype, target in zip(self.layers, dtypes, targets, strict=True):
            if target.dtype == dtype:
                layer.over_last_axes(array, target, channels_last=channels_last)
            else:
                target[...] = layer.over_last_axes(array, channels_last=channels_last)
        return outs if self.as_tuple else outs[0]

    def explain(self, x: ArrayLike) -> str:
        """Which kernels run for ``x``, one after the other, and why."""
        array = as_input(x, self._caller)
        self.output_shape(array.shape)
        return "\n".join(layer.explain(array) for layer in self.layers)

    def warm_up(self, dtype: Any) -> None:
        """Compile what a call on input of this dtype needs."""
        for layer in self.layers:
            layer.warm_up(dtype)

    def _result_dtype(self, layer: Pool, dtype: np.dtype[Any], spatial: tuple[int, ...]) -> np.dtype[Any]:
        """Dtype of what one of the poolings gives."""
        return layer.reduction(dtype, layer.axes(spatial), indexed=False).dtype

    def vjp(self, x: ArrayLike) -> tuple[Any, Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._caller)
        self.output_shape(array.shape)  # raises for shapes that no layer takes, in the name of this one
        pairs = [layer.vjp(array) for layer in self.layers]  # type: ignore[attr-defined]  # poolings of windows have it
        results = tuple(y for y, _ in pairs)

        def pullback(grad_output: Any) -> NDArray[Any]:
            given = grad_output if self.as_tuple else (grad_output,)
            many, expected = len(pairs) if self.as_tuple else 1, self.output_shape(array.shape)
            if not isinstance(given, (tuple, list)) or len(given) != many:
                raise PoolingTypeError(f"{self._caller}: grad_output must be {many} arrays, one for each result")
            parts = [as_input(g, self._caller, "grad_output") for g in given]
            if any(g.shape != expected for g in parts):
                shapes = ", ".join(str(g.shape) for g in parts)
                raise PoolingValueError(f"{self._caller}: grad_output must have shape {expected}; got {shapes}")
            if not self.as_tuple:
                parts = np.split(parts[0], len(pairs), axis=self._channel_axis)
            return total_of([back for _, back in pairs], parts, self._caller)

        return (results if self.as_tuple else np.concatenate(results, axis=self._channel_axis)), pullback


class MultiPool1d(MultiPool, rank=1): ...


class MultiPool2d(MultiPool, rank=2): ...


class MultiPool3d(MultiPool, rank=3): ...
