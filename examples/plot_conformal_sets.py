"""
Sets of labels that hold what they promise
==========================================

A probability of 0.9 need not be right nine times in ten. Conformal prediction gives, instead of one
label, a set of labels that holds the true one as often as was asked for, whatever the network is
worth: the worse it is, the larger the sets. `MAPIE <https://mapie.readthedocs.io>`_ does it for any
classifier of scikit-learn's kind (``pip install mapie``).
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS

try:
    from mapie.classification import SplitConformalClassifier
except ModuleNotFoundError:
    raise SystemExit("this example needs MAPIE: pip install mapie") from None

# %%
# ``OSULeaf``: outlines of the leaves of six kinds of trees. The series of the test split, which the
# network hasn't learned from, are shared out: some to measure how sure is sure enough, some to see
# whether the promise is held.
X, y = load_ucr("OSULeaf", split="train")
X = X[:, ::4]  # a quarter of the time steps will do here
rest, y_rest = load_ucr("OSULeaf", split="test")
held_back, X_test, y_back, y_test = train_test_split(
    rest[:, ::4], y_rest, stratify=y_rest, random_state=0
)
classifier = TCNClassifier(n_filters=16, max_epochs=15, random_state=0).fit(X, y)
print(f"accuracy: {classifier.score(X_test, y_test):.3f}")

# %%
levels = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
conformal = SplitConformalClassifier(classifier, confidence_level=levels, prefit=True)
conformal.conformalize(held_back, y_back)
_, sets = conformal.predict_set(X_test)  # (n_series, n_classes, n_levels), True if in the set

true = np.searchsorted(classifier.classes_, y_test)
covered = sets[np.arange(len(y_test)), true].mean(axis=0)
sizes = sets.sum(axis=1).mean(axis=0)
print(f"{'asked for':>9}{'held':>8}{'labels in a set':>17}")
for level, cover, size in zip(levels, covered, sizes, strict=True):
    print(f"{level:>9.2f}{cover:>8.2f}{size:>17.2f}")

# %%
# The promise holds on average over what might have been drawn; on these few test series it wavers
# by a few hundredths. Where less is asked for than the network is right by itself, some sets are
# empty: these are the series that are least like any class.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
left.plot([0.45, 1], [0.45, 1], color="0.6", lw=1, label="as promised")
left.plot(levels, covered, "o", color=COLORS[0], label="on the test series")
left.set(xlabel="confidence level", ylabel="sets that hold the true label")
left.legend()
right.plot(levels, sizes, "-s", color=COLORS[1])
right.set(xlabel="confidence level", ylabel="mean labels in a set")
plt.show()
