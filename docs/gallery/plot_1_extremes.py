"""
Maximum and minimum
===================

The maximum keeps what is bright, the minimum what is dark. Both come from one pass over the image, and their
difference shows where the image changes.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp

photo = data.camera()[40:296, 130:386].astype(np.float32)


def show(panels):
    """Draw images side by side."""
    columns = 2 if len(panels) == 4 else len(panels)
    rows = len(panels) // columns
    figure, places = plt.subplots(rows, columns, layout="constrained")
    figure.set_size_inches(3 * columns, 3.3 * rows)
    for axes, (name, image) in zip(places.flat, panels.items(), strict=True):
        axes.imshow(image, cmap="gray", interpolation="nearest")
        axes.set_title(name)
        axes.axis("off")


# %%
# Several names give several results at once. Each window of 6 × 6 becomes one number.

darkest, brightest = nbp.pool(photo, 6, ("min", "max"))
change = brightest - darkest
show({"photo": photo, "min": darkest, "max": brightest, "max − min": change})

# %%
# At stride 1 the image keeps its size, and bright or dark structures grow by half a window: these are the dilation
# and the erosion of mathematical morphology. One after the other they close small dark gaps, or open small bright
# ones.

around = {"stride": 1, "padding": "same"}
dilated = nbp.pool(photo, 7, "max", **around)
eroded = nbp.pool(photo, 7, "min", **around)
closed = nbp.pool(dilated, 7, "min", **around)
opened = nbp.pool(eroded, 7, "max", **around)
show({"dilation": dilated, "erosion": eroded, "closing": closed, "opening": opened})

# %%
# For networks, ``MultiPool2d`` puts both results side by side along the channel axis, and has one backward pass for
# them.

layer = nbp.MultiPool2d(("max", "min"), 2)
print(layer, layer.output_shape((32, 16, 28, 28)))
