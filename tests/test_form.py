"""The form of the package: nothing private of Numba, and every operation with the compiler off."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

import numbapool as nbp
from numbapool.kernels import intrinsics
from numbapool.kernels.compile import Kernel
from numbapool.plans.plan import Plan

PACKAGE = Path(__file__).parent.parent / "numbapool"
# What Numba and llvmlite offer to everybody. Intrinsics may use more, as Numba's documentation shows.
PUBLIC = {"numba", "numba.extending", "numba.types", "numba.errors"}
FOR_INTRINSICS = {"llvmlite.ir", "llvmlite", "numba.core", "numba.core.cgutils"}


def names_of(tree):
    """Every module, or name of one, of Numba and llvmlite that a page uses, as dotted names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)


@pytest.mark.parametrize("page", sorted(PACKAGE.rglob("*.py")), ids=lambda page: str(page.relative_to(PACKAGE)))
def test_nothing_private_is_used(page):
    used = {n for n in names_of(ast.parse(page.read_text())) if re.match(r"(numba|llvmlite|ctypes|gc)(\.|$)", n)}
    allowed = PUBLIC | {f"numba.{name}" for name in dir(numba) if not name.startswith("_")} - {"numba.core"}
    allowed |= {"numba.__version__"}
    allowed |= {
        f"numba.extending.{name}" for name in ("register_jitable", "overload", "intrinsic", "is_jitted", "typeof_impl")
    }
    if page.name == "intrinsics.py":
        allowed |= FOR_INTRINSICS
    beyond = {
        n for n in used if n not in allowed and not n.startswith(("numba.types.", "numba.errors.", "numba.config."))
    }
    assert not beyond


@pytest.mark.parametrize("page", sorted((PACKAGE / "kernels").glob("*.py")), ids=lambda page: page.name)
def test_only_loops_leave_their_optimization_to_the_caller(page):
    """Any other function would be compiled for its size for good."""
    for node in ast.walk(ast.parse(page.read_text())):
        if isinstance(node, ast.FunctionDef) and [ast.unparse(d) for d in node.decorator_list] != ["loop"]:
            own = [
                n for statement in node.body if not isinstance(statement, ast.FunctionDef) for n in ast.walk(statement)
            ]
            called = {ast.unparse(n.func) for n in own if isinstance(n, ast.Call)}
            assert not called & {"intrinsics.unsigned", "intrinsics.optimized_by_caller"}, node.name


@pytest.mark.parametrize("page", sorted((PACKAGE / "kernels").glob("*.py")), ids=lambda page: page.name)
def test_intrinsics_are_called_by_the_name_of_their_page(page):
    """They are pickled differently in each process: the disk cache would never find a kernel again that holds one."""
    module = importlib.import_module(f"numbapool.kernels.{page.stem}")
    held = [name for name, value in vars(module).items() if isinstance(value, type(intrinsics.unsigned))]
    assert not held or page.name == "intrinsics.py"


def test_no_patching():
    """No attribute of another module is set."""
    for page in PACKAGE.rglob("*.py"):
        text = page.read_text()
        assert not re.search(r"(numba|llvmlite)(\.\w+)+ = ", text), page
        assert "set_option" not in text, page
        assert "pipeline_class" not in text, page


@pytest.mark.parametrize(
    "call",
    [
        lambda x: nbp.MaxPool2d(3, 1, 1)(x),
        lambda x: nbp.MaxPool2d(3, 1, 1, return_indices=True)(x),
        lambda x: nbp.AvgPool2d(2).backward(x, (*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])),
    ],
    ids=["rows", "selected rows", "gradient"],
)
def test_no_references_are_counted_row_by_row(call, monkeypatch):
    """References to scratch memory: counted in an atomic way, which takes as long as a short row."""
    taken = []
    monkeypatch.setattr(Plan, "_small", False)
    monkeypatch.setattr(Kernel, "run", lambda kernel, pieces, *arguments: taken.append((kernel, arguments)))
    call(np.zeros((1, 3, 23, 37), np.float32))
    ((kernel, arguments),) = taken
    function = kernel._compiled(parallel=False, cache=False)
    function.compile((*map(numba.typeof, arguments), numba.int64))
    (text,) = function.inspect_llvm().values()
    body = re.search(r"^define[^\n]*_serial.*?^}", text, re.DOTALL | re.MULTILINE)
    counted = re.findall(r"call void @NRT_incref\(ptr (?:nonnull )?(%[^)]*)\)", body[0])
    assert counted
    assert [name for name in counted if not name.startswith("%arg.")] == []


