"""Functions inside functions that Numba compiles: the results, dtypes and errors of the direct call."""

from __future__ import annotations

import os
import subprocess
import sys

import numba
import numpy as np
import pytest

import numbapool as nbp
from numbapool import avg_pool2d, max_pool2d, pool  # noqa: F401  # by the texts below

SHAPES = {1: (2, 3, 8), 2: (2, 3, 8, 8), 3: (1, 2, 4, 4, 4)}
BOXES = np.array([[0, 1, 1, 4, 5], [1, 0, 0, 7, 7]], np.float32)
# What each function is called with behind its array, by its name without the number of axes.
ARGUMENTS = {
    "max_pool": "3, 2, padding=1, return_indices=True",
    "min_pool": "2, data_format='channels_last'",
    "avg_pool": "3, stride=1, padding=1, count_include_pad=False, dtype=np.float64",
    "sum_pool": "2, ceil_mode=True",
    "lp_pool": "2.0, 2",
    "power_avg_pool": "3, 2",
    "mixed_pool": "2, alpha=0.25",
    "median_pool": "3, 1, 1, return_indices=False, method='linear'",
    "quantile_pool": "0.25, 2",
    "mode_pool": "2, ignore=0",
    "subsample_pool": "2, position='last', return_indices=True",
    "random_pool": "2, rng=3",
    "stochastic_pool": "2, rng=3",
    "log_sum_exp_pool": "2",
    "soft_pool": "2",
    "adaptive_max_pool": "2, return_indices=True",
    "adaptive_min_pool": "3",
    "adaptive_avg_pool": "(2,)",
    "global_max_pool": "keepdims=False",
    "global_min_pool": "",
    "global_avg_pool": "",
    "global_lp_pool": "",
    "fractional_max_pool": "2, output_size=2, rng=3",
    "multi_pool": "('max', 'mean'), 2, as_tuple=True",
    "spatial_pyramid_pool": "(1, 2)",
    "roi_align": "BOXES, 2",
    "roi_max_pool": "BOXES, 2, return_indices=True",
}


def compiled(text):
    """A function from its text: direct, and compiled by Numba."""
    function = eval(text)
    return function, numba.njit(function)


def assert_same(found, expected):
    assert isinstance(found, tuple) == isinstance(expected, tuple)
    pairs = zip(found, expected, strict=True) if isinstance(found, tuple) else [(found, expected)]
    for f, e in pairs:
        assert f.dtype == e.dtype
        assert f.flags.writeable
        np.testing.assert_array_equal(f, e)


@pytest.fixture
def x(rng):
    return rng.standard_normal(SHAPES[2]).astype(np.float32)


def test_many_calls_in_one_function(x):
    """Forward and backward, by position and by name, with indices, options and sizes that only the call has."""

    def together(x, size, pair, out):
        a = nbp.max_pool2d(x, 2)
        b = max_pool2d(x, 2, stride=1)
        c = numbapool_functional.max_pool2d(x, kernel_size=2, padding=1)
        d, i = nbp.max_pool2d(x, size, pair, return_indices=True)
        e = nbp.max_pool2d_backward(d, i, x.shape)
        f = nbp.max_pool2d(input=x, kernel_size=2, out=out)
        g = nbp.max_pool2d(x, 2, None, ((1, 0), (0, 1)))
        h = nbp.pool(x, 2, axes=(-1, -2))
        k = nbp.pool(x, pair, "max", axis=(2, 3))
        return a, b, c, d, i, e, f, g, h, k

    out = np.empty((2, 3, 4, 4), np.float32)
    expected = together(x, 2, (2, 2), out)
    again = np.empty_like(out)
    found = numba.njit(together)(x, 2, (2, 2), again)
    assert_same(found, expected)
    np.testing.assert_array_equal(again, out)
    assert np.shares_memory(found[6], again)


numbapool_functional = nbp.functional


def test_means_and_their_gradient(x):
    def both(x, divisor):
        y = avg_pool2d(x, 2)
        return y, nbp.avg_pool2d_backward(y, x.shape, 2), avg_pool2d(x, (2, 2), divisor_override=divisor)

    assert_same(numba.njit(both)(x, 3), both(x, 3))


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[:, :, ::2, ::-1],
        np.asfortranarray,
        lambda x: x[:0],
        lambda x: np.broadcast_to(x[:1], x.shape),
        lambda x: x.transpose(0, 1, 3, 2),
    ],
    ids=["strided", "fortran", "empty", "read-only", "transposed"],
)
def test_any_view(x, view):
    assert_same(numba.njit(_halved)(view(x)), _halved(view(x)))


def _halved(x):
    return nbp.max_pool2d(x, 2)


def test_words_and_flags_given_to_the_function(x):
    """Those decide the type of the result, so that each gets a compiled function of its own."""

    @numba.njit
    def words(x, data_format, flag):
        return nbp.max_pool2d(x, 2, data_format=data_format, return_indices=flag)

    for data_format in ("channels_first", "channels_last"):
        expected = nbp.max_pool2d(x, 2, data_format=data_format, return_indices=True)
        assert_same(words(x, data_format, True), expected)


