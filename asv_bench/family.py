"""Cases of the speed table beyond max, min and mean: each against the peer that has it."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

import numbapool as nbp


def torch_call(name, x, *args, **options):
    if not find_spec("torch"):
        return {}
    import torch

    torch.set_num_threads(2)
    t = torch.from_numpy(x)
    given = [torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in args]
    call = getattr(torch.nn.functional, name)
    return {"torch": lambda: call(t, *given, **options)}


def family_cases(case, forward):
    """Yield cases, made by ``forward(name, pool, x, most_floors, least, peers)`` or by ``case`` itself."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((32, 512, 14, 14), np.float32)
    for size in (7, 5):
        for kind in ("Max", "Avg"):
            pool = getattr(nbp, f"Adaptive{kind}Pool2d")(size)
            peers = torch_call(f"adaptive_{kind.lower()}_pool2d", x, size)
            yield forward(f"adaptive {kind.lower()} (32, 512, 14, 14) to {size}", pool, x, None, {"torch": 3}, peers)
        pool = nbp.AdaptiveMaxPool2d(size, return_indices=True)
        peers = torch_call("adaptive_max_pool2d", x, size, return_indices=True)
        yield forward(f"adaptive max with indices (32, 512, 14, 14) to {size}", pool, x, None, {"torch": 3}, peers)
    x = rng.standard_normal((32, 512, 7, 7), np.float32)
    for kind, factor in (("Max", 4), ("Avg", 1)):
        peers = torch_call(f"adaptive_{kind.lower()}_pool2d", x, 1)
        pool = getattr(nbp, f"Global{kind}Pool")()
        yield forward(f"global {kind.lower()} (32, 512, 7, 7)", pool, x, None, {"torch": factor}, peers)
    x = rng.standard_normal((32, 64, 112, 112), np.float32)
    yield forward("lp p=2 k2", nbp.LPPool2d(2, 2), x, None, {"torch": 8}, torch_call("lp_pool2d", x, 2.0, 2))
    peers = torch_call("fractional_max_pool2d", x, 2, output_size=56)
    pool = nbp.FractionalMaxPool2d(2, 56, rng=0)
    yield forward("fractional max to 56", pool, x, None, {"torch": 8}, peers)
    y, indices = nbp.MaxPool2d(2, return_indices=True)(x)
    unpool, back = nbp.MaxUnpool2d(2), np.empty_like(x)
    yield case(
        "unpool (32, 64, 56, 56) k2",
        lambda: unpool(y, indices, out=back),
        lambda: unpool(y, indices),
        y.nbytes + indices.nbytes,
        x.nbytes,
        torch_call("max_unpool2d", y, indices, 2),
        None,
        {"torch": 6},
    )
    single = nbp.MaxPool2d(2)
    own = {"max": lambda: single(x)}
    yield forward("three at once k2", nbp.MultiPool2d(("max", "min", "mean"), 2), x, None, {"max": 1 / 1.4}, own)
    yield forward("random k2", nbp.RandomPool2d(2, rng=0), x, None, {"max": 1 / 3}, own)
    yield forward("stochastic k2", nbp.StochasticPool2d(2, rng=0), x, None, {"max": 1 / 3}, own)
    yield from medians(rng, forward)
    yield from modes(rng, forward)


def medians(rng, forward):
    x = rng.integers(0, 255, (1, 1, 4096, 4096), np.uint8)
    image = np.pad(x[0, 0], 1, mode="edge")[None, None]
    peers = {}
    if find_spec("cv2"):
        import cv2

        cv2.setNumThreads(2)
        peers["cv2"] = lambda: cv2.medianBlur(x[0, 0], 3)
    yield forward("median 3x3 s1 uint8 (4096, 4096)", nbp.MedianPool2d(3, 1), image, None, {"cv2": 1}, peers)
    small = rng.standard_normal((1, 1, 1024, 1024), np.float32)
    peers = {}
    if find_spec("scipy"):
        from scipy.ndimage import generic_filter, median_filter

        peers["scipy"] = lambda: median_filter(small[0, 0], 3)
        tiny = rng.integers(0, 9, (1, 1, 128, 128)).astype(np.uint8)
        slow = {"scipy": lambda: generic_filter(tiny[0, 0], lambda v: np.bincount(v.astype(int)).argmax(), 5)}
        yield forward("mode 5x5 s1 uint8 (128, 128)", nbp.ModePool2d(5, 1), tiny, None, {"scipy": 10}, slow)
    yield forward("median 3x3 s1 float32 (1024, 1024)", nbp.MedianPool2d(3, 1), small, None, {"scipy": 10}, peers)


def modes(rng, forward):
    blocks = rng.integers(0, 200, (64, 64, 64)).repeat(8, 0).repeat(8, 1).repeat(8, 2)
    for dtype, labels, what in (
        ("uint8", blocks, "512³ of blocks"),
        ("uint64", blocks, "512³ of blocks"),
        ("uint64", rng.integers(0, 2**60, (256, 256, 256)), "256³ of noise"),
    ):
        x = labels.astype(dtype)
        for window in ((1, 2, 2), (2, 2, 2)):
            peers = {}
            if find_spec("tinybrain"):
                import tinybrain

                turned = x.T  # tinybrain's x is the fastest axis
                factor = window[::-1]
                peers["tinybrain"] = lambda turned=turned, factor=factor: tinybrain.downsample_segmentation(
                    turned, factor=factor, num_mips=1, sparse=False
                )
            name = f"mode {'x'.join(map(str, window))} {dtype} {what}"

            def pool(x, out=None, window=window):
                return nbp.pool(x, window, "mode", out=out)

            yield forward(name, pool, x, None, {"tinybrain": 2}, peers)
