"""
Missing values
==============

A sensor that drops out leaves a gap. What should the network read there? Here gaps are cut into
``ItalyPowerDemand``, days of 24 hours, one in each day at a place drawn at random, of up to two
thirds of the day.
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS

X, y = load_ucr("ItalyPowerDemand", split="train")
X_test, y_test = load_ucr("ItalyPowerDemand", split="test")


def with_gap(series, n_hours, rng):
    """Leave out as many hours of each day, one after the other."""
    starts = rng.integers(series.shape[1] - n_hours + 1, size=(len(series), 1))
    hours = np.arange(series.shape[1]) - starts
    return np.where((hours >= 0) & (hours < n_hours), np.nan, series)


# %%
# By default a NaN is an error, which says where it is and what can be done: a network that reads
# NaN answers NaN to everything.
SMALL = {"n_filters": 16, "n_blocks": 2, "max_epochs": 20, "n_fixed_kernels": 0}
try:
    TCNClassifier(**SMALL).fit(with_gap(X, 4, np.random.default_rng(0)), y)
except ValueError as error:
    print(error)

# %%
# ``missing="mask"`` puts the mean there and tells the network, in a channel of its own, what was
# observed. ``"interpolate"`` draws a line from the value before to the one after, so that it looks
# ahead and can't be streamed. Zeros put there by hand are what is often done; these days have a
# mean of zero, so that it is the mean, without the network being told. (``"trim"`` is for series
# that were made equally long by NaN at their ends.)
#
# A single fit to 67 days says little. Each policy is fitted with five seeds, of the gaps and of the
# network, the same five for all policies.
gaps, seeds = [0, 8, 16], range(5)
policies = ["mask", "interpolate", "zeros by hand"]


def accuracy(policy, n_hours, seed):
    """Fit to series with gaps, and score on others with gaps."""
    rng = np.random.default_rng(seed)
    gappy, gappy_test = with_gap(X, n_hours, rng), with_gap(X_test, n_hours, rng)
    if policy == "zeros by hand":
        policy, gappy, gappy_test = "error", np.nan_to_num(gappy), np.nan_to_num(gappy_test)
    classifier = TCNClassifier(missing=policy, random_state=seed, **SMALL).fit(gappy, y)
    return classifier.score(gappy_test, y_test)


scores = np.array(
    [[[accuracy(policy, gap, seed) for seed in seeds] for gap in gaps] for policy in policies]
)
mean, deviation = scores.mean(axis=-1), scores.std(axis=-1, ddof=1)
print(f"{'hours missing':<14}" + "".join(f"{gap:>15}" for gap in gaps))
for policy, *cells in zip(policies, mean, deviation, strict=True):
    row = [f"{m:>8.3f} ± {d:.3f}" for m, d in zip(*cells, strict=True)]
    print(f"{policy:<14}" + "".join(row))

# %%
# Being told where the gap is has the highest mean with either gap, but across eight hours the
# policies differ by less than the seeds do. Across sixteen of the twenty-four hours a line does
# worst: it is an invention.
figure, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
styles = zip(policies, mean, deviation, ("-o", "--s", ":^"), (-0.3, 0, 0.3), COLORS, strict=False)
for policy, means, deviations, style, shift, color in styles:
    places = np.array(gaps) + shift  # side by side
    ax.errorbar(places, means, deviations, fmt=style, color=color, capsize=3, label=policy)
ax.axhline(0.5, color="0.6", lw=1, label="by chance")
ax.set(xlabel="hours missing of 24", ylabel="accuracy on the test split", xticks=gaps)
ax.set_title(f"mean ± standard deviation of {len(seeds)} seeds")
ax.legend(loc="lower left")
plt.show()
