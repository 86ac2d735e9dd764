"""Every pooling operation, a page each. A new one is a new page and its lines here."""

from typing import TYPE_CHECKING

from . import (
    adaptive,
    fractional,
    global_,
    lp,
    max,
    mean,
    min,
    mixed,
    mode,
    multi,
    own,
    pick,
    power,
    pyramid,
    random,
    rank,
    roi,
    soft,
    sum,
    unpool,
)
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

PAGES = (
    max,
    min,
    mean,
    sum,
    lp,
    power,
    mixed,
    rank,
    mode,
    pick,
    random,
    soft,
    adaptive,
    global_,
    fractional,
    multi,
    pyramid,
    unpool,
    roi,
    own,
)
if not TYPE_CHECKING:  # type checkers follow star imports, but not what is computed
    __all__ = [name for page in PAGES for name in page.__all__]

# The layers of each operation by its plain name, for 1, 2 and 3 axes.
OPERATIONS = {
    getattr(kinds[0], "plain_name", None) or kinds[0].reduce: kinds
    for page in PAGES
    for name, kinds in vars(page).items()
    if name.endswith("LAYERS")
}
