"""PyTorch models with the poolings of PyTorch and with those of numbapool: single calls, blocks, whole models.

    python asv_bench/torch_models.py [--rounds 20]

Calls take turns in one process; for each the least time of all rounds is printed, so that what else the machine does
counts as little as possible.
"""

from __future__ import annotations

import argparse
import copy
import time
from functools import partial

import numba
import torch
from torch import nn

from numbapool.torch import replace_pools


def least(calls, rounds, number=1):
    """Least milliseconds of each call, which take turns."""
    times = dict.fromkeys(calls, float("inf"))
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(number):
                call()
            times[name] = min(times[name], (time.perf_counter() - start) / number * 1e3)
    return times


class SPPF(nn.Module):
    """Spatial pyramid pooling as in YOLOv5 and later: three poolings, one after the other, side by side."""

    def __init__(self, channels=512):
        super().__init__()
        half = channels // 2
        self.before = nn.Sequential(nn.Conv2d(channels, half, 1, bias=False), nn.BatchNorm2d(half), nn.SiLU())
        self.after = nn.Sequential(nn.Conv2d(half * 4, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.SiLU())
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        x = self.before(x)
        a = self.pool(x)
        b = self.pool(a)
        return self.after(torch.cat((x, a, b, self.pool(b)), 1))


class Three(nn.Module):
    """The poolings of SPPF alone."""

    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        return self.pool(self.pool(self.pool(x)))


class Block(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.around = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.around = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))) + self.around(x))


def resnet18():
    """ResNet-18, as in He et al. 2015."""
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for outputs in (64, 128, 256, 512):
        layers += [Block(inputs, outputs, 1 if outputs == 64 else 2), Block(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def pairs(model):
    """A model as it is, and with our poolings."""
    return {"torch": model, "numbapool": replace_pools(copy.deepcopy(model)).model}


def training(model, x):
    """A call of a model with its gradients."""

    def step():
        model.zero_grad()
        model(x).sum().backward()

    return step


def row(name, calls, rounds, number=1):
    times = least(calls, rounds, number)
    theirs, ours = times["torch"], times["numbapool"]
    print(f"{name:48} {theirs:10.4f} {ours:10.4f} {theirs / ours:7.2f}", flush=True)


def inference(models, x):
    def call(model):
        with torch.no_grad():
            return model(x)

    return {name: partial(call, model.eval()) for name, model in models.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; numba {numba.get_num_threads()} threads")
    print(f"{'least milliseconds':48} {'torch':>10} {'numbapool':>10} {'ratio':>7}")

    tiny = torch.randn(1, 1, 8, 8)
    leaf, grad = tiny.clone().requires_grad_(), torch.ones(1, 1, 4, 4)
    for kind in (nn.MaxPool2d, nn.AvgPool2d):
        both = pairs(kind(2))
        row(f"{kind.__name__}(2), (1, 1, 8, 8): forward", inference(both, tiny), rounds * 40, 5)
        calls = {name: partial(m, leaf) for name, m in both.items()}
        row("  forward, of which a gradient is needed", calls, rounds * 40, 5)
        calls = {name: (lambda m=m: torch.autograd.grad(m(leaf), leaf, grad)) for name, m in both.items()}
        row("  forward and backward", calls, rounds * 40, 5)

    x = torch.randn(8, 64, 112, 112)
    for memory_format in (torch.contiguous_format, torch.channels_last):
        t, name = x.to(memory_format=memory_format), str(memory_format).removeprefix("torch.")
        for pool in (nn.MaxPool2d(2), nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2)):
            both, leaf = pairs(pool), t.clone().requires_grad_()
            what = f"{type(pool).__name__}({pool.kernel_size}, {pool.stride}), (8, 64, 112, 112), {name}"
            row(what[:48], inference(both, t), rounds)
            row("  forward and backward", {n: training(m, leaf) for n, m in both.items()}, rounds)

    x = torch.randn(1, 256, 20, 20)
    row("three 5 × 5 pools of SPPF, (1, 256, 20, 20)", inference(pairs(Three()), x), rounds * 3)
    row("three 5 × 5 pools of SPPF, (8, 256, 20, 20)", inference(pairs(Three()), torch.randn(8, 256, 20, 20)), rounds)
    x = torch.randn(1, 512, 20, 20)
    row("SPPF block, (1, 512, 20, 20)", inference(pairs(SPPF()), x), rounds * 3)
    row("SPPF block, (8, 512, 20, 20)", inference(pairs(SPPF()), torch.randn(8, 512, 20, 20)), rounds)

    x = torch.randn(4, 3, 224, 224)
    row("ResNet-18, (4, 3, 224, 224): inference", inference(pairs(resnet18()), x), max(rounds // 4, 3))
    row("  training", {n: training(m, x) for n, m in pairs(resnet18()).items()}, max(rounds // 8, 2))

    # alternating, as in a model: whether the threads of one library are in the way of the other's
    conv = nn.Conv2d(64, 64, 3, padding=1)
    x = torch.randn(8, 64, 112, 112)
    both = pairs(nn.MaxPool2d(3, 2, 1))
    with torch.no_grad():
        apart = least({"conv": lambda: conv(x)} | {n: (lambda m=m: m(x)) for n, m in both.items()}, rounds)
        turns = least({n: (lambda m=m: m(conv(x))) for n, m in both.items()}, rounds)
    print(f"convolution alone {apart['conv']:.2f}; after it, less what it takes alone:")
    for name in both:
        print(f"  {name:10} alone {apart[name]:.2f}, after the convolution {turns[name] - apart['conv']:.2f}")


if __name__ == "__main__":
    main()
