"""Arrays as they come: strides, order, byte order, subclasses."""

from __future__ import annotations

import numpy as np
import pytest
from cases import unaligned

import numbapool as nbp
from numbapool.operations import OPERATIONS

VIEWS = {
    "reversed rows": lambda x: x[:, :, ::-1],
    "reversed columns": lambda x: x[..., ::-1],
    "reversed batch and channels": lambda x: x[::-1, ::-1],
    "every second column": lambda x: x[..., ::2],
    "every second row": lambda x: x[:, :, ::2],
    "part": lambda x: x[1:, :, 2:-1, 1:-2],
    "transposed": lambda x: x.transpose(0, 1, 3, 2),
    "channels behind in memory": lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1),
    "channels behind, reversed": lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)[:, ::-1],
    "Fortran order": np.asfortranarray,
    "batch behind everything": lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0),
    "broadcast batch": lambda x: np.broadcast_to(x[:1], (5, *x.shape[1:])),
    "broadcast rows": lambda x: np.broadcast_to(x[:, :, :1], x.shape),
    "broadcast columns": lambda x: np.broadcast_to(x[..., :1], x.shape),
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "field of records": lambda x: np.rec.fromarrays([x, x], names="a,b").a,
    "unaligned": unaligned,
    "no batch": lambda x: x[0],
}


def _read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("options", "dtype"),
    [
        ({"kernel_size": 2}, "float32"),
        ({"kernel_size": 3, "stride": 2, "padding": 1}, "float32"),
        ({"kernel_size": 3, "stride": 2, "padding": 1}, "int16"),
    ],
)
def test_any_view_gives_what_its_copy_gives(rng, view, options, dtype):
    x = VIEWS[view]((rng.standard_normal((3, 4, 12, 14)) * 100).astype(dtype))
    copy = np.array(x, np.dtype(dtype), order="C")
    before = x.copy()
    for pool in (nbp.MaxPool2d(**options), nbp.AvgPool2d(**options)):
        np.testing.assert_allclose(pool(x), pool(copy), rtol=1e-5, atol=1e-4)
        out = np.empty_like(pool(copy))
        assert pool(x, out=out) is out
        np.testing.assert_array_equal(out, pool(x))
    with_indices = nbp.MaxPool2d(**options, return_indices=True)
    for got, expected in zip(with_indices(x), with_indices(copy), strict=True):
        np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("view", VIEWS)
def test_gradients_in_any_order(rng, view):
    grad = VIEWS[view](9 * rng.integers(-50, 50, (3, 4, 12, 14)).astype(np.float32))  # sums and ninths are exact
    pool = nbp.AvgPool2d(3, 1, 1)
    expected = pool.backward(np.array(grad, order="C"), grad.shape)
    np.testing.assert_array_equal(pool.backward(grad, grad.shape), expected)


def test_read_only_input_needs_no_kernel_of_its_own(rng):
    x = rng.standard_normal((2, 2, 8, 8)).astype(np.float32)
    pool = nbp.MaxPool2d(2)
    expected = pool(x)
    kernel = pool._plans[x.shape, x.dtype][0].kernel
    before = list(kernel.serial.signatures)
    np.testing.assert_array_equal(pool(_read_only(x)), expected)
    assert kernel.serial.signatures == before


@pytest.mark.parametrize("shape", [(0, 3, 8, 8), (2, 0, 8, 8), (0, 8, 8)])
def test_nothing_to_pool(shape):
    x = np.zeros(shape, np.float32)
    expected = (*shape[:-2], 4, 4)
    assert nbp.max_pool2d(x, 2).shape == expected
    assert nbp.avg_pool2d(x, 2).shape == expected
    y, indices = nbp.max_pool2d(x, 2, return_indices=True)
    assert y.shape == indices.shape == expected
    assert nbp.max_pool2d_backward(y, indices, shape).shape == shape
    assert nbp.AvgPool2d(2).backward(y, shape).shape == shape


