"""Searches over other processes: the scores of one process, whatever befalls the workers."""

from __future__ import annotations

import importlib
import os
import runpy
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr

EXAMPLES = Path(__file__).parents[2] / "examples"
N_WORKERS = 2
GRID = {"lr": [0.01, 0.02], "kernel_size": [3, 5]}
RETRIES = {"max_restarts": 3, "max_task_retries": 3}  # as examples/search_ray.py says


class Counted(list):
    """A list that counts how often it is pickled; what is unpickled is a plain one."""

    __slots__ = ()  # as of a list, there can be no weak reference
    times = 0

    def __reduce__(self):
        type(self).times += 1
        return list, (list(self),)


@contextmanager
def many_threads():
    """As in a process that was told nothing of threads; the tests' own is told to have one."""
    with pytest.MonkeyPatch.context() as patch:
        for library in ("OMP", "MKL", "OPENBLAS"):
            patch.delenv(f"{library}_NUM_THREADS", raising=False)
        yield


@pytest.fixture(scope="module")
def dask():
    """Context in which a search sends its data, as examples/search_dask.py does."""
    distributed = pytest.importorskip("distributed", reason="no Dask")
    dask_config = pytest.importorskip("dask").config
    with (
        many_threads(),
        dask_config.set(runpy.run_path(str(EXAMPLES / "search_dask.py"))["LIKE_OTHERS"]),
        distributed.LocalCluster(
            n_workers=N_WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs="ERROR"
        ) as cluster,
    ):

        @contextmanager
        def sent(*data):
            with distributed.Client(cluster) as client:  # its end gives up what it sent
                client.amm.stop()
                deadline = (
                    time.monotonic() + 60
                )  # dask/distributed#8576: else equal data may be lost
                while any(client.run(lambda dask_worker: len(dask_worker.data)).values()):
                    assert time.monotonic() < deadline, "the workers keep the data of a search"
                    time.sleep(0.01)
                with joblib.parallel_config("dask", scatter=data):
                    yield

        yield sent


@pytest.fixture(scope="module")
def ray():
    """Context in which a search runs, as in examples/search_ray.py."""
    ray = pytest.importorskip("ray", reason="no Ray")
    from ray.util.joblib import register_ray

    register_ray()
    with many_threads():
        ray.init(num_cpus=N_WORKERS, include_dashboard=False, log_to_driver=False)
        yield lambda *data: joblib.parallel_config("ray", n_jobs=N_WORKERS, ray_remote_args=RETRIES)
        ray.shutdown()


engines = pytest.mark.parametrize("engine", ["dask", pytest.param("ray", marks=pytest.mark.slow)])


@pytest.fixture
def context(engine, request):
    return request.getfixturevalue(engine)


def tcn(**parameters):
    return TCNClassifier(n_fixed_kernels=0, n_filters=4, n_blocks=1, max_epochs=2, **parameters)


