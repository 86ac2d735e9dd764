"""Arguments that no pooling can take, of any type: refused by name, with what they are and what is allowed."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp

SIZES = np.array([2, 3])
PLACES = np.zeros((1, 2, 2), int)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nbp.LPPool2d(0, 2), "norm_type must be greater than 0; got 0"),
        (lambda: nbp.LPPool2d("2", 2), "norm_type must be a number"),
        (lambda: nbp.QuantilePool1d(1.5, 2), "q must be from 0 to 1; got 1.5"),
        (lambda: nbp.MixedPool1d(2, alpha=-1), "alpha must be from 0 to 1"),
        (lambda: nbp.PowerAvgPool1d(0, 2), "p must be a finite number but 0"),
        (lambda: nbp.LogSumExpPool1d(2, sharpness=0), "sharpness must be greater than 0"),
        (lambda: nbp.AdaptiveMaxPool2d(-1), "output_size must be at least 0"),
        (lambda: nbp.AdaptiveMaxPool2d((1, 2, 3)), "output_size must be one number or 2"),
        (lambda: nbp.AdaptiveMaxPool2d(b"ab"), "output_size must be"),
        (lambda: nbp.FractionalMaxPool2d(2), "one of output_size and output_ratio must be given"),
        (lambda: nbp.FractionalMaxPool2d(2, output_ratio=2.0), "output_ratio must be one number between 0 and 1"),
        (lambda: nbp.MultiPool2d(("max", "most"), 2), "reduces must be names"),
        (lambda: nbp.SpatialPyramidPool((0,)), "levels must be"),
        (lambda: nbp.RoIAlign(7, mode="sum"), "mode must be"),
        (lambda: nbp.GlobalMaxPool(keepdims=2), "keepdims must be"),
        (lambda: nbp.ModePool1d(2, ignore="a"), "ignore must be"),
        (lambda: nbp.MaxUnpool2d(2, padding="same"), "padding must be integers"),
        (lambda: nbp.MedianPool1d(2, nan_policy=SIZES), "nan_policy must be"),
        (lambda: nbp.AdaptiveMinPool2d(2, data_format=SIZES), "data_format must be"),
        (lambda: nbp.StochasticPool2d(2, return_indices=SIZES), "return_indices must be"),
        (lambda: nbp.RandomPool2d(2, return_indices=2), "return_indices must be"),
        (lambda: nbp.MultiPool2d(3, 3), "reduces must be names"),
        (lambda: nbp.MultiPool2d((SIZES,), 3), "reduces must be names"),
        (lambda: nbp.SpatialPyramidPool(2.0), "levels must be"),
        (lambda: nbp.SpatialPyramidPool((1, 2), SIZES), "reduce must be"),
        (lambda: nbp.FractionalMaxPool3d(1, output_ratio=SIZES), "output_ratio must be"),
        (lambda: nbp.ModePool3d(1, ignore=float("inf")), "ignore must be"),
        (lambda: nbp.LPPool1d(10**400, 2), "norm_type must be greater than 0"),
        (lambda: nbp.PowerAvgPool1d(10**400, 2), "p must be a finite number"),
        (lambda: nbp.MaxPool2d([[1, 2], [3]]), "kernel_size must be"),
        (lambda: nbp.MaxPool2d(2, padding=[[1, 2], [3]]), "padding must be"),
        (lambda: nbp.FractionalMaxPool2d(2, output_ratio=[[0.5], [0.1, 0.2]]), "output_ratio must be"),
        (lambda: nbp.MaxPool2d(2).output_shape(None), "input_shape must be"),
        (lambda: nbp.AvgPool2d(2).backward(np.zeros((1, 1, 2, 2)), 4), "input_shape must be"),
        (lambda: nbp.max_pool2d([[[[1], [2, 3]]]], 2), "input must be an array"),
        (lambda: nbp.pool(np.zeros((4, 4)), 2, axes=np.array(2)), "axes must name axes"),
        (lambda: nbp.GlobalMaxPool().backward(np.zeros((1, 2, 1)), 2, (1, 2, 5)), "indices must have shape"),
        (
            lambda: nbp.GlobalMaxPool().backward(np.zeros((1, 2, 1)), (1, 2, 5)),
            "takes .grad_output, indices, input_shape",
        ),
        (lambda: nbp.GlobalAvgPool().backward(np.zeros((1, 2, 1))), "takes .grad_output, input_shape"),
        (lambda: nbp.GlobalAvgPool().backward(np.zeros((1, 2, 1)), 1, 2), "takes .grad_output, input_shape"),
        (lambda: nbp.GlobalLPPool().backward(np.zeros((1, 2, 1))), "takes .grad_output, x"),
        (lambda: nbp.SubsamplePool2d(2).backward(np.zeros((1, 2, 2))), "takes .grad_output, .indices"),
        (lambda: nbp.SubsamplePool2d(2).vjp(np.zeros((4, 4))), "SubsamplePool2d: input must have 3 or 4 axes"),
        (lambda: nbp.GlobalLPPool(-1), "GlobalLPPool: norm_type must be greater than 0"),
        (
            lambda: nbp.max_unpool2d(np.ones((1, 2, 2)), PLACES, 2, output_size=4),
            "output_size must be 2 sizes or a shape",
        ),
        (lambda: nbp.max_unpool2d(np.ones((1, 2, 2)), [[1], [1, 2]], 2), "indices must be an array"),
        (lambda: nbp.MaxPool2d(2).backward(np.ones((1, 2, 2)), [[1], [1, 2]], (1, 4, 4)), "indices must be an array"),
        (lambda: nbp.warmup(nbp.MaxPool2d(2), dtypes="number"), "warmup: dtypes must be dtypes"),
        (lambda: nbp.warmup(nbp.MaxPool2d(2), dtypes=np.complex64), "warmup: dtypes has dtype complex64; allowed"),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(nbp.PoolingError, match=message):
        make()


def test_sizes_of_no_axes_are_numbers():
    assert nbp.MaxPool2d(np.array(3), padding=np.array(1)) == nbp.MaxPool2d(3, padding=1)
