"""Estimators from their text, such as ``TCNClassifier(kernel_size=9)``.

A name is one of `REGISTRY`, or the path of a class to import:
``sklearn.dummy.DummyClassifier(strategy="prior")``. Arguments are literals. Nothing of the text is
evaluated, and nothing but a class of estimators is ever called.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import numpy as np

REGISTRY = {
    "TCNClassifier": "sktcn.TCNClassifier",
    "LSTMClassifier": "sktcn.LSTMClassifier",
    "MiniRocket": "benchmarks.minirocket.MiniRocket",
}
SEED = "random_state"


def normalise(spec: str) -> str:
    """Write a specification in the one way that a file of runs has it.

    >>> normalise("TCNClassifier( max_epochs = 3 )"), normalise("MiniRocket")
    ('TCNClassifier(max_epochs=3)', 'MiniRocket()')
    """
    _read(spec)
    return ast.unparse(_call(spec))


def build(spec: str) -> Any:
    """Make the estimator that a specification tells of."""
    path, arguments = _read(spec)
    kind = _find(path, spec)
    try:
        estimator = kind(**arguments)
    except TypeError as error:
        raise ValueError(f"{spec!r}: {error}") from error
    if {"RegressorMixin", "BaseRegressor"} & {base.__name__ for base in kind.__mro__}:
        raise ValueError(f"{spec!r} is a regressor, and the sets here have classes")
    return estimator


def seed_names(estimator: Any) -> list[str]:
    """Names of the parameters that hold a seed, those of parts among them."""
    return [name for name in estimator.get_params() if name.split("__")[-1] == SEED]


def seeded(spec: str, seed: int) -> Any:
    """Make an estimator with this seed, wherever it takes one."""
    estimator = build(spec)
    return estimator.set_params(**dict.fromkeys(seed_names(estimator), seed))


def _read(spec: str) -> tuple[str, dict[str, Any]]:
    """Split a text into a name and arguments."""
    try:
        call = _call(spec)
        path = ast.unparse(call.func)
        arguments = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError, TypeError) as error:
        raise _bad(spec, str(error)) from error
    if call.args or None in arguments or not path.replace(".", "").isidentifier():
        raise _bad(spec, "it has something else in it")
    if any(name.split("__")[-1] == SEED for name in arguments):
        raise _bad(spec, f"{SEED} is set by --seeds")
    return path, arguments


def _call(spec: str) -> ast.Call:
    """Parse a text; a bare name is taken for a call without arguments."""
    tree = ast.parse(spec.strip(), mode="eval").body
    return tree if isinstance(tree, ast.Call) else ast.Call(tree, [], [])


def _bad(spec: str, why: str) -> ValueError:
    return ValueError(
        "an estimator must be a name and arguments that are literals, each with its name, such as "
        f"'TCNClassifier(kernel_size=9)', however: {spec!r} ({why})"
    )


def _find(path: str, spec: str) -> type:
    """Import a class, and see that it is one of estimators."""
    module, _, name = REGISTRY.get(path, path).rpartition(".")
    if not module:
        raise ValueError(
            f"no estimator {path!r}: known are {', '.join(REGISTRY)}; give any other by the path "
            "to import it from, such as 'sklearn.dummy.DummyClassifier()'"
        )
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{spec!r} can't be imported: {error}") from error
    wanted = ("fit", "predict", "get_params", "set_params")
    if not inspect.isclass(kind) or not all(hasattr(kind, method) for method in wanted):
        raise ValueError(f"{spec!r} must be a class with {', '.join(wanted)}, however: {kind!r}")
    return kind


def suited(estimator: Any, X: Any) -> Any:
    """Series as the estimator's library takes them.

    sktcn takes what `load_ucr` gives; sktime and aeon an axis of channels always, and their own
    kinds of list; of others, a table is what can be expected.
    """
    packages = {kind.__module__.split(".")[0] for kind in type(_entrance(estimator)).__mro__}
    if "sktime" in packages:
        return X[:, None] if _is_table(X) else X if _is_array(X) else list(_frames(X))
    if "aeon" in packages:
        return X[:, None] if _is_table(X) else X if _is_array(X) else [np.atleast_2d(x) for x in X]
    if packages & {"sktcn", "benchmarks"}:
        return X
    if not _is_array(X):
        raise ValueError(
            f"series must be of one length for {type(estimator).__name__}, however their lengths "
            f"are {min(x.shape[-1] for x in X)} to {max(x.shape[-1] for x in X)}"
        )
    return X.reshape(len(X), -1)


def _entrance(estimator: Any) -> Any:
    """The first step of a pipeline, which is what meets the series."""
    return estimator.steps[0][1] if getattr(estimator, "steps", None) else estimator


def _is_array(X: Any) -> bool:
    return isinstance(X, np.ndarray)


def _is_table(X: Any) -> bool:
    return _is_array(X) and X.ndim == 2


def _frames(X: list[Any]) -> Iterable[Any]:
    import pandas as pd  # where it's needed: our own estimators do without

    return (pd.DataFrame(np.atleast_2d(x).T) for x in X)


def plain(value: Any) -> Any:
    """A parameter as JSON can hold it; what it can't is told by its ``repr``."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else repr(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    return repr(value)
