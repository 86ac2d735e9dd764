"""Inputs and layers for tests: one table drives them all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import reference

import numbapool as nbp

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
DTYPES = (*FLOATS, *INTEGERS, "bool")
# Each dtype is compiled for; where windows matter too, one of each kind has to do.
SOME_DTYPES = ("float16", "uint8", "int64")
LAYOUTS = ("channels_first", "channels_last")
SPATIAL = {1: (17,), 2: (11, 13), 3: (5, 7, 9)}


@dataclass(frozen=True)
class Window:
    """A window, and the reference's view of it."""

    kernel_size: object
    stride: object = None
    padding: object = 0
    dilation: object = 1
    ceil_mode: bool = False

    def on(self, spatial):
        """For each axis, the reference's windows."""
        rank = len(spatial)

        def each(value):
            return tuple(value) if isinstance(value, tuple) else (value,) * rank

        kernel_size = each(self.kernel_size)
        stride = kernel_size if self.stride is None else each(self.stride)
        pads = [p if isinstance(p, tuple) else (p, p) for p in each(self.padding)]
        return [
            reference.fixed_windows(n, k, s, p, d, self.ceil_mode)
            for n, k, s, p, d in zip(spatial, kernel_size, stride, pads, each(self.dilation), strict=True)
        ]

    @property
    def options(self):
        return {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "ceil_mode": self.ceil_mode,
        }


# Every way a window can move: each stride that is compiled in, the general ones, sliding windows small and large.
WINDOWS = {
    "k1": Window(1),
    "k2s2": Window(2),
    "k3s2p1": Window(3, 2, 1),
    "k3s1p1": Window(3, 1, 1),
    "k3s3-ceil": Window(3, 3, 1, 1, True),
    "k4s4": Window(4),
    "k4s3p1": Window(4, 3, 1),
    "k5s2p2": Window(5, 2, 2),
    "k5s1p4": Window(5, 1, 4),
    "k3s1d2": Window(3, 1, 2, 2),
    "k3s2d2-ceil": Window(3, 2, 1, 2, True),
    "k2s5-ceil": Window(2, 5, 0, 1, True),
}


def values(rng, shape, dtype):
    """Numbers with many ties; floating-point ones with NaN, infinities and both zeros among them."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind == "f":
        x = rng.integers(-4, 5, shape).astype(dtype)
        flat = x.reshape(-1)
        for special in (np.nan, np.inf, -np.inf, -0.0):
            flat[rng.integers(0, flat.size, max(flat.size // 25, 1))] = special
        return x
    info = np.iinfo(dtype)
    x = rng.integers(max(info.min, -4), 5, shape).astype(dtype)
    flat = x.reshape(-1)
    for special in (info.min, info.max):
        flat[rng.integers(0, flat.size, max(flat.size // 25, 1))] = special
    return x


def layer(reduce, rank, **options):
    """The layer of an operation, by its plain name."""
    return nbp.operations.OPERATIONS[reduce][rank - 1](**options)


def channels_first(array, data_format):
    """``array`` with its channels in front of the spatial axes."""
    return np.moveaxis(array, -1, 1) if data_format == "channels_last" else array


def laid_out(array, data_format):
    """A channels-first array as contiguous input of a layout."""
    return np.ascontiguousarray(np.moveaxis(array, 1, -1)) if data_format == "channels_last" else array


def dtypes_and_windows(dtypes, some, first, *others):
    """Pairs for tests: every dtype with the first window, and some with the others."""
    return [(first, d) for d in dtypes] + [(window, d) for window in others for d in some]


def unaligned(x):
    """A copy whose numbers do not lie at whole multiples of their size."""
    memory = np.zeros(x.nbytes + 1, np.uint8)
    view = memory[1:].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view
