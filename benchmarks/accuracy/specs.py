"""Estimators from a specification such as ``TCNClassifier(kernel_size=9)``.

A name is a key of `REGISTRY` or the import path of a class:
``sklearn.dummy.DummyClassifier(strategy="prior")``. Arguments are literals. The text is parsed,
never evaluated, and only an estimator class is called.
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
    "RocketClassifier": "sktcn.RocketClassifier",
    "MiniRocket": "benchmarks.accuracy.minirocket.MiniRocket",
    "RocketRegressor": "sktcn.RocketRegressor",
    "TCNRegressor": "sktcn.TCNRegressor",
    "LSTMRegressor": "sktcn.LSTMRegressor",
}
SEED = "random_state"


def normalise(spec: str) -> str:
    """Normalise a specification to the form used in files of runs.

    >>> normalise("TCNClassifier( max_epochs = 3 )"), normalise("MiniRocket")
    ('TCNClassifier(max_epochs=3)', 'MiniRocket()')
    """
    _read(spec)
    return ast.unparse(_call(spec))


def build(spec: str) -> Any:
    """Construct the estimator of a specification."""
    path, arguments = _read(spec)
    kind = _find(path, spec)
    try:
        estimator = kind(**arguments)
    except TypeError as error:
        raise ValueError(f"{spec!r}: {error}") from error
    return estimator


def is_regressor(estimator: Any) -> bool:
    """Return whether an estimator of any library predicts numbers."""
    names = {base.__name__ for base in type(estimator).__mro__}
    return not names.isdisjoint({"RegressorMixin", "BaseRegressor"})


def seed_names(estimator: Any) -> list[str]:
    """Return the names of the parameters that hold a seed, nested ones included."""
    return [name for name in estimator.get_params() if name.split("__")[-1] == SEED]


def seeded(spec: str, seed: int) -> Any:
    """Construct an estimator with this seed in each of its parameters for one."""
    estimator = build(spec)
    return estimator.set_params(**dict.fromkeys(seed_names(estimator), seed))


def _read(spec: str) -> tuple[str, dict[str, Any]]:
    """Parse a specification into a name and arguments."""
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
    """Parse a specification; a bare name is a call without arguments."""
    tree = ast.parse(spec.strip(), mode="eval").body
    return tree if isinstance(tree, ast.Call) else ast.Call(tree, [], [])


def _bad(spec: str, why: str) -> ValueError:
    return ValueError(
        "an estimator must be a name and arguments that are literals, each with its name, such as "
        f"'TCNClassifier(kernel_size=9)', however: {spec!r} ({why})"
    )


def _find(path: str, spec: str) -> type:
    """Import a class, and validate that it is an estimator."""
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


def as_library_input(estimator: Any, X: Any) -> Any:
    """Convert series to the input type of the estimator's library.

    sktcn reads the series of `load_ucr` unchanged. sktime and aeon need an axis of channels, and
    have their own types of list. Other libraries get a table.
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
    """Return the first step of a pipeline, which reads the series."""
    return estimator.steps[0][1] if getattr(estimator, "steps", None) else estimator


def _is_array(X: Any) -> bool:
    return isinstance(X, np.ndarray)


def _is_table(X: Any) -> bool:
    return _is_array(X) and X.ndim == 2


def _frames(X: list[Any]) -> Iterable[Any]:
    import pandas as pd  # here, for sktcn's estimators work without pandas

    return (pd.DataFrame(np.atleast_2d(x).T) for x in X)


def as_json(value: Any) -> Any:
    """Convert a parameter to JSON types; other types become their ``repr``."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else repr(value)
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {str(name): as_json(item) for name, item in value.items()}
    return repr(value)
