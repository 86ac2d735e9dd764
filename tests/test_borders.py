"""Windows beyond the borders hold what the mode says: as if the whole array had been padded by NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numbapool as nbp
from numbapool.validation.sizes import BORDER_MODES

# What numpy.pad calls them.
NUMPY = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap", "constant": "constant"}
CONSTANT = {"constant_values": 7}


def padded(x, pads, modes):
    """The whole array, padded axis by axis."""
    for axis, (pad, mode) in enumerate(zip(pads, modes, strict=True)):
        width = [(0, 0)] * x.ndim
        width[axis] = pad
        x = np.pad(x, width, mode=NUMPY[mode], **(CONSTANT if mode == "constant" else {}))
    return x


@given(data=st.data())
@pytest.mark.parametrize("reduce", ["max", "mean", ("min", "max")])
def test_any_windows_and_modes(reduce, data):
    rank = data.draw(st.integers(1, 2))
    one = st.integers(1, 5)
    shape = data.draw(st.tuples(*[st.integers(1, 9)] * rank))
    kernel, stride, dilation = (data.draw(st.tuples(*[one] * rank)) for _ in range(3))
    reach = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    pads = tuple((data.draw(st.integers(0, r)), data.draw(st.integers(0, r))) for r in reach)
    modes = data.draw(st.tuples(*[st.sampled_from(BORDER_MODES)] * rank))
    where = {"stride": stride, "dilation": dilation}
    x = np.random.default_rng(1).integers(0, 50, shape).astype(np.float32)
    value = {"padding_value": 7} if "constant" in modes else {}
    try:
        y = nbp.pool(x, kernel, reduce, padding=pads, padding_mode=modes, **where, **value)
    except nbp.PoolingError:  # a window that does not fit, or lies beyond the input
        with pytest.raises(nbp.PoolingError, match=r"does not fit|at least one input position"):
            nbp.pool(x, kernel, "max", padding=pads, **where)
        return
    want = nbp.pool(padded(x, pads, modes), kernel, reduce, **where)
    np.testing.assert_allclose(y, want, rtol=1e-6)
    assert y[0].dtype == want[0].dtype


@pytest.mark.parametrize("mode", BORDER_MODES)
@pytest.mark.parametrize("kernel", [2, 3, 4, (1, 5), (5, 1)])
def test_a_mode_for_padding_keeps_the_size(mode, kernel):
    x = np.arange(30, dtype=np.float32).reshape(5, 6) % 7
    y = nbp.pool(x, kernel, stride=1, padding=mode)
    assert y.shape == x.shape
    np.testing.assert_array_equal(y, nbp.pool(x, kernel, stride=1, padding="same", padding_mode=mode))
    np.testing.assert_array_equal(y, nbp.pool(x, kernel, stride=1, padding_mode=mode))


@pytest.mark.parametrize("mode", ["reflect", "nearest", "mirror", "wrap"])
def test_indices_are_those_of_the_input(mode):
    x = np.random.default_rng(0).permutation(63).reshape(7, 9).astype(np.float32)
    y, indices = nbp.pool(x, (3, 4), stride=(1, 2), padding=mode, return_indices=True)
    np.testing.assert_array_equal(x.ravel()[indices], y)
    np.testing.assert_array_equal(y, nbp.pool(x, (3, 4), stride=(1, 2), padding=mode))


def test_out_axes_and_more_than_three_of_them(rng):
    x = rng.random((2, 5, 6, 4), dtype=np.float32)
    out = np.empty((2, 5, 6, 4), np.float32)
    assert nbp.pool(x, 3, "mean", axes=(1, 2), stride=1, padding="wrap", out=out) is out
    want = nbp.pool(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="wrap"), 3, "mean", axes=(1, 2), stride=1)
    np.testing.assert_allclose(out, want, rtol=1e-6)
    full = nbp.pool(x, 3, "mean", stride=1, padding="wrap")
    np.testing.assert_allclose(full, nbp.pool(np.pad(x, 1, mode="wrap"), 3, "mean", stride=1), rtol=1e-6)
    channels_last = np.moveaxis(x, 1, -1)
    np.testing.assert_array_equal(nbp.pool(channels_last, 3, "mean", axes=(3, 1), stride=1, padding="wrap"),
                                  np.moveaxis(out, 1, -1))  # fmt: skip


def test_the_input_is_not_written():
    x = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    x.flags.writeable = False
    nbp.pool(x, 3, stride=1, padding="constant", padding_value=99)
    np.testing.assert_array_equal(x, np.arange(12.0).reshape(3, 4))


def test_empty_batches():
    assert nbp.pool(np.empty((0, 4, 5), np.float32), 3, axes=(1, 2), stride=1, padding="reflect").shape == (0, 4, 5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"padding_mode": "symmetric"}, "padding_mode must be one of 'reflect', 'nearest'"),
        ({"padding_mode": ("reflect",)}, "one for each of 2 axes"),
        (
            {"padding_mode": "constant", "padding_value": 0.5},
            "padding_value must be a value of the input's dtype, uint8",
        ),
        ({"padding_mode": "constant", "padding_value": "a"}, "padding_value must be a number"),
        ({"padding_mode": "constant", "padding_value": "3"}, "padding_value must be a number"),
        ({"padding_mode": "constant", "padding_value": [[1], [1, 2]]}, "padding_value must be a number"),
        ({"padding_mode": "constant", "padding_value": 2**70}, "padding_value must be a value of the input's dtype"),
        ({"padding_mode": "constant", "padding_value": None}, "padding_value must be a number"),
        ({"padding_mode": "constant", "padding_value": 1j}, "padding_value must be a number"),
        ({"padding_mode": "constant", "padding_value": [1, 2]}, "padding_value must be a number"),
        ({"padding_mode": "constant", "padding_value": np.datetime64(1, "D")}, "padding_value must be a number"),
        ({"padding_mode": "constant", "return_indices": True}, "return_indices cannot be used"),
        ({"reduce": "adaptive_max", "padding_mode": "reflect"}, "padding_mode needs windows that move"),
        ({"padding": 3, "padding_mode": "reflect"}, "padding must leave every window"),
    ],
)
def test_wrong_arguments(options, words):
    with pytest.raises(nbp.PoolingError, match=words):
        nbp.pool(np.zeros((4, 5), np.uint8), 3, **options)


def test_layers_tell_where_the_modes_are():
    with pytest.raises(nbp.PoolingValueError, match=r"nbp.pool takes border modes"):
        nbp.MaxPool2d(3, padding="reflect")


@pytest.mark.parametrize("first", [0.0, -0.0])
def test_zeros_of_both_signs_are_the_same_padding(first):
    """Equal arguments find the same layer: the sign of zero must not depend on which came first."""
    x = np.full((4, 4), -1, np.float32)
    options = {"stride": 1, "padding_mode": "constant"}
    found = [nbp.pool(x, 3, "max", padding_value=value, **options)[0, 0] for value in (first, -first)]
    assert not np.signbit(found).any()
