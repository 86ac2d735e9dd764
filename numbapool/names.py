"""The operations of `numbapool.pool` by name, and NumPy's functions for them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from .errors import PoolingValueError, check_jitted, jitted, nearest
from .operations import OPERATIONS

__all__ = ["NAMES", "OWN", "layers_of", "understood"]

# Jitted functions of the user's own, by the names that `register` gave them.
OWN: dict[str, Any] = {}
# Names that stand for an operation with an option of its own, and those that need more than a window.
_PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "first": ("subsample", {"position": "first"}),
    "center": ("subsample", {"position": "center"}),
    "last": ("subsample", {"position": "last"}),
    "global_max": ("max", {}),
    "global_min": ("min", {}),
    "global_mean": ("mean", {}),
    "global_lp": ("lp", {}),
    "multi": ("multi", {"as_tuple": True}),
}
NAMES = tuple(n for n in dict.fromkeys([*OPERATIONS, *_PRESETS]) if n != "own")


def layers_of(reduce: Any) -> tuple[Any, dict[str, Any]]:
    """The layers that ``reduce`` stands for, and the options that it implies."""
    function = OWN.get(reduce) if isinstance(reduce, str) else reduce
    if callable(function):
        check_jitted("pool", "reduce", function)
        return OPERATIONS["own"], {"function": function}
    if isinstance(reduce, str) and reduce in NAMES:
        name, presets = _PRESETS.get(reduce, (reduce, {}))
        return OPERATIONS[name], presets
    names = [*NAMES, *OWN]
    raise PoolingValueError(
        f"pool: reduce must be one of {', '.join(map(repr, names))}, or a jitted function; "
        f"got {reduce!r}{_meant(reduce, names)}"
    )


def _meant(reduce: Any, names: list[str]) -> str:
    """What somebody who wrote this may have meant."""
    if not isinstance(reduce, str):
        return '; the window comes first, as in pool(x, 2, "max")'
    several = [part.strip() for part in reduce.split(",")]
    if len(several) > 1 and set(several) <= set(names):
        return f"; write {tuple(several)!r} for several at once"
    if reduce in ("std", "var", "ptp", "prod"):
        return f"; write {jitted(reduce)}"
    return '; write "quantile" with q=, from 0 to 1' if reduce == "percentile" else nearest(reduce.lower(), names)


# What NumPy calls an operation, as a name or as a function.
_OTHER_NAMES = {"avg": "mean", "average": "mean", "maximum": "max", "minimum": "min", "amax": "max", "amin": "min"}
_OMIT = {"nan_policy": "omit"}
_FUNCTIONS: dict[Any, tuple[str, dict[str, Any]]] = {
    **dict.fromkeys((np.max, np.amax, np.maximum, max), ("max", {})),
    **dict.fromkeys((np.min, np.amin, np.minimum, min), ("min", {})),
    **dict.fromkeys((np.sum, np.add, sum), ("sum", {})),
    **dict.fromkeys((np.mean, np.average), ("mean", {})),
    np.median: ("quantile", {"q": 0.5}),
    np.nanmax: ("max", _OMIT),
    np.nanmin: ("min", _OMIT),
    np.nanmean: ("mean", _OMIT),
    np.nansum: ("sum", _OMIT),
    np.nanmedian: ("quantile", {"q": 0.5, **_OMIT}),
}


def understood(reduce: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """An operation under the name that it has here, and the options with those that NumPy's function implies."""
    if isinstance(reduce, (list, tuple)):
        found = [(one, *_understood(one)) for one in reduce]  # several have no options of their own
        return "multi", {**options, "reduces": tuple(one if implied else name for one, name, implied in found)}
    name, implied = _understood(reduce)
    return name, {**implied, **options} if implied else options


def _understood(reduce: Any) -> tuple[Any, dict[str, Any]]:
    """The same for one operation, with the implied options alone."""
    if isinstance(reduce, str):
        return (reduce if reduce in OWN else _OTHER_NAMES.get(reduce, reduce)), {}
    if callable(reduce) and isinstance(reduce, Hashable) and reduce in _FUNCTIONS:
        return _FUNCTIONS[reduce]
    return reduce, {}
