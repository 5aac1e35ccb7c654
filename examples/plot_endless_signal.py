"""
A signal without end
====================

A stream answers for the series since its start. But a sensor has no start: where one series follows
the other, what came first is never forgotten. ``GunPoint`` has the movements of a hand, with a gun
(1) or without (2); here ten of the one are followed by ten of the other, as one signal.
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS
from sktcn.streaming import to_streaming

X, y = load_ucr("GunPoint", split="train")
X_test, y_test = load_ucr("GunPoint", split="test")
window, n_each = X.shape[-1], 10
parameters = {"n_filters": 16, "max_epochs": 40, "n_fixed_kernels": 0, "random_state": 0}
classifier = TCNClassifier(**parameters).fit(X, y)

# %%
# With ``window`` a stream answers for the newest steps alone, as many as a series has. ``decay`` is
# the cheaper way: each step weighs a little less than the next one, here half after 50 steps.
first, second = (X_test[y_test == label][:n_each] for label in classifier.classes_)
signal = np.concatenate([*first, *second], axis=-1).reshape(1, -1)
spans = {
    "all since the start": {},
    f"window={window}": {"window": window},
    "decay=0.5 ** (1 / 50)": {"decay": 0.5 ** (1 / 50)},
}
streams = {name: to_streaming(classifier, **span) for name, span in spans.items()}
curves = {name: stream.push_many(signal[None])[0, :, 1] for name, stream in streams.items()}

# %%
# Series after series: the share of answers that are right when a series has just ended.
ends = np.arange(window, signal.shape[1] + 1, window) - 1
labels = np.repeat(classifier.classes_, n_each)
for name, curve in curves.items():
    codes = (curve[ends] > 0.5).astype(int)
    accuracy = np.mean(classifier.classes_[codes] == labels)
    print(f"{name}: {accuracy:.2f}, {codes[n_each:].sum()} of {n_each} after the change")

# %%
# The window has forgotten the first class as soon as a series of the second one is in it. Within a
# series its answers are worth less: there it sees the end of one series and the start of the next.
figure, axes = plt.subplots(2, 1, sharex=True, figsize=(10, 5), layout="constrained")
axes[0].plot(signal[0], lw=0.6, color="0.3")
axes[0].set(ylabel="height of the hand", title="ten series with a gun, then ten without")
for (name, curve), (style, color) in zip(
    curves.items(), [("--", COLORS[2]), ("-", COLORS[0]), (":", COLORS[1])], strict=True
):
    axes[1].plot(curve, ls=style, color=color, label=name)
for ax in axes:
    ax.axvline(n_each * window, color="0.7", lw=3, zorder=0)
axes[1].set(xlabel="time step", ylabel="probability of no gun")
axes[1].legend(loc="upper left")
plt.show()
