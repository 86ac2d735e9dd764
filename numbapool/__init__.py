"""numbapool: the pooling operations of neural networks and image pyramids, for NumPy arrays, on all cores."""

from importlib import import_module as _import_module
from importlib.util import find_spec as _find_spec
from typing import TYPE_CHECKING
from typing import Any as _Any

from . import kernel as kernel  # Numba, which takes longer to load than all the rest

if TYPE_CHECKING:
    from ._public import *

__version__ = "0.1.0"


def __getattr__(name: str) -> _Any:
    if name.startswith("__") and name != "__all__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _find_spec(f"{__name__}.{name}"):  # modules of the package ask for each other here
        return _import_module(f"{__name__}.{name}")
    # The operations are loaded at the first use of one: 0.1 s on top of Numba, at every start of a program.
    public = _import_module(f"{__name__}._public")
    if name != "__all__" and name not in public.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(public, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_import_module(f"{__name__}._public").__all__})
