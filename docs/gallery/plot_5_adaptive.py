"""
Results of a given size
=======================

Adaptive, fractional and global pooling choose the windows so that the result has the size that was asked for,
whatever the size of the input.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp

photo = data.camera()[40:290, 130:370].astype(np.float32)


def show(panels):
    """Draw images side by side."""
    columns = 2 if len(panels) == 4 else len(panels)
    rows = len(panels) // columns
    figure, places = plt.subplots(rows, columns, layout="constrained")
    figure.set_size_inches(3 * columns, 3.3 * rows)
    for axes, (name, image) in zip(places.flat, panels.items(), strict=True):
        axes.imshow(image, cmap="gray", interpolation="nearest", vmin=0, vmax=255)
        axes.set_title(name)
        axes.axis("off")


# %%
# For adaptive operations the second argument is the size of the result. 250 × 240 pixels do not divide by 32, so
# windows differ in size by a pixel and may overlap.

show(
    {
        "photo": photo,
        "adaptive_max": nbp.pool(photo, 32, "adaptive_max"),
        "adaptive_min": nbp.pool(photo, 32, "adaptive_min"),
        "adaptive_mean": nbp.pool(photo, 32, "adaptive_mean"),
    }
)

# %%
# Fractional max pooling shrinks by a factor that is no integer, by windows of two sizes in a random order. Two draws
# differ a little, which helps training.

sizes = {"output_size": (176, 170)}
draws = [nbp.pool(photo, 2, "fractional_max", rng=seed, **sizes) for seed in (0, 1)]
show(
    {
        "rng=0": draws[0],
        "rng=1": draws[1],
        "difference": np.abs(draws[0].astype(int) - draws[1]),
    }
)

# %%
# Spatial pyramid pooling makes a vector of fixed length from an image of any size: one number of the whole image, four
# of its quarters, sixteen of theirs. The pictures show the three levels for the mean; the maximum is the default.

for crop in (photo, photo[:100, :150]):
    print(crop.shape, "→", nbp.spatial_pyramid_pool(crop[None, None]).shape)

figure, places = plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
for axes, level in zip(places, (1, 2, 4), strict=True):
    axes.imshow(nbp.pool(photo, level, "adaptive_mean"), cmap="gray", vmin=0, vmax=255)
    axes.set_title(f"level {level}")
    axes.axis("off")

# %%
# Global pooling is one number for each channel, by maximum, minimum, mean or norm.

x = data.astronaut().transpose(2, 0, 1).astype(np.float32)
print("mean of red, green and blue:", nbp.global_avg_pool(x).ravel().round(1))
print(
    "largest:",
    nbp.global_max_pool(x).ravel(),
    "smallest:",
    nbp.global_min_pool(x).ravel(),
)
