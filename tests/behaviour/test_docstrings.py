"""The docstrings of the public estimators, as a user reads them: inherited and put together."""

import inspect

import pytest
from numpydoc.validate import validate

import sktcn

ALLOWED = {"ES01", "SA01", "RT02", "SS05"}  # as in pyproject.toml
ALLOWED_IN_METHODS = ALLOWED | {"EX01"}


def own_methods(estimator):
    """Return the names of the public methods and properties that this library defines."""
    for name, attribute in inspect.getmembers(estimator):
        function = attribute.fget if isinstance(attribute, property) else attribute
        module = getattr(function, "__module__", None) or ""
        if inspect.isclass(function) or name.startswith("_"):
            continue
        if module.startswith("sktcn") and callable(function):
            yield name


@pytest.mark.parametrize("name", sktcn.__all__)
def test_estimators_are_documented_in_full_with_an_example(name):
    faults = [error for error in validate(f"sktcn.{name}")["errors"] if error[0] not in ALLOWED]
    assert not faults


@pytest.mark.parametrize(
    "name", [f"sktcn.{c}.{m}" for c in sktcn.__all__ for m in own_methods(getattr(sktcn, c))]
)
def test_methods_are_documented_in_full(name):
    faults = [error for error in validate(name)["errors"] if error[0] not in ALLOWED_IN_METHODS]
    assert not faults
