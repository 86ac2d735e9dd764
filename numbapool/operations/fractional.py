"""Fractional max pooling: windows whose distances vary at random, for any ratio of sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import PoolingTypeError, PoolingValueError
from ..layers import DataFormat
from ..plans.plan import plan_of_starts
from ..reductions import stored_as
from ..threads import pieces_for
from ..validation.arrays import as_input, as_rows
from ..validation.results import check_outs, given_out, lies_as
from ..validation.sizes import AXIS_NAMES, IntOrTuple, is_listed, normalize_sizes
from .max import Max
from .random import generator_from

__all__ = ["FractionalMaxPool1d", "FractionalMaxPool2d", "FractionalMaxPool3d"]

# Nanoseconds for a number of the input, about.
_COST = 0.6


@dataclass(frozen=True, repr=False)
class FractionalMaxPool(Max):
    kernel_size: IntOrTuple
    output_size: IntOrTuple | None = None
    output_ratio: float | Sequence[float] | None = None
    return_indices: bool = False
    random_samples: ArrayLike | None = field(default=None, compare=False)
    rng: Any = field(default=None, compare=False)
    data_format: DataFormat = "channels_first"

    peer = "PyTorch"
    summary = "largest value"
    example = "2, output_ratio=0.5"
    notes = """Give either `output_size` or `output_ratio`. Every channel has windows of its own, drawn from `rng` or
    given by `random_samples`, with which values and indices are those of
    ``torch.nn.FractionalMaxPool{rank}d`` (as ``_random_samples``). Source: Graham 2014, Fractional
    max-pooling."""

    def normalize(self) -> None:
        super().normalize()
        caller = self._caller
        sizes = normalize_sizes(self.kernel_size, self.rank, "kernel_size", caller)
        object.__setattr__(self, "kernel_size", sizes[0] if len(set(sizes)) == 1 else sizes)
        if (self.output_size is None) == (self.output_ratio is None):
            raise PoolingValueError(
                f"{caller}: one of output_size and output_ratio must be given; got output_size={self.output_size!r} "
                f"and output_ratio={self.output_ratio!r}"
            )
        if self.output_size is not None:
            outputs = normalize_sizes(self.output_size, self.rank, "output_size", caller)
            object.__setattr__(self, "output_size", outputs[0] if len(set(outputs)) == 1 else outputs)
            return
        given: Any = self.output_ratio
        ratios = tuple(given) if is_listed(given) else (given,)
        number = (int, float, np.integer, np.floating)
        if len(ratios) not in (1, self.rank) or not all(isinstance(r, number) and 0 < r < 1 for r in ratios):
            raise PoolingValueError(
                f"{caller}: output_ratio must be one number between 0 and 1, or {self.rank}; got {given!r}"
            )
        object.__setattr__(self, "output_ratio", tuple(map(float, ratios)) if is_listed(given) else float(given))

    def _outputs(self, spatial: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Number of windows along each axis, and their sizes; raises where they do not fit."""
        kernel_size = normalize_sizes(self.kernel_size, self.rank, "kernel_size", self._caller)
        if self.output_size is not None:
            outputs = normalize_sizes(self.output_size, self.rank, "output_size", self._caller)
        else:
            ratios = np.broadcast_to(np.asarray(self.output_ratio), (self.rank,))
            outputs = tuple(int(n * r) for n, r in zip(spatial, ratios, strict=True))
        for n, m, k, axis in zip(spatial, outputs, kernel_size, AXIS_NAMES[self.rank], strict=True):
            if k > n:
                raise PoolingValueError(
                    f"{self._caller}: kernel_size must not exceed the input size, {n} on axis {axis}; got {k}"
                )
            if m < 1 or m + k - 1 > n:
                raise PoolingValueError(
                    f"{self._caller}: output_size must be at least 1 and at most {n - k + 1} for kernel_size={k} and "
                    f"input size {n} on axis {axis}; got {m}"
                )
        return outputs, kernel_size

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        before, spatial, behind = self._split(input_shape)
        return before + self._outputs(spatial)[0] + behind

    def _samples(self, planes: tuple[int, ...], dtype: np.dtype[Any], rng: Any) -> NDArray[Any]:
        """Samples of shape ``(N, C, rank)``, in the precision in which PyTorch computes with them."""
        number = np.dtype(np.float64 if dtype == np.float64 else np.float32)
        if self.random_samples is None:
            return generator_from(self, self.rng if rng is None else rng).random((*planes, self.rank)).astype(number)
        samples = np.asarray(self.random_samples)
        if samples.dtype.kind != "f":
            raise PoolingTypeError(f"{self._caller}: random_samples must be floating-point; got dtype {samples.dtype}")
        allowed = {(*planes, self.rank), (1,) * (2 - len(planes)) + (*planes, self.rank)}
        if samples.shape not in allowed:
            raise PoolingValueError(
                f"{self._caller}: random_samples must have shape {(*planes, self.rank)}; got {samples.shape}"
            )
        beyond = samples[~((samples >= 0) & (samples <= 1))]
        if beyond.size:
            raise PoolingValueError(f"{self._caller}: random_samples must lie from 0 to 1; got {beyond[0]}")
        return samples.astype(number)

    def _starts(self, samples: NDArray[Any], spatial: Sequence[int]) -> NDArray[np.int64]:
        """First positions of the windows of every plane, axis after axis."""
        outputs, kernel_size = self._outputs(spatial)
        samples = samples.reshape(-1, self.rank)
        # PyTorch takes its samples for the width first, with two axes
        order = (1, 0) if self.rank == 2 else tuple(range(self.rank))
        columns = [np.zeros((len(samples), 1), np.int64)] * (3 - self.rank)
        for n, m, k, at in zip(spatial, outputs, kernel_size, order, strict=True):
            u = samples[:, at : at + 1]
            starts = np.full((len(samples), m), n - k, np.int64)
            if m > 1:
                alpha = samples.dtype.type(n - k) / samples.dtype.type(m - 1)
                o = np.arange(m - 1, dtype=samples.dtype)
                starts[:, :-1] = ((o + u) * alpha).astype(np.int64) - (u * alpha).astype(np.int64)
            columns.append(np.clip(starts, 0, n - k))
        return np.ascontiguousarray(np.concatenate(columns, axis=1)).reshape(-1)

    def explain(self, x: ArrayLike) -> str:
        """Which kernel runs for ``x``, and why."""
        return "select_any: windows whose first positions differ from plane to plane"

    def warm_up(self, dtype: Any) -> None:
        """Compile what a call on input of this dtype needs."""
        sides = (64,) * self.rank
        self(np.zeros((*sides, 1) if self.data_format == "channels_last" else (1, *sides), dtype))

    def __call__(self, x: ArrayLike, *, rng: Any = None, out: Any = None) -> Any:
        """Pool ``x``; with ``return_indices`` the result is a pair."""
        array = as_input(x, self._caller)
        self._check_ndim(array.shape)
        channels_last = self.data_format == "channels_last"
        return self.over_last_axes(array, out, channels_last=channels_last, rng=rng)

    def over_last_axes(  # type: ignore[override]  # with what it draws from
        self,
        array: NDArray[Any],
        out: Any = None,
        *,
        channels_last: bool = False,
        indexed: bool | None = None,
        rng: Any = None,
    ) -> Any:
        x = as_rows(np.moveaxis(array, -1, -self.rank - 1) if channels_last else array)
        lead, spatial = x.shape[: x.ndim - self.rank], x.shape[x.ndim - self.rank :]
        outputs, kernel_size = self._outputs(spatial)
        indexed = self.return_indices if indexed is None else indexed
        starts = self._starts(self._samples(lead, x.dtype, rng), spatial)
        y = np.empty(lead + outputs, x.dtype)
        indices = np.empty(y.shape if indexed else 0, np.int64)
        fresh = (y, indices) if indexed else y
        straight = out is not None and not channels_last and lies_as(out, fresh)
        if straight:  # not by way of arrays of our own
            check_outs(self._caller, fresh, array, out)
            y, indices = out if indexed else (out[0] if isinstance(out, tuple) else out, indices)
        if y.size:
            selection: Any = self.reduction(x.dtype, (), indexed=True)
            sizes = prod(lead), spatial, outputs, kernel_size
            kernel, table = plan_of_starts(selection, x.dtype, *sizes, indexed=indexed)
            view, pieces = stored_as(x.dtype), pieces_for(_COST * x.size, prod(lead))
            kernel.run(pieces, x.reshape(-1).view(view), y.reshape(-1).view(view), indices.reshape(-1), table, starts)
        if channels_last:
            y = np.moveaxis(y, -self.rank - 1, -1)
            indices = np.moveaxis(indices, -self.rank - 1, -1) if indexed else indices
        results = (y, indices) if indexed else y
        return out if straight else given_out(self._caller, results, array, out)


class FractionalMaxPool1d(FractionalMaxPool, rank=1): ...


class FractionalMaxPool2d(FractionalMaxPool, rank=2): ...


class FractionalMaxPool3d(FractionalMaxPool, rank=3): ...
