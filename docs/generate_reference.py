"""The API reference, made from the code: a page for each operation with its layers and functions, in groups."""

from __future__ import annotations

import importlib
import inspect
import re

from generate import HERE, summary

import numbapool as nbp
from numbapool.operations import OPERATIONS
from numbapool.validation.docstrings import function_name

# The reference: pages by operation, in groups. An operation that is in no group stands in the last one.
GROUPS = {
    "Extremes": ("max", "min", "multi"),
    "Means, sums and norms": ("mean", "sum", "lp", "power"),
    "Between mean and maximum": ("mixed", "soft", "logsumexp"),
    "Order statistics and labels": ("median", "quantile", "mode"),
    "One value by place or at random": ("subsample", "random", "stochastic"),
    "Results of a given size": ("adaptive_max", "adaptive_min", "adaptive_mean", "fractional_max", "spatial_pyramid"),
    "Whole channels": ("global_max", "global_min", "global_mean", "global_lp"),
    "Back to full size": ("unpool",),
    "Regions of interest": ("roi_align", "roi_max"),
    "Functions of your own": ("own",),
}
TITLES = {
    "mean": "Average pooling",
    "lp": "Lp pooling",
    "power": "Power-average pooling",
    "logsumexp": "Log-sum-exp pooling",
    "multi": "Several at once",
    "subsample": "Subsampling",
    "adaptive_mean": "Adaptive average pooling",
    "global_mean": "Global average pooling",
    "global_lp": "Global Lp pooling",
    "unpool": "Max unpooling",
    "roi_align": "RoI align",
    "roi_max": "RoI max pooling",
    "own": "Functions of your own",
}
GENERAL = {
    "pool": "any axes of any array, by the name of an operation or by a function of your own",
    "rolling": "windows along one axis, with a least number of values",
    "register": "give a function of your own a name for `pool`",
    "warmup": "compile before the first call",
    "explain": "which kernel runs for a call, and why",
}
ERRORS = ("PoolingError", "PoolingTypeError", "PoolingValueError", "PoolingIndexError")
# A page for each module for users of another library: its title, what it holds, and where more is said.
NEIGHBOURS = {
    "torch": ("PyTorch", "modules for models, with gradients", "../../pytorch.md"),
    "dask": ("Dask", "the functions for arrays in chunks, lazily", "../../dask.md"),
    "xarray": ("xarray", "pooling by the names of dimensions", "../../xarray.md"),
    "skimage": ("scikit-image", "reduction of blocks", "../../filters.md"),
    "ndimage": ("SciPy", "filters of `scipy.ndimage` over rectangular windows", "../../filters.md"),
}


def title(name):
    """What an operation is called in headings."""
    return TITLES.get(name, f"{name.replace('_', ' ').capitalize()} pooling")


def functions(layer):
    """The functions of a layer: the same by its name, and the gradient if that is a function as well."""
    name = function_name(layer)
    return [each for each in (name, f"{name}_backward") if each in nbp.functional.__all__]


def link(name, text=None, kind="obj"):
    """A link to something public."""
    return f"{{py:{kind}}}`{text or name} <numbapool.{name}>`"


def links(names):
    """Links to what differs in its number of axes alone: ``MaxPool1d, 2d, 3d``."""
    return ", ".join(link(name, re.search(r"\dd", name)[0] if i else name) for i, name in enumerate(names))


def documented(directive, name, *options):
    """A directive of autodoc."""
    return "\n".join([f".. {directive}:: {name}", *(f"   {option}" for option in options), ""])


def reference_page(file, heading, text, entries):
    """A page of docstrings."""
    body = "\n".join(["```{eval-rst}", ".. currentmodule:: numbapool", "", *entries, "```"])
    file.write_text(f"# {heading}\n\n{text}\n\n{body}\n", encoding="utf-8")


def write_operation(name, folder):
    """The page of an operation: its layers and functions."""
    layers = list(dict.fromkeys(OPERATIONS[name]))
    shown = layers[min(1, len(layers) - 1)]
    entries = []
    for layer in layers:
        methods = [m for m in ("output_shape", "backward", "parameter_gradient", "vjp") if hasattr(layer, m)]
        more = [f"\n   .. automethod:: {method}" for method in methods] if layer is shown else []
        entries.append(documented("autoclass", layer.__name__, *more))
    for layer in layers:
        entries += [documented("autofunction", each) for each in functions(layer.__name__)]
    by_name = f'By name: `nbp.pool(x, window, "{name}")`.' if name != "own" else "By `nbp.pool(x, window, function)`."
    if layers[0] is not shown:
        by_name += f" Methods are shown for `{shown.__name__}`; the other layers have the same."
    image = folder.parent / f"{name}.png"
    if image.exists():
        by_name += f"\n\n![A photograph, in blocks of 12 × 12 pixels](../{name}.png)"
    reference_page(folder / f"{name}.md", title(name), by_name, entries)


