"""
Which activity, step by step?
=============================

A classifier of whole series says what a recording is. Of a recording in which one activity follows
another, each time step has a label of its own.
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNStepClassifier
from sktcn.datasets import load_ucr
from sktcn.metrics import edit_score, segmental_f1
from sktcn.plotting import SegmentConfusionDisplay, SegmentDisplay

# %%
# BasicMotions has ten seconds of each of four activities, from an accelerometer and a gyroscope.
# Pieces of several series one after the other make recordings whose changes are known: lists of
# arrays, since they differ in length.


def join(X, y, n_recordings, rng):
    """Join random pieces of random series, and label each time step."""
    recordings, labels = [], []
    for _ in range(n_recordings):
        chosen = rng.choice(len(X), size=6, replace=False)
        lengths = rng.integers(40, 100, size=6)
        recordings.append(np.hstack([X[i][:, :n] for i, n in zip(chosen, lengths, strict=True)]))
        labels.append(np.repeat(y[chosen], lengths))
    return recordings, labels


rng = np.random.default_rng(0)
X, y = join(*load_ucr("BasicMotions", split="train"), n_recordings=40, rng=rng)
X_test, y_test = join(*load_ucr("BasicMotions", split="test"), n_recordings=20, rng=rng)

# %%
# ``crop`` trains on pieces of 150 steps, cut elsewhere in each epoch: recordings may be as long as
# they like. The answers come in lists as well, one label for each time step. Accuracy counts steps;
# the F1 score and the edit score count segments, and so notice answers that flicker. ``smoothness``
# is the remedy: the loss has a price for changes between neighbouring steps. The network is causal:
# after a change it needs some steps to notice. ``delay=20`` lets the network wait that long, which
# gains accuracy and keeps more segments whole.
SMALL = {"n_filters": 16, "n_blocks": 4, "crop": 150, "max_epochs": 20, "random_state": 0}
print(f"{'smoothness':>10}{'delay':>7}{'accuracy':>10}{'F1 at 50 %':>12}{'edit score':>12}")
for smoothness, delay in ((0.0, 0), (0.15, 0), (0.15, 20)):
    classifier = TCNStepClassifier(smoothness=smoothness, delay=delay, **SMALL).fit(X, y)
    predicted, score = classifier.predict(X_test), classifier.score(X_test, y_test)
    f1, edit = segmental_f1(y_test, predicted, overlap=0.5), edit_score(y_test, predicted)
    print(f"{smoothness:>10}{delay:>7}{score:>10.3f}{f1:>12.3f}{edit:>12.3f}")

# %%
# The answers of the last network. On the left one recording with its segments and the
# probabilities, on the right the confusion of the segments of all recordings.
figure, axes = plt.subplots(1, 2, figsize=(13, 5), layout="constrained", width_ratios=(1.3, 1))
SegmentDisplay.from_estimator(classifier, X_test[0], y_test[0], ax=axes[0])
SegmentConfusionDisplay.from_estimator(classifier, X_test, y_test, overlap=0.5, ax=axes[1])
plt.show()
