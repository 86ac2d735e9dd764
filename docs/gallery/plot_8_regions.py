"""
Regions of interest
===================

Detectors propose boxes in an image, and each box has to become an array of one size. Two operations do so: RoI max
pooling rounds boxes to whole pixels, RoI align reads between pixels.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp

photo = data.astronaut()
images = photo.transpose(2, 0, 1)[None].astype(np.float32)  # (N, C, H, W)

# %%
# A box is the number of its image and two corners: ``(image, x1, y1, x2, y2)``.

boxes = np.array(
    [
        [0, 172.4, 30.7, 274.1, 148.9],
        [0, 352.3, 22.5, 462.8, 228.4],
        [0, 85.5, 290.2, 168.6, 368.3],
    ]
)
aligned = nbp.roi_align(images, boxes, 24, aligned=True)
largest = nbp.roi_max_pool(images, boxes, 24)
print(aligned.shape, largest.shape)

# %%
# Boxes of any shape become 24 × 24. The mean of samples is a fair small picture, the maximum a brighter one.

figure = plt.figure(figsize=(11, 5), layout="constrained")
places = figure.subplot_mosaic("PPABC;PPDEF")
places["P"].imshow(photo)
for _, x1, y1, x2, y2 in boxes:
    frame = plt.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor="#e07a5f")
    places["P"].add_patch(frame)
rows = (("ABC", "roi_align", aligned), ("DEF", "roi_max_pool", largest))
for row, name, results in rows:
    for place, picture in zip(row, results, strict=True):
        places[place].imshow(picture.transpose(1, 2, 0).astype(np.uint8))
        places[place].set_title(name)
for axes in places.values():
    axes.axis("off")

# %%
# In a network the boxes are in pixels of the image, and the features are smaller: ``spatial_scale`` takes one to the
# other.

features = nbp.avg_pool2d(images, 8)
options = {"spatial_scale": 1 / 8, "sampling_ratio": 2, "aligned": True}
print(nbp.roi_align(features, boxes, 7, **options).shape)
