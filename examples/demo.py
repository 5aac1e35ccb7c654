"""Fixed kernels, a TCN and an LSTM on real series, and a small search.

Fits a ``RocketClassifier``, a ``TCNClassifier`` and an ``LSTMClassifier`` with their defaults on
three data sets that sktime ships, searches over two parameters of the TCN inside a scikit-learn
pipeline, and draws the learning curves of the networks. It takes about a minute on two cores::

    python examples/demo.py [--out learning_curves.png]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sktime.datasets import load_basic_motions, load_gunpoint, load_italy_power_demand

from sktcn import LSTMClassifier, RocketClassifier, TCNClassifier

DATASETS = {
    "GunPoint": load_gunpoint,
    "ItalyPowerDemand": load_italy_power_demand,
    "BasicMotions": load_basic_motions,
}
MODELS = {"Rocket": RocketClassifier, "TCN": TCNClassifier, "LSTM": LSTMClassifier}
STYLES = {"TCN": {"ls": "-", "color": "#0072b2"}, "LSTM": {"ls": "--", "color": "#d55e00"}}


def load(name):
    """Return X and y of the train split, then of the test split; X is (series, channels, time)."""
    train, test = (DATASETS[name](split=s, return_type="numpy3d") for s in ("train", "test"))
    return *train, *test


def timed(function, *args):
    """Return what the function returns, and the seconds that it took."""
    start = time.perf_counter()
    return function(*args), time.perf_counter() - start


def compare():
    """Fit each model on each data set, print a row for each; return the histories of trainings."""
    print(f"{'data set':<18}{'model':<7}{'accuracy':>9}{'fit (s)':>9}{'predict (s)':>13}")
    histories = {}
    for dataset in DATASETS:
        X, y, X_test, y_test = load(dataset)
        histories[dataset] = {}
        for name, model in MODELS.items():
            estimator, fit_time = timed(model(random_state=0).fit, X, y)
            answer, predict_time = timed(estimator.predict, X_test)
            accuracy = (answer == y_test).mean()
            row = f"{dataset:<18}{name:<7}{accuracy:>9.3f}{fit_time:>9.2f}{predict_time:>13.3f}"
            print(row, flush=True)
            if hasattr(estimator, "history_"):
                histories[dataset][name] = estimator.history_
    return histories


def search():
    """Search over activation and kernel size in a pipeline, and print what was found."""
    X, y, X_test, y_test = load("ItalyPowerDemand")
    X, X_test = X[:, 0], X_test[:, 0]  # one channel: a table of series x time points
    without_spikes = FunctionTransformer(np.clip, kw_args={"a_min": -3, "a_max": 3})
    pipeline = make_pipeline(without_spikes, TCNClassifier(max_epochs=40, random_state=0))
    grid = {
        "tcnclassifier__activation": ["relu", "gelu"],
        "tcnclassifier__kernel_size": [3, 5],
    }
    found = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    print_search(found.cv_results_)
    print(f"best on the test split: {found.score(X_test, y_test):.3f}")


def print_search(results):
    """Print a row for each candidate, the best first."""
    print(f"{'activation':<12}{'kernel_size':>11}{'accuracy':>17}{'fit (s)':>9}")
    for i in results["rank_test_score"].argsort(kind="stable"):
        activation, kernel_size = results["params"][i].values()
        mean, deviation = results["mean_test_score"][i], results["std_test_score"][i]
        score = f"{mean:.3f} +- {deviation:.3f}"
        seconds = results["mean_fit_time"][i]
        print(f"{activation:<12}{kernel_size:>11}{score:>17}{seconds:>9.2f}")


def draw(histories, path):
    """Draw the training losses, one panel for each data set, and save the picture."""
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    for axes, (dataset, models) in zip(
        figure.subplots(1, len(histories)), histories.items(), strict=True
    ):
        for name, history in models.items():
            axes.plot(history["epoch"], history["train_loss"], label=name, lw=2, **STYLES[name])
        axes.set(title=dataset, xlabel="epoch", ylim=(0, None))
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("training loss")
    figure.axes[0].legend()
    figure.savefig(path, dpi=150)


def main():
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("learning_curves.png"), metavar="FILE")
    path = parser.parse_args().out

    print("Defaults, random_state=0\n")
    histories = compare()
    print("\nGrid search in a pipeline: ItalyPowerDemand, 3 folds, 40 epochs\n")
    search()
    draw(histories, path)
    print(f"\nLearning curves: {path.resolve()}")


if __name__ == "__main__":
    main()
