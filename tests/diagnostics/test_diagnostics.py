"""Faults of a network: each is provoked and found, and none is found where there is none."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktcn import LSTMClassifier, TCNClassifier, TCNRegressor
from sktcn.diagnostics import activation_health, gradient_flow, receptive_field
from sktcn.networks import ACTIVATIONS, NORMS

RNG = np.random.default_rng(3)
X_NOISE = RNG.normal(size=(12, 2, 30))
Y_NOISE = RNG.normal(size=12)
LOOKS = {
    "field": lambda estimator, X, y: receptive_field(estimator, X),
    "flow": gradient_flow,
    "initial flow": lambda estimator, X, y: gradient_flow(estimator, X, y, initial=True),
    "health": lambda estimator, X, y: activation_health(estimator, X),
}


def small_tcn(**parameters):
    """Makes a network that is quickly trained and, after an epoch, as good as untrained."""
    known = {"n_filters": 4, "kernel_size": 2, "dilation_base": 1, "max_epochs": 1, "lr": 1e-6}
    return TCNRegressor(**known | parameters)


def state(estimator):
    modules = list(estimator.net_.module_.modules())
    return {
        "attributes": {name: id(value) for name, value in vars(estimator).items()},
        "modes": [module.training for module in modules],
        "hooks": [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in modules],
        "gradients": [p.grad is None for p in estimator.net_.module_.parameters()],
        "weights": {k: v.tolist() for k, v in estimator.net_.module_.state_dict().items()},
        "torch": torch.get_rng_state().tolist(),
        "numpy": np.random.get_state()[1].tolist(),
    }


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_looked_at_is_left_as_it_is(look, tiny, data):
    X, y = data
    estimator = tiny(random_state=np.random.RandomState(0)).fit(X, y)
    drawn = estimator.random_state.get_state()[1].tolist()
    before, answers, X_before = state(estimator), estimator.predict(X), X.copy()
    LOOKS[look](estimator, X, y)
    assert state(estimator) == before
    assert estimator.random_state.get_state()[1].tolist() == drawn
    np.testing.assert_array_equal(estimator.predict(X), answers)
    np.testing.assert_array_equal(X, X_before)


@pytest.mark.parametrize("look", LOOKS)
def test_the_same_numbers_each_time(look, tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    assert str(LOOKS[look](estimator, X, y)) == str(LOOKS[look](estimator, X, y))


@pytest.mark.parametrize("look", [name for name in LOOKS if name != "initial flow"])
def test_an_unfitted_estimator_is_refused(look, tiny, data):
    with pytest.raises(NotFittedError):
        LOOKS[look](tiny(), *data)


@pytest.mark.parametrize("look", LOOKS)
def test_a_pipeline_is_refused_with_a_hint(look, tiny, data):
    pipeline = make_pipeline(StandardScaler(), tiny()).fit(*data)
    with pytest.raises(TypeError, match=r"got Pipeline: pass estimator\[-1\]"):
        LOOKS[look](pipeline, *data)


@pytest.mark.parametrize("look", ["field", "flow", "health"])
def test_series_unlike_those_of_fit_are_refused(look, tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    with pytest.raises(ValueError, match=r"features|channels"):
        LOOKS[look](estimator, np.zeros((len(y), 3, 16)), y)


def test_a_batch_of_no_series_is_refused(tiny, data):
    estimator = tiny().fit(*data)
    with pytest.raises(ValueError, match="n_series must be at least 1, got n_series=0"):
        gradient_flow(estimator, *data, n_series=0)


# The receptive field


def test_formula_without_series(tiny, data):
    estimator = tiny().fit(*data)
    field = receptive_field(estimator)
    assert field.formula == estimator.receptive_field_
    assert field.effective is None
    with pytest.raises(ValueError, match="give series"):
        _ = field.share


@given(
    kernel_size=st.integers(1, 3),
    n_blocks=st.integers(1, 3),
    residual=st.sampled_from(["add", "concat", None]),
    multiscale=st.booleans(),
    norm=st.sampled_from(list(NORMS)),
)
@settings(deadline=None, max_examples=10)
def test_no_gradient_comes_from_beyond_the_formula(kernel_size, n_blocks, **parameters):
    parameters |= {"dilation_base": 2, "activation": "tanh", "differences": False}
    estimator = small_tcn(kernel_size=kernel_size, n_blocks=n_blocks, **parameters)
    estimator.fit(X_NOISE, Y_NOISE)
    field = receptive_field(estimator, X_NOISE)
    n_read = estimator.model_.networks[0].backbone.receptive_field
    assert field.formula == n_read
    within = field.lags < n_read
    assert field.lags.tolist() == list(range(30))
    assert (field.effective[within] > 0).all()
    assert (field.effective[~within] == 0).all()
    assert field.n_effective <= field.formula
    assert field.share.sum() == pytest.approx(1)


def test_a_centred_network_sees_both_sides_of_the_middle():
    estimator = small_tcn(n_blocks=2, causal=False, kernel_size=3, differences=False)
    estimator.fit(X_NOISE, Y_NOISE)
    field = receptive_field(estimator, X_NOISE)
    seen = field.lags[field.effective > 0]
    assert (seen.min(), seen.max()) == (-4, 4)
    assert field.formula == 9
    estimator.set_params(differences=True).fit(X_NOISE, Y_NOISE)
    field = receptive_field(estimator, X_NOISE)
    seen = field.lags[field.effective > 0]
    assert (seen.min(), seen.max()) == (-4, 5)  # a difference is of two steps
    assert (field.formula, field.look_back) == (10, 1)


@pytest.mark.parametrize("missing", ["error", "mask", "interpolate", "trim"])
@pytest.mark.parametrize("scaling", ["channel", "series", None])
def test_lags_are_those_of_the_raw_series(scaling, missing):
    estimator = small_tcn(activation="tanh", scaling=scaling, missing=missing)
    estimator.set_params(n_blocks=2, differences=True).fit(X_NOISE, Y_NOISE)
    field = receptive_field(estimator, X_NOISE)
    seen = field.lags[field.effective > 0]
    assert (seen.min(), seen.max() + 1) == (0, estimator.receptive_field_) == (0, 6)


def test_gradients_are_those_of_raw_values():
    """A change of one raw value moves the features as the gradient at its lag says."""
    estimator = small_tcn(activation="tanh", n_filters=1, n_blocks=1, multiscale=False)
    estimator.fit(X_NOISE[:, :1], Y_NOISE)
    field = receptive_field(estimator, X_NOISE[:1, :1])
    model, raw = estimator.model_, torch.tensor(X_NOISE[:1, :1])
    module = copy.deepcopy(model.networks[0]).double()

    def newest(x):
        with torch.no_grad():
            return module.features(model.preprocessor.module(torch.float64)(x))[0][0, 0, -1]

    moved = np.empty(30)
    for lag in range(30):
        bump = torch.zeros_like(raw)
        bump[0, 0, 29 - lag] = 1e-6
        moved[lag] = (newest(raw + bump) - newest(raw - bump)).abs() / 2e-6
    moved *= model.preprocessor.statistics.scale[0]
    np.testing.assert_allclose(field.effective, moved, rtol=1e-5, atol=1e-8)


def test_a_kernel_of_one_step_sees_one_step():
    estimator = small_tcn(n_blocks=2, kernel_size=1, differences=False).fit(X_NOISE, Y_NOISE)
    assert receptive_field(estimator, X_NOISE).n_effective == 1
    estimator.set_params(differences=True).fit(X_NOISE, Y_NOISE)
    assert receptive_field(estimator, X_NOISE).n_effective == 2


def test_nothing_holds_any_gradient_of_a_dead_network():
    estimator = small_tcn(n_blocks=1).fit(X_NOISE, Y_NOISE)
    with torch.no_grad():
        estimator.net_.module_.backbone.norm.weight.zero_()
    field = receptive_field(estimator, X_NOISE)
    assert field.n_effective == 0
    assert not field.share.any()


def test_each_lag_has_the_mean_of_the_series_that_are_long_enough(tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    short, long = X[0, :9], X[1]
    together = receptive_field(estimator, [short[None], long[None]])
    alone = [receptive_field(estimator, [x[None]]).effective for x in (short, long)]
    assert together.lags.tolist() == list(range(16))
    mean = np.where(np.arange(16) < 9, (np.pad(alone[0], (0, 7)) + alone[1]) / 2, alone[1])
    np.testing.assert_allclose(together.effective, mean)


def test_an_lstm_has_no_bound_and_sees_all_steps(labelled):
    estimator = LSTMClassifier(hidden_size=4, patch_size=3, max_epochs=1).fit(*labelled)
    field = receptive_field(estimator, labelled[0])
    assert field.formula == np.inf
    assert field.lags.tolist() == list(range(16))
    assert (field.effective > 0).all()


# The gradients' ways


def plain_answer(module, x, index, ways):
    """Compute a TCN's outputs and the input of one of its blocks, open to the ``ways`` alone."""
    tcn, scales = module.backbone, []
    for i, block in enumerate(tcn.blocks):
        if i == index:
            x = x.detach().requires_grad_()
            leaf = x
        into = {
            way: x if i != index or way in ways else x.detach()
            for way in ("branch", "shortcut", "direct")
        }
        if i and tcn.multiscale:
            scales.append(block.conv1.activate(into["direct"], None))
        branch = block.conv1.convolve(block.conv1.activate(into["branch"], None), None)
        x = block.shortcut(into["shortcut"], block.conv2(branch, None, None))
    features = torch.cat([*scales, tcn.activation(tcn.norm(x, None))], dim=1)
    return module.head(features), leaf


