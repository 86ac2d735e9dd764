"""PyTorch as peer: values, indices and gradients, bit for bit where both select, closely where both average."""

from __future__ import annotations

import numpy as np
import pytest
from cases import values

import numbapool as nbp

torch = pytest.importorskip("torch")
functional = torch.nn.functional

SPATIAL = {1: (19,), 2: (13, 14), 3: (7, 8, 9)}
MAX_OPTIONS = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": 4, "stride": 3, "padding": 2, "ceil_mode": True},
    {"kernel_size": 3, "stride": 2, "dilation": 2, "padding": 1},
    {"kernel_size": 5, "stride": 1, "padding": 2, "ceil_mode": True},
    {"kernel_size": 1, "stride": 4},
]
MEAN_OPTIONS = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
    {"kernel_size": 4, "stride": 3, "padding": 2, "ceil_mode": True},
    {"kernel_size": 4, "stride": 3, "padding": 2, "ceil_mode": True, "count_include_pad": False},
    {"kernel_size": 5, "stride": 1, "padding": 2},
]


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("options", MAX_OPTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_max(rng, rank, dtype, options, batched):
    x = values(rng, (2, 3, *SPATIAL[rank]) if batched else (3, *SPATIAL[rank]), dtype)
    t = torch.tensor(x, requires_grad=True)
    expected, where = getattr(functional, f"max_pool{rank}d")(t, **options, return_indices=True)
    y, indices = getattr(nbp, f"max_pool{rank}d")(x, **options, return_indices=True)
    np.testing.assert_array_equal(y, expected.detach().numpy())
    np.testing.assert_array_equal(indices, where.numpy())
    grad = rng.integers(-9, 9, y.shape).astype(dtype)
    expected.backward(torch.tensor(grad))
    pool = getattr(nbp, f"MaxPool{rank}d")(**options)
    np.testing.assert_array_equal(pool.backward(grad, indices, x.shape), t.grad.numpy())


@pytest.mark.parametrize("options", MEAN_OPTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_mean(rng, rank, dtype, options):
    x = rng.standard_normal((2, 3, *SPATIAL[rank])).astype(dtype)
    t = torch.tensor(x, requires_grad=True)
    expected = getattr(functional, f"avg_pool{rank}d")(t, **options)
    y = getattr(nbp, f"avg_pool{rank}d")(x, **options)
    tolerance = {"float32": 1e-5, "float64": 1e-13}[dtype]
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    grad = rng.standard_normal(y.shape).astype(dtype)
    expected.backward(torch.tensor(grad))
    gx = getattr(nbp, f"AvgPool{rank}d")(**options).backward(grad, x.shape)
    np.testing.assert_allclose(gx, t.grad.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_samples(kind, rank):
    """PyTorch's own sample inputs, 2,904 in all."""
    invocations = pytest.importorskip("torch.testing._internal.common_methods_invocations")
    ours, theirs = (getattr(where, f"{kind}_pool{rank}d") for where in (nbp, functional))
    (info,) = [op for op in invocations.op_db if op.name == f"nn.functional.{kind}_pool{rank}d"]
    samples = list(info.sample_inputs("cpu", torch.float32))
    for sample in samples:
        x = sample.input.detach()
        expected = theirs(x, *sample.args, **sample.kwargs)
        got = ours(x.numpy(), *sample.args, **sample.kwargs)
        for e, g in zip(*((v if isinstance(v, tuple) else (v,)) for v in (expected, got)), strict=True):
            np.testing.assert_allclose(g, e.numpy(), rtol=1e-5, atol=1e-6, err_msg=str(sample))
    assert samples
