"""numbapool: the pooling operations of neural networks and image pyramids, for NumPy arrays, on all cores."""

from importlib import import_module as _import_module
from importlib.util import find_spec as _find_spec
from typing import TYPE_CHECKING
from typing import Any as _Any

from . import kernel as kernel  # Numba, which takes longer to load than all the rest

if TYPE_CHECKING:
    from . import functional as functional
    from .by_name import *
    from .errors import *
    from .operations import *
    from .warm import *

__version__ = "0.1.0"
_PAGES = ("errors", "by_name", "warm", "operations")


def __getattr__(name: str) -> _Any:
    # All else is loaded at the first use of it, an operation alone: all of them take 0.2 s on top of Numba.
    if name == "__all__":
        return ["functional", *(public for page in _PAGES for public in _page(page).__all__)]
    found = None if name.startswith("__") else _found(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def _found(name: str) -> _Any:
    if _find_spec(f"{__name__}.{name}"):  # modules of the package ask for each other here
        return _page(name)
    found = _page("operations").public(name)
    others = (vars(_page(page))[name] for page in _PAGES[:-1] if name in _page(page).__all__)
    return next(others, None) if found is None else found


def _page(name: str) -> _Any:
    return _import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})
