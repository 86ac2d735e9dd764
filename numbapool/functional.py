"""The functional twin of every layer: names, order and defaults as in ``torch.nn.functional``."""

from typing import TYPE_CHECKING, Any

from . import operations

if TYPE_CHECKING:
    from .operations import *


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return [public for public in operations.__getattr__(name) if public[0].islower()]
    found = operations.public(name) if name[0].islower() else None  # no page is loaded for a layer
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})
