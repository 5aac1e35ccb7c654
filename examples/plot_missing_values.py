"""
Missing values
==============

A sensor that drops out leaves a gap. What should the network read there? Here gaps are cut into
``ItalyPowerDemand``, days of 24 hours, one in each day at a place drawn at random, and they grow
until next to nothing is left.
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr

X, y = load_ucr("ItalyPowerDemand", split="train")
X_test, y_test = load_ucr("ItalyPowerDemand", split="test")
rng = np.random.default_rng(0)


def with_gap(series, n_hours):
    """Leave out as many hours of each day, one after the other."""
    starts = rng.integers(series.shape[1] - n_hours + 1, size=(len(series), 1))
    hours = np.arange(series.shape[1]) - starts
    return np.where((hours >= 0) & (hours < n_hours), np.nan, series)


# %%
# By default a NaN is an error, which says where it is and what can be done: a network that reads
# NaN answers NaN to everything.
SMALL = {"n_filters": 16, "n_blocks": 3, "max_epochs": 20}
try:
    TCNClassifier(**SMALL).fit(with_gap(X, 4), y)
except ValueError as error:
    print(error)

# %%
# ``missing="mask"`` puts the mean there and tells the network, in a channel of its own, what was
# observed. ``"interpolate"`` draws a line from the value before to the one after, so that it looks
# ahead and can't be streamed. Zeros put there by hand are what is often done; these days have a
# mean of zero, so that it is the mean, without the network being told. (``"trim"`` is for series
# that were made equally long by NaN at their ends.)
gaps = [0, 6, 12, 18]
policies = {"mask": "mask", "interpolate": "interpolate", "zeros by hand": "error"}
accuracies = {name: [] for name in policies}
for n_hours in gaps:
    gappy, gappy_test = with_gap(X, n_hours), with_gap(X_test, n_hours)
    for name, policy in policies.items():
        classifier = TCNClassifier(missing=policy, **SMALL)
        if policy == "error":
            classifier.fit(np.nan_to_num(gappy), y)
            score = classifier.score(np.nan_to_num(gappy_test), y_test)
        else:
            score = classifier.fit(gappy, y).score(gappy_test, y_test)
        accuracies[name].append(score)

# %%
# In these runs a line does well across a short gap, and being told where the gap is does best once
# the gap is long: a line across half a day is an invention. These are single fits to 67 days, so
# that differences of a few hundredths say nothing.
print(f"{'hours missing':<16}" + "".join(f"{n_hours:>8}" for n_hours in gaps))
for name, scores in accuracies.items():
    print(f"{name:<16}" + "".join(f"{score:>8.3f}" for score in scores))

# %%
figure, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
for (name, scores), style in zip(accuracies.items(), ("-o", "--s", ":^"), strict=True):
    ax.plot(gaps, scores, style, label=name, color="0", markerfacecolor="none")
ax.axhline(0.5, color="0.6", lw=1, label="by chance")
ax.set(
    xlabel="hours missing of 24", ylabel="accuracy on the test split", ylim=(0.45, 1), xticks=gaps
)
ax.legend()
plt.show()
