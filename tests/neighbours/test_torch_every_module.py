"""PyTorch modules: every one of them, of every rank, through the operators as directly."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from test_torch_modules import outcome, tensor  # noqa: E402

import numbapool.torch as nt  # noqa: E402

nn = torch.nn
EVERY = {
    "AdaptiveAvgPool": (3,), "AdaptiveMaxPool": (3,), "AdaptiveMinPool": (3,), "AvgPool": (2,), "LPPool": (2, 2),
    "LogSumExpPool": (2,), "MaxPool": (2,), "MedianPool": (3,), "MinPool": (2,), "MixedPool": (2,), "ModePool": (2,),
    "MultiPool": (("max", "mean"), 2), "PowerAvgPool": (2.0, 2), "QuantilePool": (0.3, 2), "RandomPool": (2,),
    "SoftPool": (2,), "StochasticPool": (2,), "SubsamplePool": (2,), "SumPool": (2,),
    "FractionalMaxPool": (2, 3), "GlobalAvgPool": (), "GlobalLPPool": (), "GlobalMaxPool": (), "GlobalMinPool": (),
    "SpatialPyramidPool": ((1, 2),),
}  # fmt: skip


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", EVERY)
def test_all_modules(kind, rank):
    """Each in training and evaluation: through the operators as directly, and in a trace."""
    name = f"{kind}{rank}d" if hasattr(nt, f"{kind}{rank}d") else kind
    module = getattr(nt, name)(*EVERY[kind])
    x = tensor(2, 2, *(6, 7, 5)[:rank], dtype=torch.float64) + 1
    for training in (True, False):
        module.train(training)
        torch.manual_seed(3)
        y, gradient = outcome(module, x)
        torch.manual_seed(3)
        with torch.no_grad():
            torch.testing.assert_close(module(x), y)
        torch.manual_seed(3)
        traced = torch.jit.trace(module, (x,), check_trace=False)  # operators are what is traced
        torch.testing.assert_close(outcome(traced, x)[1] if not hasattr(module.layer, "rng") else gradient, gradient)
        assert module(x.to("meta")).shape == y.shape
        if not hasattr(module.layer, "rng"):
            assert torch.autograd.gradcheck(module, (x.clone().requires_grad_(),))
    peer = getattr(nn, name, None)
    if peer is not None:
        torch.manual_seed(3)
        theirs = outcome(peer(*EVERY[kind]), x)
        torch.manual_seed(3)
        torch.testing.assert_close(outcome(module, x), theirs)
