"""What tests share: one cache of compiled kernels for all workers, and the table of operations, dtypes and layouts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("numbapool", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("numbapool")


# Pages that take long go first, the longest before all, so that no worker is left alone with one of them at the end.
_FIRST = ("family_memory", "memory", "long_pixels", "family", "large_windows", "lanes", "compilation", "two_at_once")


def pytest_collection_modifyitems(items):
    turns = {f"test_{name}.py": turn for turn, name in enumerate(_FIRST)}
    items.sort(key=lambda item: turns.get(item.path.name, len(turns)))


@pytest.fixture
def rng():
    return np.random.default_rng(20261124)
