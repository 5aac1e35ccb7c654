"""
Save, load, export
==================

A fitted network as one file, for Python with this library (``save``) and for programs that have
neither (``to_onnx``).
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.export import read_metadata, to_onnx, verify
from sktcn.persistence import load, save
from sktcn.plotting.style import COLORS

X, y = load_ucr("JapaneseVowels", split="train")
X_test, y_test = load_ucr("JapaneseVowels", split="test")
classifier = TCNClassifier(n_filters=16, max_epochs=8, n_fixed_kernels=0, random_state=0).fit(X, y)
folder = TemporaryDirectory()
saved, exported = Path(folder.name, "vowels.safetensors"), Path(folder.name, "vowels.onnx")

# %%
# ``save`` writes weights as safetensors and all else as JSON. There is no pickle in it, so that
# loading a file runs no code of whoever wrote it, and a hash tells if it is damaged.
save(classifier, saved)
loaded = load(saved)
print("same bits:", np.array_equal(loaded.predict_proba(X_test), classifier.predict_proba(X_test)))

damaged = bytearray(saved.read_bytes())
damaged[len(damaged) // 2] ^= 1
Path(folder.name, "damaged").write_bytes(damaged)
try:
    load(Path(folder.name, "damaged"))
except ValueError as error:
    print("one bit flipped:", str(error).replace(folder.name, "..."))

# %%
# An ONNX file has the scaling inside and the labels beside, takes series of any number and length,
# and carries a golden input and output with it: ``verify`` runs them wherever the file has got to.
to_onnx(classifier, exported)
print(f"verified, off by {verify(exported):.1g}")
labels = read_metadata(exported)["classes"]["values"]

# %%
# All that a program needs then is onnxruntime: series filled up to one length with anything, and
# how long each of them is.
session = onnxruntime.InferenceSession(exported)
lengths = np.array([x.shape[1] for x in X_test])
series = np.zeros((len(X_test), X_test[0].shape[0], lengths.max()), dtype="float32")
for row, x in zip(series, X_test, strict=True):
    row[:, : x.shape[1]] = x


def run_onnx(series, lengths):
    """Probabilities without this library."""
    return session.run(["probabilities"], {"series": series, "lengths": lengths})[0]


def milliseconds(predict, *args):
    """Measure the time of one call, the median of ten."""
    times = []
    for _ in range(10):
        start = time.perf_counter()
        predict(*args)
        times.append(1000 * (time.perf_counter() - start))
    return np.median(times)


ways = {
    "estimator": (classifier.predict_proba, [X_test[:1]], [X_test]),
    "loaded": (loaded.predict_proba, [X_test[:1]], [X_test]),
    "onnxruntime": (run_onnx, [series[:1, :, : lengths[0]], lengths[:1]], [series, lengths]),
}
answers = {name: predict(*everything) for name, (predict, _, everything) in ways.items()}
costs = {
    name: (milliseconds(predict, *one), milliseconds(predict, *everything))
    for name, (predict, one, everything) in ways.items()
}
print(f"{'':<12}{'accuracy':>9}{'ms, one series':>16}{'ms, all ' + str(len(X_test)):>13}")
for name, (one, everything) in costs.items():
    accuracy = np.mean(np.array(labels)[answers[name].argmax(axis=1)] == y_test)
    print(f"{name:<12}{accuracy:>9.3f}{one:>16.2f}{everything:>13.1f}")
print(f"file: {saved.stat().st_size / 1024:.0f} kB saved, ", end="")
print(f"{exported.stat().st_size / 1024:.0f} kB exported")
folder.cleanup()

# %%
# On the left all probabilities, of nine speakers for each series, by onnxruntime against those of
# the estimator. On the right what a call costs: a single series is answered sooner without Python's
# checks of the input; for many series at once that gains nothing.
#
# For live signals, ``examples/service`` is a small process that reads samples, pushes them into a
# stream and writes decisions, and goes on after a restart where it was.
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot([0, 1], [0, 1], color="0.6", lw=1)
left.plot(answers["estimator"].ravel(), answers["onnxruntime"].ravel(), ".", color=COLORS[0])
difference = np.abs(answers["estimator"] - answers["onnxruntime"]).max()
left.set(xlabel="probability by the estimator", ylabel="probability by onnxruntime")
left.set_title(f"they differ by {difference:.0g} at most")
for column, (marker, label) in enumerate([("o", "one series"), ("s", f"all {len(X_test)} series")]):
    times = [cost[column] for cost in costs.values()]
    right.plot(times, list(costs), marker, color=COLORS[column], ms=9, label=label)
right.set(xscale="log", xlabel="milliseconds of a call", ylim=(-0.6, 2.4), xlim=(0.05, 200))
right.grid(axis="x", alpha=0.4)
right.invert_yaxis()
right.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
plt.show()
