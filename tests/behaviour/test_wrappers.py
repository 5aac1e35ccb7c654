"""An estimator in a search or a pipeline is taken where it answers alike, and named elsewhere."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sktcn import TCNClassifier
from sktcn.diagnostics import activation_health, gradient_flow, receptive_field, summary
from sktcn.early import EarlyClassifier, prefix_proba
from sktcn.explain import attribute, class_activation
from sktcn.export import read_metadata, streaming_to_torch_export, to_torch_export
from sktcn.persistence import load, save
from sktcn.plotting import TrainingCurveDisplay
from sktcn.preflight import preflight
from sktcn.sktime_adapter import SktimeTCNClassifier
from sktcn.streaming import to_streaming

matplotlib.use("Agg")
SMALL = {"n_filters": 4, "n_blocks": 1, "max_epochs": 1, "n_fixed_kernels": 0}
TAKES = {
    "to_streaming": lambda e, X, y: to_streaming(e).push(X[:1, :1]),
    "prefix_proba": lambda e, X, y: prefix_proba(e, X[:1]),
    "class_activation": lambda e, X, y: class_activation(e, X).contributions,
    "attribute": lambda e, X, y: attribute(e, X[:1], "saliency"),
    "receptive_field": lambda e, X, y: receptive_field(e, X).effective,
    "activation_health": lambda e, X, y: activation_health(e, X).mean,
    "gradient_flow": lambda e, X, y: gradient_flow(e, X, y).branch,
    "summary": lambda e, X, y: summary(e),
    "preflight": lambda e, X, y: [str(finding) for finding in preflight(e, X, y).findings],
    "display": lambda e, X, y: TrainingCurveDisplay.from_estimator(e).history["train_loss"],
}


def search(estimator, grid, **options):
    return GridSearchCV(estimator, grid, cv=2, error_score="raise", **options)


def pipeline(*steps):
    return Pipeline([*((str(i), step) for i, step in enumerate(steps)), ("tcn", small())])


def small():
    return TCNClassifier(**SMALL)


GRID = {"lr": [0.01]}
ALIKE = {
    "search": lambda: search(small(), GRID),
    "pipeline": lambda: pipeline(None, "passthrough"),
    "search of a pipeline": lambda: search(pipeline("passthrough"), {"tcn__lr": [0.01]}),
    "pipeline of a search": lambda: make_pipeline(search(small(), GRID)),
    "search of an adapter": lambda: search(SktimeTCNClassifier(**SMALL), GRID),
}


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def labelled():
    X, y = np.random.default_rng(0).normal(size=(24, 16)), np.array(["flat", "wave"] * 12)
    return X, y


@pytest.fixture(scope="module")
def alone(labelled):
    return small().fit(*labelled)


@pytest.mark.parametrize("wrapper", ALIKE)
def test_a_wrapper_that_answers_alike_is_taken(wrapper, alone, labelled):
    X, y = labelled
    fitted = ALIKE[wrapper]().fit(X, y)
    for name in ("to_streaming", "summary", "display"):
        found, expected = (TAKES[name](e, X, y) for e in (fitted, alone))
        np.testing.assert_array_equal(found, expected, err_msg=name)


@pytest.mark.parametrize("name", TAKES)
@pytest.mark.parametrize("frozen", [True, False])
def test_every_function_takes_a_wrapper(name, frozen, alone, labelled):
    wrapped = FrozenEstimator(alone) if frozen else Pipeline([("tcn", alone)])
    found, expected = (TAKES[name](e, *labelled) for e in (wrapped, alone))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "export", [pytest.param(to_torch_export, marks=pytest.mark.slow), streaming_to_torch_export]
)
def test_an_export_names_the_estimator_within(export, alone, tmp_path):
    for number, given in enumerate([Pipeline([("tcn", alone)]), alone.model_]):
        export(given, tmp_path / f"{number}.pt2")
        assert read_metadata(tmp_path / f"{number}.pt2")["estimator"] == "TCNClassifier"


SCALED = r"pass estimator\[-1\], and the series as estimator\[:-1\] transforms them$"
SEARCHED = (
    r"pass estimator\.best_estimator_\[-1\], "
    r"and the series as estimator\.best_estimator_\[:-1\] transforms them$"
)
CALIBRATED = r"pass estimator\.calibrated_classifiers_\[0\]\.estimator, which is not calibrated"
EARLY = r": estimator{} streams by its own to_streaming, and joblib\.dump keeps it"
OTHERS = {
    "pipeline": (lambda: pipeline(StandardScaler()), SCALED),
    "search": (lambda: search(pipeline(StandardScaler()), {"tcn__lr": [0.01]}), SEARCHED),
    "no refit": (lambda: search(small(), GRID, refit=False), "best_estimator_ after a fit with re"),
    "calibration": (lambda: CalibratedClassifierCV(small(), cv=2), CALIBRATED),
    "votes": (lambda: VotingClassifier([("tcn", small())]), r"pass estimator\.estimators_\[0\]$"),
    "bagging": (lambda: BaggingClassifier(small(), 2), r"pass estimator\.estimators_\[0\]$"),
    "early": (lambda: EarlyClassifier(small(), n_prefixes=0), EARLY.format("")),
    "early, in a pipeline": (
        lambda: make_pipeline(EarlyClassifier(small(), n_prefixes=0)),
        EARLY.format(r"\[-1\]"),
    ),
}


@pytest.mark.parametrize("wrapper", OTHERS)
def test_a_wrapper_that_answers_otherwise_is_refused_by_a_place(wrapper, alone, labelled, tmp_path):
    make, place = OTHERS[wrapper]
    fitted = make().fit(*labelled)
    for name in ("to_streaming", "class_activation", "gradient_flow", "preflight", "display"):
        with pytest.raises(TypeError, match=place):
            TAKES[name](fitted, *labelled)
    for write in (save, to_torch_export, streaming_to_torch_export):
        with pytest.raises(TypeError, match=place):
            write(fitted, tmp_path / "file")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("wrapper", "place"),
    [
        ("search", "best_estimator_"),
        ("pipeline", "[-1]"),
        ("search of a pipeline", "best_estimator_[-1]"),
        ("search of an adapter", "best_estimator_"),
    ],
)
def test_a_file_holds_the_estimator_that_the_message_names(wrapper, place, labelled, tmp_path):
    """A file gives back the class that was saved, so that a wrapper is refused."""
    X, y = labelled
    fitted = ALIKE[wrapper]().fit(X, y)
    with pytest.raises(TypeError, match="pass estimator") as raised:
        save(fitted, tmp_path / "file")
    named = str(raised.value).partition(": pass ")[2].partition(",")[0]
    assert named.removeprefix("estimator").removeprefix(".") == place
    save(eval(named, {"estimator": fitted}), tmp_path / "file")
    loaded = load(tmp_path / "file")
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
