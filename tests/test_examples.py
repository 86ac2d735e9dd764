"""The programs in docs/examples run, and do what they say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


def program(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_network_in_numpy_learns(capsys):
    same, losses, layers = program("numpy_cnn").main(["--steps", "80", "--naive-steps", "2", "--batch", "16"])
    assert same, "losses with the loop and with numbapool differ"
    assert losses[0] > 1
    assert np.mean(losses[-10:]) < 1
    assert program("numpy_cnn").accuracy(layers) > 0.7
    assert "equal" in capsys.readouterr().out


@pytest.mark.parametrize("columns", [100, 99])
def test_an_envelope_holds_every_peak(columns, tmp_path):
    module = program("envelope")
    recording = module.recorded(20_000)
    found = module.envelope(recording, columns)
    assert found.high.max() == 4.0
    np.testing.assert_array_equal(recording[found.high_at], found.high)
    np.testing.assert_array_equal(recording[found.low_at], found.low)
    at, values = module.points(found)
    assert (np.diff(at) >= 0).all()
    np.testing.assert_array_equal(recording[at], values)
    same, _ = module.main(["--samples", "20000", "--columns", "100", "--plot", str(tmp_path / "plot.png")])
    assert same
    assert (tmp_path / "plot.png").stat().st_size > 1000
