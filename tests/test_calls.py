"""What people write first: errors name what was called and what to write instead; other libraries' words are known."""

from __future__ import annotations

from pathlib import Path

import numba
import numpy as np
import pytest

import numbapool as nbp

A = np.arange(16.0).reshape(4, 4)
X = A[None, None]
Y, PLACES = nbp.max_pool2d(X, 2, return_indices=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nbp.max_pool2d(X, 2, foo=1), r"^max_pool2d: unknown argument 'foo'; allowed are x, kernel_size, "),
        (lambda: nbp.max_pool2d(X, pool_size=2), r"^max_pool2d: unknown argument 'pool_size'; use kernel_size=$"),
        (lambda: nbp.max_pool2d(X, 2, strides=2), r"^max_pool2d: unknown argument 'strides'; use stride=$"),
        (lambda: nbp.max_pool2d(X, 2, paddin=1), r"^max_pool2d: unknown argument 'paddin'; use padding=$"),
        (lambda: nbp.max_pool2d(X), r"^max_pool2d: argument 'kernel_size' is missing$"),
        (lambda: nbp.max_pool2d(kernel_size=2), r"^max_pool2d: argument 'x' is missing$"),
        (lambda: nbp.max_pool2d(X, 2, x=X), r"^max_pool2d: argument 'x' is given twice"),
        (lambda: nbp.avg_pool2d(X, 2, 2, 0, False, True, None, 1), r"^avg_pool2d: takes 7 arguments without a name"),
        (lambda: nbp.MaxPool2d(pool_size=2), r"^MaxPool2d: unknown argument 'pool_size'; use kernel_size=$"),
        (lambda: nbp.MaxPool2d(), r"^MaxPool2d: argument 'kernel_size' is missing$"),
        (lambda: nbp.GlobalMaxPool(axis=1), r"^GlobalMaxPool: unknown argument 'axis'; allowed are keepdims, "),
        (lambda: nbp.AdaptiveAvgPool2d(kernel_size=1), r"^AdaptiveAvgPool2d: .*'kernel_size'; use output_size=$"),
        (lambda: nbp.max_pool2d_backward(Y, PLACES), r"^max_pool2d_backward: argument 'input_shape' is missing$"),
        (lambda: nbp.pool(A), r"^pool: argument 'window' is missing$"),
        (lambda: nbp.pool(A, window=0), r"^pool: window must be at least 1"),
        (lambda: nbp.pool(A, (2, 2, 2), axes=(0, 1)), r"^pool: window must be one integer or 2"),
        (lambda: nbp.pool(A, kernel_size=2), r"^pool: unknown argument 'kernel_size'; use window=$"),
        (lambda: nbp.pool(A, block_size=2), r"^pool: unknown argument 'block_size'; use window=$"),
        (lambda: nbp.pool(A, 2, pool_size=2), r"^pool: unknown option 'pool_size'; use window=$"),
        (lambda: nbp.pool(A, 2, function=3), r"^pool: unknown option 'function'; allowed are window, reduce, stride, "),
        (lambda: nbp.pool(A, 2, ("min", np.nanmax)), r"reduces must be names"),
        (
            lambda: nbp.pool(A, 2, foo=0),
            r"^pool: unknown option 'foo'; allowed are window, reduce, stride, .*nan_policy$",
        ),
        (lambda: nbp.pool(np.zeros((3, 1, 4, 4, 4)), 2), r"^pool: window=2 .* size 1 on axis 1; .*axes="),
        (lambda: nbp.pool(A, 5, axes=(1,)), r"size 4 on axis 1;"),
        (lambda: nbp.pool(np.float64(3), 2), r"^pool: x must have at least one axis"),
        (lambda: nbp.pool(A, 2, "maxx"), r"did you mean 'max'\?$"),
        (lambda: nbp.pool(A, 2, np.std), r"numba\.njit\(lambda window: np\.std\(window\)\)"),
        (lambda: nbp.pool(A, 2, lambda w: w.sum()), r"numba\.njit\(function\)"),
        (lambda: nbp.fractional_max_pool2d(X, 12, output_size=3), r"kernel_size must not exceed the input size, 4 on"),
    ],
)
def test_errors_name_what_was_called_and_the_way_out(call, message):
    with pytest.raises(nbp.PoolingError, match=message):
        call()


