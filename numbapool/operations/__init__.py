"""Every pooling operation, a page each. A new one is a new page and its two lines here."""

from . import max, mean, min
from .max import *
from .mean import *
from .min import *

__all__ = [*max.__all__, *mean.__all__, *min.__all__]

# The layers of each operation by its plain name, for 1, 2 and 3 axes.
OPERATIONS = {page.LAYERS[0].reduce: page.LAYERS for page in (max, min, mean)}
