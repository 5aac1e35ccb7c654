"""Run classifiers over data sets of the UCR archive; write a line of JSON for each run.

    python -m benchmarks.ucr --data-home DIR --datasets Coffee,BME \\
        --estimators "TCNClassifier(max_epochs=3)" "LSTMClassifier()" --seeds 2 --out runs.jsonl

Repeat the command to resume it: runs with a line in the file are skipped. The key of a run is its
set, resample, estimator and seed, so that changed code needs another file. A run that fails has a
line with the error.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from joblib import cpu_count
from tqdm import tqdm

from benchmarks.accuracy.execution import execute, start_server
from benchmarks.accuracy.specs import as_json, build, is_regressor, normalise, seed_names, seeded
from benchmarks.accuracy.splits import find_datasets, fold_names, training_bytes
from benchmarks.common.provenance import machine, versions
from benchmarks.common.runs import Record, Run, RunFile, key


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ucr",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data-home", metavar="DIR", help="folder with a folder a set; or $SKTCN_DATA_HOME")
    add("--datasets", required=True, help="names with commas between, a file of names, or 'all'")
    add(
        *("--estimators", "-e"),
        **{"nargs": "+", "required": True, "metavar": "ESTIMATOR"},
        help="RocketClassifier, TCNClassifier, LSTMClassifier or MiniRocket, as "
        "'TCNClassifier(kernel_size=9)', or any other by the path to import it from",
    )
    add("--seeds", type=number, default=1, help="random_state is 0, 1, ... (default: 1)")
    splits = parser.add_mutually_exclusive_group()
    splits.add_argument(
        *("--resamples",),
        **{"type": number, "default": 1},
        help="how many splits: the official one, then others with as many of each class to train "
        "with (default: 1)",
    )
    splits.add_argument(
        *("--folds",),
        **{"type": partial(number, least=2), "metavar": "K"},
        help="cross-validate on the training part, in K folds; the test part is not looked at",
    )
    add_execution(parser)
    add("--out", type=Path, required=True, metavar="FILE", help="file of runs, to go on with")
    return parser


def add_execution(parser: argparse.ArgumentParser) -> None:
    """Add the options of how runs are executed."""
    add = parser.add_argument
    add("--n-jobs", type=n_processes, default=1, help="runs at a time; -1: one a processor")
    add("--time-limit", type=seconds, help="seconds after which a run is stopped, and has failed")
    add("--retry-failed", action="store_true", help="do runs again that have failed before")


def number(text: str, least: int = 1) -> int:
    """Parse a whole number."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"must be a whole number from {least} on, however: {text}")
    return int(text)


def n_processes(text: str) -> int:
    """Parse a number of processes, at most that of processors."""
    n_jobs = cpu_count() if text == "-1" else number(text)
    if n_jobs > cpu_count():
        raise argparse.ArgumentTypeError(
            f"must be at most the number of processors, {cpu_count()}, however: {text}"
        )
    return n_jobs


