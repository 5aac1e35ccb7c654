"""sktime's own suite, in full, on the adapters."""

from __future__ import annotations

import pytest
from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks

from sktcn import sktime_adapter

ADAPTERS = [getattr(sktime_adapter, name) for name in sktime_adapter.__all__]
# An adapter is an estimator times a task: these run all the code of the others.
EACH_ONCE = [sktime_adapter.SktimeTCNClassifier, sktime_adapter.SktimeLSTMRegressor]
OTHERS = [adapter for adapter in ADAPTERS if adapter not in EACH_ONCE]


@parametrize_with_checks(EACH_ONCE, obj_varname="adapter", check_varname="check")
def test_sktime_has_nothing_to_object(adapter, check):
    results = check_estimator(adapter, tests_to_run=check, raise_exceptions=True, verbose=False)
    assert set(results.values()) == {"PASSED"}


@pytest.mark.slow
@parametrize_with_checks(OTHERS, obj_varname="adapter", check_varname="check")
def test_nor_to_the_others(adapter, check):
    test_sktime_has_nothing_to_object(adapter, check)
