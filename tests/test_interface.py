"""The public interface as tools see it: signatures, docstrings, type checkers, and nothing that is private."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import subprocess
import sys
import typing
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import numbapool as nbp
from numbapool.layer_cache import function_layer, layer_for
from numbapool.validation.docstrings import function_name

ROOT = Path(__file__).parent.parent
PUBLIC_MODULES = {"functional", "operations", "torch", "dask", "xarray", "skimage", "ndimage"}

RIGHT = """
from typing import Any

import numpy as np
from numpy.typing import NDArray

import numbapool as nbp

x = np.zeros((1, 3, 8, 8), np.float32)
pool = nbp.MaxPool2d(3, stride=2, padding="same", data_format="channels_last")
y = pool(x)
shape: tuple[int, ...] = pool.output_shape(x.shape)
nbp.max_pool2d(x, 2)
nbp.max_pool2d(x, (2, 2), [2, 2], ((0, 1), (0, 1)), return_indices=True, nan_policy="omit")
mean: NDArray[Any] = nbp.avg_pool2d([[[1.0, 2.0], [3.0, 4.0]]], kernel_size=2, dtype="float64")
gx: NDArray[Any] = nbp.max_pool2d_backward(y, y, x.shape, out=x)
nbp.functional.lp_pool2d(x, 2.0, 2, ceil_mode=True)
nbp.adaptive_avg_pool2d(x, (None, 4))
nbp.random_pool2d(x, 2, rng=np.random.default_rng(0))
nbp.max_unpool2d(y, y, 2, output_size=(8, 8))
nbp.roi_align(x, [[0, 1, 1, 2, 2]], 7, mode="max")
nbp.pool(x, (2, 2), "mean", axes=(2, 3))
nbp.operations.OPERATIONS["max"]
try:
    nbp.MaxPool2d(0)
except nbp.PoolingError:
    nbp.warmup(pool)