def test_subclasses_come_back_as_plain_arrays():
    class Special(np.ndarray):
        pass

    x = np.arange(16, dtype=np.float32).reshape(1, 4, 4).view(Special)
    assert type(nbp.max_pool2d(x, 2)) is np.ndarray


def test_lists_become_arrays():
    assert nbp.max_pool1d([[1, 2, 3, 4]], 2).tolist() == [[2, 4]]


@pytest.mark.parametrize(
    "x",
    [
        np.ma.masked_array(np.zeros((1, 4, 4)), mask=True),
        np.zeros((1, 4, 4), object),
        np.zeros((1, 4, 4), complex),
        np.zeros((1, 4, 4), "U3"),
        np.zeros((1, 4, 4), "datetime64[s]"),
        np.zeros((1, 4, 4), np.longdouble),
        "text",
        None,
    ],
)
def test_other_input_is_refused(x):
    with pytest.raises(nbp.PoolingTypeError, match=r"MaxPool2d: input (is a masked array|has dtype|must be an array)"):
        nbp.MaxPool2d(2)(x)


def test_more_than_2_31_elements():
    n = 46400
    x = np.zeros((1, 1, n, n), np.uint8)
    x[0, 0, -1, -1] = 9
    y, indices = nbp.max_pool2d(x, 100, return_indices=True)
    assert y[0, 0, -1, -1] == 9
    assert y.sum() == 9
    assert indices[0, 0, -1, -1] == n * n - 1 > 2**31
    y, indices = nbp.max_pool2d(x, n, return_indices=True)
    assert indices.item() == n * n - 1
    assert nbp.avg_pool2d(x, n, divisor_override=9).item() == 1


@pytest.mark.parametrize("dtype", ["float16", "float32", "uint8"])
@pytest.mark.parametrize("name", ["max", "mean", "mixed", "median", "soft"])
def test_results_lie_in_memory_as_the_input_does(rng, name, dtype):
    x = (rng.random((2, 9, 10, 5)) * 9).astype(dtype)
    pool = OPERATIONS[name][1](2, data_format="channels_last")
    assert pool(x).flags.c_contiguous
    assert OPERATIONS[name][1](2)(np.moveaxis(x, -1, 1)).transpose(0, 2, 3, 1).flags.c_contiguous


@pytest.mark.parametrize("layer", ["MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "MedianPool2d"])
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_unaligned_arrays_do_not_spoil_later_calls(layer, data_format):
    """They are copied, maybe into another order; with one result for each plane, results lie alike in both orders."""
    x = np.arange(24, dtype=np.float32).reshape((2, 2, 2, 3) if data_format == "channels_last" else (2, 3, 2, 2))
    pool = getattr(nbp, layer)(1 if "Adaptive" in layer else 2, data_format=data_format)
    pool._plans.clear()
    first = pool(unaligned(x))
    np.testing.assert_array_equal(pool(x), first)
    pool._plans.clear()
    np.testing.assert_array_equal(pool(x), first)
    if "Avg" in layer:
        one = pool.backward(unaligned(first), x.shape)
        np.testing.assert_array_equal(pool.backward(first, x.shape), one)
        pool._plans.clear()
        np.testing.assert_array_equal(pool.backward(first, x.shape), one)


@pytest.mark.parametrize("count", [1, 2])
def test_fields_of_records_of_any_size(count):
    """An axis of size 1 may have any stride, also one that is no multiple of the item size."""
    x = np.zeros(count, [("a", "f4", (4, 4)), ("tag", "u1")])["a"]
    x[...] = np.arange(16).reshape(4, 4)
    whole = np.array(x)
    for pool in (nbp.MaxPool2d(2), nbp.AvgPool2d(2), nbp.MedianPool2d(2)):
        np.testing.assert_array_equal(pool(x), pool(whole))
    np.testing.assert_array_equal(
        nbp.AvgPool2d(4).backward(x, (count, 16, 16)), nbp.AvgPool2d(4).backward(whole, (count, 16, 16))
    )
