"""numbapool: the pooling operations of neural networks and image pyramids, for NumPy arrays, on all cores."""

from . import functional
from .errors import PoolingError, PoolingIndexError, PoolingTypeError, PoolingValueError
from .operations import *
from .operations import __all__ as _operations
from .pool import pool, register
from .warmup import warmup

__version__ = "0.1.0"

__all__ = [
    "PoolingError",
    "PoolingIndexError",
    "PoolingTypeError",
    "PoolingValueError",
    "functional",
    "pool",
    "register",
    "warmup",
    *_operations,
]
