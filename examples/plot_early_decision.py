"""
Live signals and early decisions
================================

A causal network can follow a signal step by step. And often it needs not wait for the end:
``BasicMotions`` has ten seconds of what a watch measures, ten times a second, and after how many of
them is it clear whether its owner stands, walks, runs or plays badminton?
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.early import EarlyClassifier, prefix_proba
from sktcn.plotting import ProbabilityStreamDisplay, TradeOffDisplay
from sktcn.streaming import to_streaming

X, y = load_ucr("BasicMotions", split="train")
X_test, y_test = load_ucr("BasicMotions", split="test")

# %%
# ``EarlyClassifier`` learns from the series and from their beginnings, calibrates the probabilities
# on series that it holds back, and chooses on them which probability suffices.
network = TCNClassifier(n_filters=16, max_epochs=8, n_fixed_kernels=0, random_state=0)
early = EarlyClassifier(network, cv=2).fit(X, y)
decisions = early.decide(X_test)
accuracy, n_steps = np.mean(decisions.labels == y_test), np.median(decisions.n_timepoints)
print(f"accuracy {accuracy:.3f} after {n_steps:.0f} of {X.shape[2]} time steps (median)")
print(f"accuracy {early.estimator_.score(X_test, y_test):.3f} after all of them")

# %%
# Live, one call of ``push`` takes in the newest values of all signals that are followed. What it
# costs doesn't depend on how long they have been running, and the answer is what ``predict_proba``
# says of the signal so far.
streaming = to_streaming(early.estimator_, n_streams=len(X_test))
for step in np.moveaxis(X_test, 2, 0):
    probabilities = streaming.push(step)
difference = np.abs(probabilities - early.estimator_.predict_proba(X_test)).max()
print(f"streamed and whole series differ by {difference:.1g} at most")

# %%
# On the left the calibrated probabilities of one test series as it comes in; the grey lines are the
# threshold and the decision. On the right what each threshold is worth on the series held back: the
# earlier, the less accurate. ``waiting_cost`` or ``accuracy`` says what one would rather have.
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
index = int(np.argmax(decisions.n_timepoints))
(prefix,) = prefix_proba(early.estimator_, X_test[index : index + 1])
calibrated = early.temperature_.transform(prefix, np.arange(1, len(prefix) + 1))
ProbabilityStreamDisplay(calibrated, early.classes_).plot(ax=left)
left.axvline(decisions.n_timepoints[index], color="0.6", lw=3, zorder=0)
left.axhline(early.threshold_, color="0.6", lw=1, zorder=0)
left.set_title(f"the series decided on last, {y_test[index]}", pad=40)  # above the legend
TradeOffDisplay.from_estimator(early, ax=right)
right.set_title("on the series held back", pad=40)
plt.show()
