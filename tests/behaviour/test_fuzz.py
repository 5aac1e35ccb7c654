"""Whatever a user does, in any order and with anything: right answers, or errors that say why."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import ESTIMATORS
from tests.helpers.fuzz_machine import Fuzz

SETTINGS = settings(
    stateful_step_count=12,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def run(kind, seed, n_sequences):
    machine = type(kind, (Fuzz,), {"kind": kind})
    own = len(ESTIMATORS) * seed + list(ESTIMATORS).index(kind)  # each kind meets other sequences
    run_state_machine_as_test(
        hypothesis.seed(own)(machine), settings=settings(SETTINGS, max_examples=n_sequences)
    )


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_twenty_sequences(kind):
    run(kind, seed=0, n_sequences=5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_hundred_sequences(kind):
    run(kind, seed=0, n_sequences=25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 26))
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_five_thousand_sequences(kind, seed):
    run(kind, seed, n_sequences=50)
