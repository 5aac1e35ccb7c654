"""Run regressors over data sets with numbers for targets, and print a table of their errors.

    python -m benchmarks.regression --data FOLDER --published reference_rmse.csv

FOLDER has a folder for each set, as the TSER archive has it; Covid3Month, which sktime ships, is
run beside them. A published table is a CSV with a row a set: the name, then the root mean squared
error of each method, or an empty cell. Repeat the command to resume it, as for `benchmarks.ucr`.
Two small sets take three seeds of the default estimators about ten minutes of one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.accuracy.splits import find_datasets
from benchmarks.accuracy.ucr import add_execution, number, plan, read_specs, resume
from benchmarks.common.runs import RunFile, read_runs
from benchmarks.common.tables import to_markdown
from benchmarks.regression.tables import MEAN, RESULTS, error_table, read_errors
from sktcn.datasets import load_ucr

SHIPPED = "Covid3Month"
ESTIMATORS = ["TCNRegressor()", "LSTMRegressor()", "RocketRegressor()", MEAN]


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.regression",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", metavar="FOLDER", help="folder with a folder a set; or $SKTCN_DATA_HOME")
    add("--datasets", help=f"names with commas between (default: all of FOLDER, and {SHIPPED})")
    add("--estimators", "-e", nargs="+", default=ESTIMATORS, metavar="ESTIMATOR")
    add("--seeds", type=number, default=3, help="random_state is 0, 1, ... (default: 3)")
    add("--published", nargs="+", type=Path, default=[], metavar="CSV")
    add("--columns", help="which published columns, with commas between (default: all)")
    add_execution(parser)
    add("--out", type=Path, default=RESULTS, metavar="FILE", help="file of runs, to go on with")
    return parser


def find_sets(names: str | None, data_home: str | None) -> list[str]:
    """List the sets, all of which must have numbers for targets."""
    if names is None:
        found = {SHIPPED, *(find_datasets("all", data_home) if data_home else [])}
    else:
        found = set(find_datasets(names, data_home))
    for name in sorted(found):
        if load_ucr(name, "train", data_home)[1].dtype.kind not in "fi":
            raise ValueError(f"the targets of {name} must be numbers: benchmarks.ucr has classes")
    return sorted(found)


def main(argv: list[str] | None = None) -> None:
    """Run the command."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    arguments.data_home = arguments.data
    try:
        columns = arguments.columns.split(",") if arguments.columns else None
        published = read_errors(arguments.published, columns)
        specs = read_specs(arguments.estimators, regressors=True)
        datasets = find_sets(arguments.datasets, arguments.data)
        runs = plan(datasets, specs, arguments.seeds, [0])
        file = RunFile(arguments.out)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    resume(runs, file, arguments)
    print(to_markdown(error_table(read_runs([arguments.out]), published)))


if __name__ == "__main__":
    main()