def make_series(n_series=40):
    """Ragged series; the split's indices are so many that Dask takes them for data, from 126 on."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=rng.integers(6, 10)) + i % 2 for i in range(n_series)]
    return X, np.array(["low", "high"] * (n_series // 2))


def searched(X, y, context=None, grid=GRID, **parameters):
    """Search, in this process or within a context that is told what the data are."""
    folds = list(StratifiedKFold(2).split(X, y))
    tried = GridSearchCV(tcn(), grid, cv=folds, **parameters)
    if context is None:
        return tried.fit(X, y)
    with context(X, y, *chain(*folds)):
        return tried.fit(X, y)


def assert_same(found, expected):
    for name, values in expected.cv_results_.items():
        if "score" in name and "time" not in name:
            assert_array_equal(found.cv_results_[name], values, err_msg=name)
    assert found.cv_results_["params"] == expected.cv_results_["params"]


@engines
def test_scores_are_those_of_one_process(context):
    X, y = make_series()
    found, expected = searched(X, y, context), searched(X, y)
    assert_same(found, expected)
    assert_array_equal(found.predict_proba(X), expected.predict_proba(X))


@engines
def test_a_worker_computes_with_one_thread(context):
    def threads(estimator, X, y):  # within a function, so that it is sent, not imported
        return torch.get_num_threads()

    before = torch.get_num_threads()
    found = searched(*make_series(), context, scoring=threads, refit=False)
    assert set(found.cv_results_["mean_test_score"]) == {1}
    assert torch.get_num_threads() == before


def test_a_worker_of_dask_allocates_as_others_do(dask):
    def is_set(estimator, X, y):
        return "MALLOC_TRIM_THRESHOLD_" in os.environ

    found = searched(*make_series(), dask, scoring=is_set, refit=False)
    assert not found.cv_results_["mean_test_score"].any()


def test_dask_sends_series_once_not_with_each_candidate(dask):
    X, y = make_series()
    X, counts = Counted(X), []
    for grid in ({"lr": [0.01, 0.02]}, {"lr": [0.01, 0.02, 0.03, 0.04], "kernel_size": [3, 5]}):
        Counted.times = 0
        searched(X, y, dask, grid=grid, refit=False)
        counts.append(Counted.times)
    assert 1 <= counts[0] == counts[1] <= N_WORKERS


@pytest.mark.slow
def test_ray_sends_a_reference_to_the_series_with_each_candidate(ray, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    in_store = importlib.import_module("search_ray").InStore
    X, y = make_series()
    Counted.times = 0
    stored = in_store([Counted(series) for series in X])
    assert Counted.times == len(X)
    assert_same(searched(stored, y, ray, refit=False), searched(X, y, refit=False))
    assert Counted.times == len(X)


@pytest.mark.slow
@engines
def test_a_killed_workers_fits_are_made_again(context, tmp_path):
    def score_or_die(estimator, X, y):
        if estimator.lr == 0.03 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return estimator.predict_proba(X)[:, 0].mean()

    marker = tmp_path / "killed"
    marker.touch()
    X, y = make_series(260)
    options = {"grid": {"lr": [0.01, 0.02, 0.03, 0.04]}, "scoring": score_or_die, "refit": False}
    expected = searched(X, y, **options)
    marker.unlink()
    found = searched(X, y, context, **options)
    assert marker.exists()
    for name in ("split0_test_score", "split1_test_score"):
        assert_array_equal(found.cv_results_[name], expected.cv_results_[name])


@pytest.mark.slow
@pytest.mark.parametrize("script", ["search_dask.py", "search_ray.py"])
def test_example(script, tmp_path):
    pytest.importorskip("sktime", reason="the example's series are sktime's")
    pytest.importorskip({"search_dask.py": "distributed", "search_ray.py": "ray"}[script])
    told = subprocess.run(
        [sys.executable, EXAMPLES / script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    X, y = load_ucr("ItalyPowerDemand", split="train")
    grid = {"activation": ["relu", "tanh"], "kernel_size": [3, 5, 9]}
    classifier = TCNClassifier(n_blocks=2, n_filters=16, max_epochs=15)
    expected = GridSearchCV(classifier, grid, cv=3, refit=False).fit(X, y)
    assert f"best: {expected.best_params_}" in told.stdout
    assert f"accuracy in the search: {expected.best_score_:.3f}" in told.stdout
    assert not list(tmp_path.iterdir())


def pruned_study(X, y):
    """Losses to six learning rates, given up if after an epoch they are above the median."""
    optuna = pytest.importorskip("optuna", reason="no Optuna")
    integration = pytest.importorskip("optuna_integration", reason="no Optuna integration")

    def objective(trial):
        classifier = tcn(
            lr=trial.suggest_float("lr", 1e-6, 1e-1, log=True),
            early_stopping=True,
            validation_fraction=0.3,
            callbacks=[integration.SkorchPruningCallback(trial, "valid_loss")],
        ).set_params(max_epochs=6)
        classifiers.append(classifier)
        return min(classifier.fit(X, y).history_["valid_loss"])

    classifiers = []
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=1),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=1),
    )
    study.optimize(objective, n_trials=8)
    return study, classifiers


def test_optuna_gives_up_trials_and_finds_the_same_again():
    (study, classifiers), (again, _) = (pruned_study(*make_series()) for _ in range(2))
    states = [trial.state.name for trial in study.trials]
    assert set(states) == {"COMPLETE", "PRUNED"}
    for trial, classifier in zip(study.trials, classifiers, strict=True):
        pruned = trial.state.name == "PRUNED"
        assert hasattr(classifier, "net_") != pruned  # what was given up is not fitted
        assert (len(trial.intermediate_values) < 6) == pruned
        if not pruned:
            assert list(trial.intermediate_values.values()) == classifier.history_["valid_loss"]
    assert again.best_params == study.best_params
    assert again.best_value == study.best_value
    assert [trial.intermediate_values for trial in again.trials] == [
        trial.intermediate_values for trial in study.trials
    ]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`optuna.terminator` module has been deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:OptunaSearchCV is experimental")
@pytest.mark.parametrize("pruning", [False, True])  # with which it calls partial_fit
def test_optuna_search(pruning):
    """Its warnings are about itself: what it uses, and that it may change."""
    optuna = pytest.importorskip("optuna", reason="no Optuna")
    integration = pytest.importorskip("optuna_integration", reason="no Optuna integration")
    lr = optuna.distributions.FloatDistribution(1e-6, 1e-1, log=True)
    X, y = make_series()
    searches = [
        integration.OptunaSearchCV(
            tcn(), {"lr": lr}, n_trials=6, cv=2, random_state=0, enable_pruning=pruning, max_iter=4
        ).fit(X, y)
        for _ in range(2)
    ]
    assert searches[0].best_params_ == searches[1].best_params_
    assert searches[0].best_score_ == searches[1].best_score_
    assert 0.0 <= searches[0].score(X, y) <= 1.0
