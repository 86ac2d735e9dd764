"""Arrays as they come: strides, order, byte order, subclasses, outputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    "unaligned": lambda x: _unaligned(x),
    "no batch": lambda x: x[0],
}


def _unaligned(x):
    memory = np.zeros(x.nbytes + 1, np.uint8)
    view = memory[1:].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


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


def test_out_that_does_not_fit_is_refused():
    x = np.zeros((1, 4, 4), np.float32)
    pool = nbp.MaxPool2d(2)
    read_only = np.zeros((1, 2, 2), np.float32)
    read_only.flags.writeable = False
    for out, error, message in [
        (np.zeros((1, 2, 3), np.float32), ValueError, r"out must have shape \(1, 2, 2\); got \(1, 2, 3\)"),
        (np.zeros((1, 2, 2)), TypeError, "out must have dtype float32; got float64"),
        ([[1]], TypeError, "out must be a NumPy array"),
        (read_only, ValueError, "read-only"),
        (x[:, :2, :2], ValueError, "must not overlap"),
        (np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (1, 2, 2), (0, 0, 0)), ValueError, "broadcast"),
        ((np.zeros((1, 2, 2), np.float32),) * 2, ValueError, "out must be 1 array"),
    ]:
        with pytest.raises(error, match=message):
            pool(x, out=out)
    values = np.zeros((1, 2, 2), np.float32)
    with pytest.raises(ValueError, match="out must be 2 array"):
        nbp.MaxPool2d(2, return_indices=True)(x, out=values)


def test_out_of_any_order(rng):
    x = rng.standard_normal((2, 3, 8, 8)).astype(np.float32)
    expected = nbp.max_pool2d(x, 2)
    for out in (np.empty((2, 3, 4, 4), np.float32, order="F"), np.empty((2, 3, 8, 4), np.float32)[:, :, ::-2]):
        assert nbp.max_pool2d(x, 2, out=out) is out
        np.testing.assert_array_equal(out, expected)
    pair = np.empty((2, 3, 4, 4), np.float32), np.empty((2, 3, 4, 4), np.int64)
    assert nbp.max_pool2d(x, 2, return_indices=True, out=pair) is pair
    np.testing.assert_array_equal(pair[0], expected)


PARTS = {
    "channels of more": lambda shape, dtype: np.zeros((shape[0], 9, *shape[2:]), dtype)[:, 4 : 4 + shape[1]],
    "every second sample": lambda shape, dtype: np.zeros((2 * shape[0], *shape[1:]), dtype)[::2],
    "new axes": lambda shape, dtype: np.zeros((shape[0], *shape[2:]), dtype)[:, None],
}


@pytest.mark.parametrize("layer", ["MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "MedianPool2d", "RandomPool2d"])
@pytest.mark.parametrize(("part", "behind"), [*((part, False) for part in PARTS), ("every second sample", True)])
def test_parts_of_larger_arrays_are_written_where_they_stand(rng, part, behind, layer):
    """Planes, or rows of pixels, of any distance from each other are as good as a new array."""
    axes = (0, 2, 3, 1) if behind else (0, 1, 2, 3)  # in memory
    x = rng.standard_normal((4, 1 if part == "new axes" else 3, 40, 30)).astype(np.float32)
    x = np.ascontiguousarray(x.transpose(axes)).transpose(np.argsort(axes))
    options = {"rng": 5} if layer == "RandomPool2d" else {}
    pool, again = (getattr(nbp, layer)(3, **options) for _ in range(2))
    expected = pool(x)
    out = PARTS[part](expected.transpose(axes).shape, expected.dtype).transpose(np.argsort(axes))
    assert again(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert np.count_nonzero(out.base) == np.count_nonzero(expected)  # nothing else is written


@settings(max_examples=120)
@given(data=st.data())
def test_any_part_of_a_larger_array(data):
    """Axes of one, of which it does not matter how far apart their numbers would be, are between others that count."""
    rank = data.draw(st.integers(1, 3))
    shape = tuple(data.draw(st.integers(1, 3)) for _ in range(rank + 2))
    layer = data.draw(st.sampled_from(["MaxPool", "AvgPool", "AdaptiveMaxPool"]))
    data_format = data.draw(st.sampled_from(["channels_first", "channels_last"]))
    pool = getattr(nbp, f"{layer}{rank}d")(1, data_format=data_format)
    x = np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)
    expected = pool(x)
    steps = [data.draw(st.integers(1, 2)) for _ in shape]
    begins = [data.draw(st.integers(0, 1)) for _ in shape]
    order = data.draw(st.permutations(range(len(shape))))  # of the larger array in memory
    extents = [b + s * n for b, s, n in zip(begins, steps, expected.shape, strict=True)]
    big = np.zeros([extents[a] for a in order], np.float32).transpose(np.argsort(order))
    out = big[tuple(slice(b, None, s) for b, s in zip(begins, steps, strict=True))]
    assert pool(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert np.count_nonzero(big) == expected.size  # nothing else is written


def test_pairs_in_parts_of_larger_arrays(rng):
    x = rng.standard_normal((2, 3, 40, 30)).astype(np.float32)
    pool = nbp.MaxPool2d(3, 2, return_indices=True)
    expected = pool(x)
    pair = tuple(PARTS["channels of more"](each.shape, each.dtype) for each in expected)
    assert pool(x, out=pair) is pair
    for part, new in zip(pair, expected, strict=True):
        np.testing.assert_array_equal(part, new)
        assert np.count_nonzero(part.base) == np.count_nonzero(new)


def test_gradients_into_new_axes(rng):
    grad = rng.standard_normal((4, 1, 20, 15)).astype(np.float32)
    pool = nbp.AvgPool2d(2)
    expected = pool.backward(grad, (4, 1, 40, 30))
    out = np.zeros((4, 40, 30), np.float32)[:, None]
    assert pool.backward(grad, (4, 1, 40, 30), out=out) is out
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("unaligned_first", [True, False])
def test_unaligned_parts_of_larger_arrays(rng, unaligned_first):
    """Plans for arrays that lie alike but for that are not taken for each other."""
    x = rng.standard_normal((2, 3, 8, 6)).astype(np.float32)
    pool, shape = nbp.AvgPool2d(2), (2, 9, 4, 3)
    outs = [_unaligned(np.zeros(shape, np.float32)), np.zeros(shape, np.float32)]
    for big in outs if unaligned_first else outs[::-1]:
        pool(x, out=big[:, 3:6])
        np.testing.assert_array_equal(big[:, 3:6], pool(x))
    grads = [_unaligned(np.zeros((2, 9, 8, 6), np.float32)), np.zeros((2, 9, 8, 6), np.float32)]
    for big in grads if unaligned_first else grads[::-1]:
        pool.backward(pool(x), x.shape, out=big[:, 3:6])
        np.testing.assert_array_equal(big[:, 3:6], pool.backward(pool(x), x.shape))


def test_out_is_all_that_is_written(rng):
    """Memory around the output stays as it was."""
    x = rng.standard_normal((3, 7, 11)).astype(np.float32)
    for data_format in ("channels_first", "channels_last"):
        for window in ((2,), (3, 2, 1), (5, 1)):
            pool = nbp.MaxPool2d(*window, data_format=data_format)
            shape = pool.output_shape(x.shape) if data_format == "channels_first" else pool.output_shape((7, 11, 3))
            guarded = np.full(int(np.prod(shape)) + 64, 123, np.float32)
            pool(x if data_format == "channels_first" else np.moveaxis(x, 0, -1), out=guarded[32:-32].reshape(shape))
            assert (guarded[:32] == 123).all()
            assert (guarded[-32:] == 123).all()


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
    first = pool(_unaligned(x))
    np.testing.assert_array_equal(pool(x), first)
    pool._plans.clear()
    np.testing.assert_array_equal(pool(x), first)
    if "Avg" in layer:
        one = pool.backward(_unaligned(first), x.shape)
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
