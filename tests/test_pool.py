"""`nbp.pool`: any rank, any axes."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import numbapool as nbp


def blocks(x, reduce, *axes):
    """Pool pairs along some axes, by reshaping."""
    for axis in axes:
        shape = (*x.shape[:axis], x.shape[axis] // 2, 2, *x.shape[axis + 1 :])
        x = getattr(x.reshape(shape), reduce)(axis=axis + 1)
    return x


@pytest.mark.parametrize("reduce", ["max", "min", "mean"])
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((12, 14, 3), (0, 1)),
        ((12, 14), (0,)),
        ((12, 140), (0,)),
        ((12, 14), (1,)),
        ((3, 6, 8, 10), (1, 2, 3)),
        ((3, 6, 8, 10), (1, 3)),
        ((4, 6, 8, 10), (0, 1, 2, 3)),
        ((2, 4, 4, 2, 6, 3), (0, 1, 2, 3, 4)),
        ((2, 6, 3, 8, 5), (1, 3)),
        ((6, 3, 4, 2, 8, 10), (0, 4, 5)),
    ],
)
def test_any_axes(rng, reduce, shape, axes):
    x = rng.integers(0, 50, shape).astype(np.float32)
    y = nbp.pool(x, 2, reduce, axes=axes)
    np.testing.assert_allclose(y, blocks(x, reduce, *axes), rtol=1e-14)
    out = np.empty_like(y)
    assert nbp.pool(x, 2, reduce, axes=[a - len(shape) for a in axes], out=out) is out
    np.testing.assert_array_equal(out, y)


def test_a_norm_is_the_euclidean_one_by_default():
    x = np.array([[3.0, 4.0, 0.0, 2.0]])
    np.testing.assert_allclose(nbp.pool(x, (1, 2), "lp"), [[5, 2]])
    np.testing.assert_allclose(nbp.pool(x, (1, 2), "lp", norm_type=1), [[7, 2]])
    np.testing.assert_allclose(nbp.pool(x, None, "global_lp"), [[29**0.5]])


def test_default_axes_are_the_first():
    image = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(8, 6, 3)
    assert nbp.pool(image, (2, 2), "max").shape == (4, 3, 3)
    assert nbp.pool(image, 2, "max", axes=(0, 1)).flags.c_contiguous
    assert nbp.pool(image[..., 0], 2).shape == (4, 3)


def test_axes_in_another_order_are_pooled_in_that_order(rng):
    x = rng.standard_normal((6, 8), np.float32)
    np.testing.assert_array_equal(nbp.pool(x, (2, 4), axes=(1, 0)), nbp.pool(x, (4, 2), axes=(0, 1)))
    y, indices = nbp.pool(x, (2, 4), axes=(1, 0), return_indices=True)
    np.testing.assert_array_equal(x.T.ravel()[indices], y)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_indices_and_options(rng, dtype):
    x = rng.integers(0, 9, (4, 7, 9, 2)).astype(dtype)
    y, indices = nbp.pool(x, 3, axes=(1, 2), stride=2, padding=1, return_indices=True)
    flat = np.moveaxis(x, -1, 1).reshape(4, 2, 63)
    for n in range(4):
        for c in range(2):
            np.testing.assert_array_equal(flat[n, c][indices[n, ..., c]], y[n, ..., c])


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((2, "sum of"), {}, "reduce must be one of 'max', 'min', 'mean', .* or a jitted function; got 'sum of'"),
        ((2, "max"), {"axes": (0, 0)}, "axes must not repeat"),
        ((2, "max"), {"axes": 5}, "axes must name axes of an array of 4"),
        ((2, "max"), {"axes": ()}, "axes must name axes"),
        ((2, "max"), {"axes": 1.0}, "axes must be an integer"),
        ((2, len), {}, "pool: reduce must be compiled by Numba"),
        ((2, "max"), {"return_indices": True}, "axes must be at most three with return_indices"),
        ((2, "mean"), {"dtype": "uint8"}, "axes must be at most three with"),
        ((2, "mean"), {"nan_policy": "omit"}, "axes must be at most three with .* a mean without NaN"),
        ((2, np.nanmean), {}, "axes must be at most three with .* a mean without NaN"),
        ((2, "sum"), {"min_count": 2}, "axes must be at most three with .* min_count"),
        ((2, "max"), {"stride": (1, 2)}, "options must be one value or 4"),
        (((2, 2, 2, 2, 2), "max"), {}, "window must have from 1 to 4 sizes, .* got 5"),
        (((2, 2), "max"), {"axes": (1, 2), "strid": 2}, "unknown option 'strid'; use stride="),
        (((2, 2), "max"), {"axes": (1, 2), "data_format": "channels_last"}, "takes axes="),
        (((2, 2, 2), "max"), {"axes": (1, 2)}, "window must be one integer or 2"),
        ((2, "max"), {"axes": 1, "out": 3}, "out must be a NumPy array"),
    ],
)
def test_errors(arguments, options, message):
    with pytest.raises(nbp.PoolingError, match=message):
        nbp.pool(np.zeros((4, 4, 4, 4)), *arguments, **options)


@pytest.mark.parametrize(
    ("reduce", "options"),
    [
        ("median", {}),
        ("mode", {"stride": (1, 2, 1, 1)}),
        ("sum", {"padding": ((0, 0), (1, 0), (0, 0), (0, 0))}),
        ("subsample", {"position": (0, 1, 0, 1)}),
        ("random", {"rng": 7}),
        (("max", "min"), {"dilation": 1}),
        (numba.njit(lambda window: window.sum()), {}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_axes_with_windows_of_one_do_not_count(rng, reduce, options, dtype):
    x = rng.integers(0, 5, (3, 8, 5, 9)).astype(dtype)
    inside = {name: tuple(v[i] for i in (1, 3)) if isinstance(v, tuple) else v for name, v in options.items()}
    found = nbp.pool(x, (1, 2, 1, 3), reduce, **options)
    np.testing.assert_array_equal(found, nbp.pool(x, (2, 3), reduce, axes=(1, 3), **inside))


def test_stride_along_axes_with_windows_of_one(rng):
    x = rng.standard_normal((4, 8, 5, 9), np.float32)
    np.testing.assert_array_equal(nbp.pool(x, 1, "max", stride=2), x[::2, ::2, ::2, ::2])
    with pytest.raises(nbp.PoolingError, match="axes must be at most three"):
        nbp.pool(x, (1, 2, 1, 3), "median", stride=2)


def test_options_of_many_axes_are_shared_out(rng):
    x = rng.standard_normal((3, 5, 6, 7), np.float32)
    once = nbp.pool(x, (1, 3, 3, 2), "max", stride=(1, 2, 1, 1), padding=((0, 0), (1, 0), (1, 1), (0, 0)))
    twice = nbp.pool(x, (3, 3, 2), "max", axes=(1, 2, 3), stride=(2, 1, 1), padding=((1, 0), (1, 1), (0, 0)))
    np.testing.assert_array_equal(once, twice)
    out = np.empty_like(once)
    nbp.pool(x, (1, 3, 3, 2), "max", stride=(1, 2, 1, 1), padding=((0, 0), (1, 0), (1, 1), (0, 0)), out=out)
    np.testing.assert_array_equal(out, once)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((6, 8), (0, 1)), ((6, 8, 3), (0, 1)), ((2, 700, 800), (1, 2)), ((600, 700), (0, 1)), ((300_000,), (0,))],
)
def test_several_names_give_several_results(rng, shape, axes):
    x = rng.standard_normal(shape, np.float32)
    dark, light = nbp.pool(x, 2, ("min", "max"), axes=axes)
    np.testing.assert_array_equal(dark, nbp.pool(x, 2, "min", axes=axes))
    np.testing.assert_array_equal(light, nbp.pool(x, 2, "max", axes=axes))
    outs = np.empty_like(dark), np.empty_like(light)
    nbp.pool(x, 2, ("min", "max"), axes=axes, out=outs)
    np.testing.assert_array_equal(outs[0], dark)
    np.testing.assert_array_equal(outs[1], light)


@pytest.mark.parametrize("axes", [(0, 1), (1, 2), (2, 0), (0, 1, 2)])
def test_unpool_by_name(rng, axes):
    x = rng.standard_normal((6, 8, 10), np.float32)
    y, indices = nbp.pool(x, 2, "max", axes=axes, return_indices=True)
    back = nbp.pool(y, 2, "unpool", axes=axes, indices=indices)
    assert back.shape == x.shape
    np.testing.assert_array_equal(back, np.where(np.isin(x, y), x, 0))
    out = np.empty_like(x)
    assert nbp.pool(y, 2, "unpool", axes=axes, indices=indices, out=out) is out
    np.testing.assert_array_equal(out, back)


def test_batches_by_name(rng):
    x = rng.standard_normal((2, 3, 16, 20)).astype(np.float32)
    boxes = np.array([[0, 1, 1, 9, 9], [1, 0, 0, 15, 12]], np.float32)
    aligned = nbp.pool(x, (7, 5), "roi_align", boxes=boxes, aligned=True)
    np.testing.assert_array_equal(aligned, nbp.roi_align(x, boxes, (7, 5), aligned=True))
    kept, indices = nbp.pool(x, 3, "roi_max", boxes=boxes, return_indices=True)
    for one, other in zip((kept, indices), nbp.roi_max_pool(x, boxes, 3, return_indices=True), strict=True):
        np.testing.assert_array_equal(one, other)
    expected = nbp.spatial_pyramid_pool(x, (1, 2, 4))
    np.testing.assert_array_equal(nbp.pool(x, (1, 2, 4), "spatial_pyramid"), expected)
    last = np.moveaxis(x, 1, -1)
    out = np.empty_like(expected)
    assert nbp.pool(last, (1, 2, 4), "spatial_pyramid", axes=(1, 2), out=out) is out
    np.testing.assert_array_equal(out, expected)
    with pytest.raises(nbp.PoolingTypeError, match="'boxes' is missing"):
        nbp.pool(x, (7, 7), "roi_align")


@pytest.mark.parametrize(
    ("reduce", "options", "message"),
    [
        ("unpool", {}, "'indices' is missing"),
        ("unpool", {"indices": np.zeros((2, 2), int)}, "indices must have the shape of x"),
        ("roi_align", {"axes": (0, 1)}, "a batch and a channel axis"),
        ("spatial_pyramid", {"axes": (0,)}, "a batch and a channel axis"),
        (("max", "most"), {}, "reduces must be names"),
        (3, {}, "reduce must be one of"),
    ],
)
def test_errors_of_names(reduce, options, message):
    with pytest.raises(nbp.PoolingError, match=message):
        nbp.pool(np.zeros((4, 4)), 2, reduce, **options)


@pytest.mark.parametrize("reduce", ["max", "mean", "median", "first", ("max", "min")])
def test_the_same_call_again_gives_the_same(rng, reduce):
    x = rng.integers(0, 99, (6, 8), np.uint8)
    arrays = [x, x, np.asfortranarray(x), x[::-1], rng.permutation(x), x.astype(np.float32), np.stack([x, x])]
    for array in arrays:
        axes = (array.ndim - 2, array.ndim - 1)
        results = [nbp.pool(array, 2, reduce, axes=axes), nbp.pool(array, 2, reduce, axes=axes)]
        expected = nbp.pool(np.array(array, order="C")[None], 2, reduce, axes=(array.ndim - 1, array.ndim))
        for found in results:
            parts = zip(found, expected, strict=True) if isinstance(reduce, tuple) else [(found, expected)]
            for part, right in parts:
                np.testing.assert_array_equal(part, right[0])
    if reduce in ("max", "mean", "median"):
        y = nbp.pool(x, 2, reduce)
        for _ in range(2):
            out = np.zeros_like(y)
            assert nbp.pool(x, 2, reduce, out=out) is out
            np.testing.assert_array_equal(out, y)


def test_only_names_that_need_no_option_go_together():
    with pytest.raises(nbp.PoolingValueError, match=r"among 'max', 'min'.* got"):
        nbp.pool(np.ones((4, 4)), 2, ("max", "quantile"))


@pytest.mark.parametrize("ndim", [1, 2, 5])
@pytest.mark.parametrize("name", ["max", "mean", "median"])
def test_what_is_accepted_does_not_depend_on_earlier_calls(rng, name, ndim):
    x = rng.random((4,) * ndim, np.float32)
    function = {"max": nbp.max_pool2d, "mean": nbp.avg_pool2d, "median": nbp.median_pool2d}[name]
    for _ in range(2):
        with pytest.raises(nbp.PoolingValueError, match="axes"):
            function(x, 2)
        nbp.pool(x, 2, name, axes=tuple(range(min(ndim, 2))))
        nbp.pool(x, 2, name, axes=tuple(range(ndim))[-2:])


@pytest.mark.parametrize("name", ["max", "mean", "sum", "median", "mode", "soft", "first"])
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_windows_of_one_at_the_end_are_no_windows(rng, name, dtype):
    """They are the same call as without, by the same plan."""
    x = (rng.random((9, 10, 3)) * 100).astype(dtype)
    for options in ({}, {"stride": (1, 2, 1)}):
        short = {n: v[:2] if isinstance(v, tuple) else v for n, v in options.items()}
        np.testing.assert_array_equal(nbp.pool(x, (2, 2, 1), name, **options), nbp.pool(x, (2, 2), name, **short))
    np.testing.assert_array_equal(nbp.pool(x[None], (1, 2, 2, 1), name)[0], nbp.pool(x, (2, 2), name))


@pytest.mark.parametrize(
    ("values", "dtype"), [((6e4, -6e4), "float16"), ((3e38, -3e38), "float32"), ((2.0**24 + 2, 1 - 2.0**24), "float32")]
)
def test_sums_over_many_axes_are_rounded_once(values, dtype):
    """However large the sums over some of the axes are."""
    x = np.empty((2, 2, 2, 2), dtype)
    x[0], x[1] = values
    for reduce in ("sum", "mean"):
        found, expected = nbp.pool(x, 2, reduce, axes=(1, 2, 3, 0)), getattr(x.astype(np.float64), reduce)()
        assert found.dtype == x.dtype
        assert found.item() == expected.astype(dtype)
    assert nbp.pool(x, 2, "mean", axes=(1, 2, 3, 0), dtype=np.float64).item() == x.astype(np.float64).mean()
    assert nbp.pool(np.ones((2, 2, 2, 2), np.uint8), 2, "mean").dtype == np.float32
    assert nbp.pool(np.ones((2, 2, 2, 2), np.uint8), 2, "sum").dtype == np.uint64


def test_windows_of_linear_medians_are_named_as_they_were_called():
    with pytest.raises(nbp.PoolingValueError, match=r"^MedianPool1d: kernel_size=9"):
        nbp.MedianPool1d(9, method="linear")(np.zeros((1, 5)))
    with pytest.raises(nbp.PoolingValueError, match=r"^pool: window=9"):
        nbp.pool(np.zeros(5), 9, "median", method="linear")
