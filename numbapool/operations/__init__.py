"""Every pooling operation, a page each. A new one is a new page and its lines here."""

from . import lp, max, mean, min, mixed, mode, power, random, rank, soft, sum
from .lp import *
from .max import *
from .mean import *
from .min import *
from .mixed import *
from .mode import *
from .power import *
from .random import *
from .rank import *
from .soft import *
from .sum import *

PAGES = (max, min, mean, sum, lp, power, mixed, rank, mode, random, soft)
__all__ = [name for page in PAGES for name in page.__all__]

# The layers of each operation by its plain name, for 1, 2 and 3 axes.
OPERATIONS = {kinds[0].reduce: kinds for page in PAGES for name, kinds in vars(page).items() if name.endswith("LAYERS")}