@pytest.mark.parametrize("name", nbp.functional.__all__)
def test_every_function_names_itself_and_takes_input(name):
    function = getattr(nbp, name)
    with pytest.raises(nbp.PoolingTypeError, match=rf"^{name}: unknown argument 'foo'; allowed are "):
        function(X, 2, 2, foo=1)
    if not name.endswith("_backward"):
        with pytest.raises(nbp.PoolingTypeError, match=rf"^{name}: argument 'x' is given twice|^{name}: unknown"):
            function(X, input=X)


def test_input_is_x_as_in_pytorch():
    np.testing.assert_array_equal(nbp.max_pool2d(input=X, kernel_size=2), Y)
    np.testing.assert_array_equal(nbp.adaptive_avg_pool2d(output_size=1, input=X), X.mean((2, 3), keepdims=True))
    assert nbp.max_unpool2d(input=Y, indices=PLACES, kernel_size=2).shape == X.shape
    assert nbp.max_unpool2d(Y, PLACES, 2, None, 0, (4, 5)).shape == (1, 1, 4, 5)  # positions as in PyTorch
    assert nbp.roi_align(input=X, boxes=np.zeros((1, 5)), output_size=2).shape == (1, 1, 2, 2)


def test_a_type_error_from_inside_is_not_mistaken():
    class Odd:
        def __array__(self, *args, **kwargs):
            raise TypeError("from inside")

    with pytest.raises(nbp.PoolingValueError, match="from inside"):
        nbp.max_pool2d(Odd(), 2)


@pytest.mark.parametrize(
    ("reduce", "expected"),
    [
        *[(f, np.max) for f in (np.max, np.amax, np.maximum, max, "maximum", "amax")],
        *[(f, np.min) for f in (np.min, np.minimum, min, "minimum")],
        *[(f, np.mean) for f in (np.mean, np.average, "avg", "average")],
        *[(f, np.sum) for f in (np.sum, sum)],
        (np.median, np.median),
        *[(f, f) for f in (np.nanmax, np.nanmin, np.nanmean, np.nansum, np.nanmedian)],
    ],
)
def test_other_names_of_operations(reduce, expected):
    x = A.copy()
    if str(getattr(reduce, "__name__", "")).startswith("nan"):
        x[1, 2] = np.nan
    blocks = x.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(2, 2, 4)
    np.testing.assert_allclose(nbp.pool(x, 2, reduce), expected(blocks, axis=-1), rtol=1e-14)


def test_axis_is_axes_and_a_registered_name_goes_first():
    np.testing.assert_array_equal(nbp.pool(A, 2, axis=0), nbp.pool(A, 2, axes=0))
    both = nbp.pool(A, 2, ("maximum", "avg"))
    np.testing.assert_array_equal(both[1], nbp.pool(A, 2, "mean"))
    nbp.register("avg", numba.njit(lambda w: w[0]))
    try:
        np.testing.assert_array_equal(nbp.pool(A, 2, "avg"), A[::2, ::2])
    finally:
        from numbapool.names import OWN
        from numbapool.pool import _known

        del OWN["avg"]
        _known.clear()


def module(name, **attributes):
    return type("Thing", (), {"__module__": name, "__array__": lambda self, *a, **k: X, **attributes})()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            module("xarray.core.dataarray"),
            r"input is a xarray Thing: its coordinates .* numbapool\.xarray\.pool, or x\.values",
        ),
        (module("dask.array.core"), r"in numbapool\.dask, or x\.compute\(\)"),
        (module("pandas.core.frame"), r"x\.to_numpy\(\)"),
        (module("torch"), r"x\.detach\(\)\.numpy\(\)"),
        (module("cupy"), r"x\.get\(\)"),
        (module("jaxlib.xla", __array_namespace__=None), r"numpy\.asarray\(x\)"),
        (module("other", __dlpack__=None), r"numpy\.from_dlpack\(x\)"),
        (np.ma.masked_array(X, X > 3), r"x\.filled\(value\)"),
    ],
)
def test_arrays_of_others_are_refused_with_the_way_out(x, message):
    for call in (lambda: nbp.max_pool2d(x, 2), lambda: nbp.pool(x, 2), lambda: nbp.AvgPool2d(2)(x)):
        with pytest.raises(nbp.PoolingTypeError, match=message.replace("input is a", "(input|x) is a")):
            call()


