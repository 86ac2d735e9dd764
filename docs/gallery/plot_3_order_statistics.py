"""
Medians, quantiles and modes
============================

The median is not moved by a few wrong pixels. Quantiles go from the minimum to the maximum. The mode makes label
images smaller without making up labels.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp

photo = data.camera()[40:296, 130:386].astype(np.float32)


def show(panels, **options):
    """Draw images side by side."""
    columns = 2 if len(panels) == 4 else len(panels)
    rows = len(panels) // columns
    figure, places = plt.subplots(rows, columns, layout="constrained")
    figure.set_size_inches(3 * columns, 3.3 * rows)
    for axes, (name, image) in zip(places.flat, panels.items(), strict=True):
        axes.imshow(image, **{"cmap": "gray", "interpolation": "nearest", **options})
        axes.set_title(name)
        axes.axis("off")


# %%
# One pixel of ten is black or white. The mean becomes grey; the median takes no notice.

rng = np.random.default_rng(0)
wrong = rng.random(photo.shape) < 0.1
noisy = np.where(wrong, rng.choice([0, 255], photo.shape), photo).astype(np.float32)
mean, median = nbp.pool(noisy, 4, "mean"), nbp.pool(noisy, 4, "median")
show({"photo": photo, "noisy": noisy, "mean": mean, "median": median}, vmin=0, vmax=255)

# %%
# At stride 1 this is the median filter, here of 3 × 3 and of 5 × 5.

around = {"stride": 1, "padding": "same"}
filtered = {f"median, {k} × {k}": nbp.pool(noisy, k, "median", **around) for k in (3, 5)}
show({"noisy": noisy, **filtered}, vmin=0, vmax=255)

# %%
# Quantiles go from dark to bright: a tenth of the pixels of each window is darker than the first. They are interpolated
# as by ``numpy.quantile``.

shares = (0.1, 0.25, 0.75, 0.9)
quantiles = {f"q = {q}": nbp.pool(photo, 8, "quantile", q=q) for q in shares}
show(quantiles, vmin=0, vmax=255)

# %%
# Labels are names, not amounts: between label 1 and label 3 there is no 2. The mode takes the most frequent label;
# the mean makes numbers that stand for nothing.

labels = np.digitize(photo, [60, 120, 180]).astype(np.uint8)
names = {
    "labels": labels,
    "mode": nbp.pool(labels, 8, "mode"),
    "mean": nbp.pool(labels, 8, "mean"),
}
show(names, cmap="viridis", vmin=0, vmax=3)
