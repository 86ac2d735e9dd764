"""Pages made from the code: the table of all operations with a picture of each, and the list of everything public."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import numpy as np

import numbapool as nbp
from numbapool.operations import OPERATIONS
from numbapool.operations.averages import NeedsInput

HERE = Path(__file__).parent
OPTIONS = {
    "lp": {"norm_type": 4},
    "power": {"p": 3},
    "quantile": {"q": 0.25},
    "random": {"rng": 0},
    "stochastic": {"rng": 0},
    "logsumexp": {"sharpness": 0.1},
}


def backward(kind):
    """What the gradient of a layer is computed from, by the arguments of its ``backward``."""
    given = inspect.signature(kind.backward).parameters if hasattr(kind, "backward") else {}
    if "indices" in given:
        return "by indices"
    if "input_shape" in given:
        return "spread over the window"
    if "x" in given:
        return "from the input"
    return "`vjp`" if hasattr(kind, "vjp") else "none"


def dtypes(kind, fields):
    """Dtypes that a layer takes, and what becomes of them."""
    if "return_indices" in fields:
        return "all, kept"
    return "all, to floating point" if issubclass(kind, NeedsInput) else "all"


def picture(name, folder):
    """The photograph, pooled by blocks of 12, or "" where a window is not all that it takes."""
    from matplotlib import pyplot
    from skimage import data

    photo = data.camera()[40:280, 100:340]
    try:
        if name.startswith("adaptive"):
            y = nbp.pool(photo, 20, name)
        elif name == "fractional_max":
            y = nbp.pool(photo, 8, name, output_size=20, rng=0)
        elif name.startswith("global"):
            y = nbp.pool(photo, None, name, **({"norm_type": 2} if name == "global_lp" else {}))
        else:
            y = nbp.pool(photo, 12, name, **OPTIONS.get(name, {}))
    except nbp.PoolingError:
        return ""
    pyplot.imsave(
        folder / f"{name}.png", np.kron(y, np.ones((6, 6))) if y.size > 1 else np.full((120, 120), y), cmap="gray"
    )
    return f"![{name}]({name}.png)"


def write_operations():
    folder = HERE / "generated"
    folder.mkdir(exist_ok=True)
    lines = [
        "# All operations",
        "",
        "Made from the code. The pictures show what each makes of blocks of 12 × 12 pixels of the same photograph. "
        "Every operation takes both layouts, batched or not where ranks are fixed, and arrays of any strides.",
        "",
        "| operation | layers | what is kept | axes | dtypes | indices | backward | equal to | picture |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, kinds in OPERATIONS.items():
        kind, distinct = kinds[0], list(dict.fromkeys(kinds))
        title = kind.__name__.removesuffix("1d") + ("1d … 3d" if len(distinct) == 3 else "")
        axes = "1, 2, 3" if len(distinct) == 3 else ("2" if name.startswith("roi") else "any")
        fields = {f.name for f in dataclasses.fields(kind)}
        indices = "yes" if "return_indices" in fields else ("takes them" if name == "unpool" else "")
        first = kind.__doc__.partition("\n")[0].rstrip(".").partition(", over ")[0]
        summary = kind.summary.strip(",") or first[:1].lower() + first[1:]
        row = (
            f"`{name}`",
            f"`{title}`",
            summary,
            axes,
            dtypes(kind, fields),
            indices,
            backward(kind),
            kind.peer,
            picture(name, folder),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    (folder / "operations.md").write_text("\n".join(lines) + "\n")


def write_reference():
    names = [n for n in nbp.__all__ if n != "functional"]
    listed = "\n".join(f"   {n}" for n in sorted(names, key=str.lower))
    text = "# Reference\n\n```{eval-rst}\n.. currentmodule:: numbapool\n\n.. autosummary::\n   :toctree: reference\n\n"
    (HERE / "generated" / "reference.md").write_text(text + listed + "\n```\n")
