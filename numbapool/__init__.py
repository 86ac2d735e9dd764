"""numbapool: the pooling operations of neural networks and image pyramids, for NumPy arrays, on all cores."""

import sys as _sys
from importlib import import_module as _import_module
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING

from numba.extending import typeof_impl as _typeof_impl  # which takes longer to load than all the rest

if TYPE_CHECKING:  # absolute imports: relative ones would make private modules visible
    from numbapool import functional as functional
    from numbapool import operations as operations
    from numbapool.errors import *
    from numbapool.functional import *
    from numbapool.operations import *
    from numbapool.pool import *
    from numbapool.rolling import *
    from numbapool.warm import *

__version__ = "0.1.0"

# fmt: off
__all__ = [  # noqa: RUF022  # by operation
    "explain", "functional", "operations", "pool", "register", "rolling", "warmup",
    "PoolingError", "PoolingIndexError", "PoolingTypeError", "PoolingValueError",
    "MaxPool1d", "MaxPool2d", "MaxPool3d", "MinPool1d", "MinPool2d", "MinPool3d",
    "AvgPool1d", "AvgPool2d", "AvgPool3d", "SumPool1d", "SumPool2d", "SumPool3d",
    "LPPool1d", "LPPool2d", "LPPool3d", "PowerAvgPool1d", "PowerAvgPool2d", "PowerAvgPool3d",
    "MixedPool1d", "MixedPool2d", "MixedPool3d", "MedianPool1d", "MedianPool2d", "MedianPool3d",
    "QuantilePool1d", "QuantilePool2d", "QuantilePool3d", "ModePool1d", "ModePool2d", "ModePool3d",
    "SubsamplePool1d", "SubsamplePool2d", "SubsamplePool3d", "RandomPool1d", "RandomPool2d", "RandomPool3d",
    "StochasticPool1d", "StochasticPool2d", "StochasticPool3d",
    "LogSumExpPool1d", "LogSumExpPool2d", "LogSumExpPool3d", "SoftPool1d", "SoftPool2d", "SoftPool3d",
    "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d",
    "AdaptiveMinPool1d", "AdaptiveMinPool2d", "AdaptiveMinPool3d",
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d",
    "GlobalMaxPool", "GlobalMinPool", "GlobalAvgPool", "GlobalLPPool",
    "FractionalMaxPool1d", "FractionalMaxPool2d", "FractionalMaxPool3d", "MultiPool1d", "MultiPool2d", "MultiPool3d",
    "SpatialPyramidPool", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "RoIAlign", "RoIMaxPool",
    "OwnPool1d", "OwnPool2d", "OwnPool3d",
]
__all__ += [  # noqa: RUF022  # by operation
    "max_pool1d", "max_pool2d", "max_pool3d", "max_pool1d_backward", "max_pool2d_backward", "max_pool3d_backward",
    "min_pool1d", "min_pool2d", "min_pool3d", "min_pool1d_backward", "min_pool2d_backward", "min_pool3d_backward",
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "avg_pool1d_backward", "avg_pool2d_backward", "avg_pool3d_backward",
    "sum_pool1d", "sum_pool2d", "sum_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d",
    "power_avg_pool1d", "power_avg_pool2d", "power_avg_pool3d", "mixed_pool1d", "mixed_pool2d", "mixed_pool3d",
    "median_pool1d", "median_pool2d", "median_pool3d", "quantile_pool1d", "quantile_pool2d", "quantile_pool3d",
    "mode_pool1d", "mode_pool2d", "mode_pool3d", "subsample_pool1d", "subsample_pool2d", "subsample_pool3d",
    "random_pool1d", "random_pool2d", "random_pool3d",
    "stochastic_pool1d", "stochastic_pool2d", "stochastic_pool3d",
    "log_sum_exp_pool1d", "log_sum_exp_pool2d", "log_sum_exp_pool3d", "soft_pool1d", "soft_pool2d", "soft_pool3d",
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
    "adaptive_min_pool1d", "adaptive_min_pool2d", "adaptive_min_pool3d",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "global_max_pool", "global_min_pool", "global_avg_pool", "global_lp_pool",
    "fractional_max_pool1d", "fractional_max_pool2d", "fractional_max_pool3d",
    "multi_pool1d", "multi_pool2d", "multi_pool3d", "spatial_pyramid_pool",
    "max_unpool1d", "max_unpool2d", "max_unpool3d", "roi_align", "roi_max_pool",
]
# fmt: on

if not TYPE_CHECKING:
    _NEIGHBOURS = ("torch", "dask", "xarray", "skimage", "ndimage")  # a module for users of each
    _MODULES = ("functional", "operations", *_NEIGHBOURS)  # those that are public
    _HOMES = {"explain": "pool", "pool": "pool", "register": "pool", "rolling": "rolling", "warmup": "warm"}

    class _Package(_ModuleType):
        """A module that imports do not make private modules attributes of."""

        def __setattr__(self, name, value):
            if not isinstance(value, _ModuleType) or name in _MODULES:
                super().__setattr__(name, value)

    _sys.modules[__name__].__class__ = _Package

    @_typeof_impl.register(_Package)
    def _typeof(package, context):  # what Numba asks for where a function that it compiles uses the package
        return _import_module(f"{__name__}.njit").type_of_package(package)

    def __getattr__(name):
        # All but Numba is loaded at the first use of it.
        if name not in __all__ and name not in _NEIGHBOURS:
            plain = name.lower().replace("_", "").replace("pooling", "pool")
            plain = plain.replace("average", "avg").replace("meanpool", "avgpool")
            near = [n for n in __all__ if n.lower().replace("_", "") == plain]
            near.sort(key=lambda n: n[0].islower() == name[0].islower())
            hint = f"; did you mean {near[-1]!r}?" if near else ""
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
        if name in _MODULES:
            return _import_module(f"{__name__}.{name}")
        kind = "errors" if name.endswith("Error") else "operations" if name[0].isupper() else "functional"
        found = globals()[name] = getattr(_import_module(f"{__name__}.{_HOMES.get(name, kind)}"), name)
        return found

    def __dir__():
        return sorted(__all__)