@pytest.mark.parametrize(
    "text",
    [
        "lambda x: max_pool2d(x, -1)",
        "lambda x: max_pool2d(x, (2, 0))",
        "lambda x: max_pool2d(x, 2, padding=3)",
        "lambda x: max_pool2d(x, 2.5)",
        "lambda x: max_pool2d(x)",
        "lambda x: max_pool2d(x, 2, strides=2)",
        "lambda x: max_pool2d(x, 2, 1, 0, 1, False, False, 'channels_last')",
        "lambda x: max_pool2d(x, 2, data_format='channel_last')",
        "lambda x: max_pool2d(x[0, 0], 2)",
        "lambda x: max_pool2d(x + 1j, 2)",
        "lambda x: max_pool2d(x, [2, 2])",
        "lambda x: max_pool2d(1, 2)",
        "lambda x: max_pool2d(x, 2, out=x[0])",
        "lambda x: max_pool2d(x, 2, out=x.astype(np.float64))",
        "lambda x: nbp.pool(x, 2, 'men')",
        "lambda x: nbp.pool(x, 2, axes=4)",
        "lambda x: nbp.pool(x, (2, 2, 2, 2, 2))",
        "lambda x: nbp.pool(x, 2, step=2)",
        "lambda x: nbp.avg_pool2d_backward(x, x.shape, -2)",
        "lambda x: nbp.max_pool2d_backward(x, x, x.shape)",
        "lambda x: nbp.lp_pool2d(x, 2.0, 2, method='lower')",
    ],
)
def test_what_is_wrong_is_said_as_numba_compiles(x, text):
    """By the error of the direct call, on an array that holds nothing, before anything has been computed."""
    function = numba.njit(eval(text))
    name = text.partition("(")[0].rpartition(" ")[2].removeprefix("nbp.")
    with pytest.raises(nbp.PoolingError, match=f"^{name}: ") as caught:
        function.compile((numba.typeof(x),))
    assert "shape (0" not in str(caught.value)
    assert not function.signatures


def test_what_is_wrong_with_values_is_said_by_the_call(x):
    function = numba.njit(lambda x, size: max_pool2d(x, size))
    for size in (9, 0, -3):
        with pytest.raises(nbp.PoolingValueError, match=f"^max_pool2d: kernel_size.*{size}"):
            function(x, size)
    np.testing.assert_array_equal(function(x, 2), max_pool2d(x, 2))


def test_layers_are_not_for_compiled_functions(x):
    with pytest.raises(numba.TypingError):
        numba.njit(lambda x: nbp.MaxPool2d(2)(x))(x)


def test_without_float16(x):
    """Numba has no arrays of them on the CPU."""
    with pytest.raises(nbp.PoolingTypeError, match=r"^avg_pool2d: Numba has no float16"):
        numba.njit(lambda x: avg_pool2d(x, 2, dtype=np.float16))(x)


def test_generators_and_their_state(x):
    function = numba.njit(lambda x, rng: (nbp.random_pool2d(x, 2, rng=rng), nbp.random_pool2d(x, 2, rng=rng)))
    ours, theirs = np.random.default_rng(5), np.random.default_rng(5)
    assert_same(function(x, ours), (nbp.random_pool2d(x, 2, rng=theirs), nbp.random_pool2d(x, 2, rng=theirs)))
    assert ours.random() == theirs.random()


IN_A_LOOP = """
import threading, sys
import numba, numpy as np, numbapool as nbp
from numbapool import threads

threads.PARALLEL_FROM = 0  # every call is worth threads

@numba.njit(parallel=True)
def each(x, y, size):
    for i in numba.prange(len(x)):
        nbp.max_pool2d(x[i], size, out=y[i])

@numba.njit
def one(x):
    return nbp.max_pool2d(x, 2)

pieces, pieces_for = [], threads.pieces_for
def noted(cost, units):
    pieces.append(pieces_for(cost, units))
    return pieces[-1]
threads.pieces_for = noted

x = np.random.default_rng(0).random((12, 16, 16, 16)).astype(np.float32)
expected = nbp.max_pool2d(x, 2)
pieces.clear()
for _ in range(3):
    y = np.zeros_like(expected)
    each(x, y, 2)
    assert (y == expected).all()
assert pieces == [1] * 36, pieces
assert numba.get_num_threads() == 2
assert (one(x) == expected).all()
assert pieces[-1] > 1
said = []
threading.excepthook = lambda args: said.append(args.exc_value)
try:
    each(x, y, 99)
except (nbp.PoolingValueError, SystemError):
    pass
assert said and all("kernel_size=99" in str(e) for e in said)
each(x, y, 2)
assert (y == expected).all()
print(numba.threading_layer())
"""


