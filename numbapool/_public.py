"""The public names; loaded at the first use of one of them."""

from importlib import import_module
from typing import TYPE_CHECKING

from . import by_name, errors, functional, operations, warm
from .by_name import *
from .errors import *
from .operations import *
from .warm import *

if not TYPE_CHECKING:
    __all__ = ["functional", *(name for page in (errors, by_name, warm, operations) for name in page.__all__)]
    # once and for all, rather than one by one as each is asked for
    vars(import_module(__package__)).update({name: globals()[name] for name in __all__})
