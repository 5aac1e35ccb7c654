"""sktime's own suite, in full, on the four adapters."""

from __future__ import annotations

from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks

from sktcn import sktime_adapter

ADAPTERS = [getattr(sktime_adapter, name) for name in sktime_adapter.__all__]


@parametrize_with_checks(ADAPTERS, obj_varname="adapter", check_varname="check")
def test_sktime_has_nothing_to_object(adapter, check):
    results = check_estimator(adapter, tests_to_run=check, raise_exceptions=True, verbose=False)
    assert set(results.values()) == {"PASSED"}
