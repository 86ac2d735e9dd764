"""Examples in docstrings, in the README and in the documentation run and print what they say."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import numbapool as nbp

ROOT = Path(__file__).parent.parent


NAMES = [n for n in nbp.__all__ if getattr(nbp, n).__doc__ and n != "functional"]
OTHER_RANKS = [n for n in NAMES if re.search("[13]d", n)]  # whose docstrings are made as those of 2d are


def run_docstring(name):
    for test in doctest.DocTestFinder(recurse=False).find(getattr(nbp, name), name, globs={}):
        assert not doctest.DocTestRunner().run(test).failed


@pytest.mark.parametrize("name", [n for n in NAMES if n not in OTHER_RANKS])
def test_docstring(name):
    run_docstring(name)


@pytest.mark.parametrize("name", OTHER_RANKS)
def test_docstring_of_other_ranks(name):
    run_docstring(name)


def examples(page):
    """The Python code of a page, block by block."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


# Pages with code that runs, and the package that it needs.
PAGES = {
    "README.md": "numpy",
    "CONTRIBUTING.md": "numpy",
    "docs/index.md": "numpy",
    "docs/performance.md": "numpy",
    "docs/filters.md": "numpy",
    "docs/howto/backward.md": "numpy",
    "docs/howto/envelopes.md": "numpy",
    "docs/howto/own_reduction.md": "numpy",
    "docs/howto/pyramids.md": "numpy",
    "docs/tutorial.md": "skimage",
    "docs/zh/index.md": "numpy",
    "docs/numba.md": "numba",
    "docs/pytorch.md": "torch",
    "docs/dask.md": "dask",
    "docs/xarray.md": "xarray",
}


@pytest.mark.parametrize("page", PAGES)
def test_page(page, tmp_path):
    pytest.importorskip(PAGES[page])
    code = examples(page)
    assert code
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        exec("\n".join(code), {"__name__": "__main__"})  # a module that can be imported, as the disk cache needs it
    finally:
        os.chdir(before)


def test_the_chinese_tutorial_has_the_code_of_the_english_one():
    assert examples("docs/zh/tutorial.md") == examples("docs/tutorial.md")


@pytest.mark.parametrize("page", ["docs/semantics.md"])
def test_doctest_page(page):
    assert doctest.testfile(str(ROOT / page), module_relative=False, encoding="utf-8").failed == 0


def test_every_file_of_the_house_is_named():
    named = re.findall(r"`([\w./]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    package = ROOT / "numbapool"
    files = {path.name for path in (*package.glob("*.py"), *package.glob("kernels/*.py"))}
    assert files - {"__init__.py", "__main__.py"} <= set(named)


def test_an_operation_is_a_page_and_a_line(tmp_path):
    """CONTRIBUTING.md, done to a copy of the package."""
    package = tmp_path / "numbapool"
    shutil.copytree(ROOT / "numbapool", package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "generate_functions.py", tmp_path / "docs")
    page = next(code for code in examples("CONTRIBUTING.md") if code.startswith('"""Farthest pooling'))
    (package / "operations" / "farthest.py").write_text(page, encoding="utf-8")
    line = re.search(r'(?m)^ +"farthest": .*,$', (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))[0]
    table = package / "operations" / "__init__.py"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace('    "max": (', f'{line}\n    "max": (', 1), encoding="utf-8")
    use = """
import numpy as np, numbapool as nbp
x = np.array([[1.0, -3.0, 2.0, 0.5]])
assert nbp.pool(x, (1, 2), "farthest").tolist() == [[-3, 2]]
assert nbp.operations.FarthestPool1d(2)(x).tolist() == [[-3, 2]]
y, indices = nbp.functional.farthest_pool1d(x, 2, return_indices=True)
assert (y.tolist(), indices.tolist()) == ([[-3, 2]], [[1, 2]])
"""
    for command in (["docs/generate_functions.py"], ["-c", use]):
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
