"""Products in bfloat16: about the same network, float32 answers, and errors at the door."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from sktcn.networks import TCN, SequenceModel, fused_passes

pytestmark = pytest.mark.filterwarnings("ignore:mixed_precision=True is slow on this processor")
needs_bfloat16 = pytest.mark.skipif(
    not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="the processor has no bfloat16"
)


@needs_bfloat16
def test_learns_in_float32_weights(tiny_classifier, labelled):
    classifier = tiny_classifier(mixed_precision=True, max_epochs=40, lr=0.02).fit(*labelled)
    assert {p.dtype for p in classifier.net_.module_.parameters()} == {torch.float32}
    assert classifier.score(*labelled) == 1.0


@needs_bfloat16
def test_is_another_network_but_not_much(tiny_regressor, measured):
    exact = tiny_regressor(max_epochs=10).fit(*measured).predict(measured[0])
    mixed = tiny_regressor(max_epochs=10, mixed_precision=True).fit(*measured).predict(measured[0])
    assert 0 < np.abs(mixed - exact).max() < 0.1 * np.ptp(exact)


@needs_bfloat16
def test_the_fused_pass_rounds_as_the_modules_do():
    generator = torch.Generator().manual_seed(0)
    model = SequenceModel(TCN(2, [8, 8, 6], generator=generator), n_outputs=3, generator=generator)
    twin, x = copy.deepcopy(model), torch.randn(9, 2, 40, generator=generator)
    with fused_passes(model):
        ours = gradients(model, x)
    expected = gradients(twin, x)
    torch.testing.assert_close(ours, expected, rtol=0, atol=0.02 * expected.abs().max().item())


def gradients(model, x, lengths=None):
    with torch.autocast("cpu", torch.bfloat16):
        answers = model(x, lengths)
    answers.float().square().sum().backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


def test_needs_float32_weights(tiny, data):
    with pytest.raises(ValueError, match="needs dtype='float32', got dtype='float64'"):
        tiny(mixed_precision=True, dtype="float64").fit(*data)


def test_needs_a_device_that_has_it(tiny, data, monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False, raising=False)
    with pytest.raises(ValueError, match="must be False on this device, which has no bfloat16"):
        tiny(mixed_precision=True).fit(*data)


@pytest.fixture
def units(monkeypatch):
    """Sets whether the processor has units for bfloat16."""

    def set_units(present):
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
            monkeypatch.setattr(torch.cpu, name, lambda: present, raising=False)

    return set_units


@needs_bfloat16
@pytest.mark.parametrize("present", [True, False])
def test_auto_is_by_the_units_of_the_processor(tcn_regressor, measured, units, present):
    units(present)
    X, y = measured
    found = tcn_regressor(mixed_precision="auto").fit(X, y).predict(X)
    expected = tcn_regressor(mixed_precision=present).fit(X, y).predict(X)
    np.testing.assert_array_equal(found, expected)


def test_auto_leaves_double_precision_alone(tcn_regressor, measured, units):
    units(True)
    X, y = measured
    double = tcn_regressor(mixed_precision="auto", dtype="float64").fit(X, y).predict(X)
    np.testing.assert_array_equal(double, tcn_regressor(dtype="float64").fit(X, y).predict(X))


@needs_bfloat16
@pytest.mark.filterwarnings("default")
def test_bfloat16_without_units_warns(tcn_regressor, measured, units):
    units(False)
    with pytest.warns(UserWarning, match="mixed_precision=True is slow on this processor"):
        tcn_regressor(mixed_precision=True).fit(*measured)
