"""Throughput of every operation: forward, with indices, backward; into a given array, as page faults are not ours."""

from __future__ import annotations

import numpy as np

import numbapool as nbp

WINDOWS = {"k2s2": (2, 2, 0), "k3s2p1": (3, 2, 1), "k3s1p1": (3, 1, 1)}
SHAPES = {"small": (1, 3, 32, 32), "medium": (8, 64, 56, 56), "large": (8, 3, 1024, 1024)}
LAYOUTS = ["channels_first", "channels_last"]


def _input(shape, dtype, data_format):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, shape).astype(dtype) if dtype == "uint8" else rng.standard_normal(shape).astype(dtype)
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)) if data_format == "channels_last" else x


class Forward:
    params = (["Max", "Min", "Avg"], list(WINDOWS), list(SHAPES), ["float32", "uint8"], LAYOUTS)
    param_names = ("operation", "window", "size", "dtype", "layout")

    def setup(self, operation, window, size, dtype, layout):
        self.x = _input(SHAPES[size], dtype, layout)
        self.pool = getattr(nbp, f"{operation}Pool2d")(*WINDOWS[window], data_format=layout)
        self.out = self.pool(self.x)

    def time_into(self, *_):
        self.pool(self.x, out=self.out)


class Indices:
    params = (list(WINDOWS), list(SHAPES), LAYOUTS)
    param_names = ("window", "size", "layout")

    def setup(self, window, size, layout):
        self.x = _input(SHAPES[size], "float32", layout)
        self.pool = nbp.MaxPool2d(*WINDOWS[window], return_indices=True, data_format=layout)
        self.mean = nbp.AvgPool2d(*WINDOWS[window], data_format=layout)
        self.out = self.pool(self.x)
        self.grad = np.ones_like(self.out[0])
        self.grad_input = np.empty_like(self.x)

    def time_forward(self, *_):
        self.pool(self.x, out=self.out)

    def time_backward(self, *_):
        self.pool.backward(self.grad, self.out[1], self.x.shape, out=self.grad_input)

    def time_mean_backward(self, *_):
        self.mean.backward(self.grad, self.x.shape, out=self.grad_input)


class LargeWindows:
    """Stride 1, where the cost must not grow with the window; and one window over everything."""

    params = (["Max", "Avg"], [7, 15, 31, 63, 127, "all"], ["float32", "uint8"])
    param_names = ("operation", "kernel_size", "dtype")

    def setup(self, operation, kernel_size, dtype):
        self.x = _input((1, 6, 1024, 1024), dtype, "channels_first")
        size = 1024 if kernel_size == "all" else kernel_size
        self.pool = getattr(nbp, f"{operation}Pool2d")(size, 1)
        self.out = self.pool(self.x)

    def time_into(self, *_):
        self.pool(self.x, out=self.out)


class OtherRanks:
    params = (["Max", "Avg"], ["1d k2s2", "1d k3s1p1", "3d k2s2", "3d k3s2p1"])
    param_names = ("operation", "case")

    def setup(self, operation, case):
        rank, window = case.split()
        shape = (64, 64, 4096) if rank == "1d" else (1, 16, 64, 112, 112)
        self.x = _input(shape, "float32", "channels_first")
        self.pool = getattr(nbp, f"{operation}Pool{rank}")(*WINDOWS[window])
        self.out = self.pool(self.x)

    def time_into(self, *_):
        self.pool(self.x, out=self.out)
