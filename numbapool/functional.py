"""The functions: one for each layer, with the names, order and defaults of ``torch.nn.functional``.

Written by docs/generate_functions.py from the layers; change it there.
"""
# mypy: disable-error-code="no-any-return"
# fmt: off
# ruff: noqa: I001, RUF022 (lines are filled, so that a function is seen as a whole)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike, DTypeLike, NDArray

from .layer_cache import function_layer, gradient_layer
from .njit import usable_in_njit
from .operations.adaptive import (
    AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d,
    AdaptiveMinPool1d, AdaptiveMinPool2d, AdaptiveMinPool3d,
)
from .operations.fractional import FractionalMaxPool1d, FractionalMaxPool2d, FractionalMaxPool3d
from .operations.global_ import GlobalAvgPool, GlobalLPPool, GlobalMaxPool, GlobalMinPool
from .operations.lp import LPPool1d, LPPool2d, LPPool3d
from .operations.max import MaxPool1d, MaxPool2d, MaxPool3d
from .operations.mean import AvgPool1d, AvgPool2d, AvgPool3d
from .operations.min import MinPool1d, MinPool2d, MinPool3d
from .operations.mixed import MixedPool1d, MixedPool2d, MixedPool3d
from .operations.mode import ModePool1d, ModePool2d, ModePool3d
from .operations.multi import MultiPool1d, MultiPool2d, MultiPool3d
from .operations.order_statistics import (
    MedianPool1d, MedianPool2d, MedianPool3d, QuantilePool1d, QuantilePool2d, QuantilePool3d,
)
from .operations.power import PowerAvgPool1d, PowerAvgPool2d, PowerAvgPool3d
from .operations.pyramid import SpatialPyramidPool
from .operations.random import (
    RandomPool1d, RandomPool2d, RandomPool3d, StochasticPool1d, StochasticPool2d, StochasticPool3d,
)
from .operations.roi import RoIAlign, RoIMaxPool
from .operations.selecting import scatter_gradient
from .operations.soft import LogSumExpPool1d, LogSumExpPool2d, LogSumExpPool3d, SoftPool1d, SoftPool2d, SoftPool3d
from .operations.subsample import SubsamplePool1d, SubsamplePool2d, SubsamplePool3d
from .operations.sum import SumPool1d, SumPool2d, SumPool3d
from .operations.unpool import MaxUnpool1d, MaxUnpool2d, MaxUnpool3d
from .validation.arguments import DataFormat, IntOrTuple, NanPolicy, OutputSize, Padding, Position, Rng
from .validation.docstrings import document_functions

__all__ = [
    "max_pool1d", "max_pool2d", "max_pool3d", "max_pool1d_backward", "max_pool2d_backward", "max_pool3d_backward",
    "min_pool1d", "min_pool2d", "min_pool3d", "min_pool1d_backward", "min_pool2d_backward", "min_pool3d_backward",
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "avg_pool1d_backward", "avg_pool2d_backward", "avg_pool3d_backward",
    "sum_pool1d", "sum_pool2d", "sum_pool3d",
    "lp_pool1d", "lp_pool2d", "lp_pool3d",
    "power_avg_pool1d", "power_avg_pool2d", "power_avg_pool3d",
    "mixed_pool1d", "mixed_pool2d", "mixed_pool3d",
    "median_pool1d", "median_pool2d", "median_pool3d",
    "quantile_pool1d", "quantile_pool2d", "quantile_pool3d",
    "mode_pool1d", "mode_pool2d", "mode_pool3d",
    "subsample_pool1d", "subsample_pool2d", "subsample_pool3d",
    "random_pool1d", "random_pool2d", "random_pool3d",
    "stochastic_pool1d", "stochastic_pool2d", "stochastic_pool3d",
    "log_sum_exp_pool1d", "log_sum_exp_pool2d", "log_sum_exp_pool3d",
    "soft_pool1d", "soft_pool2d", "soft_pool3d",
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
    "adaptive_min_pool1d", "adaptive_min_pool2d", "adaptive_min_pool3d",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "global_max_pool",
    "global_min_pool",
    "global_avg_pool",
    "global_lp_pool",
    "fractional_max_pool1d", "fractional_max_pool2d", "fractional_max_pool3d",
    "multi_pool1d", "multi_pool2d", "multi_pool3d",
    "spatial_pyramid_pool",
    "max_unpool1d", "max_unpool2d", "max_unpool3d",
    "roi_align",
    "roi_max_pool",
]


