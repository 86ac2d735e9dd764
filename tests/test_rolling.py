"""Rolling windows beside pandas and bottleneck."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp

pandas = pytest.importorskip("pandas")
REDUCTIONS = ["max", "min", "mean", "sum", "median"]


def series(missing):
    x = np.random.default_rng(0).random(50)
    x[missing] = np.nan
    return x


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("missing", [[], [3, 4, 5, 20, 21], slice(None)], ids=["none", "some", "all"])
@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_as_pandas(reduce, missing, center):
    x = series(missing)
    for window in (1, 3, 8, 60):
        for least in {None, 0, 1, min(2, window)}:
            rolled = pandas.Series(x).rolling(window, min_periods=least, center=center)
            got = nbp.rolling(x, window, reduce, min_periods=least, center=center)
            np.testing.assert_allclose(got, getattr(rolled, reduce)(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_as_bottleneck(reduce):
    bottleneck = pytest.importorskip("bottleneck")
    x = series([3, 4, 5, 20, 21]).reshape(5, 10)
    for axis in (0, 1, -1):
        want = getattr(bottleneck, f"move_{reduce}")(x, 3, min_count=2, axis=axis)
        np.testing.assert_allclose(nbp.rolling(x, 3, reduce, axis=axis, min_periods=2), want, rtol=1e-12)


@pytest.mark.parametrize("center", [False, True])
def test_windows_longer_than_the_axis_hold_all_of_it(center):
    x = series([3, 4])
    for window in (2**39, 10**30):
        expected = nbp.rolling(x, 200, "sum", min_periods=0, center=center)
        np.testing.assert_array_equal(nbp.rolling(x, window, "sum", min_periods=0, center=center), expected)
        assert np.isnan(nbp.rolling(x, window, center=center)).all()


def test_dtypes():
    assert nbp.rolling(np.arange(5, dtype=np.float32), 2, "max").dtype == np.float32
    assert nbp.rolling(np.arange(5), 2, "max").tolist()[1:] == [1.0, 2.0, 3.0, 4.0]
    assert nbp.rolling(np.empty((0, 3)), 2).shape == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"window": 0}, "window must be at least 1"),
        ({"window": 2.5}, "window must be an integer"),
        ({"window": 2, "min_periods": 3}, "min_periods must be from 0 to window=2"),
        ({"window": 2, "axis": 1}, "axis must be one of 1 axes"),
        ({"window": 2, "reduce": "mode"}, "reduce must be one of 'max'"),
        ({"window": 2, "center": "no"}, "center must be True or False"),
        ({"windw": 2}, "unknown argument 'windw'"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(nbp.PoolingError, match=words):
        nbp.rolling(np.zeros(5), **arguments)
