"""
Borders
=======

What does a window hold that reaches beyond the image? For ``nbp.pool``, ``padding_mode`` says it.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp

photo = data.camera()[:160, :160].astype(np.float32)
options = {"stride": 1, "padding": "same"}

# %%
# Layers, as PyTorch's, count zeros in a mean, or leave them out with ``count_include_pad=False``. The border modes
# continue the image instead: as a mirror ("reflect", "mirror"), by its last pixel ("nearest"), or by its other side
# ("wrap"). "constant" stands for any other number, given as ``padding_value``.

results = {
    "zeros": nbp.pool(photo, 41, "mean", **options),
    "left out": nbp.pool(photo, 41, "mean", count_include_pad=False, **options),
}
for mode in ("reflect", "mirror", "nearest", "wrap"):
    results[mode] = nbp.pool(photo, 41, "mean", padding_mode=mode, **options)
_, places = plt.subplots(2, 3, figsize=(9, 6.4), layout="constrained")
for axes, (name, image) in zip(places.flat, results.items(), strict=True):
    axes.imshow(image, cmap="gray", vmin=0, vmax=255)
    axes.set_title(name)
    axes.axis("off")

# %%
# The same for a line of numbers: sums of three values around each position.

line = np.array([1, 2, 3, 4])
for mode in ("reflect", "mirror", "nearest", "wrap"):
    print(f"{mode:8s}", nbp.pool(line, 3, "sum", stride=1, padding=mode))
