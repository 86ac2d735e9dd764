"""What is released: one version, and files that name it."""

from __future__ import annotations

import re
from pathlib import Path

import numbapool as nbp

ROOT = Path(__file__).parent.parent


def test_one_version():
    assert re.search(r"(?m)^version: (.+)$", (ROOT / "CITATION.cff").read_text())[1] == nbp.__version__
    assert re.search(r"(?m)^## (\S+)$", (ROOT / "CHANGELOG.md").read_text())[1] == nbp.__version__
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