def run(code, *arguments, **environment):
    """What a new process prints; it must end by itself, and well."""
    environment = {**os.environ, "LD_LIBRARY_PATH": os.path.join(sys.prefix, "lib"), **environment}
    done = subprocess.run(
        [sys.executable, *(arguments or ("-c", code))],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "No threading layer" in done.stderr:
        pytest.skip("Numba does not have this threading layer here")
    assert done.returncode == 0, done.stderr
    assert "Terminating" not in done.stderr, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("layer", ["omp", "workqueue", "tbb"])
def test_calls_in_a_prange_are_serial_and_say_what_is_wrong(layer):
    assert run(IN_A_LOOP, NUMBA_THREADING_LAYER=layer, NUMBA_NUM_THREADS="2") == [layer]


def test_without_the_compiler():
    code = (
        "import numba, numpy as np, numbapool as nbp\n"
        "print(numba.njit(lambda x: nbp.max_pool2d(x, 2))(np.ones((1, 4, 4))).shape)"
    )
    assert run(code, NUMBA_DISABLE_JIT="1") == ["(1,", "2,", "2)"]


def test_numba_keeps_the_function_on_disk(tmp_path):
    """Another process takes it from there, the calls in it included, with the options that were known."""
    file = tmp_path / "kept.py"
    file.write_text(
        """
import numba, numpy as np
import numbapool as nbp

@numba.njit(cache=True)
def both(x, size):
    return nbp.max_pool2d(x, size, return_indices=True), nbp.avg_pool2d(x, 2, dtype=np.float64)

x = np.arange(32, dtype=np.float32).reshape(2, 4, 4)
(y, i), mean = both(x, 2)
assert (y == nbp.max_pool2d(x, 2)).all() and (mean == nbp.avg_pool2d(x, 2, dtype=np.float64)).all()
print(sum(both.stats.cache_hits.values()))
"""
    )
    assert [run("", str(file)) for _ in range(2)] == [["0"], ["1"]]


def case_of(name):
    """A call of a function, as text, and its array's shape."""
    kind = name.removesuffix("_backward")
    rank = int(kind[-2]) if kind[-1] == "d" and kind[-2].isdigit() else 2
    kind = kind.removesuffix(f"{rank}d")
    if name.endswith("_backward") and kind == "avg_pool":
        return f"lambda x: nbp.{name}(nbp.avg_pool{rank}d(x, 2), x.shape, 2)", SHAPES[rank]
    if name.endswith("_backward"):
        twin = name.removesuffix("_backward")
        return f"lambda x: nbp.{name}(x, nbp.{twin}(x, 1, return_indices=True)[1], x.shape)", SHAPES[rank]
    if kind == "max_unpool":
        return f"lambda x: nbp.{name}(x, nbp.max_pool{rank}d(x, 1, return_indices=True)[1], 1)", SHAPES[rank]
    return f"lambda x: nbp.{name}(x, {ARGUMENTS[kind]})", SHAPES[rank]


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("name", nbp.functional.__all__)
def test_all_functions(rng, name, dtype):
    text, shape = case_of(name)
    x = (8 * rng.random(shape)).astype(dtype)
    direct, inside = compiled(text)
    try:
        expected = direct(x)
    except nbp.PoolingError as error:
        with pytest.raises(type(error)):
            inside(x)
    else:
        assert_same(inside(x), expected)


OPERATIONS = {
    "max": "", "min": "", "mean": "", "sum": "", "lp": "", "power": "p=3", "mixed": "", "median": "", "mode": "",
    "quantile": "q=0.3", "first": "", "center": "", "last": "", "subsample": "", "random": "rng=0",
    "stochastic": "rng=0", "logsumexp": "", "soft": "", "adaptive_max": "", "adaptive_min": "", "adaptive_mean": "",
    "global_max": "", "global_min": "", "global_mean": "", "global_lp": "", "fractional_max": "output_size=2, rng=0",
    "spatial_pyramid": "", "roi_align": "boxes=BOXES", "roi_max": "boxes=BOXES",
}  # fmt: skip


@pytest.mark.parametrize("reduce", OPERATIONS)
def test_all_operations_of_pool(rng, reduce):
    x = rng.random(SHAPES[2]).astype(np.float32)
    window = "None" if reduce.startswith("global") else "(1, 2)" if reduce == "spatial_pyramid" else "2"
    direct, inside = compiled(f"lambda x: pool(x, {window}, '{reduce}', axes=(2, 3), {OPERATIONS[reduce]})")
    assert_same(inside(x), direct(x))


@pytest.mark.parametrize(
    "text",
    [
        "lambda x: pool(x, 2, ('max', 'min'), axes=(2, 3))",
        "lambda x: pool(x, (2, 2), np.mean, dtype=x.dtype)",
        "lambda x: pool(x, 2, 'max', axes=(0, 3), return_indices=True)",
        "lambda x: pool(x, (1, 1, 2, 2))",
        "lambda x: pool(x, 3, 'max', axes=(2, 3), padding='reflect')",
        "lambda x: pool(x, (2, 2), SPAN, axes=(2, 3))",
        "lambda x: pool(x, 2, 'mean', axes=-1)",
    ],
)
def test_all_forms_of_pool(rng, text):
    x = rng.random(SHAPES[2]).astype(np.float32)
    direct, inside = compiled(text)
    assert_same(inside(x), direct(x))


SPAN = numba.njit(lambda window: window.max() - window.min())
