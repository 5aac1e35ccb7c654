"""The runner: a line a run, whatever happens to the run or to the runner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from joblib import cpu_count

from benchmarks.accuracy.ucr import main
from benchmarks.common.runs import RunFile, read_runs
from tests.helpers import archive

ROOT = Path(__file__).parents[2]
N_JOBS = str(min(2, cpu_count()))
DUMMY = "sklearn.dummy.DummyClassifier(strategy='stratified')"
FAILING = "sklearn.neighbors.KNeighborsClassifier(n_neighbors=1000)"
TINY_TCN = "TCNClassifier(max_epochs=1, n_filters=2, n_blocks=1, n_fixed_kernels=0)"
OWN_MODULE = """
import os, signal, time
from sklearn.dummy import DummyClassifier

class Sleeping(DummyClassifier):
    def fit(self, X, y):
        open({pid!r}, "w").write(str(os.getpid()))
        time.sleep(600)

class Dying(DummyClassifier):
    def fit(self, X, y):
        os.kill(os.getpid(), signal.SIGKILL)

not_a_class = os.getpid
"""


@pytest.fixture
def home(tmp_path):
    """A folder with two small sets."""
    folder = tmp_path / "archive"
    folder.mkdir()
    archive.write_tsv(folder, "Two")
    archive.write_tsv(folder, "Three", n_classes=3, n_train=15)
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "runs.jsonl"


@pytest.fixture
def run(home, out):
    """Run the command on the sets, in this process."""

    def command(*estimators, datasets="Two,Three", options=()):
        given = ["--data-home", str(home), "--datasets", datasets, "--out", str(out)]
        main([*given, *map(str, options), "--estimators", *estimators])
        return read_runs([out])

    return command


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module with estimators that misbehave; returns where one writes its process."""
    pid = tmp_path / "pid"
    (tmp_path / "misbehaving.py").write_text(OWN_MODULE.format(pid=str(pid)))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    return pid


def test_the_command_of_the_readme_writes_a_line_a_run(run):
    estimators = [TINY_TCN, "LSTMClassifier(max_epochs=1, n_fixed_kernels=0)"]
    records = run(*estimators, options=["--seeds", 2, "--n-jobs", N_JOBS])
    told = {(r["dataset"], r["resample"], r["estimator"], r["seed"]) for r in records}
    assert len(records) == 8
    assert told == {(d, 0, e, s) for d in ("Two", "Three") for e in estimators for s in (0, 1)}
    for record in records:
        assert record["error"] is None
        assert record["parameters"]["random_state"] == record["seed"]
        assert record["parameters"]["dropout"] == 0.1
        assert 0 <= record["accuracy"] <= 1
        assert 0 <= record["balanced_accuracy"] <= 1
        assert 0 <= record["auroc"] <= 1
        assert 0 <= record["calibration_error"] <= 1
        assert record["log_loss"] > 0
        assert record["fit_seconds"] > 0
        assert record["predict_seconds"] > 0
        assert record["peak_memory_mb"] >= record["memory_before_mb"] > 10
        assert record["versions"].keys() >= {"python", "sktcn", "torch", "numpy"}
        assert record["machine"]["threads"] == "1" or N_JOBS == "1"  # one for each process


def test_what_is_done_is_not_done_again(run, out, capsys):
    run(DUMMY)
    before = out.read_bytes()
    run(DUMMY)
    assert out.read_bytes() == before
    assert "2 runs, 2 of them done already" in capsys.readouterr().err
    records = run(DUMMY.replace("'", '"'), FAILING, options=["--seeds", 2])
    assert out.read_bytes().startswith(before)
    assert len(records) == 4 + 2


def test_a_run_that_fails_is_a_line_and_the_rest_goes_on(run, out, capsys):
    records = run(FAILING, DUMMY, datasets="Two")
    assert [bool(r["error"]) for r in records] == [True, False]
    assert records[0]["error"].startswith("ValueError: Expected n_neighbors <= n_samples")
    assert records[0]["accuracy"] is None
    assert records[0]["fit_seconds"] is not None  # what was measured before
    assert records[0].keys() == records[1].keys()
    assert "1 runs failed" in capsys.readouterr().err


def test_failed_runs_are_tried_again_only_when_asked(run, out):
    run(FAILING, DUMMY, datasets="Two")
    run(FAILING, DUMMY, datasets="Two")
    assert len(out.read_text().splitlines()) == 2
    records = run(FAILING, DUMMY, datasets="Two", options=["--retry-failed"])
    assert len(out.read_text().splitlines()) == 3
    assert len(records) == 2  # the last line about a run counts


def test_a_run_over_the_time_limit_is_stopped(run, own):
    records = run("misbehaving.Sleeping()", DUMMY, datasets="Two", options=["--time-limit", 3])
    assert records[0]["error"] == "TimeLimit: stopped after 3 seconds"
    assert records[1]["error"] is None
    assert not is_alive(int(own.read_text()))


def test_a_run_whose_process_dies_is_a_line(run, own):
    records = run("misbehaving.Dying()", DUMMY, datasets="Two")
    assert records[0]["error"] == "Died: the process ended with exit code -9"
    assert records[1]["error"] is None


