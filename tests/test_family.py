"""The whole family against NumPy, window by window: values and indices."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
from cases import LAYOUTS, SPATIAL, channels_first, laid_out
from family import AVERAGES, PICKS, WINDOWS, apply, differences, layer

import numbapool as nbp
from numbapool.operations import OPERATIONS

# Norms differ in one number's power alone: one window for most, all windows for two.
LIKE_OTHERS = ("lp-1", "lp-3", "lp-half")


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize(
    ("name", "window"),
    [(n, w) for n in (*AVERAGES, *PICKS) for w in WINDOWS if w == "k3s2p1" or n not in LIKE_OTHERS],
)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_values(rng, name, rank, window, data_format):
    options, function = (AVERAGES | PICKS)[name]
    x = rng.standard_normal((2, 3, *SPATIAL[rank]), np.float32)
    x = np.round(x * 2) if name in PICKS else x
    given = laid_out(x, data_format)
    y = layer(name, rank, **WINDOWS[window].options, **options, data_format=data_format)(given)
    expected = apply(x.astype(np.float64), WINDOWS[window], SPATIAL[rank], function)
    np.testing.assert_allclose(channels_first(y, data_format), expected, rtol=2e-6, atol=1e-6)


# Kernels are compiled for each dtype: one in turn for each operation, and all of them for one average and one choice.
DTYPES = ("float16", "uint8", "int64", "bool")
NAMES = [n for n in (*AVERAGES, *PICKS) if n not in LIKE_OTHERS]
DTYPES_OF = sorted({(n, DTYPES[i % 4]) for i, n in enumerate(NAMES)} | set(product(("quantile", "mode"), DTYPES)))


@pytest.mark.parametrize(("name", "dtype"), DTYPES_OF)
def test_dtypes(rng, name, dtype):
    options, function = (AVERAGES | PICKS)[name]
    x = rng.integers(0, 2 if dtype == "bool" else 6, (2, 2, 7, 8)).astype(dtype)
    y = layer(name, 2, **WINDOWS["k3s2p1"].options, **options)(x)
    expected = apply(x.astype(np.float64), WINDOWS["k3s2p1"], (7, 8), function)
    np.testing.assert_allclose(y.astype(np.float64), expected, rtol=2e-3 if dtype == "float16" else 1e-5)
    if name in PICKS or x.dtype.kind == "f":
        assert y.dtype == x.dtype


@pytest.mark.parametrize("name", PICKS)
def test_indices_point_at_the_first_of_equal_values(rng, name):
    x = rng.integers(0, 4, (2, 3, 9, 9)).astype(np.float32)
    y, indices = layer(name, 2, kernel_size=3, stride=2, padding=1, return_indices=True)(x)
    np.testing.assert_array_equal(
        np.take_along_axis(x.reshape(2, 3, -1), indices.reshape(2, 3, -1), 2), y.reshape(2, 3, -1)
    )
    assert indices[0, 0, 0, 0] == min(i for i in (0, 1, 9, 10) if x[0, 0].ravel()[i] == y[0, 0, 0, 0])


@pytest.mark.parametrize(
    ("name", "plain", "omit"),
    [
        ("max", np.max, np.nanmax),
        ("min", np.min, np.nanmin),
        ("mean", np.mean, np.nanmean),
        ("sum", np.sum, np.nansum),
        ("median", lambda w: np.nan if np.isnan(w).any() else w.min(), np.nanmin),
    ],
)
def test_nan_as_numpy(rng, name, plain, omit):
    x = rng.standard_normal((1, 1, 8)).astype(np.float32)
    x[0, 0, [1, 3, 6, 7]] = np.nan
    for policy, function in (("propagate", plain), ("omit", omit)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            expected = [function(w) for w in x.reshape(4, 2)]
        y = layer(name, 1, kernel_size=2, nan_policy=policy)(x)
        np.testing.assert_allclose(y.ravel(), expected, rtol=1e-6, err_msg=policy)


def test_indices_of_what_is_no_nan(rng):
    x = rng.standard_normal((1, 1, 8)).astype(np.float32)
    x[0, 0, [1, 3, 6, 7]] = np.nan
    _, indices = nbp.MaxPool1d(2, return_indices=True, nan_policy="omit")(x)
    assert indices.ravel()[:3].tolist() == [0, 2, 4 + int(x[0, 0, 5] > x[0, 0, 4])]
    with pytest.raises(nbp.PoolingValueError, match="nan_policy must be"):
        nbp.MaxPool1d(2, nan_policy="ignore")


def test_soft_maxima_do_not_overflow():
    x = np.array([[1000.0, 1001.0, -np.inf, 5.0, np.inf, 1.0, -1e308, -1e308]])
    for pool in (nbp.SoftPool1d(2), nbp.LogSumExpPool1d(2, sharpness=50)):
        y = pool(x)
        assert 1000 < y[0, 0] <= 1001
        assert y[0, 1] == pytest.approx(5, abs=0.05)
        assert y[0, 2] == np.inf
        assert y[0, 3] == -1e308


def test_mode_of_labels():
    labels = np.array([[2**63 + 5, 2**63 + 5, 7, 7], [0, 7, 0, 0]], np.uint64)
    assert nbp.pool(labels, 2, "mode").tolist() == [[2**63 + 5, 0]]
    assert nbp.pool(labels, 2, "mode", ignore=0).tolist() == [[2**63 + 5, 7]]
    assert nbp.pool(labels, 2, "mode", ignore=2**63 + 5).tolist() == [[0, 0]]
    assert nbp.pool(np.zeros((2, 2), np.uint8), 2, "mode", ignore=0).tolist() == [[0]]
    assert nbp.pool(labels, 2, "mode", ignore=2**64).tolist() == nbp.pool(labels, 2, "mode").tolist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_ignored_label_is_one_of_the_dtype(dtype):
    """The nearest one; numbers beyond the range of the dtype are no label, and infinity is another."""
    x = np.array([0.1, 0.1, 2, 3, np.inf, np.inf, 2, 3], dtype)
    for ignored in (0.1, np.float64(0.1), x[0]):
        assert nbp.pool(x, 4, "mode", ignore=ignored).tolist() == [2, np.inf]
    beyond = 10**400 if dtype == "float64" else 1e300
    assert nbp.pool(x, 4, "mode", ignore=beyond).tolist() == [x[0], np.inf]


def test_positions_are_views():
    x = np.arange(2 * 3 * 7 * 9).reshape(2, 3, 7, 9)
    first = nbp.SubsamplePool2d(2)(x)
    np.testing.assert_array_equal(first, x[:, :, 0:6:2, 0:8:2])
    assert np.shares_memory(first, x)
    np.testing.assert_array_equal(nbp.pool(x, 3, "center", axes=(2, 3)), x[:, :, 1::3, 1::3])
    np.testing.assert_array_equal(nbp.pool(x, (2, 3), "last", axes=(2, 3)), x[:, :, 1::2, 2::3])
    y, indices = nbp.SubsamplePool2d((2, 3), position=(1, 0), return_indices=True)(x)
    np.testing.assert_array_equal(y, x[:, :, 1::2, 0::3])
    np.testing.assert_array_equal(
        np.take_along_axis(x.reshape(2, 3, -1), indices.reshape(2, 3, -1), 2).reshape(y.shape), y
    )
    y, back = nbp.SubsamplePool2d(2).vjp(x)
    gx = back(np.ones(y.shape))
    assert gx.sum() == y.size
    assert gx[0, 0, 0, 0] == 1
    with pytest.raises(nbp.PoolingValueError, match="position must"):
        nbp.SubsamplePool2d(2, position=2)


@pytest.mark.parametrize("reduce", ["max", "mean"])
@pytest.mark.parametrize(("dtype", "rtol", "atol"), [("float32", 1e-6, 1e-3), ("float64", 1e-7, 1e-7)])
def test_spatial_pyramid(rng, reduce, dtype, rtol, atol):
    x = rng.permutation(2 * 3 * 9 * 11).reshape(2, 3, 9, 11).astype(dtype) / 8
    pool = nbp.SpatialPyramidPool((1, 2, 4), reduce)
    y, back = pool.vjp(x)
    assert y.shape == pool.output_shape(x.shape) == (2, 63)
    np.testing.assert_allclose(y[:, :3], getattr(x, reduce)(axis=(2, 3)), rtol=rtol)
    weights = rng.integers(-4, 5, y.shape).astype(dtype)
    slope = differences(lambda v: (pool(v) * weights).sum(dtype=float), x, 1 / 16)
    np.testing.assert_allclose(back(weights), slope, rtol=1e-5, atol=0 if reduce == "max" else atol)
    last = nbp.SpatialPyramidPool((1, 2, 4), reduce, data_format="channels_last")
    np.testing.assert_allclose(last(np.moveaxis(x, 1, -1)), y, rtol=rtol)
    assert nbp.SpatialPyramidPool((2,))(x[..., 0]).shape == (2, 6)


def test_functions_of_ones_own(rng):
    import numba

    @numba.njit
    def span(window):
        return window.max() - window.min()

    @numba.njit
    def fails(window):
        if window[0] >= 0:
            raise ValueError("no")
        return 1.0

    x = rng.standard_normal((4, 50, 60)).astype(np.float32)
    y = nbp.pool(x, (2, 3), span, axes=(1, 2))
    blocks = x.reshape(4, 25, 2, 20, 3)
    np.testing.assert_array_equal(y, blocks.max((2, 4)) - blocks.min((2, 4)))
    big = rng.standard_normal((400, 500), np.float32)
    np.testing.assert_array_equal(nbp.pool(big, 2, span), nbp.pool(big, 2, "max") - nbp.pool(big, 2, "min"))
    median = numba.njit(lambda window: np.median(window))  # one that allocates
    np.testing.assert_allclose(nbp.pool(big[:20], 3, median), nbp.pool(big[:20], 3, "median"))
    nbp.register("span", span)
    np.testing.assert_array_equal(nbp.pool(x, (2, 3), "span", axes=(1, 2)), y)
    with pytest.raises(ValueError, match="no"):  # on threads: `test_threads`
        nbp.pool(abs(big[:10]), 2, fails)
    with pytest.raises(nbp.PoolingTypeError, match=r"numba\.njit"):
        nbp.pool(x, 2, len)
    with pytest.raises(nbp.PoolingValueError, match="is an operation"):
        nbp.register("max", span)
    text = numba.njit(lambda window: "text")
    with pytest.raises(nbp.PoolingTypeError, match="number"):
        nbp.pool(x, 2, text)


@pytest.mark.parametrize("name", [n for n in OPERATIONS if n not in ("own",)])
def test_every_layer_is_a_value(name):
    kind = OPERATIONS[name][0]
    options = {
        "lp": {"norm_type": 2, "kernel_size": 2},
        "power": {"p": 3, "kernel_size": 2},
        "quantile": {"q": 0.5, "kernel_size": 2},
        "multi": {"reduces": ("max",), "kernel_size": 2},
        "fractional_max": {"kernel_size": 2, "output_size": 3},
        "roi_align": {"output_size": 2},
        "roi_max": {"output_size": 2},
        "spatial_pyramid": {},
    }.get(name, {} if name.startswith("global") else {"output_size": 2} if "adaptive" in name else {"kernel_size": 2})
    import pickle

    made = kind(**options)
    assert eval(repr(made), {n: getattr(nbp, n) for n in nbp.__all__} | {"inf": np.inf}) == made
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(kind(**options))
    with pytest.raises(nbp.PoolingValueError, match="data_format"):
        kind(**options, data_format="channels")
