"""A page made from the code: the table of all operations, with a picture of each."""

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


def summary(kind):
    """What is kept of a window, in a few words."""
    first = kind.__doc__.partition("\n")[0].rstrip(".").partition(", over ")[0]
    return kind.summary.strip(",") or first[:1].lower() + first[1:]


def picture(name, folder):
    """The photograph, pooled by blocks of 12, or "" where a window is not all that it takes."""
    from matplotlib import pyplot
    from skimage import data

    if name.startswith("global"):
        return ""  # a single number
    photo = data.camera()[40:280, 100:340].astype(np.float32)
    try:
        if name.startswith("adaptive"):
            y = nbp.pool(photo, 20, name)
        elif name == "fractional_max":
            y = nbp.pool(photo, 8, name, output_size=20, rng=0)
        else:
            y = nbp.pool(photo, 12, name, **OPTIONS.get(name, {}))
    except nbp.PoolingError:
        return ""
    pyplot.imsave(folder / f"{name}.png", np.kron(y, np.ones((6, 6))), cmap="gray")
    return f"![{name}]({name}.png)"


def write_operations():
    folder = HERE / "generated"
    folder.mkdir(exist_ok=True)
    lines = [
        "# All operations",
        "",
        "The pictures show what each operation makes of blocks of 12 × 12 pixels of the same photograph. "
        "Every operation takes channels first and channels last, with or without a batch, and arrays of any strides. "
        "The [API reference](reference/index.md) has their arguments.",
        "",
        "| operation | picture | what is kept | dtypes | indices | backward | equal to |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, kinds in OPERATIONS.items():
        kind, distinct = kinds[0], list(dict.fromkeys(kinds))
        title = kind.__name__.removesuffix("1d") + ("1d, 2d, 3d" if len(distinct) == 3 else "")
        fields = {f.name for f in dataclasses.fields(kind)}
        indices = "yes" if "return_indices" in fields else ("takes them" if name == "unpool" else "")
        row = (
            f"[`{name}`](reference/{name}.md)<br>{title}",
            picture(name, folder),
            summary(kind),
            dtypes(kind, fields),
            indices,
            backward(kind),
            kind.peer,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    (folder / "operations.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