def test_nothing_goes_on_when_the_runner_is_killed(home, out, own):
    runner = launch(arguments(home, out, "misbehaving.Sleeping()"))
    try:
        wait_for(lambda: own.exists() and own.read_text())
    finally:
        runner.kill()
        runner.wait()
    wait_for(lambda: not is_alive(int(own.read_text())))
    assert out.read_bytes() == b""


@pytest.mark.slow
def test_the_same_seed_gives_the_same_scores(run, out):
    arguments = {"datasets": "Two", "options": ["--seeds", 2]}
    first = run(TINY_TCN, DUMMY, **arguments)
    out.unlink()
    assert [same(r) for r in run(TINY_TCN, DUMMY, **arguments)] == list(map(same, first))
    accuracies = {r["seed"]: r["log_loss"] for r in first if r["estimator"] == TINY_TCN}
    assert accuracies[0] != accuracies[1]


def test_an_estimator_without_a_seed_is_run_once(run):
    knn = "sklearn.neighbors.KNeighborsClassifier(n_neighbors=1)"
    records = run(knn, DUMMY, datasets="Two", options=["--seeds", 3])
    assert sorted(r["seed"] for r in records if r["estimator"] == knn) == [0]
    assert sorted(r["seed"] for r in records if r["estimator"] == DUMMY) == [0, 1, 2]


def test_scores_are_null_without_probabilities(run):
    (record,) = run("sklearn.linear_model.RidgeClassifier()", datasets="Two")
    assert record["error"] is None
    assert record["accuracy"] > 0.5
    assert (record["auroc"], record["log_loss"], record["calibration_error"]) == (None, None, None)


@pytest.mark.parametrize("write", [archive.write_ragged, archive.write_ts])
def test_series_of_unequal_lengths_and_several_channels(run, home, write):
    write(home, "Other")
    sktime = "sktime.classification.dummy.DummyClassifier()"
    run(TINY_TCN, DUMMY, datasets="Other", options=["--resamples", 2])
    records = run(sktime, datasets="Other")  # once: its process imports sktime
    assert len(records) == 5
    errors = {r["estimator"]: r["error"] for r in records}
    assert errors[TINY_TCN] is None
    assert errors[sktime] is None
    assert "series must be of one length" in errors[DUMMY]  # it takes tables


def test_folds_of_the_training_part(run):
    records = run(DUMMY, datasets="Two", options=["--folds", 3])
    assert [r["resample"] for r in records] == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3"]
    assert sum(r["n_test"] for r in records) == records[0]["n_train"] + records[0]["n_test"]


@pytest.mark.slow  # numba compiles for most of a minute
def test_minirocket_takes_all_sets(run, home):
    pytest.importorskip("numba", reason="MiniRocket needs numba: pip install sktcn[benchmark]")
    archive.write_ragged(home, "Ragged")
    archive.write_ts(home, "Channels")
    records = run("MiniRocket(num_kernels=168)", datasets="Two,Ragged,Channels")
    assert [r["error"] for r in records] == [None] * 3
    assert np.mean([r["accuracy"] for r in records]) > 0.6


def test_all_is_the_folder_and_a_file_is_a_list(run, tmp_path):
    assert {r["dataset"] for r in run(DUMMY, datasets="all")} == {"Two", "Three"}
    (tmp_path / "names.txt").write_text("Three\n\nTwo\n")
    records = run(DUMMY, datasets=str(tmp_path / "names.txt"), options=["--resamples", 2])
    assert [r["dataset"] for r in records if r["resample"] == 1] == ["Three", "Two"]


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        ("TCN()", [], "no estimator 'TCN': known are TCNClassifier"),
        ("TCNClassifier(kernel=3)", [], "unexpected keyword argument 'kernel'"),
        ("TCNClassifier(3)", [], "it has something else in it"),
        ("TCNClassifier(**{})", [], "it has something else in it"),
        ("TCNClassifier(kernel_size=open('x'))", [], "arguments that are literals"),
        ("TCNClassifier(", [], "was never closed"),
        ("__import__('os').getpid()", [], "it has something else in it"),
        ("TCNClassifier(random_state=1)", [], "random_state is set by --seeds"),
        ("sktcn.TCNRegressor()", [], "is a regressor"),
        ("os.getpid()", [], "must be a class with fit"),
        ("no.such.Thing()", [], "can't be imported: No module named 'no'"),
        (DUMMY, ["--seeds", "0"], "must be a whole number from 1 on, however: 0"),
        (DUMMY, ["--resamples", "-1"], "must be a whole number from 1 on, however: -1"),
        (DUMMY, ["--folds", "1"], "must be a whole number from 2 on, however: 1"),
        (DUMMY, ["--folds", "2", "--resamples", "2"], "not allowed with argument"),
        (DUMMY, ["--n-jobs", "4096"], "must be at most the number of processors"),
        (DUMMY, ["--time-limit", "0"], "must be seconds above 0, however: 0"),
        (DUMMY, ["--datasets", "Twoo"], "no data set 'Twoo'. Did you mean 'Two'"),
        (DUMMY, ["--datasets", ","], "--datasets must name a set, however: ','"),
        (DUMMY, ["--data-home", "nowhere"], "data_home must be a folder, however: nowhere"),
        (DUMMY, ["--out", "nowhere/runs.jsonl"], "No such file or directory: 'nowhere/runs.jsonl'"),
    ],
)
def test_mistakes_are_caught_at_the_door(home, out, capsys, estimator, options, message):
    given = ["--data-home", str(home), "--datasets", "Two", "--out", str(out), *options]
    with pytest.raises(SystemExit) as stopped:
        main([*given, "--estimators", estimator])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_two_runners_do_not_write_one_file(run, out, capsys):
    with RunFile(out), pytest.raises(SystemExit):
        run(DUMMY)
    assert "is being written by another process" in capsys.readouterr().err
    assert len(run(DUMMY)) == 2


