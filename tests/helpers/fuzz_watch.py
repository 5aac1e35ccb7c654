"""Call a public method and see that nothing else happens than should."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from sklearn.exceptions import DataConversionWarning, NotFittedError

from tests.helpers.state import state
from tests.helpers.surroundings import surroundings

REFUSALS = (ValueError, TypeError, NotFittedError)
FINEST = 1e-30  # scale of training series to which ordinary ones are not far too large


@dataclass(frozen=True)
class Refused:
    """An error of a kind that a user may be given."""

    error: Exception


def watched(action, *objects):
    """Do something; what it returns, or `Refused`. ``objects`` and all that is global stay."""
    before, world = state(objects), surroundings()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"the classes .* have one series each", UserWarning)
        warnings.filterwarnings("ignore", r"the series have \d+ channels and one", UserWarning)
        warnings.filterwarnings("ignore", r"A column-vector y", DataConversionWarning)
        try:
            answer = action()
        except REFUSALS as error:
            answer = Refused(error)
    if isinstance(answer, Refused):
        assert len(str(answer.error)) > 10, repr(answer.error)
    assert state(objects) == before, "an input was changed"
    assert surroundings() == world, "something global was changed"
    return answer


def answers(estimator, X):
    """Ask for probabilities, or targets."""
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def is_coarse(estimator):
    """Check that ordinary series are not absurdly large for it, being fitted to tiny ones."""
    statistics = estimator.model_.preprocessor.statistics, estimator.model_.preprocessor.changes
    return min(each.scale.min() for each in statistics if each) > FINEST
