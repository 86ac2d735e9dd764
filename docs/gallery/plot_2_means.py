"""
Means, sums and norms
=====================

The mean is the natural way to make a photograph smaller. Between it and the maximum lies a family of operations
with a parameter.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import numbapool as nbp

# sphinx_gallery_thumbnail_number = 2
photo = data.camera()[40:296, 130:386].astype(np.float32)


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
# The mean of floating-point numbers has their dtype; that of small integers is float32, and with ``dtype=np.uint8`` it
# is the exact mean, rounded half to even.

mean = nbp.pool(photo, 8, "mean")
show({"photo": photo, "mean": mean, "max": nbp.pool(photo, 8, "max")})

# %%
# The generalized mean ("power", GeM in image retrieval) is the mean for p = 1 and comes near the maximum for large p.

powers = {f"power, p = {p}": nbp.pool(photo, 8, "power", p=p) for p in (3, 10, 50)}
show({"mean (p = 1)": mean, **powers})

# %%
# "mixed" adds a share of the maximum to the mean, "logsumexp" is a smooth maximum, and "soft" a mean that is weighted
# by exponentials. The last two depend on the scale of the values. Here 32 levels of grey count as 1: by the sharpness
# of "logsumexp", and by an image from 0 to 8 for "soft".

small = photo / np.float32(32)
show(
    {
        "mixed, alpha = 0.5": nbp.pool(photo, 8, "mixed", alpha=0.5),
        "logsumexp": nbp.pool(photo, 8, "logsumexp", sharpness=1 / 32),
        "soft": 32 * nbp.pool(small, 8, "soft"),
    }
)

# %%
# Norms and sums grow with the window. Divided by what a window of ones would give, they are the mean and the root of
# the mean square.

count = 8 * 8
show(
    {
        "sum / 64": nbp.pool(photo, 8, "sum") / count,
        "lp, p = 2, / 8": nbp.pool(photo, 8, "lp", norm_type=2) / np.sqrt(count),
    }
)

# %%
# The parameters of "power" and "mixed" can be learned: their layers have the gradient of the parameter as well.

x = small[None, :64, :64]
layer = nbp.PowerAvgPool2d(3.0, 8)
print(
    "gradient of p:",
    layer.parameter_gradient(np.ones(layer.output_shape(x.shape), np.float32), x),
)
