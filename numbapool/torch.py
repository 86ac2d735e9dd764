"""PyTorch: an ``nn.Module`` for every pooling, and `replace_pools` for models that have some."""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import PoolingError, PoolingTypeError
from .neighbours.extras import required

required("torch", "torch")  # tells how to get it
import torch  # noqa: E402

from .neighbours.torch_layers import LAYERS, known  # noqa: E402
from .neighbours.torch_operators import pooled, unpool  # noqa: E402

__all__ = ["Pool", "Replaced", "replace_pools"]
__all__ += list(LAYERS)

# What a module decides by itself: tensors have their channels second, in whatever order they lie in memory.
_HIDDEN = ("data_format", "dtype", "as_tuple", "rng", "training")


class Pool(torch.nn.Module):
    """A layer of numbapool as a module: tensors in and out, forward and backward; the root of all others here.

    Arguments are those of the layer. They are attributes as well, and may be set, as in ``pool.ceil_mode = True``.
    """

    kind: Any
    signature: inspect.Signature

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        if type(self) is Pool:
            raise PoolingTypeError("Pool: is the root of the modules; use one of them, such as MaxPool2d(2)")
        try:
            given = self.signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise PoolingTypeError(f"{self.kind.__name__}: {error}; it takes {self.signature}") from None
        self._put(given)

    def _put(self, given: dict[str, Any]) -> None:
        """Make the layer for these arguments."""
        given = dict(given)
        if "random_samples" in self.kind.__dataclass_fields__:
            self.register_buffer("_random_samples", given.pop("_random_samples", None))
        self._hold(self.kind(**given))

    def _hold(self, layer: Any) -> None:
        self.__dict__["layer"] = layer
        self.__dict__["_indexed"] = getattr(layer, "return_indices", False)
        texts = [repr(layer)] * 2
        if hasattr(layer, "training"):
            texts[0] = repr(dataclasses.replace(layer, training=False))
        # what a call needs, in evaluation and in training; found here, as nothing of it can be traced
        self.__dict__["_forms"] = tuple((text, known(text).gradient == "indices") for text in texts)

    def __getattr__(self, name: str) -> Any:
        if name in self.signature.parameters and name != "_random_samples" and "layer" in self.__dict__:
            return getattr(self.__dict__["layer"], name)
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.signature.parameters and name != "_random_samples":
            self._hold(dataclasses.replace(self.layer, **{name: value}))
        else:
            super().__setattr__(name, value)

    def extra_repr(self) -> str:
        """The arguments, as in a call."""
        return repr(self.layer).partition("(")[2][:-1]

    def forward(self, input: Any) -> Any:
        """Pool a tensor; with ``return_indices`` the result is a pair."""
        text, by_indices = self._forms[self.training]
        return pooled(input, None, text, self._indexed, by_indices)


class _Drawing(Pool):
    """One value of each window is drawn, by PyTorch's generator, so that ``torch.manual_seed`` repeats it."""

    def forward(self, input: Any) -> Any:
        """Pool a tensor; with ``return_indices`` the result is a pair."""
        text, by_indices = self._forms[self.training]
        seed = torch.randint(1, 2**53, ()) if by_indices else None  # else it is the expected value
        return pooled(input, seed, text, self._indexed, by_indices)


class _Sampling(Pool):
    """Windows are drawn as PyTorch draws them: equal after the same ``torch.manual_seed``."""

    def forward(self, input: Any) -> Any:
        """Pool a tensor; with ``return_indices`` the result is a pair."""
        text, by_indices = self._forms[self.training]
        samples = self._random_samples
        if samples is None and isinstance(input, torch.Tensor):
            planes = (1, *input.shape)[-self.kind.rank - 2 : -self.kind.rank]
            samples = torch.rand(*planes, self.kind.rank, dtype=input.dtype if input.is_floating_point() else None)
        return pooled(input, samples, text, self._indexed, by_indices)


class _Unpooling(Pool):
    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:  # type: ignore[override]  # as in PyTorch
        """Put the values of a tensor where ``indices`` say, in a tensor of zeros."""
        if not isinstance(indices, torch.Tensor):
            raise PoolingTypeError(f"{self.kind.__name__}: indices must be a tensor; got {type(indices).__name__}")
        if not isinstance(input, torch.Tensor):
            known(self._forms[0][0]).check(input)
        if output_size is not None and not isinstance(output_size, (tuple, list)):
            raise PoolingTypeError(
                f"{self.kind.__name__}: output_size must be sizes, one for each axis; got {output_size!r}"
            )
        return unpool(input, indices, output_size, self._forms[0][0])


