"""Adaptive, Lp, fractional and unpooling layers against PyTorch: values, indices, gradients, and its own samples."""

from __future__ import annotations

import numpy as np
import pytest

import numbapool as nbp

torch = pytest.importorskip("torch")
F = torch.nn.functional
SPATIAL = {1: (13,), 2: (14, 11), 3: (7, 6, 9)}


def tensor(x, *, grad=False):
    return torch.from_numpy(np.array(x)).requires_grad_(grad)


@pytest.mark.parametrize("size", [1, 5, 7, None])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_adaptive(rng, kind, rank, size):
    x = rng.standard_normal((2, 3, *SPATIAL[rank])).astype(np.float32)
    sizes = (size,) * rank if size else (None,) * (rank - 1) + (4,)
    t = tensor(x, grad=True)
    call = getattr(F, f"adaptive_{kind}_pool{rank}d")
    given = sizes if rank > 1 else sizes[0]
    theirs = call(t, given, return_indices=True) if kind == "max" else call(t, given)
    grad = rng.standard_normal((theirs[0] if kind == "max" else theirs).shape).astype(np.float32)
    (theirs[0] if kind == "max" else theirs).backward(tensor(grad))
    layer = getattr(nbp, f"Adaptive{kind.title()}Pool{rank}d")
    for data_format in ("channels_first", "channels_last"):
        last = data_format == "channels_last"
        given = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if last else x
        back = (lambda a: np.moveaxis(a, -1, 1)) if last else (lambda a: a)
        g = np.moveaxis(grad, 1, -1) if last else grad
        if kind == "max":
            y, indices = layer(sizes, return_indices=True, data_format=data_format)(given)
            np.testing.assert_array_equal(back(y), theirs[0].detach().numpy())
            np.testing.assert_array_equal(back(indices), theirs[1].numpy())
        y, pullback = layer(sizes, data_format=data_format).vjp(given)
        expected = (theirs[0] if kind == "max" else theirs).detach().numpy()
        np.testing.assert_allclose(back(y), expected, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(back(pullback(g)), t.grad.numpy(), rtol=1e-5, atol=1e-6)
    if kind == "max":
        low, pullback = getattr(nbp, f"AdaptiveMinPool{rank}d")(sizes).vjp(-x)
        np.testing.assert_array_equal(low, -theirs[0].detach().numpy())
        np.testing.assert_allclose(pullback(-grad), -t.grad.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("p", [2, 4])
def test_lp(rng, p, rank):
    x = rng.standard_normal((2, 3, *SPATIAL[rank]))
    t = tensor(x, grad=True)
    theirs = getattr(F, f"lp_pool{rank}d")(t, p, 3, 2, ceil_mode=False)
    theirs.sum().backward()
    y, pullback = getattr(nbp, f"LPPool{rank}d")(p, 3, 2).vjp(x)
    np.testing.assert_allclose(y, theirs.detach().numpy(), rtol=1e-9)
    np.testing.assert_allclose(pullback(np.ones_like(y)), t.grad.numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(getattr(nbp, f"lp_pool{rank}d")(x, p, 3, 2), y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rank", [2, 3])
def test_fractional_with_the_same_samples(rng, rank, dtype):
    x = rng.integers(0, 9, (2, 3, *(17, 14, 12)[:rank])).astype(dtype)
    samples = rng.random((2, 3, rank)).astype(dtype)
    call = getattr(F, f"fractional_max_pool{rank}d")
    layer = getattr(nbp, f"FractionalMaxPool{rank}d")
    for options in ({"output_size": (7, 9, 5)[:rank]}, {"output_ratio": (0.6, 0.5, 0.7)[:rank]}):
        theirs = call(tensor(x), 2, **options, return_indices=True, _random_samples=tensor(samples))
        y, indices = layer(2, **options, return_indices=True, random_samples=samples)(x)
        np.testing.assert_array_equal(y, theirs[0].numpy())
        np.testing.assert_array_equal(indices, theirs[1].numpy())
    function = getattr(nbp, f"fractional_max_pool{rank}d")
    np.testing.assert_array_equal(function(x, 2, **options, random_samples=samples), y)
    drawn = layer(2, output_size=6)
    np.testing.assert_array_equal(drawn(x, rng=3), drawn(x, rng=3))
    last = layer(2, **options, random_samples=samples, data_format="channels_last")(np.moveaxis(x, 1, -1))
    np.testing.assert_array_equal(np.moveaxis(last, -1, 1), y)
    assert nbp.FractionalMaxPool1d(2, 5, rng=1)(x[..., 0, :] if rank == 2 else x[..., 0, 0, :]).shape[-1] == 5


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpool(rng, rank):
    x = rng.standard_normal((2, 3, *SPATIAL[rank])).astype(np.float32)
    y, indices = getattr(nbp, f"MaxPool{rank}d")(2, return_indices=True)(x)
    t = tensor(y, grad=True)
    for size in (None, SPATIAL[rank], x.shape) if rank == 1 else (SPATIAL[rank], x.shape):
        theirs = getattr(F, f"max_unpool{rank}d")(t, tensor(indices), 2, output_size=size)
        ours = getattr(nbp, f"MaxUnpool{rank}d")(2)(y, indices, output_size=size)
        np.testing.assert_array_equal(ours, theirs.detach().numpy())
        np.testing.assert_array_equal(getattr(nbp, f"max_unpool{rank}d")(y, indices, 2, output_size=size), ours)
    grad = rng.standard_normal(ours.shape).astype(np.float32)
    theirs.backward(tensor(grad))
    unpooled, pullback = getattr(nbp, f"MaxUnpool{rank}d")(2).vjp(y, indices, output_size=x.shape)
    np.testing.assert_array_equal(pullback(grad), t.grad.numpy())
    last = getattr(nbp, f"MaxUnpool{rank}d")(2, data_format="channels_last")
    moved = last(np.moveaxis(y, 1, -1), np.moveaxis(indices, 1, -1), output_size=SPATIAL[rank])
    np.testing.assert_array_equal(np.moveaxis(moved, -1, 1), unpooled)


def test_unpool_duplicates_and_wrong_indices():
    x = np.array([[[1.0, 2.0, 3.0]]])
    layer = nbp.MaxUnpool1d(2)
    y, pullback = layer.vjp(x, np.array([[[4, 0, 4]]]))
    assert y.tolist() == [[[2, 0, 0, 0, 3, 0]]]
    assert pullback(np.arange(6.0).reshape(1, 1, 6)).tolist() == [[[0, 0, 4]]]
    for wrong in (-1, 6, 2**40):
        out = np.full((1, 1, 6), 7.0)
        with pytest.raises(IndexError, match=f"got {wrong}"):
            layer(x, np.array([[[1, 0, wrong]]]), out=out)
        assert (out == 7).all()
    with pytest.raises(nbp.PoolingValueError, match="output_size must lie"):
        layer(x, np.zeros((1, 1, 3), int), output_size=(9,))


@pytest.mark.parametrize(
    "name",
    ["adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d"]
    + ["adaptive_avg_pool3d", "max_unpool1d", "max_unpool2d", "max_unpool3d"],
)
def test_torchs_own_samples(name):
    samples = pytest.importorskip("torch.testing._internal.common_methods_invocations")
    (info,) = [op for op in samples.op_db if op.name == f"nn.functional.{name}" and not op.variant_test_name]
    ran = 0
    for sample in info.sample_inputs("cpu", torch.float32, requires_grad=False):
        if 0 in sample.input.shape[-1:]:
            continue
        theirs = info.op(sample.input, *sample.args, **sample.kwargs)
        arguments = [a.numpy() if isinstance(a, torch.Tensor) else a for a in sample.args]
        options = {k: v.numpy() if isinstance(v, torch.Tensor) else v for k, v in sample.kwargs.items()}
        ours = getattr(nbp, name)(sample.input.numpy(), *arguments, **options)
        pairs = zip(ours, theirs, strict=True) if isinstance(theirs, tuple) else [(ours, theirs)]
        for mine, other in pairs:
            np.testing.assert_allclose(mine, other.numpy(), rtol=1e-4, atol=1e-5)
        ran += 1
    assert ran
