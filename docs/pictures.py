"""Pictures of pages, drawn from what their own code computes: the blocks of a page run, then these draw."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

HERE = Path(__file__).parent
COLORS = ("#dbe9f6", "#fde3cf", "#d9f0d8", "#eadcf4")


def namespace(page):
    """What the Python code of a page leaves behind."""
    found = {"__name__": "__main__"}
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    exec("\n".join(blocks), found)
    return found


def grid(axes, numbers, window=None, text=""):
    """A small array, each window in a color of its own."""
    height, width = numbers.shape
    rows, columns = window or (1, 1)
    for (i, j), number in [((i, j), numbers[i, j]) for i in range(height) for j in range(width)]:
        color = COLORS[(i // rows * (width // columns) + j // columns) % len(COLORS)]
        axes.add_patch(pyplot.Rectangle((j, height - 1 - i), 1, 1, facecolor=color, edgecolor="white", linewidth=2))
        axes.text(j + 0.5, height - 0.5 - i, f"{number:g}", ha="center", va="center", fontsize=15)
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.set_title(text, fontsize=13)
    axes.axis("off")


def small_array(v):
    """The array of 4 × 4 numbers and what five operations keep of it."""
    results = {"first": v["first"], "random": v["drawn"], "mean": v["mean"], "min": v["low"], "max": v["high"]}
    figure, places = pyplot.subplots(1, 6, figsize=(9.5, 2.3), layout="constrained", width_ratios=(2, 1, 1, 1, 1, 1))
    grid(places[0], v["x"], (2, 2), "x")
    for axes, (name, numbers) in zip(places[1:], results.items(), strict=True):
        grid(axes, numbers, (1, 1), name)
    return figure


def images(panels, columns, **options):
    """Pictures side by side, with their names and shapes."""
    rows = -(-len(panels) // columns)
    figure, places = pyplot.subplots(rows, columns, figsize=(11, rows * (11 / columns + 0.3)), layout="constrained")
    for axes, (name, image) in zip(places.flat, panels.items(), strict=True):
        axes.imshow(image, cmap="gray", interpolation="nearest", **options)
        axes.set_title(f"{name}, {image.shape[0]} × {image.shape[1]}", fontsize=11)
        axes.axis("off")
    return figure


def choices(v):
    """The photograph, and five ways to take one number of each block."""
    results = {name: v["small"][name] for name in ("first", "random", "mean", "min", "max")}
    return images({"photo": v["photo"], **results}, 3, vmin=0, vmax=255)


def same_size(v):
    """Windows that overlap, at stride 1."""
    panels = {"photo": v["photo"], "max, 9 × 9, stride 1": v["spread"], "min, 9 × 9, stride 1": v["eroded"]}
    return images({name: image[60:260, 150:350] for name, image in panels.items()}, 3, vmin=0, vmax=255)


def borders(v):
    """What padding does to a mean at the border."""
    panels = {'padding="same"': v["zeros"], 'padding="reflect"': v["reflected"]}
    return images({name: image[:120, :240] for name, image in panels.items()}, 2, vmin=0, vmax=255)


def windows(v):
    """Which positions of a line each window holds, for several arguments."""
    cases = {
        "kernel_size=3": (3, 3, 0, 1, False),
        "kernel_size=3, ceil_mode=True": (3, 3, 0, 1, True),
        "kernel_size=3, padding=1": (3, 3, 1, 1, False),
        "kernel_size=3, stride=1": (3, 1, 0, 1, False),
        "kernel_size=2, dilation=3, stride=1": (2, 1, 0, 3, False),
    }
    n = 5
    figure, places = pyplot.subplots(2, 3, figsize=(9, 3.3), layout="constrained")
    places[1, 2].axis("off")
    for axes, (name, (size, stride, pad, dilation, ceil)) in zip(places.flat[:5], cases.items(), strict=True):
        span = dilation * (size - 1) + 1
        count = (n + 2 * pad - span + (stride - 1 if ceil else 0)) // stride + 1
        for i in range(-1, n + 1):
            inside = 0 <= i < n
            if inside or pad:
                face = "#eeeeee" if inside else "white"
                axes.add_patch(pyplot.Rectangle((i, 0), 1, 1, facecolor=face, edgecolor="#999999", linestyle=":"))
            if inside:
                axes.text(i + 0.5, 0.5, str(i), ha="center", va="center", fontsize=12)
        for o in range(count):
            held = [o * stride - pad + j * dilation for j in range(size)]
            for i in held:
                if -pad <= i < n + pad:
                    color = ("#33658a", "#e07a5f", "#4f9d69")[o % 3]
                    axes.add_patch(pyplot.Rectangle((i + 0.06, -0.45 - 0.4 * o), 0.88, 0.28, facecolor=color))
        axes.set(xlim=(-1.1, n + 1.1), ylim=(-1.3, 1.1), aspect="equal")
        axes.set_title(name, fontsize=11)
        axes.axis("off")
    return figure


def where(v):
    """The brightest and the darkest pixel of each block."""
    figure, places = pyplot.subplots(1, 2, figsize=(11, 5.6), layout="constrained")
    for axes, found, text in zip(places, (v["brightest"], v["darkest"]), ("brightest", "darkest"), strict=True):
        axes.imshow(v["photo"], cmap="gray", vmin=0, vmax=255)
        axes.plot(found % 512, found // 512, "o", color="#e07a5f", markersize=6, markeredgecolor="white")
        axes.set_title(f"the {text} pixel of each block of 64 × 64", fontsize=11)
        axes.axis("off")
    return figure


def gradients(v):
    """Where a gradient goes: to the largest value of each window, or in equal parts to all."""
    figure, places = pyplot.subplots(1, 3, figsize=(8, 2.6), layout="constrained", width_ratios=(1, 2, 2))
    grid(places[0], v["grad"][0], (1, 1), "gradient of y")
    grid(places[1], v["grad_max"][0], (2, 2), "of x, max")
    grid(places[2], v["grad_mean"][0], (2, 2), "of x, mean")
    return figure


def envelope(v):
    """A recording by every so-many-th sample, and by its extremes."""
    samples = range(0, len(v["recording"]), v["window"])
    figure, (above, below) = pyplot.subplots(2, 1, figsize=(9, 4), sharex=True, sharey=True, layout="constrained")
    above.plot(samples, v["recording"][:: v["window"]], color="#33658a", linewidth=0.8)
    above.set_title(f"every {v['window']}th sample", fontsize=11)
    below.fill_between(samples, v["low"], v["high"], color="#33658a", linewidth=0.8)
    below.set_title("smallest and largest of each 500 samples", fontsize=11)
    below.set_xlabel("sample")
    return figure


FIGURES = {
    "tutorial.md": (small_array, choices, windows, same_size, borders, where, gradients),
    "howto/envelopes.md": (envelope,),
}


def write_pictures():
    """All pictures, to docs/generated/pictures."""
    folder = HERE / "generated" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for page, draws in FIGURES.items():
        found = namespace(HERE / page)
        for draw in draws:
            figure = draw(found)
            figure.savefig(folder / f"{draw.__name__}.png", dpi=110, bbox_inches="tight")
            pyplot.close(figure)
