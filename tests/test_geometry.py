"""Random geometry: shapes, windows and errors against the reference."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from cases import Window, channels_first, layer
from hypothesis import given
from hypothesis import strategies as st

import numbapool as nbp
from numbapool import windows


@st.composite
def axes(draw):
    size = draw(st.integers(1, 24))
    kernel_size = draw(st.integers(1, 9))
    dilation = draw(st.integers(1, 4))
    before, after = (draw(st.integers(0, kernel_size * dilation)) for _ in range(2))
    return size, kernel_size, draw(st.integers(1, 7)), (before, after), dilation


@given(axes(), st.booleans())
def test_axis(axis, ceil_mode):
    size, kernel_size, stride, padding, dilation = axis
    expected = reference.fixed_windows(size, kernel_size, stride, padding, dilation, ceil_mode)
    if not expected or any(not inside for inside, _ in expected):
        with pytest.raises(nbp.PoolingValueError):
            windows.fixed_axis(*axis, ceil_mode)
        return
    made = windows.fixed_axis(*axis, ceil_mode)
    assert made.outputs == len(expected) == windows.output_size(size, kernel_size, stride, padding, dilation, ceil_mode)
    for o, (inside, padded) in enumerate(expected):
        assert list(range(made.first[o], made.first[o] + made.count[o] * made.step, made.step)) == inside
        assert made.padded[o] == padded
    covering = made.covering
    for position in range(size):
        holders = [o for o, (inside, _) in enumerate(expected) if position in inside]
        first, count, step = covering.first[position], covering.count[position], covering.step
        assert list(range(first, first + count * step, step)) == holders


@given(st.lists(axes(), min_size=1, max_size=2), st.booleans(), st.booleans(), st.integers(0, 2**32), st.data())
def test_pooling(given_axes, ceil_mode, last, seed, data):
    rank = len(given_axes)
    sizes, kernel_size, stride, padding, dilation = (tuple(v) for v in zip(*given_axes, strict=True))
    window = Window(kernel_size, stride, padding, dilation, ceil_mode)
    expected = window.on(sizes)
    reduce = data.draw(st.sampled_from(["max", "min", "mean"]))
    data_format = "channels_last" if last else "channels_first"
    x = np.random.default_rng(seed).integers(-9, 9, (1, data.draw(st.integers(1, 5)), *sizes)).astype(np.float32)
    given_x = np.moveaxis(x, 1, -1) if last else x
    options = window.options | {"data_format": data_format}
    if any(not w or any(not inside for inside, _ in w) for w in expected):
        with pytest.raises(nbp.PoolingValueError):
            layer(reduce, rank, **options)(given_x)
        return
    if reduce == "mean":
        y = layer(reduce, rank, **options)(given_x)
        np.testing.assert_allclose(
            channels_first(y, data_format), reference.mean_pool(x, expected), rtol=1e-6, atol=1e-6
        )
    else:
        y, indices = layer(reduce, rank, **options, return_indices=True)(given_x)
        values, where = getattr(reference, f"{reduce}_pool")(x, expected)
        np.testing.assert_array_equal(channels_first(y, data_format), values)
        np.testing.assert_array_equal(channels_first(indices, data_format), where)
        np.testing.assert_array_equal(layer(reduce, rank, **options)(given_x), y)
    assert layer(reduce, rank, **options).output_shape(given_x.shape) == y.shape


@pytest.mark.parametrize("size", [1, 5, 8])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5])
def test_same_padding(size, stride, kernel_size):
    x = np.arange(size, dtype=np.float32).reshape(1, 1, size)
    assert nbp.max_pool1d(x, kernel_size, stride, "same").shape == (1, 1, -(-size // stride))


def test_valid_padding_and_pairs():
    x = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    np.testing.assert_array_equal(nbp.max_pool2d(x, 2, 1, "valid"), nbp.max_pool2d(x, 2, 1))
    assert nbp.max_pool2d(x, 2, 1, ((1, 0), (0, 1))).shape == (1, 3, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 0}, "kernel_size must be at least 1"),
        ({"kernel_size": -2}, "kernel_size must be at least 1"),
        ({"kernel_size": 2.0}, "kernel_size must be an integer; got 2.0"),
        ({"kernel_size": (2.0, 2.0)}, "kernel_size must be an integer"),
        ({"kernel_size": True}, "kernel_size must be an integer; got True"),
        ({"kernel_size": "2"}, "kernel_size must be an integer; got '2'"),
        ({"kernel_size": (2, 2, 2)}, "kernel_size must be one integer or 2"),
        ({"kernel_size": 2**70}, r"below 2\*\*40"),
        ({"kernel_size": 2, "stride": 0}, "stride must be at least 1"),
        ({"kernel_size": 2, "padding": -1}, "padding must be at least 0"),
        ({"kernel_size": 2, "padding": "full"}, 'padding must be integers, pairs, "same" or "valid"'),
        ({"kernel_size": 2, "padding": ((1, 0),)}, "one \\(before, after\\) pair for each of 2 axes"),
        ({"kernel_size": 2, "padding": ((1, 0, 1), (1, 0, 1))}, "pairs \\(before, after\\)"),
        ({"kernel_size": 2, "padding": 2}, "padding must leave every window at least one input position"),
        ({"kernel_size": 2, "dilation": 0}, "dilation must be at least 1"),
        ({"kernel_size": 9}, "does not fit the input of size 8 on axis H"),
        ({"kernel_size": 2, "dilation": 9, "padding": 5}, "every window must hold at least one input position"),
        ({"kernel_size": 2**39, "stride": 1, "padding": 2**39 - 1}, "at most 2\\*\\*26 windows along one axis"),
        ({"kernel_size": 2, "data_format": "NCHW"}, "data_format must be"),
        ({"kernel_size": 2, "ceil_mode": 1}, "ceil_mode must be True or False"),
        ({"kernel_size": 2, "return_indices": "yes"}, "return_indices must be True or False"),
    ],
)
def test_errors_name_argument_value_and_rule(options, message):
    with pytest.raises(nbp.PoolingError, match=message) as caught:
        nbp.MaxPool2d(**options)(np.zeros((1, 1, 8, 8), np.float32))
    assert str(caught.value).startswith("MaxPool2d: ")
    assert isinstance(caught.value, (ValueError, TypeError))


@pytest.mark.parametrize("shape", [(), (4,), (4, 4), (1, 1, 1, 4, 4)])
def test_wrong_number_of_axes(shape):
    with pytest.raises(nbp.PoolingValueError, match="input must have 3 or 4 axes"):
        nbp.MaxPool2d(2)(np.zeros(shape, np.float32))


@pytest.mark.parametrize("kernel_size", [1, 2, 5, 40])
@pytest.mark.parametrize("padding", [0, 39])
def test_padding_far_wider_than_the_input(kernel_size, padding):
    if padding >= kernel_size:
        pytest.skip("windows would hold no input")
    x = np.array([[[3.0, 7.0]]], np.float32)
    window = Window((kernel_size,), 1, ((padding, padding),))
    if kernel_size > 2 + 2 * padding:
        pytest.skip("does not fit")
    np.testing.assert_array_equal(nbp.max_pool1d(x, kernel_size, 1, padding), reference.max_pool(x, window.on((2,)))[0])
