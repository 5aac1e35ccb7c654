"""Draw the picture of the README: a signal, and what a stream says of its newest steps.

python docs/draw_readme_picture.py    # writes docs/_static/stream.svg
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNClassifier
from sktcn.streaming import to_streaming

N_STEPS, COLOURS = 50, {"noise": "#666666", "sine": "#0072B2", "square": "#D55E00"}
rng = np.random.default_rng(0)


def draw_wave(label, n_steps):
    """Draw a series of a class, with a random phase."""
    wave = np.sin(rng.uniform(0, 6) + np.arange(n_steps) / 4)
    shape = {"noise": 0 * wave, "sine": wave, "square": np.sign(wave)}[label]
    return shape + rng.normal(scale=0.4, size=n_steps)


y = np.repeat(list(COLOURS), 60)
X = np.array([draw_wave(label, N_STEPS) for label in y])
classifier = TCNClassifier(n_filters=16, max_epochs=60).fit(X, y)

labels = ["noise", "sine", "square", "noise", "square", "sine"]
signal = np.concatenate([draw_wave(label, 120) for label in labels])
stream = to_streaming(classifier, window=N_STEPS)
probabilities = np.array([stream.push([[x]])[0] for x in signal])

plt.rcParams["svg.hashsalt"] = "sktcn"
figure, (top, bottom) = plt.subplots(
    2, sharex=True, figsize=(9, 3.6), layout="constrained", height_ratios=[2, 1]
)
for i, label in enumerate(labels):
    steps = np.arange(120 * i, 120 * (i + 1))
    top.plot(steps, signal[steps], color=COLOURS[label], lw=1)
    top.text(steps[60], 2.6, label, color=COLOURS[label], ha="center", va="bottom")
for label, column in zip(classifier.classes_, probabilities.T, strict=True):
    bottom.plot(column, color=COLOURS[label], lw=1.5)
top.set(ylabel="signal", ylim=(-2.6, 3.2))
bottom.set(xlabel="time step", ylabel="probability", ylim=(0, 1), xlim=(0, len(signal)))
figure.savefig(Path(__file__).parent / "_static" / "stream.svg", metadata={"Date": None})
