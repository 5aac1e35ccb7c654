"""Docstrings of the adapters, from those of the estimators."""

from __future__ import annotations

import inspect

TEMPLATE = """{summary}, for sktime.

`sktcn.{name}`, which says more about it, with the interface of sktime.{targets}

Parameters
----------
{parameters}

Attributes
----------
estimator_ : sktcn.{name}
    The fitted estimator, which has ``model_`` and what else `fit` learns.{classes}

See Also
--------
{see_also}
sktcn.{name} : The same for arrays, as an estimator of scikit-learn.

Notes
-----
Series may be in any container of sktime's, and keep their own lengths. Their index orders the
time steps and is ignored otherwise. sktime's ``fit`` takes no sample weights and no validation
part, and forgets the last one, so that ``warm_start`` must be False.

Examples
--------
>>> from sktime.datasets import load_unit_test
>>> from sktcn.sktime_adapter import Sktime{name}
>>> X, y = load_unit_test(split="train")
{example}
"""

CLASSIFIER = {
    "targets": "",
    "classes": """
    Missing where all series are of one class, which sktime then predicts by itself.
classes_ : ndarray of shape (n_classes,)
    The labels, sorted.""",
    "example": """>>> X_test, y_test = load_unit_test(split="test")
>>> classifier = Sktime{name}({arguments}).fit(X, y)
>>> classifier.score(X_test, y_test) > 0.8
True""",
}

REGRESSOR = {
    "targets": """
One network learns several targets together.""",
    "classes": "",
    "example": """>>> regressor = Sktime{name}({arguments}).fit(X, y.astype(float))
>>> regressor.predict(X).shape
(20,)""",
}


def adapter_doc(kind: type, task: dict[str, str]) -> str:
    """Fill `TEMPLATE` from the docstring of an estimator, and `CLASSIFIER` or `REGRESSOR`."""
    doc, name = inspect.cleandoc(str(kind.__doc__)), kind.__name__
    arguments = "max_epochs=20" if "max_epochs" in inspect.signature(kind).parameters else ""
    related = _section(doc, "See Also").splitlines()
    return TEMPLATE.format(
        name=name,
        summary=doc.split(".\n", 1)[0],
        parameters=_section(doc, "Parameters"),
        see_also="\n".join(f"Sktime{line}" for line in related),
        **task | {"example": task["example"].format(name=name, arguments=arguments)},
    )


def _section(doc: str, title: str) -> str:
    """Extract the text below a title from a docstring."""
    return doc.split(f"{title}\n{'-' * len(title)}\n", 1)[1].split("\n\n", 1)[0]
