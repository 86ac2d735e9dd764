"""The demo: a real photograph, pooled by max, min and mean, side by side."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pool import pool

__all__ = ["demo"]


def demo(image: Path | None, window: int, output: Path) -> None:
    """Pool a picture, or a photograph of scikit-image, and write a panel of the results."""
    from rich.console import Console

    console = Console()
    photograph = _photograph(image)
    console.print(f"photograph {photograph.shape} {photograph.dtype}, window {window} × {window}")
    panels = {"original": photograph}
    for reduce in ("max", "min", "mean"):
        options: dict[str, Any] = {"dtype": photograph.dtype} if reduce == "mean" else {}
        with console.status(f"{reduce}: compiling its kernel (only the first time; Numba keeps it on disk)"):
            begin = time.perf_counter()
            panels[reduce] = pool(photograph, (window, window), reduce, **options)
            first = time.perf_counter() - begin
        begin = time.perf_counter()
        pool(photograph, (window, window), reduce, **options)
        again = time.perf_counter() - begin
        console.print(
            f"{reduce:5s} {photograph.shape} -> {panels[reduce].shape}: first call {first * 1e3:.1f} ms, "
            f"then {again * 1e3:.3f} ms"
        )
    _write(panels, output)
    console.print(f"panel written to {output.resolve()}")


def _photograph(path: Path | None) -> NDArray[Any]:
    from skimage import data, io

    if path is None:
        return np.asarray(data.astronaut())
    if not path.is_file():
        raise FileNotFoundError(f"no such picture: {path}")
    return np.asarray(io.imread(path))


def _write(panels: dict[str, NDArray[Any]], output: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, places = pyplot.subplots(1, len(panels), figsize=(4 * len(panels), 4.4), layout="constrained")
    for place, (name, picture) in zip(places, panels.items(), strict=True):
        place.imshow(picture, cmap="gray" if picture.ndim == 2 else None, interpolation="nearest")
        place.set_title(f"{name}  {picture.shape[0]} × {picture.shape[1]}")
        place.axis("off")
    figure.savefig(output, dpi=100)
    pyplot.close(figure)
