"""NaN as missing values: ``nan_policy="omit"`` leaves them out of their windows, as NumPy's nan-functions do."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from ..errors import check_choice
from ..kernels.compile import jitable

__all__ = ["NanPolicy", "check_nan_policy", "omits_nan", "without_nan"]

NanPolicy = Literal["propagate", "omit"]


def check_nan_policy(layer: Any) -> None:
    """Refuse a policy that is none."""
    if hasattr(layer, "nan_policy"):
        check_choice(layer, "nan_policy", ("propagate", "omit"))


def omits_nan(layer: Any) -> bool:
    """Whether NaN are left out of windows."""
    return getattr(layer, "nan_policy", "propagate") == "omit"


@cache
def without_nan(combine: Any, better: Any) -> tuple[Any, Any]:
    """``combine`` and ``better`` that skip NaN; of a window of nothing but NaN the last one is kept."""

    @jitable
    def combine_numbers(m, v):
        both = combine(m, v)
        return m if v != v else (v if m != m else both)

    @jitable
    def better_number(v, m):
        return (m != m) if v != v else (m != m or better(v, m))

    return combine_numbers, better_number
