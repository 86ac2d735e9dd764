"""All pooling operations, a module for each. A new one is a new module, an entry in `_PLACES` and an import below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

# Name of each operation in `numbapool.pool`: its module, and the name of its layers without 1d, 2d or 3d.
_PLACES = {
    "max": ("max", "MaxPool"),
    "min": ("min", "MinPool"),
    "mean": ("mean", "AvgPool"),
    "sum": ("sum", "SumPool"),
    "lp": ("lp", "LPPool"),
    "power": ("power", "PowerAvgPool"),
    "mixed": ("mixed", "MixedPool"),
    "median": ("order_statistics", "MedianPool"),
    "quantile": ("order_statistics", "QuantilePool"),
    "mode": ("mode", "ModePool"),
    "subsample": ("subsample", "SubsamplePool"),
    "random": ("random", "RandomPool"),
    "stochastic": ("random", "StochasticPool"),
    "logsumexp": ("soft", "LogSumExpPool"),
    "soft": ("soft", "SoftPool"),
    "adaptive_max": ("adaptive", "AdaptiveMaxPool"),
    "adaptive_min": ("adaptive", "AdaptiveMinPool"),
    "adaptive_mean": ("adaptive", "AdaptiveAvgPool"),
    "global_max": ("global_", "GlobalMaxPool"),
    "global_min": ("global_", "GlobalMinPool"),
    "global_mean": ("global_", "GlobalAvgPool"),
    "global_lp": ("global_", "GlobalLPPool"),
    "fractional_max": ("fractional", "FractionalMaxPool"),
    "multi": ("multi", "MultiPool"),
    "spatial_pyramid": ("pyramid", "SpatialPyramidPool"),
    "unpool": ("unpool", "MaxUnpool"),
    "roi_align": ("roi", "RoIAlign"),
    "roi_max": ("roi", "RoIMaxPool"),
    "own": ("own", "OwnPool"),
}
if TYPE_CHECKING:  # type checkers follow star imports, but not what is computed
    from .adaptive import *
    from .fractional import *
    from .global_ import *
    from .lp import *
    from .max import *
    from .mean import *
    from .min import *
    from .mixed import *
    from .mode import *
    from .multi import *
    from .order_statistics import *
    from .own import *
    from .power import *
    from .pyramid import *
    from .random import *
    from .roi import *
    from .soft import *
    from .subsample import *
    from .sum import *
    from .unpool import *


class _Operations(Mapping[str, tuple[Any, Any, Any]]):
    """The layers of each operation by its plain name, for 1, 2 and 3 axes; a page is loaded at the first look-up."""

    def __getitem__(self, name: str) -> tuple[Any, Any, Any]:
        page, stem = _PLACES[name]
        found = vars(import_module(f"{__name__}.{page}"))
        one, two, three = (found.get(f"{stem}{rank}d") or found[stem] for rank in (1, 2, 3))
        return one, two, three

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


OPERATIONS = _Operations()

if not TYPE_CHECKING:
    _PAGE_OF = {stem: page for page, stem in _PLACES.values()}

    def __getattr__(name):
        # Lazy import: the name of a layer, without 1d, 2d or 3d, tells its module, which is loaded at its first use.
        if name == "__all__":
            pages = dict.fromkeys(_PAGE_OF.values())
            return [layer for page in pages for layer in import_module(f"{__name__}.{page}").__all__]
        page = _PAGE_OF.get(re.sub(r"[123]d$", "", name))
        found = getattr(import_module(f"{__name__}.{page}"), name, None) if page else None
        if found is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found
        return found
