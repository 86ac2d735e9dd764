"""PyTorch: pooling as operators that ``torch.compile`` and ``torch.export`` keep; `numbapool.torch` calls them.

Operators know a layer by its repr. Where nothing is traced, what they are made of is called directly.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

from numpy.typing import NDArray

from ..errors import PoolingTypeError
from ..operations.averages import NeedsInput
from .extras import required
from .torch_layers import Known, known

required("torch", "torch")  # tells how to get it
import torch  # noqa: E402
from torch.autograd.forward_ad import unpack_dual  # noqa: E402
from torch.utils._python_dispatch import is_in_torch_dispatch_mode  # noqa: E402  # where TorchDispatchMode is as well

__all__ = ["pool", "pool_backward", "pool_with_indices", "pooled", "unpool"]

_PLAIN = frozenset((torch.Tensor, torch.nn.Parameter))


@lru_cache(maxsize=64)
def _orders(ndim: int, axis: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Orders of axes that put one last, and back."""
    rest = [a for a in range(ndim) if a != axis]
    return (*rest, axis), (*range(axis), ndim - 1, *range(axis, ndim - 1))


def _array(x: Any, axis: int) -> NDArray[Any]:
    """A tensor's memory, with the channels last where they lie so; bfloat16, which NumPy lacks, as float32."""
    t = x.detach() if x.requires_grad else x
    try:
        array: NDArray[Any] = t.numpy()
    except (RuntimeError, TypeError):  # which is quicker than to ask
        array = (t.float() if t.dtype is torch.bfloat16 else t).resolve_neg().numpy()
    return array if axis < 0 else array.transpose(_orders(array.ndim, axis)[0])


def _tensor(array: NDArray[Any], axis: int, ndim: int, dtype: Any) -> Any:
    """A new array as a tensor, contiguous or with the channels last in memory."""
    t = torch.from_numpy(array if array.flags.c_contiguous else array.copy())
    if dtype is torch.bfloat16:
        t = t.bfloat16()
    if not array.size:  # NumPy's strides mean nothing there
        t = t.new_empty(t.shape)
    return t if axis < 0 or array.ndim != ndim else t.movedim(-1, axis)


def _found(layers: Known, x: Any, axis: int, given: Any, indexed: bool) -> Any:
    """What the layer makes of a tensor's memory: arrays, with the channels where they lie in it."""
    if x.dtype not in layers.dtypes:
        layers.check(x)
    layer, array = (layers.indexed if indexed else layers.layers)[axis >= 0], _array(x, axis)
    if given is None:
        return layer(array)
    if layers.sampled:
        return dataclasses.replace(layer, random_samples=_array(given, -1))(array)
    return layer(array, rng=int(given))


def _forward(layers: Known, x: Any, axis: int, given: Any, indexed: bool) -> Any:
    """The result, and the indices if they are asked for, which lie as the input does."""
    found, ndim = _found(layers, x, axis, given, indexed), x.dim()
    if indexed:
        return _tensor(found[0], axis, ndim, x.dtype), _tensor(found[1], axis, ndim, None)
    return _tensor(found.copy() if layers.views else found, axis, ndim, x.dtype)


def _refuse_tangents(layers: Known, x: Any) -> None:
    if unpack_dual(x).tangent is not None:  # which would be lost
        raise PoolingTypeError(f"{layers.caller}: no forward derivatives; use backward() or torch.autograd.grad")


def _run(x: Any, given: Any, text: str, indexed: bool) -> Any:
    """As the operators do it."""
    layers = known(text)
    layers.check(x)
    _refuse_tangents(layers, x)
    if given is None and (layers.seeded or layers.sampled):
        raise PoolingTypeError(f"{layers.caller}: given must be a tensor of what is drawn, a seed or samples; got None")
    return _forward(layers, x, layers.channels_at(x), given, indexed)


def _backward(grad: Any, x: Any, indices: Any, shape: Any, axis: int, text: str) -> Any:
    """The gradient, which lies as the input does: with its channels, of ``axis``, last in memory, or contiguous."""
    layers, ndim = known(text), len(shape)
    layer = layers.layers[axis >= 0]
    g = _array(grad, axis if grad.dim() == ndim else -1)
    sizes = tuple(shape) if axis < 0 else tuple(shape[a] for a in _orders(ndim, axis)[0])
    if indices is not None:
        gx = layers.indexed[axis >= 0].backward(g, _array(indices, axis if indices.dim() == ndim else -1), sizes)
    elif x is None:
        gx = layer.backward(g, sizes)
    elif isinstance(layer, NeedsInput) or layers.caller == "GlobalLPPool":
        gx = layer.backward(g, _array(x, axis))
    else:
        gx = layer.vjp(_array(x, axis))[1](g)
    return _tensor(gx, axis, ndim, grad.dtype)


