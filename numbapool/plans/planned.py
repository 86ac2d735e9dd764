"""How a layer is carried out: the plan for an input is found once, kept for the next of its kind, and run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..reductions import Reduction
from ..validation.arrays import as_rows, element_strides, flat, lie_alike
from ..validation.results import check_outs, fits, given_out
from ..windows import Axis
from .plan import Plan, plan_as_it_lies

__all__ = ["Planned"]

# Plans, and what leads to them, kept for all equal layers; beyond that they start again: ever new shapes must not fill
# the memory.
_KEPT = 256
_UNKNOWN: Any = object()
T = TypeVar("T")


@lru_cache(maxsize=512)
def _plans_of(layer: type[Any], *fields: Any) -> dict[Any, Any]:
    """What equal layers share."""
    return {}


class Planned:
    """What a layer knows of the inputs that it has met; subclasses say where windows lie and what is done with them."""

    rank: ClassVar[int]
    data_format: Any
    _plans: dict[Any, Any]

    @property
    def _caller(self) -> str:
        """What errors name: the function that was called, or the layer."""
        return getattr(self, "_called_as", type(self).__name__)

    @property
    def _indexed(self) -> bool:
        return bool(getattr(self, "return_indices", False))

    def _share_plans(self, fields: tuple[Any, ...]) -> None:
        """Use the plans of all layers of this type with these fields."""
        try:
            kind: Any = type(self)  # classes have a hash
            plans = _plans_of(kind, *fields)
        except TypeError:  # a field that cannot be remembered, such as an array of samples
            plans = {}
        object.__setattr__(self, "_plans", plans)

    def axes(self, spatial_shape: Sequence[int]) -> tuple[Axis, ...]:
        """Where the windows lie on an input of these spatial extents."""
        raise NotImplementedError  # layers have it

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Reduction:
        """What is kept of each window of an input of this dtype."""
        raise NotImplementedError  # every operation has its own

    def composed_by(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        """What puts the result together from other poolings; None where one kernel gives it."""
        return None

    def over_last_axes(
        self,
        array: NDArray[Any],
        out: Any = None,
        *,
        channels_last: bool = False,
        indexed: bool | None = None,
        seed: float | None = None,
    ) -> Any:
        """Pool the last ``rank`` axes of an accepted array (those before the last, with ``channels_last``)."""
        indexed = self._indexed if indexed is None else indexed
        key = array.shape, array.dtype, channels_last, indexed
        found = self._again(key, array, out, seed)
        return self._pool(key, array, out, channels_last, indexed, seed) if found is None else found

    def _again(self, key: Any, x: NDArray[Any], out: Any, seed: float | None = None) -> Any:
        """Fast path: the result for a contiguous array whose plan is cached under ``key``; None for any other call."""
        known = self._plans.get(key)
        if known is None or not x.flags.carray:
            return None
        plan, shape = known
        if seed is not None:
            plan = plan.seeded(seed)
        if out is not None:
            return out if _run_into(plan, shape, x, out) else None
        y = np.empty(shape, plan.dtype)
        if plan.indexed:
            indices = np.empty(shape, np.int64)
            plan.fill(x.ravel(), y.ravel(), indices.ravel())
            return y, indices
        plan.fill(x.ravel(), y.ravel())  # views, in half the time of `reshape`
        return y

    def _pool(
        self, key: Any, array: NDArray[Any], out: Any, channels_last: bool, indexed: bool, seed: float | None
    ) -> Any:
        """Slow path: the same for any other accepted array; remembers the plan for `_again` where that can use it."""
        x = np.moveaxis(array, -1, -self.rank - 1) if channels_last else array
        composed = self._once((x.shape, x.dtype, "composed"), lambda: self.composed_by(x))
        if composed is not None:
            return given_out(self._caller, self._back(composed(x), channels_last), array, out)
        known, flat_x = self._plan_for(x, indexed)
        plan = known if seed is None else known.seeded(seed)
        new = plan.new()
        results = tuple(self._back(y, channels_last) for y in new)
        outs = results if out is None else check_outs(self._caller, results, array, out)
        straight = all(lie_alike(o, y) for o, y in zip(outs, results, strict=True))
        moved = tuple(np.moveaxis(o, -1, -self.rank - 1) if channels_last else o for o in outs)
        into = plan if straight else self._plan_into(x, moved, indexed, seed)
        if into is not None:
            into = into if out is None else into.into_given
            into.fill(flat_x if straight else flat(x)[0], *(flat(o)[0] for o in moved))
        else:
            plan.fill(flat_x, *(y.ravel(order="K") for y in new))
            for given, result in zip(outs, results, strict=True):
                given[...] = result
        if straight:
            self._remember(key, known, array, flat_x, results[0])
        return outs if indexed else outs[0]

    def _back(self, y: NDArray[Any], channels_last: bool) -> NDArray[Any]:
        return np.moveaxis(y, -self.rank - 1, -1) if channels_last else y

    def _remember(self, key: Any, plan: Plan, x: NDArray[Any], line: NDArray[Any], y: NDArray[Any]) -> None:
        """Keep for `_again` a plan from contiguous arrays to contiguous ones, as ``x`` and ``y``.

        Not one for a copy of ``x``, which may be in another order: ``line`` is the memory that the plan is for.
        """
        if x.flags.c_contiguous and y.flags.c_contiguous and np.may_share_memory(line, x):
            self._plans[key] = plan, y.shape

    def _planned(
        self, x: NDArray[Any], kind: Any, make: Callable[[NDArray[Any]], Plan | None]
    ) -> tuple[Plan, NDArray[Any]]:
        """The plan for ``x``, and the memory of ``x``, or of a copy that can be worked on, as one line."""
        key = x.shape, x.strides, x.dtype, x.flags.aligned, kind
        plan = self._once(key, lambda: make(x))
        if plan is None:
            return self._planned(as_rows(x), kind, make)
        return plan, flat(x)[0]

    def _plan_for(self, x: NDArray[Any], indexed: bool) -> tuple[Plan, NDArray[Any]]:
        """As `_planned`, for what the layer itself does."""
        return self._planned(x, ("plan", indexed), lambda x: self._plan(x, indexed))

    def _by_its_kernel(self, x: NDArray[Any]) -> NDArray[Any]:
        """A new array with what the layer's own kernel gives, for `composed_by` to go on with."""
        plan, flat_x = self._plan_for(x, False)
        return plan.filled(flat_x)[0]

    def computed(
        self, x: NDArray[Any], kind: Any, make: Callable[[NDArray[Any]], Plan | None]
    ) -> tuple[NDArray[Any], ...]:
        """New arrays with the results of the plan for ``x`` that goes by this ``kind``."""
        plan, flat_x = self._planned(x, kind, make)
        return plan.filled(flat_x)

    def _plan(self, x: NDArray[Any], indexed: bool, out: NDArray[Any] | None = None) -> Plan | None:
        axes = self._axes_of(x)
        return plan_as_it_lies(x, axes, self.reduction(x.dtype, axes, indexed=indexed), out=out)

    def _plan_into(
        self, x: NDArray[Any], outs: tuple[NDArray[Any], ...], indexed: bool, seed: float | None
    ) -> Plan | None:
        """The plan that writes straight into given arrays of any batch and channel strides, if there is one."""
        first, *others = outs
        if any(element_strides(o) != element_strides(first) for o in others):
            return None
        key = x.shape, x.strides, x.dtype, x.flags.aligned, first.flags.aligned, indexed, first.strides
        plan = self._once(key, lambda: self._plan(x, indexed, first))
        return plan if plan is None or seed is None else plan.seeded(seed)

    def _axes_of(self, x: NDArray[Any]) -> tuple[Axis, ...]:
        """Where the windows lie over the last axes of an array."""
        return self.axes(x.shape[x.ndim - self.rank :])

    def _once(self, key: Any, find: Callable[[], T]) -> T:
        """What is found for a key, kept for the next time."""
        found = self._plans.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = find()
            if len(self._plans) >= _KEPT:
                self._plans.clear()
            self._plans[key] = found
        return cast("T", found)


def _run_into(plan: Plan, shape: tuple[int, ...], x: NDArray[Any], out: Any) -> bool:
    """A call whose plan is known, into arrays that need no further thought; whether they are such."""
    if not plan.indexed:
        if fits(out, shape, plan.dtype, x):
            plan.into_given.fill(x.reshape(-1), out.reshape(-1))
            return True
    elif type(out) is tuple and len(out) == 2:
        y, indices = out
        if fits(y, shape, plan.dtype, x) and fits(indices, shape, np.dtype(np.int64), x, y):
            plan.into_given.fill(x.reshape(-1), y.reshape(-1), indices.reshape(-1))
            return True
    return False