def _module(name: str, kind: Any) -> type[Pool]:
    """The module of a layer."""
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter("_random_samples" if f.name == "random_samples" else f.name, positional, default=_default(f))
        for f in dataclasses.fields(kind)
        if f.name not in _HIDDEN
    ]
    signature = inspect.Signature(parameters)
    base = _Sampling if hasattr(kind, "random_samples") else _Drawing if hasattr(kind, "rng") else Pool
    base = _Unpooling if name.startswith("MaxUnpool") else base
    peer = f", with the arguments and results of ``torch.nn.{name}``" if hasattr(torch.nn, name) else ""
    text = f"{(kind.__doc__ or '').partition(chr(10))[0]}\n\nTensors in and out{peer}; see `numbapool.{name}`."
    own = {"kind": kind, "signature": signature, "__signature__": signature, "__doc__": text, "__module__": __name__}
    return type(name, (base,), own)


def _default(field: Any) -> Any:
    return inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default


globals().update({name: _module(name, kind) for name, kind in LAYERS.items()})
if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


class Replaced(NamedTuple):
    """What `replace_pools` gives: the model, and of each pooling its name, what it was, and what it is or why not."""

    model: Any
    swapped: list[tuple[str, str, str]]
    kept: list[tuple[str, str, str]]


def replace_pools(model: Any) -> Replaced:
    """Swap every pooling module of ``torch.nn`` in a model for the one of this package: same outputs, same gradients.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place, at any depth; if it is a pooling module itself, the new one is only in the result.

    Returns
    -------
    Replaced
        A named tuple ``(model, swapped, kept)``: the model, a list of ``(name, old repr, new repr)``, and a list of
        ``(name, repr, reason)`` of poolings left as they are: subclasses, and norms of other than even powers or with
        ``ceil_mode``, which differ. Hooks, the training flag and attributes of the user's own go over to the new ones.

    Raises
    ------
    PoolingTypeError
        If `model` is no module.

    Examples
    --------
    >>> import torch
    >>> from numbapool.torch import replace_pools
    >>> model = torch.nn.Sequential(torch.nn.Conv2d(1, 6, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2))
    >>> replace_pools(model).swapped
    [('2', 'MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)', 'MaxPool2d(kernel_size=2)')]
    """
    if not isinstance(model, torch.nn.Module):
        raise PoolingTypeError(f"replace_pools: model must be a torch.nn.Module; got {type(model).__name__}")
    swapped, kept = [], []
    made: dict[int, Any] = {}  # one new module for one that has several names
    for name, module in list(model.named_modules(remove_duplicate=False)):
        kind = next((c for c in type(module).__mro__ if c.__module__ == "torch.nn.modules.pooling"), None)
        new = None if kind is None else globals().get(kind.__name__)
        if new is None:
            continue
        reason = _reason_to_keep(module, kind)
        if reason is None:
            try:
                swap = made.setdefault(id(module), None) or _swap(module, new)
            except PoolingError as error:
                reason = str(error)
        if reason is not None:
            kept.append((name, repr(module), reason))
            continue
        made[id(module)] = swap
        swapped.append((name, repr(module), repr(swap)))
        parent, _, last = name.rpartition(".")
        if name:
            setattr(model.get_submodule(parent), last, swap)
        else:
            model = swap
    return Replaced(model, swapped, kept)


def _reason_to_keep(module: Any, kind: Any) -> str | None:
    """Why a pooling of ``torch.nn`` is not swapped, if there is a reason."""
    if type(module) is not kind:
        return f"a subclass of {kind.__name__} may do something else"
    if kind.__name__.startswith("LPPool"):
        if module.norm_type % 2 or module.norm_type in (0, float("inf")):
            return "norms of other than even powers differ from PyTorch's, which does not take magnitudes"
        if module.ceil_mode:
            return "with ceil_mode PyTorch scales up the norms of windows that are cut off"
    return None


def _swap(old: Any, new: type[Pool]) -> Pool:
    """A module of this package in the place of one of PyTorch, with all else that the old one holds."""
    names = new.signature.parameters.keys()
    made = new(**{name: getattr(old, name) for name in names if hasattr(old, name)})
    for name, value in vars(old).items():
        if name not in names:
            made.__dict__[name] = value
    return made