def test_every_operation_with_the_compiler_off(tmp_path):
    """As a debugger and coverage need it: the same results, forward and backward."""
    code = """
import sys
import numpy as np, numbapool as nbp
rng = np.random.default_rng(0)
x = rng.integers(0, 9, (2, 3, 6, 7)).astype(np.float32)
volume, line = x[:, :, :, :, None] * np.ones(4, np.float32), x[:, :, 0]
found = {}
options = {"lp": {"norm_type": 2}, "power": {"p": 3}, "quantile": {"q": 0.3}, "multi": {"reduces": ("max", "mean")},
           "random": {"rng": 0}, "stochastic": {"rng": 0}}
for name, layers in nbp.operations.OPERATIONS.items():
    if name in ("unpool", "roi_align", "roi_max", "own", "spatial_pyramid", "fractional_max") or "global" in name:
        continue
    for rank, array in ((1, line), (2, x), (3, volume)):
        window = {"output_size": 2} if "adaptive" in name else {"kernel_size": 2, "stride": 1}
        for layout in ("channels_first", "channels_last"):
            given = np.moveaxis(array, 1, -1) if layout == "channels_last" else array
            layer = layers[rank - 1](**window, **options.get(name, {}), data_format=layout)
            y, pullback = layer.vjp(given)
            found[f"{name}{rank}{layout}"] = y
            found[f"{name}{rank}{layout} gradient"] = pullback(np.ones_like(y))
for size in (3, 5):
    y, places = nbp.max_pool2d(x, size, 1, size // 2, return_indices=True)
    found[f"max {size}"], found[f"max {size} places"] = y, places
    found[f"mean {size}"] = nbp.avg_pool2d(x.astype(np.float16), size, 2, size // 2)
    found[f"median {size}"] = nbp.median_pool2d(x, size, 1, size // 2)
for dtype in ("uint8", "int16"):  # whose sums are of a larger type
    for most in (np.iinfo(dtype).max, np.iinfo(dtype).min):
        whole = np.full((1, 1, 9, 11), most, dtype)
        found[f"mean of {most}"], found[f"sum of {most}"] = nbp.avg_pool2d(whole, 2), nbp.sum_pool2d(whole, 3, 1)
found["many"] = nbp.avg_pool2d(np.tile(x[:, :, :4, :4], (60, 1, 1, 1)), 3, 1)
y, places = nbp.max_pool2d(x[..., :6], 2, return_indices=True)
found["unpool"] = nbp.max_unpool2d(y, places, 2)
found["roi"] = nbp.roi_align(x, [[0, 1, 1, 4, 5]], 2)
found["roi max"] = nbp.roi_max_pool(x, [[0, 1, 1, 4, 5]], 2)
found["fractional"] = nbp.fractional_max_pool2d(x, 2, output_size=3, rng=0)
found["global"] = nbp.global_avg_pool(x)
found["pyramid"] = nbp.spatial_pyramid_pool(x)
import numba
found["own"] = nbp.pool(x, 2, numba.njit(lambda w: w.max() - w.min()), axes=(2, 3))
np.savez(sys.argv[1], **found)
"""
    import numpy as np

    files = [tmp_path / "on.npz", tmp_path / "off.npz"]
    for file, off in zip(files, "01", strict=True):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": off}
        done = subprocess.run(
            [sys.executable, "-W", "error::RuntimeWarning", "-c", code, str(file)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
    on, off = (np.load(file) for file in files)
    assert set(on) == set(off)
    for name in on:
        np.testing.assert_allclose(off[name], on[name], rtol=1e-4, atol=1e-6, err_msg=name)
