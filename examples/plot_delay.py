"""
Accuracy against the delay of the answers
=========================================

A causal network answers for a time step from that step and those before it, at once. A centred one
looks as far ahead as back, and can't be streamed. Between the two is a delay: the same causal
network, whose answer for a step is given some steps later.
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNStepClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS
from sktcn.streaming import to_streaming

# %%
# Recordings of several activities, joined from the series of BasicMotions as in
# ``plot_activities.py``.


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
X, y = join(*load_ucr("BasicMotions", split="train"), n_recordings=30, rng=rng)
X_test, y_test = join(*load_ucr("BasicMotions", split="test"), n_recordings=20, rng=rng)
small = {"n_filters": 8, "n_blocks": 3, "crop": 150, "max_epochs": 15, "random_state": 0}

# %%
# Causality is a matter of the targets alone: a delay shifts them, and changes nothing in the
# network. Its receptive field is that of the steps up to the newest, so that with a delay it is
# shared out between the past and the future of the step in question.
delays = [0, 2, 5, 10, 20, 40]
networks = [TCNStepClassifier(delay=delay, **small).fit(X, y) for delay in delays]
centred = TCNStepClassifier(causal=False, **small).fit(X, y)
accuracy = [network.score(X_test, y_test) for network in networks]
for delay, score in zip(delays, accuracy, strict=True):
    print(f"delay {delay:>2} accuracy {score:.3f}")
print(f"centred  accuracy {centred.score(X_test, y_test):.3f}")
print(f"receptive field {centred.receptive_field_} steps")

# %%
# The first steps of waiting are worth the most; 20 steps here are as good as looking ahead. Beyond
# half a receptive field a delay costs more of the past than it gains of the future. A stream
# answers for the step ``delay`` ago, and has nothing to say before.
streaming = to_streaming(networks[1])
for step in X_test[0].T[:4]:
    print(streaming.push(step[None])[0].round(2))

# %%
figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(delays, accuracy, "o-", color=COLORS[0], label="causal, with a delay")
ax.axhline(centred.score(X_test, y_test), color=COLORS[1], ls="--", label="centred")
ax.axvline((centred.receptive_field_ - 1) / 2, color="0.5", ls=":", label="half a receptive field")
ax.set(xlabel="delay in time steps", ylabel="accuracy")
ax.legend()
plt.show()