def _unpool(x: Any, indices: Any, output_size: Any, text: str) -> Any:
    """Values where the indices say, and zeros."""
    layers = known(text)
    layers.check(x)
    layers.check_indices(x, indices)
    axis = layers.channels_at(x)
    if axis >= 0 and output_size is not None and len(output_size) == x.dim():
        output_size = [output_size[a] for a in _orders(x.dim(), axis)[0]]
    y = layers.layers[axis >= 0](_array(x, axis), _array(indices, axis), output_size=output_size)
    return _tensor(y, axis, x.dim(), x.dtype)


def _new(x: Any, shape: Any, axis: int, dtype: Any = None) -> Any:
    """What stands for a result while a model is traced."""
    if axis < 0:
        return x.new_empty(shape, dtype=dtype)
    return x.new_empty([shape[a] for a in _orders(len(shape), axis)[0]], dtype=dtype).movedim(-1, axis)


def _fake(x: Any, text: str, indexed: bool) -> Any:
    layers = known(text)
    layers.check(x)
    axis, shape = layers.channels_at(x), layers.shape(x.shape)
    axis = axis if len(shape) == x.dim() else -1
    return (_new(x, shape, axis), _new(x, shape, axis, torch.int64)) if indexed else _new(x, shape, axis)


def _fake_unpool(x: Any, indices: Any, output_size: Any, text: str) -> Any:
    layers = known(text)
    layers.check(x)
    layers.check_indices(x, indices)
    return _new(x, layers.unpooled_shape(x.shape, output_size), layers.channels_at(x))


def _defined(name: str, schema: str, run: Any, fake: Any, keep: Any, back: Any) -> Any:
    """An operator, with what stands for it in a trace and with its gradient."""
    op = torch.library.custom_op(f"numbapool::{name}", run, mutates_args=(), schema=schema)
    op.register_fake(fake)
    op.register_autograd(back, setup_context=keep)
    return op


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    x, given, ctx.text = inputs
    layers = known(ctx.text)
    ctx.shape, ctx.axis, ctx.indexed = x.shape, layers.channels_at(x), isinstance(output, tuple)
    if ctx.indexed:
        ctx.mark_non_differentiable(output[1])
    by_indices = layers.gradient == "indices"
    saved = (output[1], None) if ctx.indexed and by_indices else (None if layers.gradient == "shape" else x, given)
    ctx.save_for_backward(*saved)


def _back(ctx: Any, grad: Any, _: Any = None) -> Any:
    saved, given = ctx.saved_tensors
    x, indices = saved, None
    if known(ctx.text).gradient == "indices":
        x, indices = None, saved if ctx.indexed else pool_with_indices(saved, given, ctx.text)[1]
    return pool_backward(grad, x, indices, ctx.shape, ctx.axis, ctx.text), None, None


def _keep_gradient(ctx: Any, inputs: Any, output: Any) -> None:
    _, x, indices, _, _, ctx.text = inputs
    ctx.by_input = x is not None
    ctx.save_for_backward(indices)


def _back_gradient(ctx: Any, grad: Any) -> Any:
    """Second derivatives, where the gradient is independent of the input: ``grad`` is pooled as the input was."""
    if ctx.by_input:
        raise PoolingTypeError(
            f"{known(ctx.text).caller}: no second derivatives, as the gradient depends on the input; maxima, minima, "
            "medians, means and sums have them"
        )
    (indices,) = ctx.saved_tensors
    grads = pool(grad, None, ctx.text) if indices is None else _taken(grad, indices, known(ctx.text))
    return grads, None, None, None, None, None


def _taken(values: Any, indices: Any, layers: Known) -> Any:
    """The values of each plane where indices point."""
    first = 2 if layers.flat else values.dim() - layers.rank
    places = indices.reshape(*values.shape[:first], -1)
    return values.flatten(first).gather(-1, places).reshape(indices.shape)


def _keep_unpooled(ctx: Any, inputs: Any, output: Any) -> None:
    _, indices, _, ctx.text = inputs
    ctx.save_for_backward(indices)


def _back_unpooled(ctx: Any, grad: Any) -> Any:
    return _taken(grad, ctx.saved_tensors[0], known(ctx.text)), None, None, None