def plain_gradient(estimator, X, y, index, *ways):
    module = copy.deepcopy(estimator.net_.module_).double().train()
    model = estimator.model_
    read = model.preprocessor.transform(model.read(X))
    x = torch.tensor(read.values.reshape(len(y), -1, 4))
    target = torch.tensor((y - y.mean()) / y.std())[:, None]
    answer, leaf = plain_answer(module, x.transpose(1, 2), index, ways)
    loss = (answer - target).square().mean()
    return torch.autograd.grad(loss, leaf, allow_unused=True, materialize_grads=True)[0]


@given(
    residual=st.sampled_from(["add", "concat", None]),
    multiscale=st.booleans(),
    norm=st.sampled_from(list(NORMS)),
    activation=st.sampled_from(["relu", "gelu", "tanh"]),
    zero_init_residual=st.booleans(),
)
@settings(deadline=None, max_examples=6)
def test_ways_are_told_apart_and_sum_to_the_whole(**parameters):
    estimator = small_tcn(n_blocks=3, dropout=0.0, **parameters).fit(X_NOISE, Y_NOISE)
    flow = gradient_flow(estimator, X_NOISE, Y_NOISE)
    for i in range(3):
        ways = {w: plain_gradient(estimator, X_NOISE, Y_NOISE, i, w) for w in flow_ways()}
        whole = plain_gradient(estimator, X_NOISE, Y_NOISE, i, *flow_ways())
        torch.testing.assert_close(sum(ways.values()), whole)
        for way, gradient in (ways | {"input": whole}).items():
            assert getattr(flow, way)[i] == pytest.approx(float(gradient.norm()), rel=1e-6)


