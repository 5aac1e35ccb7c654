"""
Series of any length
====================

In ``JapaneseVowels`` utterances have 7 to 29 time steps, those to learn from up to 26. One can pad
them with zeros to one length, and many do. What happens when a longer one comes along?
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS

X, y = load_ucr("JapaneseVowels", split="train")
X_test, y_test = load_ucr("JapaneseVowels", split="test")
lengths = [x.shape[1] for x in X]
print(f"{len(X)} series of {min(lengths)} to {max(lengths)} time steps, {X[0].shape[0]} channels")


def pad(series, length):
    """Append zeros to each series."""
    return np.stack([np.pad(x, ((0, 0), (0, length - x.shape[1]))) for x in series])


# %%
# A list of arrays is taken as it is. The network sees no padding, in training or afterwards: each
# answer is that of the series alone, whatever else is predicted beside it.
SMALL = {"n_filters": 16, "max_epochs": 8, "n_fixed_kernels": 0, "random_state": 0}
classifier = TCNClassifier(**SMALL).fit(X, y)
alone = classifier.predict_proba(X_test[:1])
together = classifier.predict_proba([*X_test, np.tile(X_test[0], 20)])[:1]
print(f"accuracy: {classifier.score(X_test, y_test):.3f}")
print(f"a series alone and beside one of {20 * X_test[0].shape[1]} steps: ", end="")
print(f"probabilities differ by {np.abs(alone - together).max():.1g}")

# %%
# With padding, all is well as long as new series are padded to the same length as those of the
# training. Pad them further, as one must beside a longer one, and the answers change: the network
# has learned how much of a series is zero.
padded = TCNClassifier(**SMALL).fit(pad(X, 29), y)
widths = [29, 40, 60, 90, 150]
accuracies = [padded.score(pad(X_test, width), y_test) for width in widths]
for width, accuracy in zip(widths, accuracies, strict=True):
    print(f"padded to {width:>3}: {accuracy:.3f}")

# %%
figure, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
whole = classifier.score(X_test, y_test)
ax.axhline(whole, color=COLORS[0], lw=2, label="as they are, in a list")
ax.plot(widths, accuracies, "--s", color=COLORS[1], label="padded with zeros")
ax.axhline(1 / 9, color="0.6", ls=":", label="by chance")
ax.set(xlabel="length that test series are padded to", ylabel="accuracy", ylim=(0, 1.03))
ax.legend(loc="lower left")
plt.show()
