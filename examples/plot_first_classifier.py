"""
A first classifier
==================

A hand is drawn from a holster and pointed, or it only points: ``GunPoint`` has the height of the
hand over 150 time steps, in 50 series to learn from and 150 to be tested on.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import confusion_matrix

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting import TrainingCurveDisplay
from sktcn.plotting.style import COLORS

X, y = load_ucr("GunPoint", split="train")
X_test, y_test = load_ucr("GunPoint", split="test")
print(f"train: {X.shape}, test: {X_test.shape}, labels: {np.unique(y).tolist()}")

# %%
# Series are rows of a table, or ``(n_series, n_channels, n_timepoints)``, or a list where they
# differ in length. Nothing needs to be scaled: `fit` learns the scale of each channel. Without any
# argument the network is wider than this one and trained for longer; here it shall be quick.
classifier = TCNClassifier(n_filters=16, max_epochs=40, random_state=0).fit(X, y)
print(f"accuracy on the test split: {classifier.score(X_test, y_test):.3f}")
print("true label down, predicted across:")
print(confusion_matrix(y_test, classifier.predict(X_test)))

# %%
# Probabilities come in the order of ``classes_``.
print(f"{'true label':<12}" + "".join(f"{f'P({label})':>8}" for label in classifier.classes_))
for label, probabilities in zip(y_test[:4], classifier.predict_proba(X_test[:4]), strict=True):
    print(f"{label:<12}" + "".join(f"{probability:>8.3f}" for probability in probabilities))

# %%
# What is to be told apart, and how that was learned. The learning rate first rises and then falls
# (``lr_schedule="one_cycle"``), so that the loss may jump on the way and comes to rest at the end.
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
names = {1: "gun", 2: "no gun"}
for label, style, color in zip(classifier.classes_, ("-", "--"), COLORS, strict=False):
    of_class = X[y == label]
    left.plot(of_class[:5].T, style, color=color, lw=0.8, alpha=0.4)
    legend = f"{names[label]} (class {label}), mean"
    left.plot(of_class.mean(axis=0), style, color=color, lw=2.5, label=legend)
left.set(xlabel="time step", ylabel="height of the hand", title="GunPoint", ylim=(None, 2.9))
left.legend(loc="upper left")
TrainingCurveDisplay.from_estimator(classifier, ax=right)
right.set_title("training loss")
plt.show()