def flow_ways():
    return ("branch", "shortcut", "direct")


def test_what_leaves_a_block_arrives_at_the_next(tiny, data):
    extra = {"n_blocks": 3} if "TCN" in tiny.args[0] else {"n_layers": 3}
    flow = gradient_flow(tiny(**extra).fit(*data), *data)
    np.testing.assert_allclose(flow.output[:-1], flow.input[1:])
    assert flow.table["block"] == flow.blocks
    assert flow.blocks[2] in str(flow)


def test_without_a_shortcut_the_branch_is_the_only_way(tiny, data):
    extra = {"multiscale": False} if "TCN" in tiny.args[0] else {"n_layers": 2}
    flow = gradient_flow(tiny(residual=None, **extra).fit(*data), *data)
    assert not flow.shortcut.any()
    assert not flow.direct.any()
    np.testing.assert_allclose(flow.branch, flow.input)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("residual", ["add", "concat"])
def test_branches_that_start_at_zero_leave_all_to_the_shortcuts(norm, residual):
    untrained = small_tcn(
        n_blocks=4, zero_init_residual=True, norm=norm, residual=residual, multiscale=False
    )
    flow = gradient_flow(untrained, X_NOISE, Y_NOISE, initial=True)
    assert not flow.branch.any()
    np.testing.assert_allclose(flow.shortcut, flow.input)
    assert (flow.weights > 0).all()
    assert [finding for finding in flow.findings if "zero_init_residual=True" in finding]


