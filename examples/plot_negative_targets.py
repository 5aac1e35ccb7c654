"""
Negative targets in regression
==============================

A question that comes up again and again: the targets are negative in part, the activation is
``relu``, and the network predicts nothing below zero. Why, and what is to be done?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import r2_score

from sktcn import TCNRegressor
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS

# %%
# ``Tecator`` has spectra of minced meat, and how much fat is in it. As targets we take how far each
# is from the mean: about half of them are negative.
X, y = load_ucr("Tecator", split="train")
X_test, y_test = load_ucr("Tecator", split="test")
y, y_test = y - y.mean(), y_test - y.mean()
print(f"targets from {y.min():.1f} to {y.max():.1f}, {(y < 0).mean():.0%} of them negative")

# %%
# If the last thing that a network does is a relu, its range is what is not negative. No training
# mends that, and where the sum before the relu is negative, no gradient comes back that could. Here
# ``activation`` is what stands between the layers. Behind the pooling there is one more layer, and
# it is linear, and targets are standardised for the training and turned back afterwards. So any
# activation will do for any targets.
regressor = TCNRegressor(activation="relu", n_filters=16, max_epochs=20, n_fixed_kernels=0)
regressor.fit(X, y)
predicted = regressor.predict(X_test)
cut = np.maximum(predicted, 0)  # the same network with a relu at its end
print(f"R2 with a linear layer at the end: {r2_score(y_test, predicted):.3f}")
print(f"R2 with a relu at the end:         {r2_score(y_test, cut):.3f}")

# %%
# Targets that must not be negative are another matter: learn their logarithm, through
# scikit-learn's ``TransformedTargetRegressor``.
figure, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
ax.axline((0, 0), slope=1, color="0.6", lw=1)
ax.plot(y_test, predicted, "o", color=COLORS[0], markerfacecolor="none", label="linear at the end")
ax.plot(y_test, cut, "x", color=COLORS[1], label="relu at the end")
ax.set(xlabel="fat, from the mean", ylabel="predicted", title="Tecator, test split")
ax.legend()
plt.show()
