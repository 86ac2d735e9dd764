"""
Unpooling and gradients
=======================

Where does a value of the result come from? Indices answer it for operations that select a value, and gradients for
all.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp

# sphinx_gallery_thumbnail_number = 3
photo = data.camera()[108:172, 205:269].astype(np.float32)[None]  # one channel


def show(panels, **options):
    """Draw images side by side."""
    columns = 2 if len(panels) == 4 else len(panels)
    rows = len(panels) // columns
    figure, places = plt.subplots(rows, columns, layout="constrained")
    figure.set_size_inches(3 * columns, 3.3 * rows)
    for axes, (name, image) in zip(places.flat, panels.items(), strict=True):
        axes.imshow(image[0], interpolation="nearest", **{"cmap": "gray", **options})
        axes.set_title(name)
        axes.axis("off")


# %%
# Unpooling puts each maximum back to its place. All else is zero.

y, indices = nbp.max_pool2d(photo, 4, return_indices=True)
show({"photo": photo, "max": y, "unpooled": nbp.max_unpool2d(y, indices, 4)})

# %%
# A gradient shows how much each pixel counts. ``vjp`` gives the result of a layer and a function from its gradient to
# that of the input. The maximum and the median send everything to one pixel, the mean to all alike.

x = photo / np.float32(32)
layers = {
    "max": nbp.MaxPool2d(8),
    "median": nbp.MedianPool2d(8),
    "mean": nbp.AvgPool2d(8),
}


def gradients(layers):
    """The gradient of the sum of each result."""
    found = {}
    for name, layer in layers.items():
        result, pullback = layer.vjp(x)
        found[name] = pullback(np.ones_like(result))
    return found


show(gradients(layers), cmap="magma", vmin=0)

# %%
# In between lie operations that share it out by the values: bright pixels get more.

between = {
    "mean": nbp.AvgPool2d(8),
    "mixed": nbp.MixedPool2d(8),
    "logsumexp": nbp.LogSumExpPool2d(8),
    "power, p = 3": nbp.PowerAvgPool2d(3.0, 8),
}
show(gradients(between), cmap="magma", vmin=0)

# %%
# Windows that overlap: a pixel that is the largest of several windows collects the gradient of each.

found = gradients({"stride 8": nbp.MaxPool2d(8), "stride 1": nbp.MaxPool2d(8, stride=1)})
print("most windows with the same largest pixel:", int(found["stride 1"].max()))
show(found, cmap="magma", vmin=0, vmax=4)
