"""What tests share: one cache of compiled kernels for all workers, and the table of operations, dtypes and layouts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("numbapool", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("numbapool")


@pytest.fixture
def rng():
    return np.random.default_rng(20261124)
