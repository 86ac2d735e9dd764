"""
Pyramids of images and volumes
==============================

A pyramid holds an image at full size, half, a quarter and so on. Viewers of large images and volumes read the level
that fits the screen.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp

# %%
# Halve a color image again and again. The window (2, 2) leaves the colors alone, and ``dtype=np.uint8`` keeps exact
# means, rounded half to even, so that levels do not become darker.

levels = [data.astronaut()]
while min(levels[-1].shape[:2]) > 32:
    levels.append(nbp.pool(levels[-1], (2, 2), "mean", dtype=np.uint8))
print([level.shape for level in levels])

canvas = np.full((512, 512 + 256, 3), 255, np.uint8)
canvas[:, :512] = levels[0]
row = 0
for level in levels[1:]:
    height, width = level.shape[:2]
    canvas[row : row + height, 512 : 512 + width] = level
    row += height
figure, axes = plt.subplots(figsize=(9, 6), layout="constrained")
axes.imshow(canvas)
axes.axis("off")

# %%
# A volume has a third axis, and a label volume needs the mode: the mean of labels 1 and 3 is not label 2. Here are
# 64³ voxels with four labels, and slices through each level.

blobs = data.binary_blobs(64, 0.25, n_dim=3, volume_fraction=0.4, rng=0)
octants = (np.indices(blobs.shape) // 32 * np.array([1, 2, 0]).reshape(3, 1, 1, 1)).sum(0)
labels = np.where(blobs, octants + 1, 0).astype(np.uint8)

volumes = [labels]
for _ in range(3):
    volumes.append(nbp.pool(volumes[-1], 2, "mode"))

figure, places = plt.subplots(1, 4, figsize=(12, 3.3), layout="constrained")
for axes, volume in zip(places, volumes, strict=True):
    axes.imshow(
        volume[len(volume) // 3],
        cmap="viridis",
        interpolation="nearest",
        vmin=0,
        vmax=4,
    )
    axes.set_title(" × ".join(map(str, volume.shape)))
    axes.axis("off")

# %%
# Voxels are often longer along one axis. Halve the others first: a window of 1 leaves an axis alone.

print(nbp.pool(labels, (1, 2, 2), "mode").shape)
