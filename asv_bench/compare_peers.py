"""The speed table: every case against the memory floor and the peers, interleaved in one process, as medians.

    python asv_bench/compare_peers.py [--json FILE] [--only TEXT] [--repeats N]

Peers (PyTorch, ONNX Runtime, OpenVINO, OpenCV, scikit-image) are optional; what is not installed is left out.
Everything runs on two threads. A row is met when it is within its floor and ahead of each peer by its factor.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np
from family import family_cases
from floor import floor_call
from peers import PEERS, machine

import numbapool as nbp

THREADS = 2
# Threads of the library called before go on spinning for a while, on the cores that the next call needs: a call waits
# until the process has been idle for so long. And threads that have slept are slow to wake, or wake on the core of the
# one that calls them, until the system has spread them again: each timed call follows others, for so long.
IDLE = 0.003
WARM = 0.04
# And calls are timed for so long, at least one: memory's speed changes from one to the next.
TIMED = 0.03
WINDOWS = ((2, 2, 0), (3, 2, 1), (3, 1, 1))
PLANES = ((32, 64, 112, 112), (8, 3, 1024, 1024))


@dataclass
class Case:
    """One row: what we do (into given and into fresh arrays), the bytes it must move, what peers do, the goals."""

    name: str
    into: Callable[[], Any]
    fresh: Callable[[], Any]
    bytes_in: int
    bytes_out: int
    peers: dict[str, Callable[[], Any]] = field(default_factory=dict)
    most_floors: float | None = None
    least: dict[str, float] = field(default_factory=dict)


def forward(name, pool, x, most, least, peers=None):
    y = pool(x)
    outs = y if isinstance(y, tuple) else (y,)
    out = tuple(np.empty_like(o) for o in outs) if isinstance(y, tuple) else np.empty_like(y)
    size = sum(o.nbytes for o in outs)
    return Case(name, lambda: pool(x, out=out), lambda: pool(x), x.nbytes, size, peers or {}, most, least)


def cases():
    rng = np.random.default_rng(0)
    for shape in PLANES:
        x = rng.standard_normal(shape, np.float32)
        for k, s, p in WINDOWS:
            window = f"k{k} s{s} p{p} {shape}"
            small = {2: (1.3, 8, 1.5), 3: (1.6, 12, 1.2)}[k] if s == 2 else (1.6, 15, 1.5)
            for kind in ("Max", "Min", "Avg"):
                most, torch_factor, others = small
                if kind == "Avg" and (k, s) == (3, 2):
                    torch_factor = 4
                least = {"torch": torch_factor, "onnxruntime": others, "openvino": others}
                made = PEERS.window(kind, x, k, s, p)
                yield forward(f"{kind.lower()} {window}", getattr(nbp, f"{kind}Pool2d")(k, s, p), x, most, least, made)
            most = {(2, 2): 1.5, (3, 2): 1.8, (3, 1): 2.5}[k, s]
            with_indices = nbp.MaxPool2d(k, s, p, return_indices=True)
            made = PEERS.window("Max", x, k, s, p, indices=True)
            yield forward(f"max with indices {window}", with_indices, x, most, {"torch": 10}, made)
            yield from backward(x, k, s, p, window, with_indices)
    yield from channels_last(rng)
    yield from other_ranks(rng)
    yield from images(rng)
    yield from large_windows(rng)
    yield from odd_cases(rng)
    yield from family_cases(Case, forward)


def backward(x, k, s, p, window, with_indices):
    y, indices = with_indices(x)
    grad = np.ones_like(y)
    mean = nbp.AvgPool2d(k, s, p)
    out = np.empty_like(x)
    yield Case(
        f"max backward {window}",
        lambda: with_indices.backward(grad, indices, x.shape, out=out),
        lambda: with_indices.backward(grad, indices, x.shape),
        grad.nbytes + indices.nbytes,
        x.nbytes,
        PEERS.gradient("Max", x, k, s, p),
        1.8,
        {"torch": 3},
    )
    yield Case(
        f"mean backward {window}",
        lambda: mean.backward(grad, x.shape, out=out),
        lambda: mean.backward(grad, x.shape),
        grad.nbytes,
        x.nbytes,
        PEERS.gradient("Avg", x, k, s, p),
        1.8,
        {"torch": 6},
    )


def channels_last(rng):
    for shape in ((32, 112, 112, 64), (32, 512, 512, 3)):
        x = rng.standard_normal(shape, np.float32)
        for k, s, p in WINDOWS[:2]:
            for kind in ("Max", "Avg"):
                pool = getattr(nbp, f"{kind}Pool2d")(k, s, p, data_format="channels_last")
                made = PEERS.window(kind, x, k, s, p, channels_last=True)
                yield forward(f"{kind.lower()} channels-last k{k} s{s} p{p} {shape}", pool, x, 1.6, {"torch": 3}, made)
    yield from long_pixels(rng)


def long_pixels(rng):
    """More of channels-last images: no goals but to be ahead."""
    x = rng.standard_normal((32, 112, 112, 64), np.float32)
    for k, s, p in WINDOWS[:2]:
        pool = nbp.MaxPool2d(k, s, p, return_indices=True, data_format="channels_last")
        made = PEERS.window("Max", x, k, s, p, channels_last=True, indices=True)
        yield forward(f"max with indices channels-last k{k} s{s} p{p} {x.shape}", pool, x, None, {"torch": 1}, made)
    for shape, k, s, p in (((32, 112, 112, 64), 7, 7, 0), ((32, 28, 28, 512), 3, 1, 1), ((32, 28, 28, 512), 5, 1, 2)):
        x = rng.standard_normal(shape, np.float32)
        for kind in ("Max", "Avg"):
            pool = getattr(nbp, f"{kind}Pool2d")(k, s, p, data_format="channels_last")
            made = PEERS.window(kind, x, k, s, p, channels_last=True)
            yield forward(f"{kind.lower()} channels-last k{k} s{s} p{p} {shape}", pool, x, None, {"torch": 1}, made)


def other_ranks(rng):
    x = rng.standard_normal((2, 16, 64, 112, 112), np.float32)
    for k, s, p in WINDOWS[:2]:
        for kind, factor in (("Max", 12), ("Avg", 3.5)):
            pool = getattr(nbp, f"{kind}Pool3d")(k, s, p)
            most = 1.3 if k == 2 else 1.8
            made = PEERS.window(kind, x, k, s, p)
            yield forward(f"{kind.lower()} 3d k{k} s{s} p{p}", pool, x, most, {"torch": factor}, made)
    x = rng.standard_normal((64, 64, 16384), np.float32)
    for k, s, p in (WINDOWS[0], WINDOWS[2]):
        for kind, factor in (("Max", 3.5), ("Avg", 8)):
            pool = getattr(nbp, f"{kind}Pool1d")(k, s, p)
            made = PEERS.window(kind, x, k, s, p)
            yield forward(f"{kind.lower()} 1d k{k} s{s} p{p}", pool, x, 1.25, {"torch": factor}, made)


def images(rng):
    x = rng.integers(0, 255, (8192, 8192), np.uint8)
    for reduce in ("max", "mean"):
        options = {"dtype": np.uint8} if reduce == "mean" else {}

        def pool(x, out=None, reduce=reduce, options=options):
            return nbp.pool(x, 2, reduce, out=out, **options)

        least = {"cv2": 1.1, "skimage": 100}
        yield forward(f"{reduce} uint8 (8192, 8192) k2 s2", pool, x, 1.5, least, PEERS.halve(reduce, x))
    x = rng.standard_normal((1, 1, 8192, 8192), np.float32)
    yield forward("max one plane (8192, 8192) k2 s2", nbp.MaxPool2d(2), x, 1.4, {})


def large_windows(rng):
    for dtype in (np.float32, np.uint8):
        x = (rng.random((1, 6, 1024, 1024)) * 255).astype(dtype)
        for k in (7, 15, 31, 63, 127):
            for kind in ("Max", "Avg"):
                options = {"dtype": np.uint8} if dtype == np.uint8 and kind == "Avg" else {}
                pool = getattr(nbp, f"{kind}Pool2d")(k, 1, **options)
                name = f"{kind.lower()} {np.dtype(dtype)} s1 K={k}"
                yield forward(name, pool, x, None, {"cv2": 1.2}, PEERS.sliding(kind, x, k))


def odd_cases(rng):
    x = rng.standard_normal((1, 16, 3000, 2000), np.float32)
    made = PEERS.window("Max", x, 3, 2, 0)
    yield forward("max (1, 16, 3000, 2000) k3 s2", nbp.MaxPool2d(3, 2), x, 1.6, {"torch": 20}, made)
    x = rng.standard_normal(PLANES[0], np.float32)
    for kind in ("Max", "Avg"):
        kinds = getattr(nbp, f"{kind}Pool2d")
        for k, s in ((16, 8), (64, 32), (112, 112)):
            made = PEERS.window(kind, x, k, s, 0)
            yield forward(f"{kind.lower()} k{k} s{s}", kinds(k, s), x, 2, {"torch": 8}, made)
        yield forward(f"{kind.lower()} k3 s1 dilation 2", kinds(3, 1, dilation=2), x, 2, {})
        yield forward(f"{kind.lower()} x[:, :, ::-1] k2", kinds(2), x[:, :, ::-1], 2.5, {})
        yield forward(f"{kind.lower()} transposed k2", kinds(2), x.transpose(0, 1, 3, 2), 2.5, {})
        for dtype in ("float64", "float16", "int16", "int64"):
            yield forward(f"{kind.lower()} {dtype} k2", kinds(2), (x[:16] * 100).astype(dtype), 2.5, {})


def settle():
    """Wait until no thread of this process is busy any more."""
    deadline = time.perf_counter() + 0.5
    while time.perf_counter() < deadline:
        before = time.process_time()
        time.sleep(IDLE)
        if time.process_time() - before < IDLE / 10:
            return


def measure(case, repeats):
    """For each call, its median time in ms in each round."""
    calls = {
        "out=": case.into,
        "fresh": case.fresh,
        "floor": floor_call(case.bytes_in, case.bytes_out),
        **case.peers,
    }
    times = {name: [] for name in calls}
    for call in calls.values():
        call()
    begin = time.perf_counter()
    for _ in range(repeats):
        for name, call in calls.items():
            taken = []
            settle()
            warm_until = time.perf_counter() + WARM
            call()
            while time.perf_counter() < warm_until:
                call()
            timed_until = time.perf_counter() + TIMED
            while True:
                start = time.perf_counter()
                call()
                end = time.perf_counter()
                taken.append(end - start)
                if end > timed_until:
                    break
            times[name].append(float(np.median(taken)) * 1e3)
        if time.perf_counter() - begin > 12:
            break
    return {name: np.array(t) for name, t in times.items()}


def judge(case, rounds):
    """Ratios and whether each goal is met, by the times of each round.

    Ratios are those of calls that follow each other: between rounds memory's speed changes by up to a factor of two.
    """
    own = rounds["out="]
    ratios = {"floor": float(np.median(own / rounds["floor"]))}
    ratios |= {name: float(np.median(rounds[name] / own)) for name in case.peers}
    met = {}
    if case.most_floors is not None:
        met["floor"] = ratios["floor"] <= case.most_floors
    met |= {name: ratios[name] >= factor for name, factor in case.least.items() if name in ratios}
    return ratios, met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", help="write the figures there")
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--family", action="store_true", help="only the operations beyond max, min and mean")
    options = parser.parse_args()
    numba.set_num_threads(min(THREADS, numba.config.NUMBA_NUM_THREADS))
    print(f"{machine()}; NumPy {np.__version__}, Numba {numba.__version__}, Python {platform.python_version()}")
    print("| case | out= ms | fresh ms | floor ms | × floor (goal) | peers: × faster (goal) | met |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for case in family_cases(Case, forward) if options.family else cases():
        if options.only not in case.name:
            continue
        rounds = measure(case, options.repeats)
        ms = {name: float(np.median(t)) for name, t in rounds.items()}
        ratios, met = judge(case, rounds)
        goal = "" if case.most_floors is None else f" ({case.most_floors:g})"
        against = ", ".join(
            f"{name} {ratios[name]:.1f}" + (f" ({case.least[name]:g})" if name in case.least else "")
            for name in case.peers
        )
        verdict = "yes" if all(met.values()) else "no: " + ", ".join(name for name, ok in met.items() if not ok)
        print(
            f"| {case.name} | {ms['out=']:.2f} | {ms['fresh']:.2f} | {ms['floor']:.2f} | {ratios['floor']:.2f}{goal} "
            f"| {against} | {verdict} |",
            flush=True,
        )
        rows.append({"case": case.name, "ms": ms, "ratios": ratios, "met": met})
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": machine(), "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
