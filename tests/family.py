"""The family as tests see it: options of each operation, and what becomes of one window, in NumPy."""

from __future__ import annotations

import numpy as np
import reference
from cases import Window

from numbapool.operations import OPERATIONS


def soft(v):
    e = np.exp(v - v.max())
    return (e * v).sum() / e.sum()


def mode(v):
    found, counts = np.unique(v, return_counts=True)
    return found[np.argmax(counts)]


def expected_draw(v):
    positive = np.maximum(v, 0)
    return (positive**2).sum() / positive.sum() if positive.sum() else 0.0


# Options of each operation, and what becomes of one window.
AVERAGES = {
    "sum": ({}, np.sum),
    "lp-1": ({"norm_type": 1}, lambda v: abs(v).sum()),
    "lp-2": ({"norm_type": 2}, lambda v: np.sqrt((v**2).sum())),
    "lp-3": ({"norm_type": 3}, lambda v: (abs(v) ** 3).sum() ** (1 / 3)),
    "lp-half": ({"norm_type": 0.5}, lambda v: (abs(v) ** 0.5).sum() ** 2),
    "lp-inf": ({"norm_type": np.inf}, lambda v: abs(v).max()),
    "power": ({"p": 3, "count_include_pad": False}, lambda v: (np.maximum(v, 1e-6) ** 3).mean() ** (1 / 3)),
    "mixed": ({"alpha": 0.3, "count_include_pad": False}, lambda v: 0.3 * v.max() + 0.7 * v.mean()),
    "logsumexp": ({"sharpness": 2.0}, lambda v: np.log(np.exp(2 * v).mean()) / 2),
    "soft": ({}, soft),
    "quantile": ({"q": 0.3}, lambda v: np.quantile(v, 0.3)),
}
PICKS = {
    "median": ({}, lambda v: np.sort(v)[(v.size - 1) // 2]),
    "mode": ({}, mode),
}
WINDOWS = {"k2s2": Window(2), "k3s2p1": Window(3, 2, 1), "k3s1d2-ceil": Window(3, 2, 1, 2, True), "k4s1": Window(4, 1)}


def layer(name, rank, **options):
    return OPERATIONS[name.split("-")[0]][rank - 1](**options)


def apply(x, window, spatial, function):
    return reference.pool_planes(x, window.on(spatial), lambda values, *_: function(values)).astype(np.float64)


def slopes(x, window, spatial, function, weights, step=1e-6):
    """The gradient of a weighted sum of results: finite differences of each window's result, added up."""

    def of_one(values, positions, _):
        varied = values + step * np.concatenate([np.eye(values.size), -np.eye(values.size)])
        up, down = np.split(np.array([function(v) for v in varied], np.float64), 2)
        return positions, (up - down) / (2 * step)

    found = reference.pool_planes(x, window.on(spatial), of_one)
    gradient = np.zeros_like(x)
    for place in np.ndindex(*found.shape):
        positions, slope = found[place]
        plane = gradient[place[: found.ndim - len(spatial)]]
        plane.reshape(-1)[positions] += weights[place] * slope
    return gradient


def differences(function, x, step=1e-6):
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += step
        down[i] -= step
        gradient[i] = (function(up) - function(down)) / (2 * step)
    return gradient