def test_the_initial_network_is_that_of_the_fit(tiny, data):
    X, y = data
    untrained = gradient_flow(tiny(), X, y, initial=True)
    np.testing.assert_array_equal(
        gradient_flow(tiny().fit(X, y), X, y, initial=True).weights, untrained.weights
    )
    barely = tiny(lr=1e-9, weight_decay=0.0, max_epochs=1, activation="tanh").fit(X, y)
    flow = gradient_flow(barely, X, y, initial=True)
    np.testing.assert_allclose(gradient_flow(barely, X, y).weights, flow.weights, rtol=1e-4)


def test_the_loss_is_that_of_training(tiny_classifier, labelled):
    X, y = labelled
    estimator = tiny_classifier(norm=None, label_smoothing=0.0).fit(X, y)
    loss = gradient_flow(estimator, X, y).loss
    assert loss == pytest.approx(log_loss(y, estimator.predict_proba(X)), rel=1e-4)
    weighted = tiny_classifier(norm=None, label_smoothing=0.0, class_weight={"flat": 0, "wave": 1})
    waves = log_loss(
        ["wave"] * 12, weighted.fit(X, y).predict_proba(X[y == "wave"]), labels=["flat", "wave"]
    )
    assert gradient_flow(weighted, X, y).loss == pytest.approx(waves, rel=1e-4)


def test_series_of_any_length_and_gaps(tiny, data):
    X, y = data
    ragged = [x[None, : 8 + i % 5] for i, x in enumerate(X)]
    ragged[0][0, 2] = np.nan
    estimator = tiny(missing="mask").fit(ragged, y)
    assert (gradient_flow(estimator, ragged, y).weights > 0).all()
    assert activation_health(estimator, ragged).units.all()
    assert receptive_field(estimator, ragged).lags.max() == 11


def deep(**parameters):
    return small_tcn(n_blocks=20, multiscale=False, norm=None, **parameters)


def test_gradients_fade_without_shortcuts():
    plain = gradient_flow(deep(residual=None, activation="sigmoid"), X_NOISE, Y_NOISE, initial=True)
    assert "the gradient fades" in plain.findings[0]
    assert "residual='add'" in plain.findings[0]
    assert plain.output[0] < 1e-15 * plain.output[-1]
    with_shortcuts = deep(residual="add", activation="sigmoid", kernel_size=3)
    flow = gradient_flow(with_shortcuts, X_NOISE, Y_NOISE, initial=True)
    assert flow.output[0] > 0.1 * flow.output[-1]
    assert not flow.findings


@pytest.mark.parametrize("n_blocks", [2, 10, 30])
@pytest.mark.parametrize("residual", ["add", "concat"])
def test_gradients_reach_the_first_block_through_shortcuts_of_any_depth(n_blocks, residual):
    untrained = small_tcn(n_blocks=n_blocks, residual=residual)
    assert not gradient_flow(untrained, X_NOISE, Y_NOISE, initial=True).findings


def spoilt_flow(spoil, **parameters):
    estimator = deep(residual=None, **parameters).fit(X_NOISE, Y_NOISE)
    with torch.no_grad():
        spoil(estimator.net_.module_)
    return gradient_flow(estimator, X_NOISE, Y_NOISE)


def enlarge(factor):
    def spoil(module):
        for block in module.backbone.blocks:
            block.conv2.conv.kernel.mul_(factor)

    return spoil


def test_large_weights_make_gradients_explode():
    flow = spoilt_flow(enlarge(10.0), activation="identity")
    assert "the gradient explodes" in flow.findings[0]


def test_gradients_that_are_not_finite():
    assert "not finite" in spoilt_flow(enlarge(1e30), activation="identity").findings[0]


def test_no_gradient_passes_a_dead_head():
    flow = spoilt_flow(lambda module: module.head.linear.weight.zero_())
    assert "no gradient gets into block 20" in flow.findings[0]


# Units


def test_a_rate_too_high_kills_units(labelled):
    X, y = labelled
    estimator = TCNClassifier(
        n_filters=16, n_blocks=2, norm=None, lr=1.0, lr_schedule=None, max_epochs=10, batch_size=8
    ).fit(X, y)
    health = activation_health(estimator, X)
    assert health.dead.max() > 0.3
    assert "relu units never fire; try a lower lr, norm='batch'" in health.findings[0]


