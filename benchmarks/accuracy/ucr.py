"""Run classifiers over data sets of the UCR archive, and write a line of JSON for each run.

    python -m benchmarks.ucr --data-home DIR --datasets Coffee,BME \\
        --estimators "TCNClassifier(max_epochs=3)" "LSTMClassifier()" --seeds 2 --out runs.jsonl

The same command again goes on where the last one was stopped: a run that has its line in the file
is not done again, and that is told by set, resample, estimator and seed alone. Begin another file
when the code has changed. A run that fails has its line too, with the error.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from joblib import cpu_count
from tqdm import tqdm

from benchmarks.execution import execute, start_server
from benchmarks.provenance import machine, versions
from benchmarks.runs import Record, Run, RunFile, key
from benchmarks.specs import build, normalise, plain, seed_names, seeded
from benchmarks.splits import find_datasets, fold_names, size


def make_parser() -> argparse.ArgumentParser:
    """Describe the command."""
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
        help="TCNClassifier, LSTMClassifier or MiniRocket with arguments, as "
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
    add("--n-jobs", type=n_processes, default=1, help="runs at a time; -1: one a processor")
    add("--time-limit", type=seconds, help="seconds after which a run is stopped, and has failed")
    add("--retry-failed", action="store_true", help="do runs again that have failed before")
    add("--out", type=Path, required=True, metavar="FILE", help="file of runs, to go on with")
    return parser


def number(text: str, least: int = 1) -> int:
    """Read a number of things."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"must be a whole number from {least} on, however: {text}")
    return int(text)


def n_processes(text: str) -> int:
    """Read a number of processes, no more than there are processors."""
    n_jobs = cpu_count() if text == "-1" else number(text)
    if n_jobs > cpu_count():
        raise argparse.ArgumentTypeError(
            f"must be at most the number of processors, {cpu_count()}, however: {text}"
        )
    return n_jobs


def seconds(text: str) -> float:
    """Read a time."""
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
    """List the runs: all sets with the first seed first, and the estimators in turns.

    An estimator without a ``random_state`` would do the same again, and has one seed.
    """
    n_own = {spec: n_seeds if seed_names(build(spec)) else 1 for spec in specs}
    order = product(resamples, range(n_seeds), datasets, specs)
    return [
        Run(name, resample, spec, seed)
        for resample, seed, name, spec in order
        if seed < n_own[spec]
    ]


def to_do(runs: list[Run], records: list[Record], retry_failed: bool) -> list[Run]:
    """Leave out what is done."""
    last = {key(record): record for record in records}
    done = {run for run, record in last.items() if not (retry_failed and record.get("error"))}
    return [run for run in runs if run not in done]


def describe(run: Run) -> Record:
    """What is known of a run before it is done."""
    parameters = seeded(run.estimator, run.seed).get_params()
    return {**run._asdict(), "parameters": plain(parameters)}


def carry_out(runs: list[Run], file: RunFile, asked: argparse.Namespace, n_done: int) -> int:
    """Do runs and write their lines, with the progress on stderr; return how many failed."""
    about = {"versions": versions(), "machine": machine(asked.n_jobs)}
    sizes = {run.dataset: size(run.dataset, asked.data_home) for run in runs}
    results = execute(runs, asked.n_jobs, asked.data_home, asked.time_limit)
    progress = Progress([sizes[run.dataset] for run in runs], n_done)
    n_failed = 0
    with closing(results), progress.bar:
        for run, result in results:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            file.append({**describe(run), **result, "finished": now, **about})
            n_failed += result["error"] is not None
            progress.tell(sizes[run.dataset], _told(run, result))
    return n_failed


class Progress:
    """A line a run, with the time left, and on a terminal a bar too.

    A run is taken to last as long as its set is large.
    """

    def __init__(self, sizes: list[float], n_done: int) -> None:
        self.start, self.done, self.total = time.monotonic(), 0.0, sum(sizes)
        self.n_done, self.n_runs = n_done, n_done + len(sizes)
        form = "{percentage:3.0f}% |{bar:20}| {elapsed}, {remaining} left"
        self.bar = tqdm(total=self.total, smoothing=0, bar_format=form, disable=None)

    def tell(self, size: float, text: str) -> None:
        """Count a run that is over, and tell of it."""
        self.done, self.n_done = self.done + size, self.n_done + 1
        left = (time.monotonic() - self.start) * (self.total - self.done) / self.done
        self.bar.update(size)
        when = tqdm.format_interval(left)
        self.bar.write(f"[{self.n_done}/{self.n_runs}, {when} left] {text}", file=sys.stderr)


def _told(run: Run, result: dict[str, Any]) -> str:
    split = run.resample if isinstance(run.resample, str) else f"resample {run.resample}"
    what = f"{run.dataset} {split} seed {run.seed} {run.estimator}"
    if result["error"] is not None:
        return f"{what}: FAILED: {result['error'].splitlines()[0][:200]}"
    return f"{what}: accuracy {result['accuracy']:.4f}, fitted in {result['fit_seconds']:.1f} s"


def notice_changes(records: Iterable[Record]) -> None:
    """Say if the file has runs of other versions, which are kept."""
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


def main(arguments: list[str] | None = None) -> None:
    """Be the command."""
    parser = make_parser()
    asked = parser.parse_args(arguments)
    try:
        datasets = find_datasets(asked.datasets, asked.data_home)
        specs = list(dict.fromkeys(normalise(spec) for spec in asked.estimators))
        resamples = fold_names(asked.folds) if asked.folds else range(asked.resamples)
        runs = plan(datasets, specs, asked.seeds, resamples)
        file = RunFile(asked.out)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    with file:
        left = to_do(runs, file.records, asked.retry_failed)
        notice_changes(file.records)
        n_done = len(runs) - len(left)
        start_server(1 if asked.n_jobs > 1 else None)
        print(f"{len(runs)} runs, {n_done} of them done already", file=sys.stderr)
        try:
            n_failed = carry_out(left, file, asked, n_done)
        except KeyboardInterrupt:
            sys.exit("stopped; the same command goes on from here")
    if n_failed:
        print(f"{n_failed} runs failed; {asked.out} says why", file=sys.stderr)


if __name__ == "__main__":
    main()
