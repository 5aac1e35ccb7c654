"""
Hidden size of an LSTM
======================

An LSTM reads a series step by step and keeps a hidden state. ``hidden_size`` is how many numbers
that has, and so also how many features the layer puts out at each time step: the state *is* the
output, there is nothing in between. It is not the number of time steps, nor of layers, and has
nothing to do with the length of the series.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.exceptions import ConvergenceWarning

from sktcn import LSTMClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS

# %%
# ``JapaneseVowels``: nine speakers, twelve channels, 7 to 29 time steps.
X, y = load_ucr("JapaneseVowels", split="train")
X_test, y_test = load_ucr("JapaneseVowels", split="test")

# %%
# The weights grow with its square, since each of the four gates of a unit reads all units:
# ``4 * hidden_size * (hidden_size + features read)``, and what is behind the layer. The accuracy
# rises as long as there are too few features for what is to be told apart, and then no more.
# With two of them ``fit`` warns that it has learned next to nothing, which the figure shows.
sizes = [2, 4, 8, 16, 32, 64]
accuracies, parameters = [], []
print(f"{'hidden_size':>11}{'parameters':>12}{'accuracy':>10}")
for size in sizes:
    classifier = LSTMClassifier(hidden_size=size, max_epochs=8, n_fixed_kernels=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=ConvergenceWarning)
        classifier.fit(X, y)
    accuracies.append(classifier.score(X_test, y_test))
    parameters.append(sum(weight.numel() for weight in classifier.net_.module_.parameters()))
    print(f"{size:>11}{parameters[-1]:>12,}{accuracies[-1]:>10.3f}")

# %%
# The default of 64 is on the safe side for sets of a few hundred series. In a TCN the same is
# called ``n_filters``.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.plot(sizes, accuracies, "-o", color=COLORS[0])
left.axhline(1 / 9, color="0.5", ls=":", label="by chance")
left.set(ylabel="accuracy on the test split", ylim=(0, 1.02))
left.legend()
right.loglog(sizes, parameters, "-o", color=COLORS[1])
right.set(ylabel="parameters")
for ax in (left, right):
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, sizes)
    ax.set_xlabel("hidden_size")
plt.show()
