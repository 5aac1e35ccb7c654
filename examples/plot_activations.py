"""
Which activation? Accuracy, and units that do no work
=====================================================

A relu that is negative for every series gives nothing and learns nothing: it is dead. A tanh that
is far from zero gives always the same: it is saturated. How often does that happen, and does it
matter which activation one takes?
"""

import matplotlib.pyplot as plt

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.diagnostics import activation_health
from sktcn.plotting import ActivationHealthDisplay

X, y = load_ucr("ItalyPowerDemand", split="train")
X_test, y_test = load_ucr("ItalyPowerDemand", split="test")
SMALL = {"n_filters": 16, "n_blocks": 3, "max_epochs": 25, "n_fixed_kernels": 0}

# %%
# With the defaults for the rest (batch norm before each activation, a learning rate that suits it)
# no activation suffers, and most of them do equally well. ``sigmoid``, whose slope is a quarter at
# most, learns more slowly. There is seldom a reason to leave ``relu``.
print(f"{'activation':<12}{'accuracy':>9}{'dead':>7}{'saturated':>11}")
for activation in ["relu", "leaky_relu", "gelu", "tanh", "sigmoid"]:
    classifier = TCNClassifier(activation=activation, **SMALL).fit(X, y)
    health = activation_health(classifier, X)
    score = classifier.score(X_test, y_test)
    print(f"{activation:<12}{score:>9.3f}{health.dead.max():>7.0%}{health.saturated.max():>11.0%}")

# %%
# Now without norm, and with a learning rate twenty times as high. Where an activation has a flat
# side, units end up there for good: up to four relus of five fire for no series any more, more than
# half of the tanhs of a layer stay at their ends. What is left may still do the work, but the rest
# is dead weight. The diagnosis says where, and what to try; a lower learning rate is the first
# thing.
harsh = {"norm": None, "lr": 0.2}
figure, axes = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
for ax, activation in zip(axes, ["relu", "tanh"], strict=True):
    classifier = TCNClassifier(activation=activation, **SMALL, **harsh).fit(X, y)
    health = activation_health(classifier, X)
    ActivationHealthDisplay(health).plot(ax=ax)
    score = classifier.score(X_test, y_test)
    setting = f"{activation}, norm={harsh['norm']}, lr={harsh['lr']}"
    ax.set_title(f"{setting}: accuracy {score:.3f}", pad=24)  # above the legend
    print(f"{activation}: {health.findings[0] if health.findings else 'no finding'}")
plt.show()