def write_neighbour(name, folder):
    """The page of a module for another library, with what is not in the reference already."""
    heading, _, guide = NEIGHBOURS[name]
    text = f"The module `numbapool.{name}`. The [guide]({guide}) shows how to use it."
    try:
        module = importlib.import_module(f"numbapool.{name}")
    except Exception:  # the library is not there, or is being installed beside the build, as PyTorch is in CI
        (folder / f"{name}.md").write_text(f"# {heading}\n\n{text}\n", encoding="utf-8")
        return
    public = {n: getattr(module, n) for n in module.__all__}
    same = [n for n in public if n in nbp.__all__ and n != "pool"]
    if same:
        kind = "layers, as modules," if same[0][0].isupper() else "functions"
        text += f" It has the {kind} of the [reference](index.md) by the same names, and what follows."
    entries = [f".. currentmodule:: numbapool.{name}", ""]
    for each, thing in public.items():
        if each not in same:
            kind = "autoclass" if inspect.isclass(thing) else "autofunction"
            methods = [":members:"] if each == "Pooling" else []  # those of modules are PyTorch's
            entries.append(documented(kind, each, *methods))
    reference_page(folder / f"{name}.md", heading, text, entries)


def operations_table(names):
    """Layers and functions of some operations, a line each."""
    lines = ["| operation | layers | functions | what is kept |", "|---|---|---|---|"]
    for name in names:
        layers = [layer.__name__ for layer in dict.fromkeys(OPERATIONS[name])]
        kinds = [functions(layer) for layer in layers]
        called = [links(each) for each in zip(*kinds, strict=True)]
        first = f"[{title(name)}]({name}.md)<br>" + (f'`"{name}"`' if name != "own" else "")
        cells = (first, links(layers), "<br>".join(called), summary(OPERATIONS[name][0]))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def write_reference():
    """The pages of the reference, and the page that leads to them."""
    folder = HERE / "generated" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    grouped = dict(GROUPS)
    others = tuple(set(OPERATIONS) - {name for names in GROUPS.values() for name in names})
    if others:
        grouped["Others"] = others
    general = "\n".join(f"| {link(name)} | {text} |" for name, text in GENERAL.items())
    parts = [
        "# API reference",
        "Every operation has layers, which keep their arguments, and functions; both give the same result. `1d`, `2d` "
        "and `3d` is the number of axes that are pooled. Names in quotes are those for `nbp.pool`.",
        "## Everything in one call",
        f"| function | what it does |\n|---|---|\n{general}",
    ]
    for heading, names in grouped.items():
        parts += [f"## {heading}", operations_table(names)]
        for name in names:
            write_operation(name, folder)
    modules = "\n".join(f"| [`numbapool.{n}`]({n}.md) | {h}: {text} |" for n, (h, text, _) in NEIGHBOURS.items())
    errors = ", ".join(map(link, ERRORS))
    parts += [
        "## For users of other libraries",
        f"| module | what it is for |\n|---|---|\n{modules}",
        "## Errors",
        f"Every error of numbapool is one of {errors}, and a `TypeError`, `ValueError` or `IndexError` as well. "
        "[More about them](errors.md).",
    ]
    for name in NEIGHBOURS:
        write_neighbour(name, folder)
    text = "What can be called for any operation, and what can be asked before a call."
    reference_page(
        folder / "general.md", "Everything in one call", text, [documented("autofunction", n) for n in GENERAL]
    )
    text = "Messages name the function that was called, the argument, what it got, what is allowed, and what to write."
    reference_page(folder / "errors.md", "Errors", text, [documented("autoexception", n) for n in ERRORS])
    pages = {"For any operation": ("general",), **grouped, "For users of other libraries": NEIGHBOURS}
    pages["When something is wrong"] = ("errors",)
    for caption, names in pages.items():
        parts.append(f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(names) + "\n```")
    (folder / "index.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
