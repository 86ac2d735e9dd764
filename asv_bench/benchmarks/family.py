"""Throughput of the operations beyond max, min and mean, forward, into fresh arrays where a layer takes no other."""

from __future__ import annotations

import numpy as np

import numbapool as nbp

OPTIONS = {
    "lp": {"norm_type": 2},
    "power": {"p": 3},
    "quantile": {"q": 0.3},
    "random": {"rng": 0},
    "stochastic": {"rng": 0},
}
NAMES = [
    "sum",
    "lp",
    "power",
    "mixed",
    "median",
    "quantile",
    "mode",
    "center",
    "random",
    "stochastic",
    "logsumexp",
    "soft",
]


class Windows:
    params = (NAMES, [2, 3], ["float32", "uint8"])
    param_names = ("operation", "kernel_size", "dtype")

    def setup(self, operation, kernel_size, dtype):
        self.x = (np.random.default_rng(0).random((8, 512, 512)) * 200).astype(dtype)
        self.call = lambda: nbp.pool(self.x, kernel_size, operation, axes=(1, 2), **OPTIONS.get(operation, {}))
        self.call()

    def time_forward(self, *_):
        self.call()


class Layers:
    def setup(self):
        rng = np.random.default_rng(0)
        self.x = rng.standard_normal((8, 64, 56, 56), np.float32)
        self.y, self.indices = nbp.MaxPool2d(2, return_indices=True)(self.x)
        self.boxes = np.column_stack([rng.integers(0, 8, 64), rng.random((64, 2)) * 20, 25 + rng.random((64, 2)) * 30])

    def time_adaptive_mean(self):
        nbp.adaptive_avg_pool2d(self.x, 7)

    def time_global_max(self):
        nbp.global_max_pool(self.x)

    def time_fractional_max(self):
        nbp.fractional_max_pool2d(self.x, 2, 28, rng=0)

    def time_unpool(self):
        nbp.max_unpool2d(self.y, self.indices, 2)

    def time_three_at_once(self):
        nbp.multi_pool2d(self.x, ("max", "min", "mean"), 2)

    def time_spatial_pyramid(self):
        nbp.spatial_pyramid_pool(self.x)

    def time_roi_align(self):
        nbp.roi_align(self.x, self.boxes, 7, aligned=True)


class Gradients:
    """What ``vjp`` gives, called: small windows, and some so large that few of them lie in a plane."""

    params = (["max", "mean", "lp", "power", "mixed", "quantile", "logsumexp", "soft"], [2, 28])
    param_names = ("operation", "kernel_size")

    def setup(self, operation, kernel_size):
        x = np.random.default_rng(0).standard_normal((8, 64, 56, 56), np.float32)
        layer = nbp.operations.OPERATIONS[operation][1](kernel_size=kernel_size, **OPTIONS.get(operation, {}))
        y, self.pullback = layer.vjp(x)
        self.grad = np.ones_like(y)
        self.pullback(self.grad)

    def time_pullback(self, *_):
        self.pullback(self.grad)