def test_a_torn_line_is_cut_off_and_its_run_done_again(run, out):
    whole = [same(record) for record in run(DUMMY)]
    content = out.read_bytes()
    for end in range(content.rstrip().rfind(b"\n") + 2, len(content) - 1, 199):
        out.write_bytes(content[:end])
        assert len(read_runs([out])) == 1
        assert [same(record) for record in run(DUMMY)] == whole
        assert out.read_bytes().count(b"\n") == 2


def test_a_last_line_without_its_end_is_kept_if_nothing_else_lacks(run, out):
    run(DUMMY)
    content = out.read_bytes()
    out.write_bytes(content.rstrip())
    run(DUMMY)
    assert out.read_bytes() == content


def test_a_file_of_something_else_is_left_alone(run, out, capsys):
    out.write_text('{"dataset": "Two"}\nsomething\n')
    with pytest.raises(SystemExit):
        run(DUMMY)
    assert "line 1 is not a run of benchmarks.ucr" in capsys.readouterr().err
    assert out.read_text() == '{"dataset": "Two"}\nsomething\n'


def test_runs_of_other_versions_are_named(run, out, capsys):
    run(DUMMY)
    out.write_text(out.read_text().replace('"sktcn": "', '"sktcn": "0.0-'))
    run(DUMMY)
    assert "2 lines of the file are of other versions, and are kept: sktcn 0.0-" in (
        capsys.readouterr().err
    )


@pytest.mark.slow
def test_killed_and_resumed_gives_the_same_lines(home, tmp_path):
    kill_and_resume(home, tmp_path, 1, [DUMMY, FAILING], n_seeds=2, early=0)


@pytest.mark.slow
def test_killed_twenty_times_and_resumed_gives_the_same_lines(home, tmp_path):
    kill_and_resume(home, tmp_path, 20, [DUMMY, FAILING, TINY_TCN], n_seeds=20, early=0.2)


def kill_and_resume(home, tmp_path, n_kills, estimators, n_seeds, early):
    """Kill runners at random moments, resume to the end, compare; again until killed so often.

    A part of the kills, `early`, may come at any moment; the others after a line was written.
    """
    options = ["--seeds", str(n_seeds), "--resamples", "2", "--n-jobs", N_JOBS]
    undisturbed = tmp_path / "undisturbed.jsonl"
    main(list(map(str, arguments(home, undisturbed, *estimators, options=options))))
    rng, killed, rounds = np.random.default_rng(), 0, 0
    while killed < n_kills:
        out = tmp_path / f"round{rounds}.jsonl"
        given = arguments(home, out, *estimators, options=options)
        while killed < n_kills and run_or_kill(given, out, rng, early):
            killed += 1
        main(list(map(str, given)))
        rounds += 1
        assert lines(out) == lines(undisturbed)
    print(f"{killed} kills in {rounds} rounds of {len(lines(undisturbed))} runs")


def run_or_kill(given, out, rng, early):
    """Start the runner; kill it at a random moment, or see that it came to its end before."""
    before = size(out)
    runner = launch(given)
    if rng.random() >= early:
        wait_for(lambda: runner.poll() is not None or size(out) > before)
    try:
        assert runner.wait(timeout=rng.exponential(0.3)) == 0
    except subprocess.TimeoutExpired:
        runner.send_signal(signal.SIGKILL)
    return runner.wait() == -signal.SIGKILL


def size(path):
    return path.stat().st_size if path.exists() else 0


def launch(given):
    command = [sys.executable, "-m", "benchmarks.ucr", *given]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def arguments(home, out, *estimators, options=()):
    given = ["--data-home", home, "--datasets", "Two,Three", "--out", out, *options]
    return [*given, "--estimators", *estimators]


def lines(out):
    """All lines without times and memory, in one order; none is torn."""
    content = out.read_text()
    assert content.endswith("\n")
    return sorted(json.dumps(same(json.loads(line))) for line in content.splitlines())


def same(record):
    """Drop the columns that differ between two runs of the same work."""
    timed = ("seconds", "_mb", "finished", "machine", "versions")
    return {name: value for name, value in record.items() if not name.endswith(timed)}


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition, seconds=180):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
