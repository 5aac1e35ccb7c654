"""
Accuracy against the number of fixed kernels
============================================

``RocketClassifier`` trains no network. Its convolutions are fixed, a feature is the share of the
time steps at which one exceeds a threshold, and a ridge reads the features. That takes a second,
so the question is not how long to train but how many features to have: fewer of them make each
time step of a live signal, and the exported file, cheaper.
"""

from time import perf_counter

import matplotlib.pyplot as plt

from sktcn import RocketClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS
from sktcn.streaming import to_streaming

# %%
# ``JapaneseVowels``: nine speakers, twelve channels, 7 to 29 time steps.
X, y = load_ucr("JapaneseVowels", split="train")
X_test, y_test = load_ucr("JapaneseVowels", split="test")


def milliseconds_a_step(classifier, n_steps=20):
    """Measure one time step of a hundred live signals."""
    stream, step = to_streaming(classifier, n_streams=100), [x[:, 0] for x in X_test[:100]]
    stream.push(step)
    start = perf_counter()
    for _ in range(n_steps):
        stream.push(step)
    return 1e3 * (perf_counter() - start) / n_steps


# %%
# There are two ways to fewer features: begin with few (``n_kernels``), or begin with many and keep
# those that the ridge uses (``kept_fraction``). The second chooses by what it has seen.
fewer = [{"n_kernels": n} for n in (168, 504, 1008, 3024, 10_000)]
kept = [{"kept_fraction": fraction} for fraction in (0.02, 0.05, 0.1, 0.3, 1.0)]
print(f"{'parameters':>24}{'features':>10}{'accuracy':>10}{'ms a step':>11}")
ways = {}
for way, settings in {"n_kernels": fewer, "kept_fraction": kept}.items():
    ways[way] = []
    for parameters in settings:
        classifier = RocketClassifier(**parameters).fit(X, y)
        weight = classifier.model_.networks[0].head.linear.weight
        n_features = int((weight != 0).any(0).sum())
        accuracy = classifier.score(X_test, y_test)
        ways[way].append((n_features, accuracy, milliseconds_a_step(classifier)))
        n, share, cost = ways[way][-1]
        told = ", ".join(f"{name}={value}" for name, value in parameters.items())
        print(f"{told:>24}{n:>10,}{share:>10.3f}{cost:>11.2f}")

# %%
# A single signal costs little by either; where there are many, fewer features pay.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for (way, rows), style, color in zip(ways.items(), ("-o", "--s"), COLORS, strict=False):
    n_features, accuracies, costs = zip(*rows, strict=True)
    left.semilogx(n_features, accuracies, style, color=color, label=way)
    right.semilogx(n_features, costs, style, color=color, label=way)
left.set(ylabel="accuracy on the test split")
right.set(ylabel="milliseconds a time step of 100 signals", ylim=(0, None))
for ax in (left, right):
    ax.set_xlabel("features that the ridge reads")
left.legend()
plt.show()
