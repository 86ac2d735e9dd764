"""
By place and at random
======================

Some operations take one value of each window without looking at the others. They are cheap, and they make mistakes
that are worth knowing.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp


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
# A pattern of rings becomes finer to the outside. Taking every 8th pixel makes new rings that are not there
# (aliasing). Random places give noise in their stead, and the mean becomes grey where the pattern is too fine.

y, x = np.mgrid[-256:256, -256:256]
rings = (127 + 127 * np.cos((x**2 + y**2) / 240)).astype(np.float32)
show(
    {
        "rings": rings,
        "first": nbp.pool(rings, 8, "first"),
        "random": nbp.pool(rings, 8, "random", rng=0),
        "mean": nbp.pool(rings, 8, "mean"),
    }
)

# %%
# The place can be the first, the center, the last, or any offset. The result is a view of the input: nothing is
# copied.

photo = data.camera()[40:296, 130:386].astype(np.float32)
center = nbp.pool(photo, 8, "center")
print("shares memory with the photo:", np.shares_memory(center, photo))

# %%
# Stochastic pooling draws in proportion to the values, so bright pixels come up more often. It was made for training
# networks; with ``training=False`` it gives the expected value.

show(
    {
        "center": center,
        "random": nbp.pool(photo, 8, "random", rng=0),
        "stochastic": nbp.pool(photo, 8, "stochastic", rng=0),
        "expected value": nbp.pool(photo, 8, "stochastic", training=False),
    }
)

# %%
# Draws depend on the generator alone, not on the number of threads.

again = nbp.pool(photo, 8, "stochastic", rng=0)
print("the same again:", np.array_equal(again, nbp.pool(photo, 8, "stochastic", rng=0)))
