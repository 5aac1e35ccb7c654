"""Count files and moves between them, from fit to the first convolution: a program of its own.

A move is a call or a return after which the innermost running function of sktcn is one of another
file. The first file counts as entered once.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

import numpy as np
import torch

import sktcn
from sktcn import TCNClassifier

ROOT = Path(sktcn.__file__).parent
CONVOLUTIONS = {torch.conv1d, torch.conv2d, torch.convolution}


class Way:
    """Record the file of sktcn that runs, after each call and return up to a convolution."""

    def __init__(self):
        self.running = []
        self.files = []

    def __call__(self, frame, event, called):
        if event == "c_call" and called in CONVOLUTIONS:
            sys.setprofile(None)
        path = Path(frame.f_code.co_filename)
        if event not in {"call", "return"} or not path.is_relative_to(ROOT):
            return
        if event == "call":
            self.running.append(str(path.relative_to(ROOT)))
        elif self.running:
            self.running.pop()
        self.files += self.running[-1:]
        if event == "call" and frame.f_code.co_qualname == "TemporalConv.forward":
            sys.setprofile(None)

    def entered(self):
        """Return the files in the order of the moves, each as often as a move entered it."""
        return [file for file, _ in groupby(self.files)]


def follow_fit(n_blocks):
    """Fit a tiny network under the profile function, and return the files that X went through."""
    X, y = np.random.default_rng(0).normal(size=(20, 30)), np.arange(20) % 2
    estimator = TCNClassifier(n_filters=4, n_blocks=n_blocks, max_epochs=1)
    way = Way()
    sys.setprofile(way)
    try:
        estimator.fit(X, y)
        assert sys.getprofile() is None, "no convolution was met"
    finally:
        sys.setprofile(None)
    return way.entered()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", action="store_true", help="print how often each is entered")
    parser.add_argument("--n-blocks", type=int, default=1)
    given = parser.parse_args()
    entered = Counter(follow_fit(given.n_blocks))
    print(f"{len(entered)} files, {entered.total()} moves")
    if given.files:
        print(*(f"{times:4d} {file}" for file, times in entered.most_common()), sep="\n")


if __name__ == "__main__":
    main()
