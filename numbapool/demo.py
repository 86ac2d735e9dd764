"""The demo: a real photograph, pooled by max, min and mean, side by side."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import PoolingError
from .pool import pool

__all__ = ["main"]

_NEEDED = "the demo needs scikit-image, matplotlib and rich: pip install 'numbapool[demo]'"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m numbapool", description="Pooling operations for NumPy arrays.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="pool a photograph by max, min and mean; write a picture of the results")
    demo.add_argument("--image", type=Path, help="your own picture (default: one from scikit-image)")
    demo.add_argument("--window", type=int, default=8, help="size of the window in pixels (default: 8)")
    demo.add_argument("--output", type=Path, default=Path("demo.png"), help="where the panel goes (default: demo.png)")
    options = parser.parse_args(arguments)
    try:
        _demo(options.image, options.window, options.output)
    except ImportError as error:
        parser.exit(1, f"{parser.prog}: {_NEEDED} ({error})\n")
    except (OSError, PoolingError) as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    return 0


def _demo(image: Path | None, window: int, output: Path) -> None:
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