@pytest.fixture
def sixteen(labelled):
    """Makes a network of 16 filters, trained a little."""

    def make(**parameters):
        known = {"n_filters": 16, "n_blocks": 2, "kernel_size": 3, "max_epochs": 5}
        return TCNClassifier(**known | parameters).fit(*labelled)

    return make


def set_norm(norm, units, gain, shift):
    with torch.no_grad():
        norm.weight[:units] *= gain
        norm.bias[:units] = shift


@pytest.mark.parametrize("activation", ["relu", "hardswish", torch.nn.ReLU6, torch.nn.Hardtanh])
def test_units_that_never_fire_are_counted(activation, sixteen, labelled):
    estimator = sixteen(activation=activation)
    stuck = 0.0 if activation is torch.nn.Hardtanh else -9.0
    set_norm(estimator.net_.module_.backbone.blocks[1].conv2.norm, 4, 0.0, stuck)
    health = activation_health(estimator, labelled[0])
    share = 0.0 if activation is torch.nn.Hardtanh else 0.25  # zero, but with a gradient
    assert health.dead[health.places.index("block 2, conv2")] == share
    assert len(health.findings) == (share > 0)
    if share:
        assert health.findings[0].startswith("block 2, conv2: 25% of its")


@pytest.mark.parametrize("activation", ["leaky_relu", "prelu", "identity"])
def test_units_with_a_gradient_everywhere_are_not_dead(activation, sixteen, labelled):
    estimator = sixteen(activation=activation)
    set_norm(estimator.net_.module_.backbone.norm, 16, 1.0, -99.0)
    health = activation_health(estimator, labelled[0])
    assert not health.dead.any()
    assert not health.saturated.any()


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", torch.nn.Softsign, torch.erf])
def test_units_with_large_weights_are_saturated(activation, sixteen, labelled):
    estimator = sixteen(activation=activation)
    set_norm(estimator.net_.module_.backbone.blocks[0].conv2.norm, 8, 1e4, 0.0)
    health = activation_health(estimator, labelled[0])
    assert health.saturated[0] == 0.5
    assert not health.dead.any()
    assert "50% of its" in health.findings[0]
    assert "saturated" in health.findings[0]


def test_a_relu_that_seldom_fires_is_neither_dead_nor_saturated(sixteen):
    estimator = sixteen()
    norm = estimator.net_.module_.backbone.blocks[0].conv2.norm
    set_norm(norm, 16, 1.0, 0.0)
    X = np.random.default_rng(0).normal(size=(40, 16))
    with torch.no_grad():
        norm.bias -= 3.0
    health = activation_health(estimator, X)
    assert health.mean[0] < 0.1
    assert not health.saturated.any()


def softmax(z):
    return torch.softmax(z, dim=1)


@pytest.mark.parametrize("activation", [softmax, torch.sin, lambda z: 1e-3 * z])
def test_own_activations_are_differentiated(activation, sixteen, labelled):
    health = activation_health(sixteen(activation=activation), labelled[0])
    assert not health.findings
    assert not health.dead.any()


def test_mean_and_deviation_are_those_of_the_steps_without_padding(tiny, data):
    X, y = data
    estimator = tiny().fit(X, y)
    short, long = X[0, None, :8], X[1, None]
    together = activation_health(estimator, [short, long])
    alone = [activation_health(estimator, [x]) for x in (short, long)]
    weights = [1 / 3, 2 / 3]
    mean = np.average([health.mean for health in alone], axis=0, weights=weights)
    square = [health.std**2 + health.mean**2 for health in alone]
    std = np.sqrt(np.average(square, axis=0, weights=weights) - mean**2)
    np.testing.assert_allclose(together.mean, mean, atol=1e-6)
    np.testing.assert_allclose(together.std, std, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_healthy_network_gets_no_complaint(activation, sixteen, labelled):
    X, y = labelled
    estimator = sixteen(activation=activation)
    assert not gradient_flow(estimator, X, y).findings
    assert not gradient_flow(estimator, X, y, initial=True).findings
    assert not activation_health(estimator, X).findings
    assert "No finding" in str(activation_health(estimator, X))


def test_a_healthy_lstm_gets_no_complaint(labelled):
    estimator = LSTMClassifier(n_layers=2, patch_size=2, max_epochs=5).fit(*labelled)
    assert not gradient_flow(estimator, *labelled).findings
    health = activation_health(estimator, labelled[0])
    assert health.places == ["patches", "dense layer"]
    assert not health.findings
