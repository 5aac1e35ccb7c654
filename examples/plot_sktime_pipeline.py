"""
In a pipeline of sktime
=======================

``sktcn.sktime_adapter`` has the estimators as sktime's own, for its containers, transformers,
pipelines and evaluation. ``BasicMotions`` has what a watch measured at the wrist of somebody who
stands, walks, runs or plays badminton: six channels, 100 time steps.
"""

import matplotlib.pyplot as plt
from sklearn.model_selection import KFold
from sktime.classification.dummy import DummyClassifier
from sktime.classification.feature_based import SummaryClassifier
from sktime.classification.model_evaluation import evaluate
from sktime.datasets import load_basic_motions
from sktime.transformations.compose import FitInTransform
from sktime.transformations.difference import Differencer

from sktcn.plotting.style import COLORS
from sktcn.sktime_adapter import SktimeTCNClassifier

X, y = load_basic_motions(split="train", return_type="pd-multiindex")
print(X.head(3))

# %%
# ``*`` makes a pipeline. The network reads changes from step to step anyhow, beside the values
# (``differences=True``); after ``Differencer`` it knows nothing of the level. sktime's transformers
# are fitted series by series, and ``FitInTransform`` lets them be applied to others.
tcn = SktimeTCNClassifier(n_filters=16, max_epochs=20, random_state=0)
contestants = {
    "a class at random": DummyClassifier(strategy="stratified", random_state=0),
    "sktime's SummaryClassifier": SummaryClassifier(random_state=0),
    "TCN": tcn,
    "Differencer * TCN": FitInTransform(Differencer()) * tcn.clone(),
}

# %%
# sktime's ``evaluate`` treats all alike: three folds, the same for each. The set is an easy one:
# what the table is about is that all of these can stand in it.
folds = KFold(3, shuffle=True, random_state=0)
results = {name: evaluate(each, cv=folds, X=X, y=y) for name, each in contestants.items()}
print(f"{'':<28}{'accuracy':>9}{'fit (s)':>9}")
for name, table in results.items():
    accuracy, seconds = table["test_accuracy_score"].mean(), table["fit_time"].mean()
    print(f"{name:<28}{accuracy:>9.3f}{seconds:>9.2f}")

# %%
# A bar is the mean over the folds, each dot is a fold.
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3), sharey=True, layout="constrained")
measures = {"test_accuracy_score": "accuracy", "fit_time": "seconds of a fit"}
for ax, (column, label), color in zip(axes, measures.items(), COLORS, strict=False):
    for name, table in results.items():
        ax.barh(name, table[column].mean(), color=color, alpha=0.5)
        ax.plot(table[column], [name] * len(table), "o", color=color, markeredgecolor="white")
    ax.set(xlabel=label)
axes[0].axvline(0.25, color="0.2", ls=":", label="by chance")
axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
axes[0].invert_yaxis()
plt.show()