def max_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, *,
    data_format: DataFormat = "channels_first", nan_policy: NanPolicy = "propagate", out: Any = None,
) -> Any:
    """Largest value of each window, over one spatial axis."""
    return function_layer(
        MaxPool1d, kernel_size, stride, padding, dilation, return_indices, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def max_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, *,
    data_format: DataFormat = "channels_first", nan_policy: NanPolicy = "propagate", out: Any = None,
) -> Any:
    """Largest value of each window, over two spatial axes."""
    return function_layer(
        MaxPool2d, kernel_size, stride, padding, dilation, return_indices, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def max_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, *,
    data_format: DataFormat = "channels_first", nan_policy: NanPolicy = "propagate", out: Any = None,
) -> Any:
    """Largest value of each window, over three spatial axes."""
    return function_layer(
        MaxPool3d, kernel_size, stride, padding, dilation, return_indices, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def max_pool1d_backward(
    grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], *,
    data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `max_pool1d`: each gradient is added where its value came from."""
    layer = gradient_layer(MaxPool1d, 1, None, 0, 1, False, False, data_format, "propagate")
    return scatter_gradient(layer, grad_output, indices, input_shape, out)


def max_pool2d_backward(
    grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], *,
    data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `max_pool2d`: each gradient is added where its value came from."""
    layer = gradient_layer(MaxPool2d, 1, None, 0, 1, False, False, data_format, "propagate")
    return scatter_gradient(layer, grad_output, indices, input_shape, out)


def max_pool3d_backward(
    grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], *,
    data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `max_pool3d`: each gradient is added where its value came from."""
    layer = gradient_layer(MaxPool3d, 1, None, 0, 1, False, False, data_format, "propagate")
    return scatter_gradient(layer, grad_output, indices, input_shape, out)


def min_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, *,
    data_format: DataFormat = "channels_first", nan_policy: NanPolicy = "propagate", out: Any = None,
) -> Any:
    """Smallest value of each window, over one spatial axis."""
    return function_layer(
        MinPool1d, kernel_size, stride, padding, dilation, return_indices, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def min_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, *,
    data_format: DataFormat = "channels_first", nan_policy: NanPolicy = "propagate", out: Any = None,
) -> Any:
    """Smallest value of each window, over two spatial axes."""
    return function_layer(
        MinPool2d, kernel_size, stride, padding, dilation, return_indices, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def min_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, *,
    data_format: DataFormat = "channels_first", nan_policy: NanPolicy = "propagate", out: Any = None,
) -> Any:
    """Smallest value of each window, over three spatial axes."""
    return function_layer(
        MinPool3d, kernel_size, stride, padding, dilation, return_indices, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def min_pool1d_backward(
    grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], *,
    data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `min_pool1d`: each gradient is added where its value came from."""
    layer = gradient_layer(MinPool1d, 1, None, 0, 1, False, False, data_format, "propagate")
    return scatter_gradient(layer, grad_output, indices, input_shape, out)


def min_pool2d_backward(
    grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], *,
    data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `min_pool2d`: each gradient is added where its value came from."""
    layer = gradient_layer(MinPool2d, 1, None, 0, 1, False, False, data_format, "propagate")
    return scatter_gradient(layer, grad_output, indices, input_shape, out)


def min_pool3d_backward(
    grad_output: ArrayLike, indices: ArrayLike, input_shape: Sequence[int], *,
    data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `min_pool3d`: each gradient is added where its value came from."""
    layer = gradient_layer(MinPool3d, 1, None, 0, 1, False, False, data_format, "propagate")
    return scatter_gradient(layer, grad_output, indices, input_shape, out)


def avg_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None, *,
    dilation: IntOrTuple = 1, dtype: DTypeLike | None = None, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean of each window, over one spatial axis."""
    return function_layer(
        AvgPool1d, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, dilation, dtype,
        data_format, nan_policy,
    )(x, out=out)


def avg_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None, *,
    dilation: IntOrTuple = 1, dtype: DTypeLike | None = None, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean of each window, over two spatial axes."""
    return function_layer(
        AvgPool2d, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, dilation, dtype,
        data_format, nan_policy,
    )(x, out=out)


def avg_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None, *,
    dilation: IntOrTuple = 1, dtype: DTypeLike | None = None, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean of each window, over three spatial axes."""
    return function_layer(
        AvgPool3d, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, dilation, dtype,
        data_format, nan_policy,
    )(x, out=out)


def avg_pool1d_backward(
    grad_output: ArrayLike, input_shape: Sequence[int], kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: Padding = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
    *, dilation: IntOrTuple = 1, data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `avg_pool1d`: each gradient is shared out over its window."""
    return gradient_layer(
        AvgPool1d, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, dilation, None,
        data_format, "propagate",
    ).backward(grad_output, input_shape, out=out)


def avg_pool2d_backward(
    grad_output: ArrayLike, input_shape: Sequence[int], kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: Padding = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
    *, dilation: IntOrTuple = 1, data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `avg_pool2d`: each gradient is shared out over its window."""
    return gradient_layer(
        AvgPool2d, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, dilation, None,
        data_format, "propagate",
    ).backward(grad_output, input_shape, out=out)


def avg_pool3d_backward(
    grad_output: ArrayLike, input_shape: Sequence[int], kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: Padding = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
    *, dilation: IntOrTuple = 1, data_format: DataFormat = "channels_first", out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Gradient of `avg_pool3d`: each gradient is shared out over its window."""
    return gradient_layer(
        AvgPool3d, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, dilation, None,
        data_format, "propagate",
    ).backward(grad_output, input_shape, out=out)


def sum_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", dtype: DTypeLike | None = None, min_count: int = 0, *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Sum of each window, over one spatial axis."""
    return function_layer(
        SumPool1d, kernel_size, stride, padding, dilation, ceil_mode, data_format, nan_policy, dtype, min_count,
    )(x, out=out)


def sum_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", dtype: DTypeLike | None = None, min_count: int = 0, *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Sum of each window, over two spatial axes."""
    return function_layer(
        SumPool2d, kernel_size, stride, padding, dilation, ceil_mode, data_format, nan_policy, dtype, min_count,
    )(x, out=out)


def sum_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", dtype: DTypeLike | None = None, min_count: int = 0, *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Sum of each window, over three spatial axes."""
    return function_layer(
        SumPool3d, kernel_size, stride, padding, dilation, ceil_mode, data_format, nan_policy, dtype, min_count,
    )(x, out=out)


def lp_pool1d(
    x: ArrayLike, norm_type: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, ceil_mode: bool = False,
    padding: Padding = 0, dilation: IntOrTuple = 1, data_format: DataFormat = "channels_first", *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """P-norm, ``sum(abs(x) ** p) ** (1 / p)``, of each window, over one spatial axis."""
    layer = function_layer(LPPool1d, norm_type, kernel_size, stride, ceil_mode, padding, dilation, data_format)
    return layer(x, out=out)


def lp_pool2d(
    x: ArrayLike, norm_type: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, ceil_mode: bool = False,
    padding: Padding = 0, dilation: IntOrTuple = 1, data_format: DataFormat = "channels_first", *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """P-norm, ``sum(abs(x) ** p) ** (1 / p)``, of each window, over two spatial axes."""
    layer = function_layer(LPPool2d, norm_type, kernel_size, stride, ceil_mode, padding, dilation, data_format)
    return layer(x, out=out)


def lp_pool3d(
    x: ArrayLike, norm_type: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, ceil_mode: bool = False,
    padding: Padding = 0, dilation: IntOrTuple = 1, data_format: DataFormat = "channels_first", *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """P-norm, ``sum(abs(x) ** p) ** (1 / p)``, of each window, over three spatial axes."""
    layer = function_layer(LPPool3d, norm_type, kernel_size, stride, ceil_mode, padding, dilation, data_format)
    return layer(x, out=out)


def power_avg_pool1d(
    x: ArrayLike, p: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, dilation: IntOrTuple = 1, eps: float = 1e-06,
    data_format: DataFormat = "channels_first", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Generalized mean, ``mean(max(x, eps) ** p) ** (1 / p)``, of each window, over one spatial axis."""
    return function_layer(
        PowerAvgPool1d, p, kernel_size, stride, padding, ceil_mode, count_include_pad, dilation, eps, data_format,
    )(x, out=out)


def power_avg_pool2d(
    x: ArrayLike, p: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, dilation: IntOrTuple = 1, eps: float = 1e-06,
    data_format: DataFormat = "channels_first", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Generalized mean, ``mean(max(x, eps) ** p) ** (1 / p)``, of each window, over two spatial axes."""
    return function_layer(
        PowerAvgPool2d, p, kernel_size, stride, padding, ceil_mode, count_include_pad, dilation, eps, data_format,
    )(x, out=out)


def power_avg_pool3d(
    x: ArrayLike, p: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, dilation: IntOrTuple = 1, eps: float = 1e-06,
    data_format: DataFormat = "channels_first", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Generalized mean, ``mean(max(x, eps) ** p) ** (1 / p)``, of each window, over three spatial axes."""
    return function_layer(
        PowerAvgPool3d, p, kernel_size, stride, padding, ceil_mode, count_include_pad, dilation, eps, data_format,
    )(x, out=out)


def mixed_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, alpha: float = 0.5, count_include_pad: bool = True,
    data_format: DataFormat = "channels_first", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mixture of maximum and mean, ``alpha * max + (1 - alpha) * mean``, of each window, over one spatial axis."""
    return function_layer(
        MixedPool1d, kernel_size, stride, padding, dilation, ceil_mode, alpha, count_include_pad, data_format,
    )(x, out=out)


def mixed_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, alpha: float = 0.5, count_include_pad: bool = True,
    data_format: DataFormat = "channels_first", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mixture of maximum and mean, ``alpha * max + (1 - alpha) * mean``, of each window, over two spatial axes."""
    return function_layer(
        MixedPool2d, kernel_size, stride, padding, dilation, ceil_mode, alpha, count_include_pad, data_format,
    )(x, out=out)


def mixed_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, alpha: float = 0.5, count_include_pad: bool = True,
    data_format: DataFormat = "channels_first", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mixture of maximum and mean, ``alpha * max + (1 - alpha) * mean``, of each window, over three spatial axes."""
    return function_layer(
        MixedPool3d, kernel_size, stride, padding, dilation, ceil_mode, alpha, count_include_pad, data_format,
    )(x, out=out)


def median_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    return_indices: bool = False, nan_policy: NanPolicy = "propagate", method: Literal['lower', 'linear'] = "lower", *,
    out: Any = None,
) -> Any:
    """Lower median of each window, over one spatial axis."""
    return function_layer(
        MedianPool1d, kernel_size, stride, padding, dilation, ceil_mode, data_format, return_indices, nan_policy,
        method,
    )(x, out=out)


def median_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    return_indices: bool = False, nan_policy: NanPolicy = "propagate", method: Literal['lower', 'linear'] = "lower", *,
    out: Any = None,
) -> Any:
    """Lower median of each window, over two spatial axes."""
    return function_layer(
        MedianPool2d, kernel_size, stride, padding, dilation, ceil_mode, data_format, return_indices, nan_policy,
        method,
    )(x, out=out)


def median_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    return_indices: bool = False, nan_policy: NanPolicy = "propagate", method: Literal['lower', 'linear'] = "lower", *,
    out: Any = None,
) -> Any:
    """Lower median of each window, over three spatial axes."""
    return function_layer(
        MedianPool3d, kernel_size, stride, padding, dilation, ceil_mode, data_format, return_indices, nan_policy,
        method,
    )(x, out=out)


def quantile_pool1d(
    x: ArrayLike, q: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Quantile, interpolated as by ``numpy.quantile``, of each window, over one spatial axis."""
    return function_layer(
        QuantilePool1d, q, kernel_size, stride, padding, dilation, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def quantile_pool2d(
    x: ArrayLike, q: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Quantile, interpolated as by ``numpy.quantile``, of each window, over two spatial axes."""
    return function_layer(
        QuantilePool2d, q, kernel_size, stride, padding, dilation, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def quantile_pool3d(
    x: ArrayLike, q: float, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Quantile, interpolated as by ``numpy.quantile``, of each window, over three spatial axes."""
    return function_layer(
        QuantilePool3d, q, kernel_size, stride, padding, dilation, ceil_mode, data_format, nan_policy,
    )(x, out=out)


def mode_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    ignore: float | int | None = None, return_indices: bool = False, *, out: Any = None,
) -> Any:
    """Most frequent value, the smallest of several, of each window, over one spatial axis."""
    return function_layer(
        ModePool1d, kernel_size, stride, padding, dilation, ceil_mode, data_format, ignore, return_indices,
    )(x, out=out)


def mode_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    ignore: float | int | None = None, return_indices: bool = False, *, out: Any = None,
) -> Any:
    """Most frequent value, the smallest of several, of each window, over two spatial axes."""
    return function_layer(
        ModePool2d, kernel_size, stride, padding, dilation, ceil_mode, data_format, ignore, return_indices,
    )(x, out=out)


def mode_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    ignore: float | int | None = None, return_indices: bool = False, *, out: Any = None,
) -> Any:
    """Most frequent value, the smallest of several, of each window, over three spatial axes."""
    return function_layer(
        ModePool3d, kernel_size, stride, padding, dilation, ceil_mode, data_format, ignore, return_indices,
    )(x, out=out)


def subsample_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, position: Position = "first",
    return_indices: bool = False, data_format: DataFormat = "channels_first", ceil_mode: bool = False, *,
    out: Any = None,
) -> Any:
    """Value at one position of each window, over one spatial axis."""
    layer = function_layer(SubsamplePool1d, kernel_size, stride, position, return_indices, data_format, ceil_mode)
    return layer(x, out=out)


def subsample_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, position: Position = "first",
    return_indices: bool = False, data_format: DataFormat = "channels_first", ceil_mode: bool = False, *,
    out: Any = None,
) -> Any:
    """Value at one position of each window, over two spatial axes."""
    layer = function_layer(SubsamplePool2d, kernel_size, stride, position, return_indices, data_format, ceil_mode)
    return layer(x, out=out)


def subsample_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, position: Position = "first",
    return_indices: bool = False, data_format: DataFormat = "channels_first", ceil_mode: bool = False, *,
    out: Any = None,
) -> Any:
    """Value at one position of each window, over three spatial axes."""
    layer = function_layer(SubsamplePool3d, kernel_size, stride, position, return_indices, data_format, ceil_mode)
    return layer(x, out=out)


def random_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, rng: Rng = None,
    data_format: DataFormat = "channels_first", *, out: Any = None,
) -> Any:
    """Value at a random position of each window, over one spatial axis."""
    return function_layer(
        RandomPool1d, kernel_size, stride, padding, dilation, ceil_mode, return_indices, None, data_format,
    )(x, rng=rng, out=out)


def random_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, rng: Rng = None,
    data_format: DataFormat = "channels_first", *, out: Any = None,
) -> Any:
    """Value at a random position of each window, over two spatial axes."""
    return function_layer(
        RandomPool2d, kernel_size, stride, padding, dilation, ceil_mode, return_indices, None, data_format,
    )(x, rng=rng, out=out)


def random_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, return_indices: bool = False, rng: Rng = None,
    data_format: DataFormat = "channels_first", *, out: Any = None,
) -> Any:
    """Value at a random position of each window, over three spatial axes."""
    return function_layer(
        RandomPool3d, kernel_size, stride, padding, dilation, ceil_mode, return_indices, None, data_format,
    )(x, rng=rng, out=out)


def stochastic_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, training: bool = True, return_indices: bool = False,
    rng: Rng = None, data_format: DataFormat = "channels_first", *, out: Any = None,
) -> Any:
    """Value drawn in proportion to the values of each window, over one spatial axis."""
    return function_layer(
        StochasticPool1d, kernel_size, stride, padding, dilation, ceil_mode, training, return_indices, None,
        data_format,
    )(x, rng=rng, out=out)


def stochastic_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, training: bool = True, return_indices: bool = False,
    rng: Rng = None, data_format: DataFormat = "channels_first", *, out: Any = None,
) -> Any:
    """Value drawn in proportion to the values of each window, over two spatial axes."""
    return function_layer(
        StochasticPool2d, kernel_size, stride, padding, dilation, ceil_mode, training, return_indices, None,
        data_format,
    )(x, rng=rng, out=out)


def stochastic_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, training: bool = True, return_indices: bool = False,
    rng: Rng = None, data_format: DataFormat = "channels_first", *, out: Any = None,
) -> Any:
    """Value drawn in proportion to the values of each window, over three spatial axes."""
    return function_layer(
        StochasticPool3d, kernel_size, stride, padding, dilation, ceil_mode, training, return_indices, None,
        data_format,
    )(x, rng=rng, out=out)


def log_sum_exp_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    sharpness: float = 1.0, *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Smooth maximum, ``log(mean(exp(r * x))) / r``, of each window, over one spatial axis."""
    layer = function_layer(LogSumExpPool1d, kernel_size, stride, padding, dilation, ceil_mode, data_format, sharpness)
    return layer(x, out=out)


def log_sum_exp_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    sharpness: float = 1.0, *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Smooth maximum, ``log(mean(exp(r * x))) / r``, of each window, over two spatial axes."""
    layer = function_layer(LogSumExpPool2d, kernel_size, stride, padding, dilation, ceil_mode, data_format, sharpness)
    return layer(x, out=out)


def log_sum_exp_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first",
    sharpness: float = 1.0, *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Smooth maximum, ``log(mean(exp(r * x))) / r``, of each window, over three spatial axes."""
    layer = function_layer(LogSumExpPool3d, kernel_size, stride, padding, dilation, ceil_mode, data_format, sharpness)
    return layer(x, out=out)


def soft_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first", *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean weighted by exponentials, ``sum(exp(x) * x) / sum(exp(x))``, of each window, over one spatial axis."""
    return function_layer(SoftPool1d, kernel_size, stride, padding, dilation, ceil_mode, data_format)(x, out=out)


def soft_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first", *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean weighted by exponentials, ``sum(exp(x) * x) / sum(exp(x))``, of each window, over two spatial axes."""
    return function_layer(SoftPool2d, kernel_size, stride, padding, dilation, ceil_mode, data_format)(x, out=out)


def soft_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None, padding: Padding = 0,
    dilation: IntOrTuple = 1, ceil_mode: bool = False, data_format: DataFormat = "channels_first", *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean weighted by exponentials, ``sum(exp(x) * x) / sum(exp(x))``, of each window, over three spatial axes."""
    return function_layer(SoftPool3d, kernel_size, stride, padding, dilation, ceil_mode, data_format)(x, out=out)


def adaptive_max_pool1d(
    x: ArrayLike, output_size: OutputSize, return_indices: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Largest value of each window, over one spatial axis."""
    return function_layer(AdaptiveMaxPool1d, output_size, return_indices, data_format, nan_policy)(x, out=out)


def adaptive_max_pool2d(
    x: ArrayLike, output_size: OutputSize, return_indices: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Largest value of each window, over two spatial axes."""
    return function_layer(AdaptiveMaxPool2d, output_size, return_indices, data_format, nan_policy)(x, out=out)


def adaptive_max_pool3d(
    x: ArrayLike, output_size: OutputSize, return_indices: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Largest value of each window, over three spatial axes."""
    return function_layer(AdaptiveMaxPool3d, output_size, return_indices, data_format, nan_policy)(x, out=out)


def adaptive_min_pool1d(
    x: ArrayLike, output_size: OutputSize, return_indices: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Smallest value of each window, over one spatial axis."""
    return function_layer(AdaptiveMinPool1d, output_size, return_indices, data_format, nan_policy)(x, out=out)


def adaptive_min_pool2d(
    x: ArrayLike, output_size: OutputSize, return_indices: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Smallest value of each window, over two spatial axes."""
    return function_layer(AdaptiveMinPool2d, output_size, return_indices, data_format, nan_policy)(x, out=out)


def adaptive_min_pool3d(
    x: ArrayLike, output_size: OutputSize, return_indices: bool = False, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Smallest value of each window, over three spatial axes."""
    return function_layer(AdaptiveMinPool3d, output_size, return_indices, data_format, nan_policy)(x, out=out)


def adaptive_avg_pool1d(
    x: ArrayLike, output_size: OutputSize, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean of each window, over one spatial axis."""
    return function_layer(AdaptiveAvgPool1d, output_size, data_format, nan_policy)(x, out=out)


def adaptive_avg_pool2d(
    x: ArrayLike, output_size: OutputSize, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean of each window, over two spatial axes."""
    return function_layer(AdaptiveAvgPool2d, output_size, data_format, nan_policy)(x, out=out)


def adaptive_avg_pool3d(
    x: ArrayLike, output_size: OutputSize, data_format: DataFormat = "channels_first",
    nan_policy: NanPolicy = "propagate", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean of each window, over three spatial axes."""
    return function_layer(AdaptiveAvgPool3d, output_size, data_format, nan_policy)(x, out=out)


def global_max_pool(
    x: ArrayLike, keepdims: bool = True, return_indices: bool = False, data_format: DataFormat = "channels_first", *,
    out: Any = None,
) -> Any:
    """Largest value of each whole channel."""
    return function_layer(GlobalMaxPool, keepdims, return_indices, data_format)(x, out=out)


def global_min_pool(
    x: ArrayLike, keepdims: bool = True, return_indices: bool = False, data_format: DataFormat = "channels_first", *,
    out: Any = None,
) -> Any:
    """Smallest value of each whole channel."""
    return function_layer(GlobalMinPool, keepdims, return_indices, data_format)(x, out=out)


def global_avg_pool(
    x: ArrayLike, keepdims: bool = True, data_format: DataFormat = "channels_first", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean of each whole channel."""
    return function_layer(GlobalAvgPool, keepdims, data_format)(x, out=out)


def global_lp_pool(
    x: ArrayLike, norm_type: float = 2.0, keepdims: bool = True, data_format: DataFormat = "channels_first", *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """P-norm of each whole channel."""
    return function_layer(GlobalLPPool, norm_type, keepdims, data_format)(x, out=out)


def fractional_max_pool1d(
    x: ArrayLike, kernel_size: IntOrTuple, output_size: IntOrTuple | None = None,
    output_ratio: float | Sequence[float] | None = None, return_indices: bool = False,
    random_samples: ArrayLike | None = None, rng: Rng = None, data_format: DataFormat = "channels_first", *,
    out: Any = None,
) -> Any:
    """Largest value of each window, over one spatial axis."""
    return function_layer(
        FractionalMaxPool1d, kernel_size, output_size, output_ratio, return_indices, random_samples, None, data_format,
    )(x, rng=rng, out=out)


def fractional_max_pool2d(
    x: ArrayLike, kernel_size: IntOrTuple, output_size: IntOrTuple | None = None,
    output_ratio: float | Sequence[float] | None = None, return_indices: bool = False,
    random_samples: ArrayLike | None = None, rng: Rng = None, data_format: DataFormat = "channels_first", *,
    out: Any = None,
) -> Any:
    """Largest value of each window, over two spatial axes."""
    return function_layer(
        FractionalMaxPool2d, kernel_size, output_size, output_ratio, return_indices, random_samples, None, data_format,
    )(x, rng=rng, out=out)


def fractional_max_pool3d(
    x: ArrayLike, kernel_size: IntOrTuple, output_size: IntOrTuple | None = None,
    output_ratio: float | Sequence[float] | None = None, return_indices: bool = False,
    random_samples: ArrayLike | None = None, rng: Rng = None, data_format: DataFormat = "channels_first", *,
    out: Any = None,
) -> Any:
    """Largest value of each window, over three spatial axes."""
    return function_layer(
        FractionalMaxPool3d, kernel_size, output_size, output_ratio, return_indices, random_samples, None, data_format,
    )(x, rng=rng, out=out)


def multi_pool1d(
    x: ArrayLike, reduces: Sequence[str], kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: Padding = 0, dilation: IntOrTuple = 1, ceil_mode: bool = False, as_tuple: bool = False,
    data_format: DataFormat = "channels_first", count_include_pad: bool = True, dtype: DTypeLike | None = None,
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Several results of each window, over one spatial axis."""
    return function_layer(
        MultiPool1d, reduces, kernel_size, stride, padding, dilation, ceil_mode, as_tuple, data_format,
        count_include_pad, dtype, nan_policy,
    )(x, out=out)


def multi_pool2d(
    x: ArrayLike, reduces: Sequence[str], kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: Padding = 0, dilation: IntOrTuple = 1, ceil_mode: bool = False, as_tuple: bool = False,
    data_format: DataFormat = "channels_first", count_include_pad: bool = True, dtype: DTypeLike | None = None,
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Several results of each window, over two spatial axes."""
    return function_layer(
        MultiPool2d, reduces, kernel_size, stride, padding, dilation, ceil_mode, as_tuple, data_format,
        count_include_pad, dtype, nan_policy,
    )(x, out=out)


def multi_pool3d(
    x: ArrayLike, reduces: Sequence[str], kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: Padding = 0, dilation: IntOrTuple = 1, ceil_mode: bool = False, as_tuple: bool = False,
    data_format: DataFormat = "channels_first", count_include_pad: bool = True, dtype: DTypeLike | None = None,
    nan_policy: NanPolicy = "propagate", *, out: Any = None,
) -> Any:
    """Several results of each window, over three spatial axes."""
    return function_layer(
        MultiPool3d, reduces, kernel_size, stride, padding, dilation, ceil_mode, as_tuple, data_format,
        count_include_pad, dtype, nan_policy,
    )(x, out=out)


def spatial_pyramid_pool(
    x: ArrayLike, levels: Sequence[int] = (1, 2, 4), reduce: Literal["max", "min", "mean"] = "max",
    data_format: DataFormat = "channels_first", *, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """A vector of fixed length from an image, or a volume, of any size: adaptive poolings at several levels."""
    return function_layer(SpatialPyramidPool, levels, reduce, data_format)(x, out=out)


def max_unpool1d(
    x: ArrayLike, indices: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0, output_size: Sequence[int] | None = None, *, data_format: DataFormat = "channels_first",
    dilation: IntOrTuple = 1, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """The partial inverse of max pooling, over one spatial axis."""
    layer = function_layer(MaxUnpool1d, kernel_size, stride, padding, data_format, dilation)
    return layer(x, indices, output_size=output_size, out=out)


def max_unpool2d(
    x: ArrayLike, indices: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0, output_size: Sequence[int] | None = None, *, data_format: DataFormat = "channels_first",
    dilation: IntOrTuple = 1, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """The partial inverse of max pooling, over two spatial axes."""
    layer = function_layer(MaxUnpool2d, kernel_size, stride, padding, data_format, dilation)
    return layer(x, indices, output_size=output_size, out=out)


def max_unpool3d(
    x: ArrayLike, indices: ArrayLike, kernel_size: IntOrTuple, stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0, output_size: Sequence[int] | None = None, *, data_format: DataFormat = "channels_first",
    dilation: IntOrTuple = 1, out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """The partial inverse of max pooling, over three spatial axes."""
    layer = function_layer(MaxUnpool3d, kernel_size, stride, padding, data_format, dilation)
    return layer(x, indices, output_size=output_size, out=out)


def roi_align(
    x: ArrayLike, boxes: ArrayLike, output_size: IntOrTuple, spatial_scale: float = 1.0, sampling_ratio: int = -1,
    aligned: bool = False, mode: Literal["mean", "max"] = "mean", data_format: DataFormat = "channels_first", *,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Mean, or maximum, of samples between pixels of each bin of each box."""
    layer = function_layer(RoIAlign, output_size, spatial_scale, sampling_ratio, aligned, mode, data_format)
    return layer(x, boxes, out=out)


def roi_max_pool(
    x: ArrayLike, boxes: ArrayLike, output_size: IntOrTuple, spatial_scale: float = 1.0, return_indices: bool = False,
    data_format: DataFormat = "channels_first", *, out: Any = None,
) -> Any:
    """Largest value of each bin of each box."""
    return function_layer(RoIMaxPool, output_size, spatial_scale, return_indices, data_format)(x, boxes, out=out)


document_functions(globals(), (
    MaxPool1d, MaxPool2d, MaxPool3d, MinPool1d, MinPool2d, MinPool3d, AvgPool1d, AvgPool2d, AvgPool3d, SumPool1d,
    SumPool2d, SumPool3d, LPPool1d, LPPool2d, LPPool3d, PowerAvgPool1d, PowerAvgPool2d, PowerAvgPool3d, MixedPool1d,
    MixedPool2d, MixedPool3d, MedianPool1d, MedianPool2d, MedianPool3d, QuantilePool1d, QuantilePool2d, QuantilePool3d,
    ModePool1d, ModePool2d, ModePool3d, SubsamplePool1d, SubsamplePool2d, SubsamplePool3d, RandomPool1d, RandomPool2d,
    RandomPool3d, StochasticPool1d, StochasticPool2d, StochasticPool3d, LogSumExpPool1d, LogSumExpPool2d,
    LogSumExpPool3d, SoftPool1d, SoftPool2d, SoftPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d,
    AdaptiveMinPool1d, AdaptiveMinPool2d, AdaptiveMinPool3d, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d,
    GlobalMaxPool, GlobalMinPool, GlobalAvgPool, GlobalLPPool, FractionalMaxPool1d, FractionalMaxPool2d,
    FractionalMaxPool3d, MultiPool1d, MultiPool2d, MultiPool3d, SpatialPyramidPool, MaxUnpool1d, MaxUnpool2d,
    MaxUnpool3d, RoIAlign, RoIMaxPool,
))

for _name in __all__:
    usable_in_njit(globals()[_name])
