"""Examples in docstrings, in the README and in the documentation run and print what they say."""

from __future__ import annotations

import doctest
import os
import re
from pathlib import Path

import pytest

import numbapool as nbp

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", [n for n in nbp.__all__ if getattr(nbp, n).__doc__ and n != "functional"])
def test_docstring(name):
    thing = getattr(nbp, name)
    for test in doctest.DocTestFinder(recurse=False).find(thing, name, globs={}):
        assert not doctest.DocTestRunner().run(test).failed


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/index.md"])
def test_page(page, tmp_path):
    code = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert code
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        exec("\n".join(code), {"__name__": "page"})
    finally:
        os.chdir(before)


@pytest.mark.parametrize("page", ["docs/semantics.md"])
def test_doctest_page(page):
    assert doctest.testfile(str(ROOT / page), module_relative=False).failed == 0
