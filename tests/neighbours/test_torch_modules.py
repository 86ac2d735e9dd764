"""PyTorch modules: values, gradients, order in memory and traces, beside PyTorch's own poolings."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import numbapool as nbp

torch = pytest.importorskip("torch")
import numbapool.torch as nt  # noqa: E402
from numbapool.neighbours.torch_layers import known  # noqa: E402

nn = torch.nn
ops = torch.ops.numbapool
PAIRS = [
    ("MaxPool2d", {"kernel_size": 2}),
    ("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("AvgPool2d", {"kernel_size": 2}),
    ("AvgPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
]
FORMATS = [torch.contiguous_format, torch.channels_last]


def tensor(*shape, dtype=torch.float32):
    """Distinct numbers, so that each window has one largest."""
    return torch.randperm(int(np.prod(shape)), generator=torch.Generator().manual_seed(1)).reshape(shape).to(dtype) / 7


def outcome(module, x, memory_format=torch.contiguous_format):
    x = x.detach().clone(memory_format=memory_format).requires_grad_()
    y = module(x)
    y.backward(tensor(*y.shape, dtype=y.dtype))
    return y.detach(), x.grad


def same(new, old, x, memory_format=torch.contiguous_format, **tolerance):
    for ours, theirs in zip(outcome(new, x, memory_format), outcome(old, x, memory_format), strict=True):
        torch.testing.assert_close(ours, theirs, **tolerance)
        assert ours.is_contiguous(memory_format=memory_format)


@pytest.mark.parametrize("memory_format", FORMATS)
@pytest.mark.parametrize(("name", "options"), PAIRS)
def test_values_and_gradients_are_those_of_pytorch(name, options, memory_format):
    same(getattr(nt, name)(**options), getattr(nn, name)(**options), tensor(2, 3, 8, 9), memory_format)


@settings(max_examples=25)
@given(
    sizes=st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(4, 9), st.integers(4, 9)),
    case=st.sampled_from(PAIRS),
    ceil_mode=st.booleans(),
    last=st.booleans(),
)
def test_any_size(sizes, case, ceil_mode, last):
    name, options = case
    modules = [getattr(library, name)(**options, ceil_mode=ceil_mode) for library in (nt, nn)]
    x = tensor(*sizes).to(memory_format=FORMATS[last])
    torch.testing.assert_close(modules[0](x), modules[1](x))
    fake = ops.pool(x.to("meta"), None, repr(modules[0].layer))
    real = ops.pool(x, None, repr(modules[0].layer))
    assert (fake.shape, fake.dtype) == (real.shape, real.dtype)
    assert all(n == 1 or a == b for n, a, b in zip(real.shape, fake.stride(), real.stride(), strict=True))


@pytest.mark.parametrize("view", ["transposed", "strided", "unbatched", "expanded", "image"])
def test_any_view_of_memory(view):
    x = tensor(2, 3, 8, 8)
    x = {
        "transposed": lambda: x.transpose(2, 3),
        "strided": lambda: x[:, ::2],
        "unbatched": lambda: x[0],
        "expanded": lambda: x[:1].expand(2, 3, 8, 8),
        "image": lambda: tensor(8, 8, 3).permute(2, 0, 1),
    }[view]()
    new, old = nt.MaxPool2d(2), nn.MaxPool2d(2)
    torch.testing.assert_close(new(x), old(x))
    leaf = x.detach().requires_grad_()
    ours = torch.autograd.grad(new(leaf).sum(), leaf)[0]  # whose gradient is one number with strides of zero
    torch.testing.assert_close(ours, torch.autograd.grad(old(leaf).sum(), leaf)[0])


def test_no_copy_either_way(monkeypatch):
    seen = []
    layer = type(nt.MaxPool2d(2).layer)
    plain = layer.__call__
    monkeypatch.setattr(layer, "__call__", lambda self, x: seen.append((x, plain(self, x))) or seen[-1][1])
    x = tensor(1, 3, 8, 8)
    y = nt.MaxPool2d(2)(x)
    assert np.shares_memory(seen[0][0], x.numpy())
    assert np.shares_memory(seen[0][1], y.numpy())
    last = x.to(memory_format=torch.channels_last)
    y = nt.MaxPool2d(2)(last)
    assert np.shares_memory(seen[1][0], last.numpy())
    assert np.shares_memory(seen[1][1], y.numpy())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_short_numbers_are_rounded_once(dtype):
    x = tensor(1, 2, 6, 6).to(dtype)
    y, gradient = outcome(nt.MaxPool2d(2), x)
    expected = outcome(nn.MaxPool2d(2), x.float())
    assert y.dtype is gradient.dtype is dtype
    torch.testing.assert_close(y, expected[0].to(dtype), rtol=0, atol=0)
    torch.testing.assert_close(gradient, expected[1].to(dtype), rtol=0, atol=0.5)


def test_indices_and_unpooling():
    x = tensor(2, 3, 8, 9)
    for memory_format in FORMATS:
        t = x.to(memory_format=memory_format).requires_grad_()
        (y, i), (ty, ti) = nt.MaxPool2d(2, return_indices=True)(t), nn.MaxPool2d(2, return_indices=True)(t)
        torch.testing.assert_close(i, ti)
        back, tback = nt.MaxUnpool2d(2)(y, i, x.shape), nn.MaxUnpool2d(2)(ty, ti, x.shape)
        torch.testing.assert_close(back, tback)
        ours, theirs = (torch.autograd.grad((b * b).sum(), t)[0] for b in (back, tback))
        torch.testing.assert_close(ours, theirs)


def test_operators_pass_opcheck():
    x = tensor(2, 2, 5, 6)
    for text in ("MaxPool2d(kernel_size=2)", "AvgPool2d(kernel_size=2)"):
        for t in (x, x.clone().requires_grad_(), x.to(memory_format=torch.channels_last).requires_grad_()):
            torch.library.opcheck(ops.pool, (t, None, text))
    torch.library.opcheck(ops.pool_with_indices, (x.clone().requires_grad_(), None, "MaxPool2d(kernel_size=2)"))
    y, i = ops.pool_with_indices(x, None, "MaxPool2d(kernel_size=2)")
    y.requires_grad_()
    torch.library.opcheck(ops.pool_backward, (y, None, i, x.shape, -1, "MaxPool2d(kernel_size=2)"))
    torch.library.opcheck(ops.pool_backward, (y, None, None, x.shape, 1, "AvgPool2d(kernel_size=2)"))
    torch.library.opcheck(ops.unpool, (y, i, [5, 6], "MaxUnpool2d(kernel_size=2)"))


def test_gradcheck():
    x = tensor(1, 2, 5, 5, dtype=torch.float64).requires_grad_()
    for module in (nt.MaxPool2d(2), nt.AvgPool2d(2)):
        assert torch.autograd.gradcheck(module, (x,))
        assert torch.autograd.gradgradcheck(module, (x,))


def test_modules_that_make_values_of_several():
    """Their gradients need the input: a mean of two values has no index."""
    x = tensor(1, 2, 6, 6, dtype=torch.float64).requires_grad_()
    for module in (nt.MedianPool2d(2, method="linear"), nt.SumPool2d(2, min_count=2), nt.QuantilePool2d(0.3, 2)):
        assert torch.autograd.gradcheck(module, (x,))
    blocks = x.detach().unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
    torch.testing.assert_close(nt.MedianPool2d(2, method="linear")(x.detach()), blocks.quantile(0.5, -1))


def model(pool):
    return nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), pool)


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_exported_models_keep_the_operators(name):
    net = model(getattr(nt, name)(2)).eval()
    n, h = torch.export.Dim("n", min=2, max=64), torch.export.Dim("h", min=4, max=512)
    for strict in (False, True):
        exported = torch.export.export(net, (tensor(2, 1, 8, 8),), dynamic_shapes=({0: n, 2: h},), strict=strict)
        assert "numbapool.pool" in exported.graph_module.code
        x = tensor(3, 1, 11, 8)
        torch.testing.assert_close(exported.module()(x), net(x))


def test_compiled_models_keep_the_operators():
    for name, options in PAIRS[1:3]:
        for memory_format in FORMATS:
            torch._dynamo.reset()
            net = model(getattr(nt, name)(**options)).to(memory_format=memory_format)
            plain = copy.deepcopy(net)
            compiled = torch.compile(net, dynamic=True, fullgraph=True, backend="aot_eager")
            for n, size in ((2, 8), (3, 11)):
                x = tensor(n, 1, size, size).to(memory_format=memory_format)
                loss, expected = compiled(x).square().sum(), plain(x).square().sum()
                torch.testing.assert_close(loss, expected)
                loss.backward()
                expected.backward()
                torch.testing.assert_close(net[0].weight.grad, plain[0].weight.grad)


def test_what_is_traced_otherwise_keeps_the_operators():
    from torch.fx.experimental.proxy_tensor import make_fx

    x, other, module = tensor(1, 2, 6, 6), -tensor(1, 2, 6, 6), nt.MaxPool2d(2)
    for traced in (make_fx(module)(x), torch.jit.trace(module, (x,)), torch.fx.symbolic_trace(module)):
        torch.testing.assert_close(traced(other), module(other))
    torch.testing.assert_close(
        torch.func.vmap(module)(torch.stack([x, other])), torch.stack([module(x), module(other)])
    )


def test_training_has_equal_losses():
    torch.manual_seed(0)
    ours = model(nn.MaxPool2d(2))
    theirs = copy.deepcopy(ours)
    assert [name for name, _, _ in nt.replace_pools(ours).swapped] == ["3"]
    losses = []
    for net in (ours, theirs):
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        losses.append([])
        for step in range(8):
            optimizer.zero_grad()
            loss = (net(tensor(4, 1, 8, 8) / (step + 1)) - 1).square().mean()
            loss.backward()
            optimizer.step()
            losses[-1].append(loss.item())
    assert losses[0] == losses[1]


def test_replaced_modules_keep_what_the_old_ones_hold():
    class Mine(nn.MaxPool2d):
        pass

    shared, calls = nn.MaxPool2d(2, 2), []
    shared.register_forward_hook(lambda *_: calls.append(1))
    shared.note = "mine"
    inner = nn.ModuleList(
        [shared, shared, Mine(2), nn.LPPool2d(3, 2), nn.LPPool2d(2, 2), nn.LPPool2d(2, 2, ceil_mode=True)]
    )
    net = nn.Sequential(nn.AdaptiveAvgPool2d((None, 2)), nn.ReLU(), inner).eval()
    result = nt.replace_pools(net)
    assert result.model is net
    assert [name for name, _, _ in result.swapped] == ["0", "2.0", "2.1", "2.4"]
    assert [name for name, _, _ in result.kept] == ["2.2", "2.3", "2.5"]
    assert result.swapped[0][1:] == ("AdaptiveAvgPool2d(output_size=(None, 2))",) * 2
    new = net[2][0]
    assert new is net[2][1]
    assert (type(new), new.training, new.note) == (nt.MaxPool2d, False, "mine")
    new(tensor(1, 1, 4, 4))
    assert calls == [1]
    alone = nt.replace_pools(nn.AvgPool2d(2))
    assert (type(alone.model), alone.swapped[0][0]) == (nt.AvgPool2d, "")
    assert nt.replace_pools(net).swapped == []
    with pytest.raises(nbp.PoolingTypeError, match=r"replace_pools: model must be a torch\.nn\.Module; got list"):
        nt.replace_pools([net])


@pytest.mark.parametrize("name", [name for name in nt.__all__ if hasattr(nn, name)])
def test_signatures_begin_as_those_of_pytorch(name):
    ours, theirs = (inspect.signature(getattr(library, name)).parameters.values() for library in (nt, nn))
    theirs = [p for p in theirs if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [p.name for p in ours][: len(theirs)] == [p.name for p in theirs]
    defaults = [(p.default, q.default) for p, q in zip(ours, theirs, strict=False)]
    assert all(a == b or (a in (None, False) and b in (None, False)) for a, b in defaults), defaults


def test_modules_are_as_others():
    module = nt.MaxPool2d(3, stride=2, padding=1)
    assert repr(module) == "MaxPool2d(kernel_size=3, stride=2, padding=1)"
    assert (module.kernel_size, module.stride, module.ceil_mode) == (3, 2, False)
    assert module.state_dict() == {}
    x = tensor(1, 1, 8, 8)
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert repr(twin) == repr(module)
        torch.testing.assert_close(twin(x), module(x))
    module.ceil_mode = True
    assert repr(module) == "MaxPool2d(kernel_size=3, stride=2, padding=1, ceil_mode=True)"
    assert module(x).shape == (1, 1, 5, 5)


X, WHOLE = torch.ones(1, 4, 4), torch.ones(1, 4, 4, dtype=torch.int32)
PLACES = torch.zeros(1, 4, 4, dtype=torch.int64)
WRONG = [
    (lambda: nt.MaxPool2d(), "MaxPool2d: missing a required argument: 'kernel_size'; it takes"),
    (lambda: nt.MaxPool2d(2, data_format="channels_last"), "MaxPool2d: .* unexpected .* 'data_format'; it takes"),
    (lambda: nt.MaxPool2d(0), "MaxPool2d: kernel_size must be at least 1"),
    (lambda: nt.Pool(), "Pool: is the root of the modules"),
    (lambda: nt.MaxPool2d(2)(X.numpy()), r"MaxPool2d: input must be a tensor; got ndarray; write torch\.from_numpy"),
    (lambda: nt.MaxPool2d(2)(X[0]), r"MaxPool2d: input must have 3 or 4 axes, \(C, H, W\) or"),
    (lambda: nt.MaxPool2d(5)(X), "MaxPool2d: kernel_size=5 .* does not fit"),
    (lambda: nt.MaxPool2d(2)(X.to_sparse()), r"MaxPool2d: input must be a dense tensor; .* x\.to_dense\(\)"),
    (lambda: nt.MaxPool2d(2)(X.to(torch.complex64)), "MaxPool2d: input has dtype torch.complex64; allowed"),
    (lambda: nt.AvgPool2d(2)(WHOLE), r"AvgPool2d: input has dtype torch.int32; .* x\.float"),
    (lambda: nt.MaxUnpool2d(2)(X, None), "MaxUnpool2d: indices must be a tensor; got NoneType"),
    (lambda: nt.MaxUnpool2d(2)(X, PLACES.to("meta")), "MaxUnpool2d: indices must be on the device of the input, cpu"),
    (lambda: nt.MaxUnpool2d(2)(X.to("meta"), PLACES), "MaxUnpool2d: indices must be on the device of the input, meta"),
    (lambda: nt.MaxUnpool2d(2)(X, PLACES.to_sparse()), "MaxUnpool2d: indices must be a dense tensor"),
    (lambda: nt.MaxUnpool2d(2)(X, PLACES, 3), "MaxUnpool2d: output_size must be sizes, one for each axis; got 3"),
    (lambda: ops.pool(X, None, "exit()"), "layer must be as"),
    (lambda: ops.pool(X, None, "__import__('os').system('true')"), "layer must be as"),
    (lambda: torch.func.grad(lambda t: nt.MaxPool2d(2)(t).sum())(X), r"MaxPool2d: .* within torch\.func"),
    (lambda: torch.func.jvp(nt.MaxPool2d(2), (X,), (X,)), "MaxPool2d: no forward derivatives"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_errors_name_the_module_and_the_way_out(number):
    call, words = WRONG[number]
    with pytest.raises(nbp.PoolingError, match=words):
        call()


def test_other_devices_are_refused():
    class Elsewhere(torch.Tensor):
        device = torch.device("cuda:0")

    with pytest.raises(nbp.PoolingTypeError, match=r"MaxPool2d: input must be on the CPU; .* x\.cpu"):
        known("MaxPool2d(kernel_size=2)").check(tensor(1, 4, 4).as_subclass(Elsewhere))
    assert nt.MaxPool2d(2)(torch.empty(1, 2, 8, 8, device="meta")).shape == (1, 2, 4, 4)


def test_without_pytorch():
    code = "import sys; sys.modules['torch'] = None\nimport numbapool.torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ImportError: numbapool.torch needs the package 'torch': pip install 'numbapool[torch]'" in done.stderr
