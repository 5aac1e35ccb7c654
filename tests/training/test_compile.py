"""compile=True: the same answers, by torch.compile."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # torch's compiler warns of its own parts
def test_compiled_is_the_same_network(tcn_classifier, labelled):
    X, y = labelled
    parameters = {"dropout": 0.0, "max_epochs": 3}
    plain = tcn_classifier(**parameters).fit(X, y).predict_proba(X)
    compiled = tcn_classifier(**parameters, compile=True).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(compiled, plain, rtol=0, atol=1e-4)