pool = _defined(
    "pool",
    "(Tensor x, Tensor? given, str layer) -> Tensor",
    lambda x, given, layer: _run(x, given, layer, False),
    lambda x, given, layer: _fake(x, layer, False),
    _keep,
    _back,
)
pool_with_indices = _defined(
    "pool_with_indices",
    "(Tensor x, Tensor? given, str layer) -> (Tensor, Tensor)",
    lambda x, given, layer: _run(x, given, layer, True),
    lambda x, given, layer: _fake(x, layer, True),
    _keep,
    _back,
)
pool_backward = _defined(
    "pool_backward",
    "(Tensor grad, Tensor? x, Tensor? indices, SymInt[] shape, int axis, str layer) -> Tensor",
    lambda grad, x, indices, shape, axis, layer: _backward(grad, x, indices, shape, axis, layer),
    lambda grad, x, indices, shape, axis, layer: _new(grad, shape, axis),
    _keep_gradient,
    _back_gradient,
)
unpool = _defined(
    "unpool",
    "(Tensor x, Tensor indices, SymInt[]? output_size, str layer) -> Tensor",
    lambda x, indices, output_size, layer: _unpool(x, indices, output_size, layer),
    lambda x, indices, output_size, layer: _fake_unpool(x, indices, output_size, layer),
    _keep_unpooled,
    _back_unpooled,
)


class _Direct(torch.autograd.Function):  # type: ignore[misc]  # of torch, which has no types here
    """The work of the operators as an autograd function, without their dispatch: in half the time."""

    @staticmethod
    def forward(ctx: Any, x: Any, call: Any) -> Any:
        given, text, indexed = call
        layers = known(text)
        axis = layers.channels_at(x)
        if layers.gradient == "indices" and not indexed:  # only the gradient needs them: kept as an array
            y, places = _found(layers, x, axis, given, True)
            ctx.made = text, x.shape, axis, places
            return _tensor(y, axis, y.ndim, x.dtype)
        result = _forward(layers, x, axis, given, indexed)
        ctx.made = text, x.shape, axis, None
        if layers.gradient != "shape":
            ctx.save_for_backward(*((x, None) if layers.gradient == "input" else (None, result[1])))
        if indexed:
            ctx.mark_non_differentiable(result[1])
        return result

    @staticmethod
    def backward(ctx: Any, grad: Any, _: Any = None) -> Any:
        text, shape, axis, places = ctx.made
        x, indices = ctx.saved_tensors or (None, None)
        if places is not None:
            indices = _tensor(places, axis, places.ndim, None)
        run = pool_backward if torch.is_grad_enabled() or not _is_plain(grad) else _backward
        return run(grad, x, indices, shape, axis, text), None


def _has_memory(x: Any) -> bool:
    """Whether a tensor does not stand for another one, as those of torch.func do."""
    try:
        x.data_ptr()
    except RuntimeError:
        return False
    return True


def _is_plain(x: Any) -> bool:
    """Whether a tensor is an ordinary one on the CPU, and no tracing or dispatch mode observes the call."""
    if torch.compiler.is_compiling() or is_in_torch_dispatch_mode() or torch.jit.is_tracing():
        return False
    return type(x) in _PLAIN and x.is_cpu and _has_memory(x)


def _refuse_transforms(x: Any, text: str) -> None:
    """Refuse what is no tensor, and derivatives that PyTorch would compute wrongly or not at all."""
    if not isinstance(x, torch.Tensor):
        if not hasattr(type(x), "__torch_function__"):  # as what torch.fx traces with
            known(text).check(x)
        return
    _refuse_tangents(known(text), x)
    derived = x.requires_grad and torch.is_grad_enabled()
    if derived and type(x) in _PLAIN and x.layout is torch.strided and not _has_memory(x):
        raise PoolingTypeError(
            f"{known(text).caller}: no derivatives within torch.func, which has none for operators from elsewhere; use "
            "backward() or torch.autograd.grad"
        )


def pooled(x: Any, given: Any, text: str, indexed: bool, by_indices: bool) -> Any:
    """The result of a layer; with its indices a pair. Its gradient goes ``by_indices``, or needs none."""
    if _is_plain(x):
        if x.requires_grad and torch.is_grad_enabled():
            return _Direct.apply(x, (given, text, indexed))
        layers = known(text)
        _refuse_tangents(layers, x)
        return _forward(layers, x, layers.channels_at(x), given, indexed)
    if not torch.compiler.is_compiling():
        _refuse_transforms(x, text)
    if indexed:
        return pool_with_indices(x, given, text)
    if by_indices and isinstance(x, torch.Tensor) and x.requires_grad and torch.is_grad_enabled():
        return pool_with_indices(x, given, text)[0]  # for the gradient, which else had to pool once more
    return pool(x, given, text)