def test_buffers_lists_and_images_are_arrays():
    for x in (X.tolist(), memoryview(X.astype(np.float32)), module("PIL.Image"), X.view(np.recarray)):
        np.testing.assert_array_equal(nbp.max_pool2d(x, 2), Y)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nbp.pool(np.ones((4, 4)), 2, "max", padding="reflekt"), '"mirror".*did you mean .reflect.'),
        (lambda: nbp.MaxPool2d(2, padding="sam"), "nbp.pool takes border modes.*did you mean .same."),
        (lambda: nbp.pool(np.ones((4, 4)), 2, "MAX"), "did you mean .max."),
        (lambda: nbp.pool(np.ones((4, 4)), 2, "global_max"), "window must be None.*write reduce='max'"),
        (lambda: nbp.pool("photo.png", 2), "must be an array; got 'photo.png'; read the file first"),
        (lambda: nbp.max_pool2d(Path("photo.png"), 2), "max_pool2d: input must be an array.*read the file first"),
        (lambda: nbp.pool(np.ones((4, 4)), "max", 2), "the window comes first"),
        (lambda: nbp.pool(np.ones((4, 4)), 2, "min, max"), r"write \('min', 'max'\)"),
        (lambda: nbp.pool(np.ones((4, 4)), 2, "percentile", q=90), 'write "quantile" with q='),
        (lambda: nbp.pool(np.ones((4, 4)), 2, "std"), "np.std"),
        (lambda: nbp.pool(np.ones((4, 4)), 2, how="max"), "use reduce="),
        (lambda: nbp.pool(np.ones((4, 4)), 2, "random", seed=0), "use rng="),
        (lambda: nbp.MaxPool2d(2, channels_last=True), "use data_format="),
        (lambda: nbp.MaxPool2d(2, padding="SAME"), "did you mean .same."),
        (lambda: nbp.pool(np.ones((4, 4)), 2, "max", padding="symmetric"), "did you mean .reflect."),
        (lambda: nbp.MaxPool2d(np.ones((1, 4, 4)), 2), r"MaxPool2d: kernel_size .* an array of shape \(1, 4, 4\)"),
        (lambda: nbp.MaxPool2d(2, data_format="NHWC"), 'write "channels_last"'),
        (lambda: nbp.AvgPool2d(2, dtype="i8")(np.ones((1, 4, 4), np.float32)), "use a floating-point one"),
        (lambda: nbp.warmup("max"), "warmup: layers must be layers"),
        (lambda: nbp.OwnPool2d(numba.njit(lambda w: w[0]), 2).vjp(np.ones((1, 4, 4))), "OwnPool2d.*no gradient"),
        (lambda: nbp.pool(np.ones((4, 4)), 2, numba.njit(lambda w: w[:2])), "function must return a number"),
        (lambda: nbp.pool(np.ones((4, 4)), 2, numba.njit(lambda w, v: w[0])), "function must take a one-dim"),
    ],
)
def test_what_a_newcomer_wrote(call, text):
    with pytest.raises(nbp.PoolingError, match=text):
        call()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("maxpool2d", "max_pool2d"),
        ("MaxPool2D", "MaxPool2d"),
        ("MaxPooling2D", "MaxPool2d"),
        ("AveragePooling1D", "AvgPool1d"),
        ("MeanPool3d", "AvgPool3d"),
    ],
)
def test_names_that_are_nearly_right(name, meant):
    with pytest.raises(AttributeError, match=f"no attribute '{name}'.*did you mean '(?i:{meant})'"):
        getattr(nbp, name)
