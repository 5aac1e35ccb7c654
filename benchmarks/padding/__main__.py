"""Effect of padding on a network that reads zeros as data, and on sktcn's, which masks them.

Two networks of one size are fitted: one on series padded with zeros, as most libraries need them,
the other on the series themselves. Both predict the test series, and the same series with a long
one among them. Run as ``python -m benchmarks.padding [--data-home FOLDER] [SET ...]``; a few
minutes for the set that sktime ships.
"""

from __future__ import annotations

import argparse

import pandas as pd

from benchmarks.padding.zeros import compare

SEEDS = range(3)
MAXIMA = {"probabilities moved by at most": "max"}  # other columns are means


def main() -> None:
    """Run the command: print a column for each set and network."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.padding", description=__doc__)
    parser.add_argument("sets", nargs="*", default=["JapaneseVowels"], metavar="SET")
    parser.add_argument("--data-home", metavar="FOLDER")
    arguments = parser.parse_args()
    rows = [
        row
        for name in arguments.sets
        for seed in SEEDS
        for row in compare(name, arguments.data_home, seed)
    ]
    names = [column for column in rows[0] if column not in ("set", "network")]
    table = pd.DataFrame(rows).groupby(["set", "network"], sort=False)
    means = table.agg({name: MAXIMA.get(name, "mean") for name in names})
    print(means.T.to_string(float_format="{:.2g}".format))


if __name__ == "__main__":
    main()
