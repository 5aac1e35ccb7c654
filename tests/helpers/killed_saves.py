"""Save two models in turn over one file, be killed, look what is there: a program of its own."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from itertools import cycle
from pathlib import Path

from sktcn.persistence import load, save


def main(folder: Path, times: int) -> None:
    """Print the name of the model found after each kill."""
    raw = {name: (folder / name).read_bytes() for name in "ab"}
    models = [load(folder / name) for name in raw]
    save(models[0], folder / "model")
    delays = random.Random(0)
    for _ in range(times):
        child = os.fork()
        while child == 0:
            for model in cycle(models):
                save(model, folder / "model")
        time.sleep(delays.uniform(0.01, 0.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        load(folder / "model")
        found = (folder / "model").read_bytes()
        print(*(name for name in raw if raw[name] == found), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
