"""The functional twin of every layer: names, order and defaults as in ``torch.nn.functional``."""

from typing import TYPE_CHECKING

from . import operations
from .operations import *

if not TYPE_CHECKING:
    __all__ = [name for name in operations.__all__ if name[0].islower()]
