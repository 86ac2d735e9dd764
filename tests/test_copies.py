"""Copies in row-major order and conversions of float16: what NumPy's are, number for number."""

from __future__ import annotations

import numpy as np
import pytest

from numbapool import copies
from numbapool.copies import converted, in_one_piece, put

DTYPES = ("bool", "int8", "uint16", "int32", "float16", "float32", "float64")


@pytest.fixture(autouse=True)
def _small_too(monkeypatch):
    monkeypatch.setattr(copies, "_COPIED", 1)
    monkeypatch.setattr(copies, "_CONVERTED", 1)


def same(found, right):
    assert found.dtype == right.dtype
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, right)


@pytest.mark.parametrize("dtype", DTYPES)
def test_any_order_of_axes(rng, dtype):
    for _ in range(40):
        rank = int(rng.integers(1, 6))
        base = (rng.random(tuple(rng.integers(1, 7 if rank > 3 else 80, rank))) * 100).astype(dtype)
        steps = tuple(slice(None, None, int(rng.choice([1, 1, 1, -1, 2]))) for _ in range(rank))
        view = base.transpose(rng.permutation(rank))[steps]
        same(in_one_piece(view), np.ascontiguousarray(view))


@pytest.mark.parametrize("to", ["same", "float16", "float32", "int16"])
@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
def test_into_arrays_of_any_order(rng, dtype, to):
    def view(rank, shape, dtype):
        order, steps = rng.permutation(rank), rng.choice([1, 1, 1, -1, 2], rank)
        memory = np.full(np.take(shape * abs(steps), order), 77, dtype)
        return memory, memory.transpose(np.argsort(order))[tuple(slice(None, None, int(step)) for step in steps)]

    for _ in range(40):
        rank = int(rng.integers(1, 6))
        shape = rng.integers(1, 7 if rank > 3 else 60, rank)
        _, source = view(rank, shape, dtype)
        source[...] = rng.random(shape) * 100
        memory, target = view(rank, shape, dtype if to == "same" else to)
        right = memory.copy()
        put(target, source)
        offset = (target.__array_interface__["data"][0] - memory.__array_interface__["data"][0]) // memory.itemsize
        as_target = np.lib.stride_tricks.as_strided(right.reshape(-1)[offset:], target.shape, target.strides)
        as_target[...] = source
        np.testing.assert_array_equal(memory, right)


def test_views_of_other_kinds(rng):
    row = rng.random((1, 5, 1))
    same(in_one_piece(np.broadcast_to(row, (70, 5, 9))), np.broadcast_to(row, (70, 5, 9)).copy())
    same(in_one_piece(np.empty((0, 4)).T), np.empty((4, 0)))
    same(in_one_piece(np.float32(3) * np.ones(()), np.float16), np.float16(3) * np.ones((), np.float16))
    unaligned = np.frombuffer(b"\0" + rng.random(60).tobytes(), np.float64, offset=1).reshape(6, 10)
    same(in_one_piece(unaligned), unaligned.copy())
    assert in_one_piece(unaligned).flags.aligned
    fields = np.zeros(9, [("a", "u1"), ("b", "<f4")])
    fields["b"] = np.arange(9)
    same(in_one_piece(fields["b"]), np.arange(9, dtype=np.float32))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_conversions_that_leave_axes_where_they_are(rng, order):
    x = rng.random((4, 5, 6), np.float32).transpose(order)
    found = converted(x, np.float16)
    np.testing.assert_array_equal(found, x.astype(np.float16))
    assert found.strides == x.astype(np.float16).strides
    assert converted(x, np.float32) is x


def test_what_is_in_order_is_no_copy(rng):
    x = rng.random((3, 4))
    assert in_one_piece(x) is x
    assert in_one_piece(x, "float64") is x


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("given", "wanted"),
    [("float16", "float32"), ("float16", "float64"), ("float32", "float16"), ("float64", "float16")],
)
def test_conversions(rng, given, wanted, turned):
    """With all halves, the ties between them, their nearest neighbours, and what has no place among them."""
    halves = np.arange(0x7BFF, dtype=np.uint16).view(np.float16).astype(np.float64)
    ties = (halves[1:] + halves[:-1]) / 2
    wild = rng.standard_normal(5000) * np.exp(rng.uniform(-30, 30, 5000))
    odd = [np.nan, np.inf, 65519.99, 65520, 1e300, 1e-300, 5e-324, 2**-24, 2**-25, 2**-25 * (1 + 1e-15)]
    parts = [halves, ties, np.nextafter(ties, 0), np.nextafter(ties, 1e9), ties * (1 + 1e-9), abs(wild), odd]
    with np.errstate(all="ignore"):
        x = np.concatenate([*parts, *(-np.asarray(p) for p in parts)]).astype(given)
        x = x[: x.size // 6 * 6].reshape(-1, 6)
        x = x.T if turned else x
        right = x.astype(wanted, order="C")
    same(in_one_piece(x, wanted), right)
    numbers = ~np.isnan(right)
    np.testing.assert_array_equal(np.signbit(in_one_piece(x, wanted))[numbers], np.signbit(right)[numbers])


def test_large_ones_on_all_threads(rng, monkeypatch):
    monkeypatch.undo()
    x = rng.random((4, 130, 67, 33), np.float32)
    for view in (np.moveaxis(x, -1, 1), np.moveaxis(x, 1, -1), x[:, ::-1], x.T):
        same(in_one_piece(view), np.ascontiguousarray(view))
        same(in_one_piece(view, "float16"), view.astype("float16", order="C"))
