"""Several poolings at once: the same windows, more than one thing kept of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..arrays import as_input, flat, lie_alike, spanning
from ..copies import put
from ..docstrings import TEMPLATE
from ..errors import PoolingTypeError, PoolingValueError
from ..functions import layer_with, twins
from ..kernel import run_in_turns, turns_over
from ..layers import DataFormat, Pool
from ..plan import Plan
from ..results import check_outs, given_out
from ..sizes import IntOrTuple, Padding, is_listed
from ..together import shifted, together
from ..traffic import is_always_new
from ..window_pool import WindowPool
from ..work import Work
from . import OPERATIONS
from .missing import NanPolicy, check_nan_policy
from .pairs import total_of

__all__ = [
    "MultiPool1d",
    "MultiPool2d",
    "MultiPool3d",
    "multi_pool1d",
    "multi_pool2d",
    "multi_pool3d",
]

# Those that need nothing but a window.
_NAMES = ("max", "min", "mean", "sum", "mixed", "median", "mode", "logsumexp", "soft")

# Inputs of fewer bytes stay in the cache anyway.
_WORTH_TURNS = 1024 * 1024


def _run_on(
    x: NDArray[Any], flat_x: NDArray[Any], plans: Sequence[Plan | None], results: Sequence[NDArray[Any]]
) -> bool:
    """Carry out plans that read the same memory in turns, each into its result; whether all of them can be."""
    there = [plan for plan in plans if plan is not None and not plan.beside]  # those beside are kernels of their own
    if len(there) < len(plans):
        return False
    jobs = [(plan.job, plan.seen(flat_x, flat(y)[0])) for plan, y in zip(there, results, strict=True)]
    run_in_turns(jobs, min(turns_over(x.nbytes), *(job.units for job, _ in jobs)))
    return True


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

    def __post_init__(self) -> None:
        super().__post_init__()
        names: Any = tuple(self.reduces) if is_listed(self.reduces) else (self.reduces,)
        if not names or any(not isinstance(name, str) or name not in _NAMES for name in names):
            raise PoolingValueError(
                f"{self._who}: reduces must be names among {', '.join(map(repr, _NAMES))}; got {self.reduces!r}"
            )
        check_nan_policy(self)
        layers = tuple(self._layers_of(names))
        object.__setattr__(self, "reduces", names)
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "dtype", next((layer.dtype for layer in layers if hasattr(layer, "dtype")), None))

    def _layers_of(self, names: tuple[str, ...]) -> Iterator[Any]:
        """The poolings of these names, each with what it has of the options."""
        having = {name: {f.name for f in fields(OPERATIONS[name][self.rank - 1])} for name in _NAMES}
        for option in fields(self):
            given = getattr(self, option.name)
            has = [name for name in _NAMES if option.name in having[name]]
            as_ever = given is None if option.default is None else given == option.default
            enough = all if option.name == "nan_policy" else any
            if has and not as_ever and not enough(name in has for name in names):
                raise PoolingTypeError(
                    f"{self._who}: {option.name} is for {', '.join(map(repr, has))}; got {option.name}={given!r} with "
                    f"reduces={names}"
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

    def over_last_axes(
        self,
        array: NDArray[Any],
        out: Any = None,
        *,
        channels_last: bool = False,
        indexed: bool | None = None,
        seed: float | None = None,
    ) -> Any:
        worth = array.nbytes >= _WORTH_TURNS
        if not (self.as_tuple or channels_last):
            result = self._side_by_side(array, out)
            if result is not None:
                return result
        results = self._apart(array, out if self.as_tuple else None, channels_last) if worth else None
        if results is None:
            results = tuple(layer.over_last_axes(array, channels_last=channels_last) for layer in self.layers)
        elif self.as_tuple:
            return results
        if self.as_tuple:
            return given_out(self._who, results, array, out)
        return self._joined(results, -1 if channels_last else -self.rank - 1, array, out)

    def _joined(self, parts: Sequence[NDArray[Any]], axis: int, x: NDArray[Any], out: Any = None) -> NDArray[Any]:
        """Results side by side along an axis."""
        shape = list(parts[0].shape)
        shape[axis] *= len(parts)
        fresh = np.empty(shape, np.result_type(*parts))
        result = fresh if out is None else check_outs(self._who, fresh, x, out)[0]
        for target, part in zip(np.split(result, len(parts), axis=axis), parts, strict=True):
            put(target, part)
        return result

    def _side_by_side(self, x: NDArray[Any], out: Any) -> Any:
        """All results in one pass over ``x``, each straight into its place; None where that cannot be."""
        works = self._once(("works", x.shape, x.dtype), lambda: self._works(x))
        if works is None:
            return None
        shape, dtypes = list(x.shape), [work.dtype for work in works]
        shape[x.ndim - self.rank :] = (a.outputs for a in self._axes_of(x))
        shape[-self.rank - 1] *= len(works)
        fresh = np.empty(shape, np.result_type(*dtypes))
        result = fresh if out is None else check_outs(self._who, fresh, x, out)[0]
        key = x.shape, x.strides, x.dtype, result.strides
        plan = self._once(key, lambda: self._together(x, works, result))
        if plan is not None:
            plan.fill(flat(x)[0], flat(result)[0], fresh=out is None)
            return result
        if x.nbytes < _WORTH_TURNS:
            return None
        targets = np.split(result, len(works), axis=-self.rank - 1)
        plans = [layer.plan_into(x, y) for layer, y in zip(self.layers, targets, strict=True)]
        return result if _run_on(x, flat(x)[0], plans, targets) else None

    def _have_kernels(self, x: NDArray[Any]) -> bool:
        """Whether one kernel gives each of the results; others are put together from those of other poolings."""
        return all(layer._composed(x) is None for layer in self.layers)

    def _works(self, x: NDArray[Any]) -> list[Work] | None:
        """What each of the poolings does with the windows; None where not all of them have a kernel of their own."""
        if not self._have_kernels(x):
            return None
        axes = self._axes_of(x)
        return [layer.work(x.dtype, axes, indexed=False) for layer in self.layers]

    def _together(self, x: NDArray[Any], works: Sequence[Work], result: NDArray[Any]) -> Plan | None:
        """The plan for all results in one kernel, if there is one for them."""
        first, *_ = np.split(result, len(works), axis=-self.rank - 1)
        shift = first.shape[-self.rank - 1] * result.strides[-self.rank - 1] // result.itemsize
        shifts = [number * shift for number in range(len(works))]
        return together(x, self._axes_of(x), works, first, shifts)

    def _apart(self, array: NDArray[Any], out: Any, channels_last: bool) -> tuple[NDArray[Any], ...] | None:
        """Results of their own in one pass over ``array``; None where that cannot be."""
        forth, back = self._channels_moved(channels_last)
        x = forth(array)
        if not self._have_kernels(x):
            return None
        plans, given = zip(*(layer._planned(x, False) for layer in self.layers), strict=True)
        fresh = tuple(back(plan.new()[0]) for plan in plans)
        results = fresh if out is None else check_outs(self._who, fresh, array, out)
        in_order = all(lie_alike(y, new) for y, new in zip(results, fresh, strict=True))
        targets = results if in_order else fresh
        if not (
            self._run_together(x, [forth(y) for y in targets], fresh=targets is fresh)
            or _run_on(x, given[0], plans, targets)
        ):
            return None
        return results if in_order else given_out(self._who, fresh, array, out)

    def _run_together(self, x: NDArray[Any], results: Sequence[NDArray[Any]], *, fresh: bool) -> bool:
        """Carry out all poolings in one kernel, each into its result; whether there is one for them."""
        first, *others = results
        if any((y.dtype, y.strides) != (first.dtype, first.strides) for y in others):
            return False
        key = "together", x.shape, x.strides, x.dtype, first.strides
        axes, nowhere = self._axes_of(x), [0] * len(results)
        plan = self._once(key, lambda: together(x, axes, self._works(x) or (), first, nowhere))
        memory = None if plan is None else spanning(results)
        if plan is None or memory is None:
            return False
        line, places = memory
        shifted(plan, places).fill(flat(x)[0], line, fresh=fresh and is_always_new(first.nbytes))
        return True

    def vjp(self, x: ArrayLike) -> tuple[Any, Callable[..., NDArray[Any]]]:
        """The result, and a function from its gradient to that of ``x``."""
        array = as_input(x, self._who)
        pairs = [layer.vjp(array) for layer in self.layers]  # type: ignore[attr-defined]  # poolings of windows have it
        results = tuple(y for y, _ in pairs)

        def pullback(grad_output: Any) -> NDArray[Any]:
            if self.as_tuple:
                parts = tuple(grad_output)
            else:
                grad = as_input(grad_output, self._who, "grad_output")
                if grad.shape != self.output_shape(array.shape):
                    expected = self.output_shape(array.shape)
                    raise PoolingValueError(f"{self._who}: grad_output must have shape {expected}; got {grad.shape}")
                parts = tuple(np.split(grad, len(pairs), axis=self._channel_axis))
            if len(parts) != len(pairs):
                raise PoolingValueError(f"{self._who}: grad_output must be {len(pairs)} arrays; got {len(parts)}")
            return total_of([back for _, back in pairs], parts, self._who)

        return (results if self.as_tuple else self._joined(results, self._channel_axis, array)), pullback


class MultiPool1d(MultiPool, rank=1): ...


class MultiPool2d(MultiPool, rank=2): ...


class MultiPool3d(MultiPool, rank=3): ...


multi_pool1d, multi_pool2d, multi_pool3d = twins((MultiPool1d, MultiPool2d, MultiPool3d))
