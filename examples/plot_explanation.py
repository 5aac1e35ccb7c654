"""
Why did it say that?
====================

``GunPoint`` again: a hand is drawn from a holster and pointed (class 1), or it only points (class
2). The difference is small and at two places, where the gun is taken out and where it is put back.
Does the network look there?
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.explain import attribute, class_activation
from sktcn.plotting import ClassActivationDisplay
from sktcn.plotting.style import COLORS

X, y = load_ucr("GunPoint", split="train")
X_test, y_test = load_ucr("GunPoint", split="test")
# A centred network, whose features are where the pattern is; in a causal one they come after it.
# Without fixed kernels beside the network, since thresholds have no gradients.
parameters = {"n_filters": 16, "max_epochs": 40, "n_fixed_kernels": 0, "random_state": 0}
classifier = TCNClassifier(causal=False, **parameters).fit(X, y)
print(f"accuracy: {classifier.score(X_test, y_test):.3f}")

# %%
# ``class_activation`` takes a logit apart into what each time step adds. Nothing is estimated: with
# the bias the contributions sum to the logit, since the features are pooled by a mean and the layer
# behind it is linear.
activation = class_activation(classifier, X_test)
logits = activation.contributions.sum(axis=2) + activation.bias
difference = logits[:, 1] - logits[:, 0] - classifier.decision_function(X_test)
print(f"the sums are off by {np.abs(difference).max():.1g} at most")

# %%
# Integrated gradients ask another question: not where the network has seen something, but which
# values it saw it in. They need captum (``pip install "sktcn[explain]"``), and jump from step to
# step where contributions are smooth.
shown = [int(np.flatnonzero(y_test == label)[0]) for label in classifier.classes_]
attributions = attribute(classifier, X_test[shown], n_steps=30)

# %%
# It does look there: what speaks for the gun comes above all from before the hand is up and after
# it has come down, what speaks against it from the flanks, where the hand of class 2 moves in one
# go. That tells what this network goes by, not what is so: another may go by something else.
names = {1: "gun", 2: "no gun"}
figure = plt.figure(figsize=(11, 6), layout="constrained")
axes = figure.subplots(2, 2, height_ratios=[2.2, 1])
for column, index in enumerate(shown):
    display = ClassActivationDisplay.from_estimator(classifier, X_test[index], ax=axes[0, column])
    title = f"{names[y_test[index]]} (class {y_test[index]}), {display.series_ax_.get_title()}"
    display.series_ax_.set_title(title)
    axes[1, column].bar(range(X.shape[1]), attributions[column, 0], color=COLORS[2], width=1)
    axes[1, column].axhline(0, color="0", lw=0.6)
    axes[1, column].set(xlabel="time step", ylabel="integrated\ngradient")
    axes[1, column].set_xlim(display.series_ax_.get_xlim())
plt.show()
