"""Gradients of the family: by finite differences, by parts, and of windows in lines and one by one."""

from __future__ import annotations

import numpy as np
import pytest
from cases import LAYOUTS, Window, channels_first, laid_out
from family import AVERAGES, PICKS, WINDOWS, apply, expected_draw, layer, slopes

import numbapool as nbp
from numbapool.operations.soft import SoftPool

# Windows, and the planes that they are tried on.
DIFFERENTIATED = {
    "k3s2p1": (Window(3, 2, 1), (5, 6)),
    "k2s3p1d2": (Window(2, 3, 1, 2), (4, 4)),  # cut off at both ends: of equal size, but not a stride apart
    "k9s4p2": (Window(9, 4, 2), (11, 8)),  # too many values to work on windows side by side
}


@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize(
    ("name", "window"),
    [(n, w) for n in (*AVERAGES, *PICKS, "stochastic") for w in DIFFERENTIATED if w == "k3s2p1" or n not in PICKS],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_beside_differences(rng, name, window, data_format, dtype):
    options, function = (AVERAGES | PICKS).get(name, ({"training": False}, expected_draw))
    window, spatial = DIFFERENTIATED[window]
    pool = layer(name, 2, **window.options, **options, data_format=data_format)
    x = (rng.standard_normal((1, 2, *spatial)) + (3 if name == "power" else 0)).astype(dtype)
    given = laid_out(x, data_format)
    y, pullback = pool.vjp(given)
    np.testing.assert_array_equal(y, pool(given))
    weights = rng.standard_normal(channels_first(y, data_format).shape).astype(dtype)
    gradient = channels_first(pullback(laid_out(weights, data_format)), data_format)
    slope = slopes(x.astype(np.float64), window, spatial, function, weights)
    np.testing.assert_allclose(gradient, slope, rtol=2e-5, atol=1e-6)


POWERS = {
    nbp.LPPool2d: lambda p: lambda v: (abs(v) ** p).sum() ** (1 / p),
    nbp.PowerAvgPool2d: lambda p: lambda v: (v**p).mean() ** (1 / p),
}


@pytest.mark.parametrize(
    ("kind", "p"), [(nbp.LPPool2d, 2.5), (nbp.LPPool2d, 4), (nbp.PowerAvgPool2d, 2.5), (nbp.PowerAvgPool2d, -1)]
)
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
def test_powers_in_vectors(rng, kind, p, dtype):
    """Those of float64 are the C library's."""
    x = rng.uniform(0.5, 3, (2, 3, 12, 11)).astype(dtype)
    y, back = kind(p, 3, 2).vjp(x)
    exact, function = x.astype(np.float64), POWERS[kind](p)
    np.testing.assert_allclose(
        y, apply(exact, Window(3, 2), (12, 11), function), rtol=1e-3 if dtype == "float16" else 2e-6
    )
    grad = rng.standard_normal(y.shape)
    np.testing.assert_allclose(back(grad), slopes(exact, Window(3, 2), (12, 11), function, grad), rtol=1e-5, atol=1e-6)


class OneByOne(SoftPool, rank=2):
    """What an operation of somebody's own has: functions of one window."""

    reduce = "soft-one-by-one"
    average_across = None
    weigh_across = None


@pytest.mark.parametrize("window", WINDOWS)
def test_windows_one_by_one_and_in_lines(rng, window):
    x = rng.standard_normal((2, 3, 11, 13)).astype(np.float32)
    (y, back), (expected, back_in_lines) = (
        kind(**WINDOWS[window].options).vjp(x) for kind in (OneByOne, nbp.SoftPool2d)
    )
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    grad = rng.standard_normal(y.shape)
    np.testing.assert_allclose(back(grad), back_in_lines(grad), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("values", [5, 70])
def test_soft_gradient_leaves_minus_infinity_out(rng, values):
    x = rng.standard_normal((1, 1, values))
    x[..., 2] = -np.inf
    grad = nbp.SoftPool1d(values).backward(np.ones((1, 1, 1)), x)
    others = np.delete(x, 2, axis=-1)
    expected = nbp.SoftPool1d(values - 1).backward(np.ones((1, 1, 1)), others)
    np.testing.assert_allclose(grad, np.insert(expected, 2, 0, axis=-1), rtol=1e-12)


@pytest.mark.parametrize("kind", [nbp.SoftPool2d, lambda *window: nbp.QuantilePool2d(0.3, *window)])
def test_gradients_reach_the_border_of_large_planes(rng, kind):
    """The weights of each window add up to 1."""
    y, pullback = kind(3, 1, 1).vjp(rng.random((1, 1, 70, 70), np.float32))
    assert pullback(np.ones_like(y)).sum() == pytest.approx(y.size)


@pytest.mark.parametrize(
    ("name", "field", "value", "function"),
    [
        ("power", "p", 2.5, POWERS[nbp.PowerAvgPool2d]),
        ("mixed", "alpha", 0.4, lambda alpha: lambda v: alpha * v.max() + (1 - alpha) * v.mean()),
    ],
)
@pytest.mark.parametrize("data_format", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_of_parameters(rng, name, field, value, function, data_format, dtype):
    x = (rng.random((2, 2, 6, 6)) + 0.1).astype(dtype)
    pool = layer(name, 2, kernel_size=2, data_format=data_format, **{field: value})
    weights = rng.standard_normal((2, 2, 3, 3)).astype(dtype)
    up, down = (apply(x.astype(np.float64), Window(2), (6, 6), function(value + by)) for by in (1e-6, -1e-6))
    slope = ((up - down) / 2e-6 * weights).sum()
    found = pool.parameter_gradient(laid_out(weights, data_format), laid_out(x, data_format))
    assert found == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("pool", [nbp.SoftPool1d, nbp.LogSumExpPool1d, nbp.LPPool1d, nbp.QuantilePool1d])
@pytest.mark.parametrize("spatial", [1, 2])
def test_gradients_of_many_planes_of_few_positions(rng, pool, spatial):
    """Planes of a single position lie side by side as the channels of pixels do."""
    options = {"q": 0.5} if pool is nbp.QuantilePool1d else {"norm_type": 2.0} if pool is nbp.LPPool1d else {}
    layer = pool(**options, kernel_size=2, padding=1, stride=1)
    x = rng.standard_normal((3, 4, spatial))
    y, back = layer.vjp(x)
    grad = rng.standard_normal(y.shape)
    gx = back(grad)
    for n in range(3):
        for c in range(4):
            single = np.s_[n : n + 1, c : c + 1]
            np.testing.assert_allclose(layer.vjp(x[single])[1](grad[single]), gx[single], rtol=1e-12)


@pytest.mark.parametrize("data_format", LAYOUTS)
def test_gradients_of_float16_are_rounded_once(rng, data_format):
    """Where several are added up, that is in float32."""
    x = laid_out(rng.standard_normal((2, 6, 9, 9)).astype(np.float16), data_format)
    boxes = np.array([[0, 0, 0, 5, 5], [0, 1, 1, 6, 6], [0, 0, 1, 8, 8], [1, 0, 0, 8, 8]], float)
    calls = {
        "multi": nbp.MultiPool2d(("max", "min", "mean"), 3, 1, data_format=data_format).vjp,
        "pyramid": nbp.SpatialPyramidPool((1, 2, 3), data_format=data_format).vjp,
        "regions": lambda x: nbp.RoIMaxPool(3, data_format=data_format).vjp(x, boxes),
        "mixed": nbp.MixedPool2d(2, 1, data_format=data_format).vjp,
    }
    for name, call in calls.items():
        y, pullback = call(x)
        grad = rng.standard_normal(y.shape).astype(np.float16)
        found, right = pullback(grad), call(x.astype(np.float32))[1](grad.astype(np.float32))
        assert found.dtype == np.float16, name
        np.testing.assert_allclose(found, right, rtol=2e-3, atol=1e-6, err_msg=name)
