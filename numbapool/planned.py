"""How a layer is carried out: the plan for an input is found once, kept for the next of its kind, and run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from .arrays import element_strides, flat, lie_alike
from .copies import in_one_piece, put
from .plan import Plan
from .planning import plan_as_it_lies
from .results import check_outs, fits, given_out
from .traffic import LARGEST
from .windows import Axis
from .work import Work

__all__ = ["Planned"]

# Plans, and what leads to them, kept by one layer; beyond that it starts again: inputs of ever new shapes must not fill
# the memory.
_KEPT = 512
_UNKNOWN: Any = object()
_INDEX = np.dtype(np.int64)
# As what plans are known that give indices where the layer does not, or none where it does.
_OTHER = "other"
T = TypeVar("T")
_Moved = Callable[[NDArray[Any]], NDArray[Any]]


class Planned:
    """What a layer knows of the inputs that it has met; subclasses say where windows lie and what is done with them."""

    rank: ClassVar[int]
    data_format: Any
    _plans: dict[Any, Any]

    @property
    def _who(self) -> str:
        return type(self).__name__

    @property
    def _indexed(self) -> bool:
        return bool(getattr(self, "return_indices", False))

    def axes(self, spatial_shape: Sequence[int]) -> tuple[Axis, ...]:
        """Where the windows lie on an input of these spatial extents."""
        raise NotImplementedError  # layers have it

    def work(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Work:
        """What is done with each window of an input of this dtype."""
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
        found = self._again(array, out, seed, self._known_as(indexed))
        if found is not None:
            return found
        forth, back = self._channels_moved(channels_last)
        return self._pool(array, out, forth, back, indexed=indexed, **({} if seed is None else {"seed": seed}))

    def _channels_moved(self, channels_last: bool) -> tuple[_Moved, _Moved]:
        """What brings the channel axis before those that are pooled, if it is behind them, and what brings it back."""
        if not channels_last:
            return _same, _same
        before = -self.rank - 1
        return partial(np.moveaxis, source=-1, destination=before), partial(np.moveaxis, source=before, destination=-1)

    def _again(self, x: NDArray[Any], out: Any, seed: float | None = None, known_as: Any = None) -> Any:
        """What a call gives whose plan is known, with nothing but the kernel and a new array; None for any other.

        Gradients are known as the shape that they lead back to.
        """
        known = self._remembered(x, known_as)
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
            plan.fill(x.ravel(), y.ravel(), indices.ravel(), fresh=True)
            return y, indices
        plan.fill(x.ravel(), y.ravel(), fresh=True)
        return y

    def _known_as(self, indexed: bool | None) -> Any:
        """As what plans are known that give indices or not: None where that is as the layer has it."""
        return None if indexed in (None, self._indexed) else _OTHER

    def _remembered(self, x: NDArray[Any], known_as: Any = None) -> Any:
        """The plan for arrays like ``x`` and the shape of its result; None where there is none yet."""
        return self._plans.get((x.shape, x.dtype, known_as))

    def _remember(self, x: NDArray[Any], plan: Plan, shape: tuple[int, ...], known_as: Any = None) -> None:
        """Keep for `_again` the plan for contiguous arrays like ``x``, with contiguous results of this shape."""
        self._plans[x.shape, x.dtype, known_as] = plan, shape

    def _pool(
        self,
        array: NDArray[Any],
        out: Any,
        forth: Any,
        back: Any,
        *,
        indexed: bool | None = None,
        seed: float | None = None,
    ) -> Any:
        x = forth(array)
        composed = self._composed(x)
        if composed is not None:
            return given_out(self._who, back(composed(x)), array, out)
        indexed = self._indexed if indexed is None else indexed
        known, flat_x = self._planned(x, indexed)
        plan = known if seed is None else known.seeded(seed)
        if out is None:
            results, as_planned = tuple(back(r) for r in plan.filled(flat_x)), True
        else:
            results, as_planned = self._fill_given(plan, flat_x, out, array, forth, back, seed)
        again = as_planned and array.flags.c_contiguous and results[0].flags.c_contiguous
        if again:
            self._remember(array, known, results[0].shape, self._known_as(indexed))
        return results if indexed else results[0]

    def _planned(
        self, x: NDArray[Any], kind: Any, make: Callable[[NDArray[Any]], Plan | None] | None = None
    ) -> tuple[Plan, NDArray[Any]]:
        """The plan for ``x``, and the memory of ``x``, or of a copy that can be worked on, as one line."""
        key = x.shape, x.strides, x.dtype, x.flags.aligned, kind
        plan = self._once(key, lambda: self._plan(x, kind) if make is None else make(x))
        if plan is None:
            return self._planned(in_one_piece(x), kind, make)
        return plan, flat(x)[0]

    def computed(
        self, x: NDArray[Any], kind: Any, make: Callable[[NDArray[Any]], Plan | None] | None = None
    ) -> tuple[NDArray[Any], ...]:
        """New arrays with the results of the plan for ``x`` that goes by this ``kind``."""
        plan, flat_x = self._planned(x, kind, make)
        return plan.filled(flat_x)

    def _plan(self, x: NDArray[Any], indexed: bool) -> Plan | None:
        axes = self._axes_of(x)
        return plan_as_it_lies(x, axes, self.work(x.dtype, axes, indexed=indexed))

    def _composed(self, x: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        """As `composed_by`, which is asked once for a shape and a dtype."""
        return self._once((x.shape, x.dtype, "composed"), lambda: self.composed_by(x))

    def plan_into(self, x: NDArray[Any], y: NDArray[Any], *, indexed: bool = False) -> Plan | None:
        """The plan that writes straight into ``y``, an array of any batch and channel strides, if there is one."""

        def find() -> Plan | None:
            if self._composed(x) is not None:
                return None
            axes = self._axes_of(x)
            work = self.work(x.dtype, axes, indexed=indexed)
            return plan_as_it_lies(x, axes, work, out=y) if work.dtype == y.dtype else None

        aligned = x.flags.aligned, y.flags.aligned
        return self._once((x.shape, x.strides, x.dtype, aligned, indexed, y.strides, y.dtype), find)

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

    def warm_up(self, dtype: Any) -> None:
        """Compile what a call on input of this dtype needs; see `numbapool.warmup`."""
        first, plane = self.data_format == "channels_first", (64,) * self.rank
        most = LARGEST // (np.dtype(dtype).itemsize * 64**self.rank)
        for many in (1, most):  # memory that is asked for, but never touched
            x = np.empty((many, 1, *plane) if first else (many, *plane, 4), dtype)
            plan, _ = self._planned(x if first else np.moveaxis(x, -1, 1), self._indexed)
            plan.compile(x.dtype)

    def _fill_given(
        self,
        plan: Plan,
        flat_x: NDArray[Any],
        out: Any,
        array: NDArray[Any],
        forth: Any,
        back: Any,
        seed: float | None,
    ) -> tuple[tuple[NDArray[Any], ...], bool]:
        """The given arrays with the results inside, and whether these lie in memory as new ones would."""
        new = plan.new()
        outs = check_outs(self._who, tuple(back(fresh) for fresh in new), array, out)
        x, moved = forth(array), tuple(forth(o) for o in outs)
        return outs, self.write(plan, flat_x, new, x, moved, lambda: self._plan_for(moved, x, seed))

    def write(
        self,
        plan: Plan,
        flat_x: NDArray[Any],
        new: tuple[NDArray[Any], ...],
        x: NDArray[Any],
        outs: tuple[NDArray[Any], ...],
        find: Callable[[], Plan | None],
    ) -> bool:
        """Carry out a plan into given arrays; whether these lie in memory as its ``new`` ones do.

        Those that do not are written straight by the plan for ``x`` and them that is to be found, if there is one.
        """
        in_order = all(lie_alike(o, n) for o, n in zip(outs, new, strict=True))
        into = plan if in_order else find()
        if into is not None:
            into.fill(flat_x if in_order else flat(x)[0], *(flat(o)[0] for o in outs))
        else:
            plan.fill(flat_x, *(n.ravel(order="K") for n in new), fresh=True)
            for given, fresh in zip(outs, new, strict=True):
                put(given, fresh)
        return in_order

    def _plan_for(self, outs: tuple[NDArray[Any], ...], x: NDArray[Any], seed: float | None) -> Plan | None:
        """The plan that writes straight into given arrays, all of which lie alike in numbers, if there is one."""
        first, *others = outs
        if any(element_strides(o) != element_strides(first) for o in others):
            return None
        plan = self.plan_into(x, first, indexed=bool(others))
        return plan if plan is None or seed is None else plan.seeded(seed)


def _same(array: NDArray[Any]) -> NDArray[Any]:
    return array


def _run_into(plan: Plan, shape: tuple[int, ...], x: NDArray[Any], out: Any) -> bool:
    """A call whose plan is known, into arrays that need no further thought; whether they are such."""
    if not plan.indexed:
        if fits(out, shape, plan.dtype, x):
            plan.fill(x.ravel(), out.ravel())
            return True
    elif type(out) is tuple and len(out) == 2:
        y, indices = out
        if fits(y, shape, plan.dtype, x) and fits(indices, shape, _INDEX, x, y):
            plan.fill(x.ravel(), y.ravel(), indices.ravel())
            return True
    return False
