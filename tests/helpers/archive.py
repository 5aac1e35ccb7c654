"""A small archive, in the layouts of the UCR archive and of .ts files."""

from __future__ import annotations

import numpy as np

ROW = "\t".join


def waves(n, n_classes, length, seed):
    """Noisy waves; the class is the frequency."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes + 1
    phase = y[:, None] * np.linspace(0, 6, length)
    return np.sin(phase) + rng.normal(scale=0.5, size=(n, length)), y


def write_tsv(home, name, n_classes=2, length=16, n_train=12, n_test=10):
    """Write a set as the archive has it."""
    for seed, (part, n) in enumerate({"TRAIN": n_train, "TEST": n_test}.items()):
        X, y = waves(n, n_classes, length, seed)
        lines = [ROW([str(label), *map(repr, x.tolist())]) for x, label in zip(X, y, strict=True)]
        write(home, name, part, "tsv", lines)


def write_targets(home, name):
    """Write a set with numbers for targets, as the archive of such sets has it."""
    for seed, part in enumerate(["TRAIN", "TEST"]):
        X, y = waves(12, 3, 20, seed)
        y = y + np.random.default_rng(seed).normal(scale=0.1, size=12)
        lines = [f"{','.join(map(repr, x.tolist()))}:{t:.6f}" for x, t in zip(X, y, strict=True)]
        write(home, name, part, "ts", ["@targetlabel true", "@data", *lines])


def write_ragged(home, name):
    """Write a set of unequal lengths, of one channel, as the archive has it: NaN at the end."""
    for seed, part in enumerate(["TRAIN", "TEST"]):
        X, y = waves(12, 2, 20, seed)
        for i, x in enumerate(X):
            x[12 + i % 8 :] = np.nan
        lines = [ROW([str(label), *map(repr, x.tolist())]) for x, label in zip(X, y, strict=True)]
        write(home, name, part, "tsv", lines)


def write_ts(home, name, labels="1 2"):
    """Write a set of two channels and unequal lengths as a .ts file."""
    header = ["@problemName x", "@timeStamps false", "@univariate false"]
    header.append(f"@classLabel true {labels}")
    for seed, part in enumerate(["TRAIN", "TEST"]):
        X, y = waves(12, 2, 20, seed)
        lines = []
        for i, (x, label) in enumerate(zip(X, y, strict=True)):
            channel = ",".join(map(repr, x[: 12 + i % 8].tolist()))
            lines.append(f"{channel}:{channel}:{labels.split()[label - 1]}")
        write(home, name, part, "ts", [*header, "@data", *lines])


def write(home, name, part, ending, lines):
    """Write a file of lines where the archive has it."""
    (home / name).mkdir(exist_ok=True)
    text = "\n".join(lines) + "\n"
    (home / name / f"{name}_{part}.{ending}").write_text(text.replace("nan", "NaN"))
