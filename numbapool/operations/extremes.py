"""What max and min share: the value that beats all others of its window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..kernels.scalars import (
    as_stored,
    float_to_half,
    half_as_rank,
    half_as_single,
    half_to_float,
    kept,
    kept_as_half,
    rank_as_half,
)
from ..kernels.select_lines import same
from ..layers import DataFormat, WindowPool
from ..reductions import Fold, Reduction, Selection
from ..validation.sizes import IntOrTuple, Padding
from ..windows import Axis
from .missing import NanPolicy, check_nan_policy, omits_nan, without_nan
from .selecting import Selects

__all__ = ["Extreme", "ExtremePool"]


class Extreme(Selects):
    """Keeping the value that beats all others of its window; where the windows lie is for subclasses to say."""

    reduce: ClassVar[str]
    combine: ClassVar[Any]  # (m, v) -> the one to keep
    better: ClassVar[Any]  # (v, m) -> whether v, later in the window, is kept instead of m

    @staticmethod
    def loses(info: Any) -> Any:
        """The value that never wins against another, from ``np.finfo`` or ``np.iinfo``."""
        raise NotImplementedError

    def normalize(self) -> None:
        super().normalize()
        check_nan_policy(self)

    def reduction(self, dtype: np.dtype[Any], axes: Sequence[Axis], *, indexed: bool) -> Reduction:
        half = dtype == np.float16
        compared = np.dtype(np.float32 if half else np.uint8 if dtype == np.bool_ else dtype)
        info: Any = np.finfo(compared) if compared.kind == "f" else np.iinfo(compared)
        combine: Any = type(self).combine
        better: Any = type(self).better
        identity = compared.type(self.loses(info))
        if compared.kind == "f" and omits_nan(self):
            combine, better = without_nan(combine, better)
            identity = compared.type(np.nan)
        if indexed:
            loads = (half_to_float, float_to_half) if half else (same, same)
            return Selection(loads[0], better, loads[1], compared.type, dtype)
        if half and not omits_nan(self):  # as integers, of which twice as many are compared at a time
            nan, least = np.int16(~self.loses(np.iinfo(np.int16))), half_as_rank(_bits(identity), np.int16(0))
            return Fold(half_as_rank, combine, rank_as_half, least, nan, dtype, None, combine)
        load, finish = (half_as_single, kept_as_half) if half else (as_stored, kept)
        return Fold(load, combine, finish, identity, np.float32(0), dtype, None, combine)


def _bits(number: Any) -> Any:
    """A number as the bits of a float16."""
    return np.float16(number).view(np.uint16)


@dataclass(frozen=True, repr=False)
class ExtremePool(Extreme, WindowPool):
    """{Summary} of each window, over {axes}.

    Padding never wins: {padding_counts}.

    Parameters
    ----------
    <kernel_size>
    <stride>
    <padding>
    <dilation>
    <return_indices>
    <ceil_mode>
    <data_format>
    <nan_policy>

    See Also
    --------
    {name_of_function} : The same as a function.

    Notes
    -----
    Names, defaults, ties, NaN and indices are those of ``torch.nn.MaxPool{rank}d``: of equal values the first is kept,
    of several NaN the last.

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    >>> pool = nbp.{name}(2)
    >>> pool(np.ones((1, 3, {eights}), np.float32)).shape
    (1, 3, {fours})
    """

    kernel_size: IntOrTuple
    stride: IntOrTuple | None = None
    padding: Padding = 0
    dilation: IntOrTuple = 1
    return_indices: bool = False
    ceil_mode: bool = False
    data_format: DataFormat = "channels_first"
    nan_policy: NanPolicy = "propagate"
