"""What tests share: one cache of compiled kernels for all workers, and the table of operations, dtypes and layouts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("numbapool", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("numbapool")


# Pages that take long go first, so that no worker is left alone with one of them at the end.
_FIRST = ("test_compilation.py", "test_family_memory.py", "test_memory.py", "test_arrays.py", "test_family.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in _FIRST)


@pytest.fixture
def rng():
    return np.random.default_rng(20261124)