"""

# Each line is wrong, and the error of it has these words.
WRONG = {
    "nbp.nope": 'has no attribute "nope"',
    "nbp.functional.nope": 'has no attribute "nope"',
    "nbp.max_pool2d(x, kernel=2)": 'Unexpected keyword argument "kernel" for "max_pool2d"',
    "nbp.max_pool2d(x)": "Missing positional argument",
    "nbp.max_pool2d(x, 2.5)": 'incompatible type "float"',
    "nbp.max_pool2d(x, 2, nan_policy='skip')": "incompatible type",
    "nbp.max_pool2d(x, 2, 2, 0, 1, False, False, 'channels_last')": "Too many positional arguments",
    "nbp.avg_pool2d(x, 2, return_indices=True)": 'Unexpected keyword argument "return_indices" for "avg_pool2d"',
    "nbp.roi_align(x, [[0, 1, 1, 2, 2]], 7, mode='sum')": "incompatible type",
    "nbp.max_pool2d_backward(x, x, x.shape, stride=2)": 'Unexpected keyword argument "stride"',
    "nbp.MaxPool2d(2, strid=1)": 'Unexpected keyword argument "strid" for "MaxPool2d"',
    "nbp.MaxPool2d(2, data_format='NHWC')": "incompatible type",
    "nbp.pool(x, 2, ax=1)": None,  # options are those of the operation
}


def public_functions() -> list[str]:
    return list(nbp.functional.__all__)


def test_the_file_of_functions_is_current():
    path = ROOT / "docs" / "generate_functions.py"
    spec = importlib.util.spec_from_file_location("generate_functions", path)
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.TARGET.read_text(encoding="utf-8") == generator.source(), f"run python {path.relative_to(ROOT)}"


def test_mypy_tells_right_calls_from_wrong_ones(tmp_path):
    head = "import numpy as np\nimport numbapool as nbp\nx = np.zeros((1, 3, 8, 8), np.float32)\n"
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(head + "\n".join(WRONG) + "\n")
    options = ["--config-file=", "--follow-imports=silent", "--ignore-missing-imports", "--hide-error-context"]
    command = [sys.executable, "-m", "mypy", *options, f"--cache-dir={tmp_path / 'cache'}", "right.py", "wrong.py"]
    path = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, check=False)
    found = re.findall(r"(?m)^(\w+)\.py:(\d+): error: (.*)$", done.stdout)
    assert done.returncode == 1, done.stdout + done.stderr
    assert [error for error in found if error[0] == "right"] == []
    errors = {int(line): message for file, line, message in found if file == "wrong"}
    for line, (call, words) in enumerate(WRONG.items(), start=head.count("\n") + 1):
        assert (line in errors) == (words is not None), (call, done.stdout)
        assert words is None or words in errors[line], (call, errors[line])


@pytest.mark.parametrize("name", public_functions())
def test_functions_have_signatures_that_tools_can_read(name):
    function = getattr(nbp, name)
    assert function is getattr(nbp.functional, name)
    assert inspect.isfunction(function)
    assert (function.__name__, function.__module__) == (name, "numbapool.functional")
    assert inspect.getsource(function).startswith(f"def {name}(")
    parameters = inspect.signature(function).parameters
    hints = typing.get_type_hints(function)
    assert hints.keys() == {*parameters, "return"}
    assert not any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters.values())
    assert list(parameters)[-1] == "out"
    assert parameters["out"].kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize("name", public_functions())
def test_functions_are_documented_in_full(name):
    text = inspect.getdoc(getattr(nbp, name))
    titles = re.findall(r"(?m)^(.+)\n-+$", text)
    assert [t for t in titles if t != "Notes"] == ["Parameters", "Returns", "Raises", "See Also", "Examples"]
    assert ("Notes" in titles) != name.endswith("_backward")
    assert text.splitlines()[1] == ""
    assert not re.search(r'\{(?!")|(?m:^<\w+>$)', text)  # no place is left to fill in
    listed = text.partition("Parameters\n----------\n")[2].partition("\n\nReturns\n")[0]
    assert re.findall(r"(?m)^(\w+) : ", listed) == list(inspect.signature(getattr(nbp, name)).parameters)
    assert f"nbp.{name}(" in text.partition("Examples\n")[2]


def test_functions_take_what_their_layers_take():
    for name in nbp.operations.__all__:
        layer, function = getattr(nbp, name), getattr(nbp, function_name(name), None)
        if function is not None and name[0].isupper():
            takes = {*inspect.signature(layer).parameters, *inspect.signature(layer.__call__).parameters} - {"self"}
            assert inspect.signature(function).parameters.keys() == takes


def test_no_private_module_is_visible():
    nbp.max_pool2d(np.zeros((1, 4, 4), np.float32), 2)
    private = {name.split(".")[1] for name in sys.modules if name.startswith("numbapool.")} - PUBLIC_MODULES
    assert {"layers", "validation", "plans", "layer_cache"} <= private
    assert [name for name in private if isinstance(getattr(nbp, name, None), ModuleType)] == []
    assert callable(nbp.pool)
    from numbapool import layers  # who wants one asks for it

    assert layers is sys.modules["numbapool.layers"]


def test_dir_is_the_public_names():
    assert dir(nbp) == sorted(nbp.__all__)
    assert len(set(nbp.__all__)) == len(nbp.__all__)
    for name in nbp.__all__:
        assert getattr(nbp, name) is not None
    assert {*nbp.functional.__all__, *nbp.operations.__all__} <= set(nbp.__all__)
    names: dict[str, object] = {}
    exec("from numbapool import *", names)
    assert set(nbp.__all__) <= names.keys()
    with pytest.raises(AttributeError, match="module 'numbapool' has no attribute 'nope'"):
        getattr(nbp, "nope")  # noqa: B009


def test_equal_arguments_of_other_types_are_other_arguments():
    x = np.zeros((1, 4, 4), np.float32)
    for good, bad in (((2, 2), (2.0, 2.0)), (2, 2.0), ([2, 2], [2, 2.0]), (1, True), ((1, 1), (True, True))):
        nbp.max_pool2d(x, good)
        with pytest.raises(nbp.PoolingTypeError, match=r"^max_pool2d: kernel_size") as caught:
            nbp.max_pool2d(x, bad)
        assert not isinstance(caught.value.__context__, nbp.PoolingError)  # raised once
    for pairs in (((0, 1), (0, 1)), ([0, 1], [0, 1]), [[0, 1], (0, 1)]):
        assert nbp.max_pool2d(x, 2, padding=pairs).shape == (1, 2, 2)
    with pytest.raises(nbp.PoolingTypeError, match=r"^max_pool2d: padding"):
        nbp.max_pool2d(x, 2, padding=((0, 1), (0, True)))
    np.testing.assert_array_equal(nbp.max_pool2d(x, np.array([2, 2])), nbp.max_pool2d(x, [2, 2]))


def test_the_same_arguments_give_the_same_layer():
    first = layer_for(nbp.MaxPool2d, (2, 2), None, ((0, 1), (0, 1)))
    assert layer_for(nbp.MaxPool2d, (2, 2), None, ((0, 1), (0, 1))) is first
    listed = layer_for(nbp.MaxPool2d, [2, 2], None, [[0, 1], [0, 1]])
    assert layer_for(nbp.MaxPool2d, [2, 2], None, [[0, 1], [0, 1]]) is listed == first
    assert function_layer(nbp.MaxPool2d, (2, 2), None, ((0, 1), (0, 1))) == first
