"""Count files and moves between them, from fit to the first convolution: a program of its own.

A move is a call or a return after which the innermost running function of sktcn is one of another
file. The first file counts as entered once. Counted twice: over all functions that run, and over
those alone that are given the series, as an argument or as an attribute of ``self``, in whatever
form: that is the way which a reader follows.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

import numpy as np
import torch

import sktcn
from sktcn import TCNClassifier

ROOT = f"{Path(sktcn.__file__).parent}{os.sep}"
CONVOLUTIONS = {torch.conv1d, torch.conv2d, torch.convolution}


def carries(value, n_values, depth=2):
    """Check whether a value holds the series: an array or a tensor that is as large, within."""
    if isinstance(value, np.ndarray | torch.Tensor):
        return value.ndim > 1 and len(value) > 1 and value.nbytes >= n_values
    if depth == 0 or isinstance(value, type | str | torch.nn.Module):
        return False
    if isinstance(value, dict):
        return any(carries(each, n_values, depth - 1) for each in list(value.values()))
    if isinstance(value, list | tuple):
        return any(carries(each, n_values, depth - 1) for each in value)
    if type(value).__module__.startswith("sktcn"):
        return carries(vars(value), n_values, depth) if hasattr(value, "__dict__") else False
    return False


class Way:
    """Record the file of sktcn that runs, after each call and return up to a convolution."""

    def __init__(self, n_values):
        self.n_values = n_values
        self.running = []
        self.files = []
        self.carrying = []

    def __call__(self, frame, event, called):
        if event == "c_call" and called in CONVOLUTIONS:
            sys.setprofile(None)
        path = frame.f_code.co_filename
        if event not in {"call", "return"} or not path.startswith(ROOT):
            return
        if event == "call":
            arguments = dict(frame.f_locals)
            self.running.append((path.removeprefix(ROOT), carries(arguments, self.n_values, 3)))
        elif self.running:
            self.running.pop()
        self.files += [file for file, _ in self.running[-1:]]
        self.carrying += [file for file, given in self.running if given][-1:]
        if event == "call" and frame.f_code.co_qualname == "TemporalConv.forward":
            sys.setprofile(None)


def entered(files):
    """Count how often a move entered each file."""
    return Counter(file for file, _ in groupby(files))


def follow_fit(n_blocks):
    """Fit a tiny network under the profile function, and return the files that X went through."""
    X, y = np.random.default_rng(0).normal(size=(20, 30)), np.arange(20) % 2
    estimator = TCNClassifier(n_filters=4, n_blocks=n_blocks, max_epochs=1, n_fixed_kernels=0)
    way = Way(X.size)
    sys.setprofile(way)
    try:
        estimator.fit(X, y)
        assert sys.getprofile() is None, "no convolution was met"
    finally:
        sys.setprofile(None)
    return way


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", action="store_true", help="print how often each is entered")
    parser.add_argument("--n-blocks", type=int, default=1)
    given = parser.parse_args()
    way = follow_fit(given.n_blocks)
    for title, files in (("all functions", way.files), ("functions of X", way.carrying)):
        moves = entered(files)
        print(f"{title}: {len(moves)} files, {moves.total()} moves")
        if given.files:
            print(*(f"{times:4d} {file}" for file, times in moves.most_common()), sep="\n")


if __name__ == "__main__":
    main()
