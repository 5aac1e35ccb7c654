"""Load the forged files of a folder, all of which are refused: a program of its own.

It prints by how many MB the memory grew that the process has had at most.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from sktcn.persistence import load


def peak() -> float:
    """MB that the process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(folder: Path) -> None:
    """Load a good file, and then the others."""
    load(folder / "good")
    before = peak()
    for path in sorted(folder.glob("forged*")):
        try:
            load(path)
        except ValueError:
            pass
        else:
            raise SystemExit(f"{path} was loaded")
    print(peak() - before)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
