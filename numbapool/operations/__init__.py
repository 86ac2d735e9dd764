"""Every pooling operation, a page each, loaded at the first use of it. A new one is a new page and its line here."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

# What each is called by `numbapool.pool`, the page that it is on, and its layers without their number of axes.
_PLACES = {
    "max": ("max", "MaxPool"),
    "min": ("min", "MinPool"),
    "mean": ("mean", "AvgPool"),
    "sum": ("sum", "SumPool"),
    "lp": ("lp", "LPPool"),
    "power": ("power", "PowerAvgPool"),
    "mixed": ("mixed", "MixedPool"),
    "median": ("rank", "MedianPool"),
    "quantile": ("rank", "QuantilePool"),
    "mode": ("mode", "ModePool"),
    "subsample": ("pick", "SubsamplePool"),
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
    from .own import *
    from .pick import *
    from .power import *
    from .pyramid import *
    from .random import *
    from .rank import *
    from .roi import *
    from .soft import *
    from .sum import *
    from .unpool import *


class _Operations(Mapping[str, tuple[Any, Any, Any]]):
    """The layers of each operation by its plain name, for 1, 2 and 3 axes."""

    def __getitem__(self, name: str) -> tuple[Any, Any, Any]:
        return _layers(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


OPERATIONS = _Operations()
_PAGE_OF = {stem.lower(): page for page, stem in _PLACES.values()}


def _page(name: str) -> Any:
    return import_module(f"{__name__}.{name}")


@cache
def _layers(name: str) -> tuple[Any, Any, Any]:
    page, stem = _PLACES[name]
    found = vars(_page(page))
    one, two, three = (found.get(f"{stem}{rank}d") or found[stem] for rank in (1, 2, 3))
    return one, two, three


def public(name: str) -> Any:
    """The layer or the function of this name; None where there is none."""
    # MaxPool2d, max_pool2d and max_pool2d_backward are all on the page of MaxPool
    page = _PAGE_OF.get(re.sub(r"[123]d|_backward$|_", "", name).lower())
    return getattr(_page(page), name) if page and name in _page(page).__all__ else None


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return [each for page in dict.fromkeys(_PAGE_OF.values()) for each in _page(page).__all__]
    found = public(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