def seconds(text: str) -> float:
    """Parse a time limit."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be seconds above 0, however: {text}")
    return value


def plan(
    datasets: list[str], specs: list[str], n_seeds: int, resamples: Iterable[int | str]
) -> list[Run]:
    """List the runs by resample, seed, set and estimator, in this order.

    An estimator without a ``random_state`` gives the same result for each seed, and runs once.
    """
    n_own = {spec: n_seeds if seed_names(build(spec)) else 1 for spec in specs}
    order = product(resamples, range(n_seeds), datasets, specs)
    return [
        Run(name, resample, spec, seed)
        for resample, seed, name, spec in order
        if seed < n_own[spec]
    ]


def pending(runs: list[Run], records: list[Record], retry_failed: bool) -> list[Run]:
    """Select the runs that have no line yet, or, on request, one with an error."""
    last = {key(record): record for record in records}
    done = {run for run, record in last.items() if not (retry_failed and record.get("error"))}
    return [run for run in runs if run not in done]


def describe(run: Run) -> Record:
    """Describe a run by its key and all parameters of its estimator."""
    parameters = seeded(run.estimator, run.seed).get_params()
    return {**asdict(run), "parameters": as_json(parameters)}


def execute_all(runs: list[Run], file: RunFile, arguments: argparse.Namespace, n_done: int) -> int:
    """Execute runs, write their lines, report progress; return the number of failures."""
    about = {"versions": versions(), "machine": machine(arguments.n_jobs)}
    sizes = {run.dataset: training_bytes(run.dataset, arguments.data_home) for run in runs}
    results = execute(runs, arguments.n_jobs, arguments.data_home, arguments.time_limit)
    progress = Progress([sizes[run.dataset] for run in runs], n_done)
    n_failed = 0
    with closing(results), progress.bar:
        for run, result in results:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            file.append({**describe(run), **result, "finished": now, **about})
            n_failed += result["error"] is not None
            progress.update(sizes[run.dataset], _summary(run, result))
    return n_failed


class Progress:
    """Progress on stderr: a line a run with the time left, and on a terminal a bar.

    The estimate takes the time of a run as proportional to the size of its training set.
    """

    def __init__(self, sizes: list[float], n_done: int) -> None:
        self.start, self.done, self.total = time.monotonic(), 0.0, sum(sizes)
        self.n_done, self.n_runs = n_done, n_done + len(sizes)
        form = "{percentage:3.0f}% |{bar:20}| {elapsed}, {remaining} left"
        self.bar = tqdm(total=self.total, smoothing=0, bar_format=form, disable=None)

    def update(self, size: float, text: str) -> None:
        """Count a finished run, and print a line about it."""
        self.done, self.n_done = self.done + size, self.n_done + 1
        left = (time.monotonic() - self.start) * (self.total - self.done) / self.done
        self.bar.update(size)
        when = tqdm.format_interval(left)
        self.bar.write(f"[{self.n_done}/{self.n_runs}, {when} left] {text}", file=sys.stderr)


def _summary(run: Run, result: dict[str, Any]) -> str:
    split = run.resample if isinstance(run.resample, str) else f"resample {run.resample}"
    what = f"{run.dataset} {split} seed {run.seed} {run.estimator}"
    if result["error"] is not None:
        return f"{what}: FAILED: {result['error'].splitlines()[0][:200]}"
    score = "rmse" if "rmse" in result else "accuracy"
    return f"{what}: {score} {result[score]:.4g}, fitted in {result['fit_seconds']:.1f} s"


def report_other_versions(records: Iterable[Record]) -> None:
    """Print the libraries whose release differs from that of the file's earlier runs."""
    now = versions()
    others = [record for record in records if record.get("versions") != now]
    if others:
        then = others[-1].get("versions") or {}
        changes = [
            f"{name} {then.get(name)} -> {now.get(name)}"
            for name in sorted(then.keys() | now.keys())
            if then.get(name) != now.get(name)
        ]
        print(
            f"{len(others)} lines of the file are of other versions, and are kept: "
            f"{', '.join(changes)}",
            file=sys.stderr,
        )


def read_specs(given: list[str], *, regressors: bool) -> list[str]:
    """Normalise specifications, and raise ValueError unless all are of one kind."""
    specs = list(dict.fromkeys(normalise(spec) for spec in given))
    for spec in specs:
        if is_regressor(build(spec)) != regressors:
            kind, targets = ("classifier", "numbers") if regressors else ("regressor", "classes")
            raise ValueError(f"{spec!r} is a {kind}, and the sets here have {targets}")
    return specs


def resume(runs: list[Run], file: RunFile, arguments: argparse.Namespace) -> None:
    """Execute the runs that the file lacks, and close it."""
    with file:
        left = pending(runs, file.records, arguments.retry_failed)
        report_other_versions(file.records)
        n_done = len(runs) - len(left)
        start_server(1 if arguments.n_jobs > 1 else None)
        print(f"{len(runs)} runs, {n_done} of them done already", file=sys.stderr)
        try:
            n_failed = execute_all(left, file, arguments, n_done)
        except KeyboardInterrupt:
            sys.exit("stopped; the same command goes on from here")
    if n_failed:
        print(f"{n_failed} runs failed; {arguments.out} says why", file=sys.stderr)


def main(argv: list[str] | None = None) -> None:
    """Run the command."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    try:
        datasets = find_datasets(arguments.datasets, arguments.data_home)
        specs = read_specs(arguments.estimators, regressors=False)
        resamples = fold_names(arguments.folds) if arguments.folds else range(arguments.resamples)
        runs = plan(datasets, specs, arguments.seeds, resamples)
        file = RunFile(arguments.out)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    resume(runs, file, arguments)


if __name__ == "__main__":
    main()
