"""Labelled arrays: values, coordinates and attributes are those of xarray's ``coarsen``."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp

xr = pytest.importorskip("xarray")
pytest.importorskip("dask.array")
nbp_xarray = pytest.importorskip("numbapool.xarray")

REDUCTIONS = ["max", "mean"]
BOUNDARIES = {
    "trim": {"boundary": "trim"},
    "right": {"boundary": "trim", "side": "right"},
    "pad": {"boundary": "pad"},
    "mixed": {"boundary": {"y": "pad", "x": "trim"}, "side": {"y": "right", "x": "left"}},
    "coords": {"boundary": "trim", "coord_func": "max"},
    "each": {"boundary": "trim", "coord_func": {"x": "min", "time": "max"}},
}


@pytest.fixture
def field():
    """A field with dates along y, a coordinate over two dimensions, one over none, and a few NaN."""
    values = np.random.default_rng(5).standard_normal((3, 13, 11)).astype(np.float32)
    values[0, 0, 0] = values[1, :2, :2] = np.nan
    dates = np.datetime64("2001-01-01") + np.arange(13).astype("timedelta64[D]")
    coords = {
        "x": ("x", np.arange(11.0), {"units": "m"}),
        "band": ["a", "b", "c"],
        "time": ("y", dates.astype("datetime64[ns]")),
        "height": (("y", "x"), np.random.default_rng(6).random((13, 11))),
        "run": 7,
    }
    return xr.DataArray(values, dims=("band", "y", "x"), coords=coords, name="t2m", attrs={"units": "K"})


def assert_coarse(found, expected):
    xr.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.attrs == expected.attrs
    for name in expected.coords:
        assert found.coords[name].attrs == expected.coords[name].attrs
        assert found.coords[name].dtype == expected.coords[name].dtype
    both = (found, expected) if isinstance(found, xr.DataArray) else ()
    assert len({a.dtype for a in both}) <= 1


@pytest.mark.parametrize("reduce", REDUCTIONS)
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_as_coarsen(field, reduce, boundary):
    options = BOUNDARIES[boundary]
    expected = getattr(field.coarsen(y=3, x=2, **copied(options)), reduce)()
    assert_coarse(nbp_xarray.pool(field, {"y": 3, "x": 2}, reduce, **options), expected)
    assert_coarse(getattr(field.pool, reduce)(y=3, x=2, **options), expected)


@pytest.mark.parametrize("reduce", ["max", "min", "mean", "sum", "median"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("dtype", ["float64", "int16", "bool"])
def test_all_as_coarsen(field, reduce, boundary, dtype):
    field = field.astype(dtype) if dtype == "float64" else field.fillna(0).astype(dtype)
    options = BOUNDARIES[boundary]
    expected = getattr(field.coarsen(y=3, x=2, **copied(options)), reduce)()
    assert_coarse(nbp_xarray.pool(field, {"y": 3, "x": 2}, reduce, **options), expected)


def copied(options):
    """``coarsen`` puts more into the mappings that it gets."""
    return {name: dict(value) if isinstance(value, dict) else value for name, value in options.items()}


def test_skipna_and_attributes(field):
    trimmed = {"boundary": "trim"}
    expected = field.coarsen(y=2, x=2, **trimmed).reduce(np.max)
    assert_coarse(field.pool.max(y=2, x=2, skipna=False, **trimmed), expected)
    assert field.pool.max(y=2, x=2, keep_attrs=False, **trimmed).attrs == {}
    with xr.set_options(keep_attrs=False):
        assert_coarse(field.pool.max(y=2, x=2, **trimmed), field.coarsen(y=2, x=2, **trimmed).max())


def test_datasets(field):
    data = field.to_dataset().assign(series=("y", np.arange(13, dtype=np.float32)), name=("band", list("xyz")))
    data.attrs["title"] = "test"
    found = data.pool.max(y=3, x=2, boundary="trim")
    expected = data.drop_vars("name").coarsen(y=3, x=2, boundary="trim").max()
    assert_coarse(found.drop_vars("name"), expected)
    assert found["name"].identical(data["name"].drop_vars(["x", "time", "height"], errors="ignore"))
    assert found.series.dims == ("y",)


def test_dask_stays_lazy(field):
    lazy = field.chunk(y=5, x=4)
    found = lazy.pool.mean(y=3, x=2, boundary="trim")
    assert found.chunks is not None
    assert_coarse(found, field.coarsen(y=3, x=2, boundary="trim").mean())
    assert found.compute().values.tobytes() == field.pool.mean(y=3, x=2, boundary="trim").values.tobytes()


def test_overlapping_windows(field):
    field = field.drop_vars("height")
    found = field.pool(y=3, x=3, reduce="max", stride={"y": 2, "x": 1}, padding={"x": (1, 1)})
    expected = nbp.pool(field.values, (3, 3), np.nanmax, axes=(1, 2), stride=(2, 1), padding=((0, 0), (1, 1)))
    np.testing.assert_array_equal(found.values, expected)
    assert found.x.values.tolist() == [0.5, *range(1, 10), 9.5]
    assert (found.time.values == field.time.values[1:-1:2]).all()
    assert found.x.attrs == {"units": "m"}
    same = field.pool.mean(x=3, stride=2, padding="same")
    assert same.sizes["x"] == 6


def test_reductions_by_name_and_function(field):
    pair = {"x": 2, "y": 2}
    low, high = field.pool(pair, ("min", "max"), boundary="trim")
    assert bool((low <= high).where(low.notnull(), True).all())
    xr.testing.assert_identical(high, field.pool(pair, np.max, boundary="trim"))
    assert field.rename(x="dtype").pool({"dtype": 2}, "max", boundary="trim").sizes["dtype"] == 5


def test_as_the_reduction_of_coarsen(field):
    nbp_dask = pytest.importorskip("numbapool.dask")
    field = field.fillna(0)
    for given in (field, field.chunk(y=5, x=4)):
        coarse = given.coarsen(y=3, x=2, boundary="trim")
        for reduce in REDUCTIONS:
            assert_coarse(coarse.reduce(getattr(nbp_dask, reduce)), getattr(coarse, reduce)())


WRONG = {
    r"pool: obj must be a DataArray or a Dataset; got ndarray": lambda f: nbp_xarray.pool(f.values, {"x": 2}),
    r"pool: 'z' is no dimension of the DataArray, which has \('band', 'y', 'x'\)": lambda f: f.pool({"z": 2}),
    r"pool: 'z' is neither a dimension .* nor an option": lambda f: f.pool.max(z=2),
    r"pool: window must be a mapping .* got 2": lambda f: f.pool(2),
    r"pool: window must name a dimension": lambda f: f.pool(),
    r"pool: window of 'x' must be an integer; got 2\.5": lambda f: f.pool(x=2.5),
    r"pool: window of 'x' must be at least 1; got 0": lambda f: f.pool(x=0),
    r"windows of 2 do not fit 11 positions along 'x'; boundary='trim'": lambda f: f.pool.max(x=2),
    r"boundary must be \"exact\", \"trim\" or \"pad\"; got 'cut' for 'x'": lambda f: f.pool.max(x=2, boundary="cut"),
    r"side must be \"left\" or \"right\"; got 'up'": lambda f: f.pool.max(x=2, boundary="trim", side="up"),
    r"skipna=True is for max, .* got reduce='mode'": lambda f: f.pool(x=2, reduce="mode", skipna=True),
    r"reduce='adaptive_max' is not for labelled arrays": lambda f: f.pool(x=2, reduce="adaptive_max"),
    r"pool: variable 't2m': reduce must be one of .* did you mean 'max'": lambda f: f.pool(x=1, reduce="maxx"),
    r"pool: variable 't2m': x has dtype complex64": lambda f: f.astype("complex64").pool.max(x=1),
    r"coordinate 'height' has dimensions \('y', 'x'\).*drop_vars": lambda f: f.pool.max(x=2, stride=1),
    r"window of 'x' is given twice": lambda f: f.pool({"x": 2}, x=2),
    r"window of 99 does not fit 11 positions along 'x'; boundary='trim'": lambda f: f.pool.max(x=99, boundary="trim"),
    r"coord_func cannot be applied to the coordinates": lambda f: f.pool.max(band=3),
    r"coord_func cannot .* meen": lambda f: f.pool.max(x=11, coord_func="meen"),
    r"coord_func must be .* got 'meen'": lambda f: f.pool.max(band=2, stride=1, coord_func="meen"),
    r"it to numbapool\.xarray\.pool, or x\.values": lambda f: nbp.pool(f, 2),
}


@pytest.mark.parametrize("message", WRONG)
def test_errors_tell_the_way_out(field, message):
    with pytest.raises(nbp.PoolingError, match=message):
        WRONG[message](field)
