"""
Causal or centred?
==================

A causal network computes the features of a time step from that step and those before it. A centred
one also looks ahead. Does one that may look ahead classify better?
"""

import matplotlib.pyplot as plt

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting import ReceptiveFieldDisplay
from sktcn.streaming import to_streaming

X, y = load_ucr("GunPoint", split="train")
X_test, y_test = load_ucr("GunPoint", split="test")

SMALL = {"n_blocks": 4, "kernel_size": 5, "n_filters": 16, "max_epochs": 40, "n_fixed_kernels": 0}
networks = {
    name: TCNClassifier(causal=causal, random_state=0, **SMALL).fit(X, y)
    for name, causal in (("causal", True), ("centred", False))
}
for name, network in networks.items():
    print(f"{name:<8} accuracy {network.score(X_test, y_test):.3f}")

# %%
# Hardly. The features of all time steps are pooled before the answer is given, and what a causal
# feature hasn't seen yet, one of a later step has: the features are nearly the same, but for a
# shift and the ends of the series. These count a little: over 30 sets of the UCR archive centred
# networks had a mean accuracy of .884, causal ones with the same two seeds .875. What is lost with
# a centred network is the live signal: of a step that has just come in it can say nothing before
# those after it have come.
to_streaming(networks["causal"])
try:
    to_streaming(networks["centred"])
except ValueError as error:
    print(error)

# %%
# The pictures show the receptive field of a feature: the past is left of zero, the future right. By
# formula both networks reach 122 time steps: one for the step itself, in each of four blocks two
# convolutions of ``(kernel_size - 1) * dilation`` further steps, 120 together, and one more for the
# change from the step before, which ``differences=True`` adds as a channel. But most of the
# gradient comes from a part of these, near the step itself: that part counts when one asks whether
# a network is deep enough for a pattern.
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for ax, network in zip(axes, networks.values(), strict=True):
    ReceptiveFieldDisplay.from_estimator(network, X_test, n_series=16, ax=ax)
    ax.set_title(f"causal={network.causal}", pad=24)  # above the legend
plt.show()
