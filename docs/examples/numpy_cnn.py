"""A convolutional network in plain NumPy: forward, backward and training by hand; only the pooling is numbapool's.

Written by hand, max pooling is a loop over all windows in Python, which takes most of the time of such a network. Here
are both, the loop and numbapool, with the same results, so that the time of each can be seen:

    python docs/examples/numpy_cnn.py [--steps 100] [--batch 32] [--naive-steps 5]

The network tells which way a noisy bar lies in an image of 28 × 28 pixels: across, upright, or along a diagonal.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import numbapool as nbp

CLASSES, SIZE = 4, 28


class NaiveMaxPool:
    """Max pooling as it is written first: a window after the other."""

    def __init__(self, size):
        self.size = size

    def forward(self, x):
        self.x, n = x, self.size
        batch, channels, height, width = x.shape
        y = np.empty((batch, channels, height // n, width // n), x.dtype)
        for b, c, i, j in np.ndindex(*y.shape):
            y[b, c, i, j] = x[b, c, i * n : (i + 1) * n, j * n : (j + 1) * n].max()
        return y

    def backward(self, grad):
        n, grad_x = self.size, np.zeros_like(self.x)
        for b, c, i, j in np.ndindex(*grad.shape):
            window = self.x[b, c, i * n : (i + 1) * n, j * n : (j + 1) * n]
            row, column = np.unravel_index(window.argmax(), window.shape)
            grad_x[b, c, i * n + row, j * n + column] += grad[b, c, i, j]
        return grad_x


class MaxPool:
    """The same by numbapool: the indices of the forward pass tell where the gradients go."""

    def __init__(self, size):
        self.pool = nbp.MaxPool2d(size, return_indices=True)

    def forward(self, x):
        y, self.indices = self.pool(x)
        self.shape = x.shape
        return y

    def backward(self, grad):
        return self.pool.backward(grad, self.indices, self.shape)


class Conv:
    """3 × 3 convolution that keeps the size of the image, as a product of matrices."""

    def __init__(self, inputs, outputs, rng):
        self.weight = rng.standard_normal((outputs, inputs * 9), np.float32) * np.float32(np.sqrt(2 / (inputs * 9)))
        self.bias = np.zeros(outputs, np.float32)

    def forward(self, x):
        batch, channels, height, width = self.shape = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))
        self.columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(batch * height * width, channels * 9)
        y = self.columns @ self.weight.T + self.bias
        return np.ascontiguousarray(y.reshape(batch, height, width, -1).transpose(0, 3, 1, 2))

    def backward(self, grad):
        batch, channels, height, width = self.shape
        flat = grad.transpose(0, 2, 3, 1).reshape(-1, grad.shape[1])
        self.grads = flat.T @ self.columns, flat.sum(0)
        windows = (flat @ self.weight).reshape(batch, height, width, channels, 3, 3)
        padded = np.zeros((batch, channels, height + 2, width + 2), windows.dtype)
        for i, j in np.ndindex(3, 3):
            padded[:, :, i : i + height, j : j + width] += windows[..., i, j].transpose(0, 3, 1, 2)
        return padded[:, :, 1:-1, 1:-1]

    def step(self, rate):
        for value, grad in zip((self.weight, self.bias), self.grads, strict=True):
            value -= rate * grad


class ReLU:
    """Negative numbers become 0."""

    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, grad):
        return grad * self.positive


class Dense:
    """All that is left of an image, to one number for each class."""

    def __init__(self, inputs, outputs, rng):
        self.weight = rng.standard_normal((inputs, outputs), np.float32) * np.float32(np.sqrt(1 / inputs))
        self.bias = np.zeros(outputs, np.float32)

    def forward(self, x):
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.weight + self.bias

    def backward(self, grad):
        self.grads = self.x.T @ grad, grad.sum(0)
        return (grad @ self.weight.T).reshape(self.shape)

    step = Conv.step


def network(pool, seed=0):
    """Two convolutions, each pooled, and a dense layer; the seed alone tells the weights."""
    rng = np.random.default_rng(seed)
    first = [Conv(1, 6, rng), ReLU(), pool(2), Conv(6, 12, rng), ReLU(), pool(2)]
    return [*first, Dense(12 * (SIZE // 4) ** 2, CLASSES, rng)]


def bars(count, rng):
    """Images of noisy bars, and which way each lies."""
    labels = rng.integers(0, CLASSES, count)
    y, x = np.mgrid[:SIZE, :SIZE] - SIZE // 2
    across = np.stack([y, x, (y - x) / np.sqrt(2), (y + x) / np.sqrt(2)])[labels]
    images = np.abs(across - rng.uniform(-5, 5, (count, 1, 1))) < 2
    noisy = images + rng.normal(0, 0.7, images.shape)
    return noisy[:, None].astype(np.float32), labels


def loss_and_gradient(scores, labels):
    """Cross entropy, and its gradient by the scores."""
    shifted = np.exp(scores - scores.max(1, keepdims=True))
    shares = shifted / shifted.sum(1, keepdims=True)
    chosen = np.arange(len(labels)), labels
    loss = -np.log(shares[chosen]).mean()
    shares[chosen] -= 1
    return float(loss), shares / np.float32(len(labels))


def train(pool, steps, batch, rate=0.1, seed=0):
    """Train a network; its losses, itself, the seconds of all of it, and those of the pooling alone."""
    layers, rng = network(pool, seed), np.random.default_rng(seed + 1)
    losses, pooling, start = [], 0.0, time.perf_counter()

    def timed(layer, call, value):
        nonlocal pooling
        begin = time.perf_counter()
        result = call(value)
        pooling += (time.perf_counter() - begin) * isinstance(layer, pool)
        return result

    for _ in range(steps):
        x, labels = bars(batch, rng)
        for layer in layers:
            x = timed(layer, layer.forward, x)
        loss, grad = loss_and_gradient(x, labels)
        losses.append(loss)
        for layer in reversed(layers):
            grad = timed(layer, layer.backward, grad)
        for layer in layers:
            if hasattr(layer, "step"):
                layer.step(rate)
    return losses, layers, time.perf_counter() - start, pooling


def accuracy(layers, batches=20, batch=25, seed=9):
    """Share of new images that are told rightly."""
    rng, right = np.random.default_rng(seed), []
    for _ in range(batches):
        x, labels = bars(batch, rng)
        for layer in layers:
            x = layer.forward(x)
        right.append(x.argmax(1) == labels)
    return float(np.mean(right))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--naive-steps", type=int, default=5)
    options = parser.parse_args(arguments)
    train(MaxPool, 1, options.batch)  # the first call compiles, or loads what was compiled before
    slow, _, slow_time, slow_pooling = train(NaiveMaxPool, options.naive_steps, options.batch)
    fast, layers, fast_time, fast_pooling = train(MaxPool, options.steps, options.batch)
    same = np.array_equal(slow, fast[: len(slow)])
    for name, steps, total, pooling in (
        ("loops", options.naive_steps, slow_time, slow_pooling),
        ("numbapool", options.steps, fast_time, fast_pooling),
    ):
        print(f"{name}: {1e3 * total / steps:.1f} ms a step, of which pooling {1e3 * pooling / steps:.2f} ms")
    print(f"losses of the first {len(slow)} steps are {'equal' if same else 'not equal'}")
    print(f"loss {fast[0]:.3f} → {fast[-1]:.3f}, accuracy on new images {accuracy(layers):.3f}")
    return same, fast, layers


if __name__ == "__main__":
    main()
