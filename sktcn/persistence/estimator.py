"""Conversion of a fitted estimator to JSON and arrays, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted

from sktcn import estimators
from sktcn._data.reading import InputSchema
from sktcn._io.limits import SPARE, AllocationLimit, check_size
from sktcn._io.tagged_json import Decoder, Encoder
from sktcn._model.architecture import TRAINING_ONLY
from sktcn._model.fitted import FittedModel
from sktcn._model.wrappers import advise_inner
from sktcn._training.device import resolve_device
from sktcn._training.fit import build_net
from sktcn._training.flat_weights import ELEMENTWISE
from sktcn._training.net import SequenceNet
from sktcn._training.optimizer import resolve_optimizer
from sktcn._training.random import Generators
from sktcn._training.state import load_net_state, net_state
from sktcn.estimators.base import BaseSequenceEstimator, restore_fit
from sktcn.estimators.continued import changed_parameters, describe_changes
from sktcn.estimators.fitting import fixed_model
from sktcn.estimators.plan import FitPlan, plan_fit
from sktcn.networks import SequenceModel

KINDS: dict[str, type[BaseSequenceEstimator]] = {
    name: getattr(estimators, name) for name in estimators.__all__
}
ADAPTERS = {f"Sktime{name}" for name in KINDS}
REMEDIES = {
    "activation": "use a name or a class of torch.nn",
    "callbacks": "they are not needed after the fit: set_params(callbacks=None)",
    "optimizer": "use a name or a class of torch.optim",
}


def register_estimator(kind: type[BaseSequenceEstimator]) -> type[BaseSequenceEstimator]:
    """Register an estimator class from outside the library, which files then may hold.

    Parameters
    ----------
    kind : type
        Subclass of `sktcn.estimators.base.BaseSequenceEstimator`.

    Returns
    -------
    type
        The same class, for use as a decorator.

    Examples
    --------
    >>> from sktcn import TCNClassifier
    >>> from sktcn.persistence import register_estimator
    >>> @register_estimator
    ... class GestureClassifier(TCNClassifier):
    ...     pass
    >>> GestureClassifier.__name__
    'GestureClassifier'
    """
    KINDS[kind.__name__] = kind
    return kind


def pack_estimator(estimator: Any, encoder: Encoder, prefix: str = "") -> dict[str, Any]:
    """Convert a fitted estimator, and the one in an adapter, to JSON.

    The encoder collects the arrays, under names that begin with ``prefix``.
    """
    name = _kind_name(estimator)
    check_is_fitted(estimator)
    parameters = estimator.get_params(deep=False)
    attributes = {k: v for k, v in vars(estimator).items() if k not in parameters}
    nets, inner = attributes.pop("nets_", []), attributes.pop("estimator_", None)
    model = attributes.pop("model_", None)
    packed: dict[str, Any] = {"kind": name, "nets": []}
    packed["parameters"] = _pack_parameters(parameters, encoder, prefix)
    if model is not None:
        for derived in ("n_channels_", "classes_"):
            attributes.pop(derived, None)
        plan = plan_fit(estimator)
        _check_same_parameters(type(estimator).__name__, model, plan)
        packed["model"] = _pack_model(model, encoder, prefix)
        if model.fixed is not None:
            packed["fixed"] = _pack_fixed(model.fixed, encoder, f"{prefix}fixed.")
        optimizer = resolve_optimizer(plan.training.optimizer)
        packed["nets"] = [
            _pack_net(net, optimizer, encoder, f"{prefix}nets_.{i}.")
            for i, net in enumerate(nets or model.networks)
        ]
    packed["attributes"] = encoder.encode_named(attributes, prefix)
    if inner is not None:
        packed["estimator_"] = pack_estimator(inner, encoder, f"{prefix}estimator_.")
    return packed


def unpack_estimator(packed: dict[str, Any], decoder: Decoder, device: Any) -> Any:
    """Convert the result of `pack_estimator` to a fitted estimator or adapter.

    A ``device`` other than None replaces the parameter of that name.
    """
    parameters = decoder.decode_named(packed["parameters"])
    if device is not None:
        parameters["device"] = device
    estimator = _find_kind(packed["kind"])(**parameters)
    vars(estimator).update(decoder.decode_named(packed["attributes"]))
    if packed["nets"]:
        _check_device(parameters.get("device", "auto"))
        values = [decoder.decode_named(net) for net in packed["nets"]]
        limit = 2 * sum(weight.numel() for weight in values[0]["module"].values()) + SPARE
        with AllocationLimit(limit):
            plan = plan_fit(estimator)
        names = getattr(estimator, "feature_names_in_", None)
        model = _unpack_model(
            packed["model"], decoder, plan, packed["kind"], estimator.n_features_in_, names
        )
        check_size(plan.architecture.max_layers(model.longest), limit)
        if "fixed" in packed:
            model = replace(model, fixed=_unpack_fixed(model, packed["fixed"], decoder))
        restore_fit(estimator, model, [_unpack_net(model, plan, each, limit) for each in values])
    if "estimator_" in packed:
        vars(estimator)["estimator_"] = unpack_estimator(packed["estimator_"], decoder, device)
    return estimator


def _pack_parameters(parameters: dict[str, Any], encoder: Encoder, prefix: str) -> dict[str, Any]:
    packed = {}
    for name, value in parameters.items():
        try:
            packed[name] = encoder.encode(value, prefix + name)
        except TypeError as error:
            remedy = f"; {REMEDIES[name]}" if name in REMEDIES else ""
            raise TypeError(f"{error}{remedy}") from None
    return packed


def _pack_model(model: FittedModel, encoder: Encoder, prefix: str) -> dict[str, Any]:
    """Encode the model without its networks, and without its architecture, a parameter."""
    values = {
        "preprocessor": model.preprocessor,
        "n_channels": model.n_channels,
        "table": model.schema.n_columns is not None,
        "longest": model.longest,
        "dtype": model.dtype,
    }
    if model.schema.channel_names is not None:
        values["channel_names"] = model.schema.channel_names
    learned = model.task.learned.items()
    task = {name: encoder.encode(value, f"{prefix}{name}_") for name, value in learned}
    return encoder.encode_named(values, f"{prefix}model_.") | {"task": task}


def _unpack_model(
    packed: dict[str, Any], decoder: Decoder, plan: FitPlan, owner: str, n_columns: int, names: Any
) -> FittedModel:
    learned = decoder.decode_named(packed["task"])
    values = decoder.decode_named({k: v for k, v in packed.items() if k != "task"})
    schema = InputSchema(owner, values["n_channels"], channel_names=values.get("channel_names"))
    if values["table"]:
        schema = replace(schema, n_columns=n_columns, column_names=names)
    return FittedModel(
        schema,
        values["preprocessor"],
        plan.architecture,
        replace(plan.task, **learned),  # type: ignore[type-var]
        values["longest"],
        values["dtype"],
        [],
    )


def _check_device(device: str | torch.device) -> None:
    try:
        resolve_device(device)
    except ValueError as error:
        raise ValueError(f"{error}; load(path, device='cpu') takes another") from error


def _kind_name(estimator: Any) -> str:
    name = type(estimator).__name__
    if not _is_known(estimator):
        raise TypeError(
            f"estimator must be one of {sorted(KINDS)} or of their adapters for sktime, "
            f"not a subclass, got {name}{advise_inner(estimator, _is_known)}"
        )
    return name


def _is_known(estimator: Any) -> bool:
    kind = type(estimator)
    adapts = kind.__module__ == "sktcn.sktime_adapter" and kind.__name__ in ADAPTERS
    return adapts or KINDS.get(kind.__name__) is kind


def _find_kind(name: str) -> Any:
    if name in ADAPTERS:
        from sktcn import sktime_adapter

        return getattr(sktime_adapter, name)
    if name not in KINDS:
        raise ValueError(f"it holds an estimator of an unknown kind, {name!r}")
    return KINDS[name]


def _check_same_parameters(name: str, model: FittedModel, plan: FitPlan) -> None:
    """Raise if the parameters would no longer build the networks that were fitted."""
    fitted = vars(model.architecture) | {"dtype": model.dtype}
    now = vars(plan.architecture) | {"dtype": plan.training.dtype}
    changes = changed_parameters(fitted, now)
    refused = {k: v for k, v in changes.items() if k not in TRAINING_ONLY}
    if refused:
        raise ValueError(
            f"the parameters of this {name} were changed since its fit, and build another "
            f"network: {describe_changes(refused)}; set them back, or fit it again"
        )


def _pack_net(
    net: SequenceNet | SequenceModel,
    optimizer: type[torch.optim.Optimizer],
    encoder: Encoder,
    prefix: str,
) -> dict[str, Any]:
    """Encode a net, with optimiser and generators for `partial_fit`, or a network alone."""
    if isinstance(net, SequenceModel):
        return encoder.encode_named({"module": dict(net.state_dict())}, prefix)
    values = net_state(net) | {"seed": net.generators.seed}
    if type(net.optimizer_) is not optimizer or net.flat != (optimizer in ELEMENTWISE):
        values["optimizer"] = None
    return encoder.encode_named(values, prefix)


def _pack_fixed(network: Any, encoder: Encoder, prefix: str) -> dict[str, Any]:
    """Encode the fixed kernels beside the networks."""
    n_kernels = int(network.head.linear.in_features)
    return encoder.encode_named({"n_kernels": n_kernels, "module": network.state_dict()}, prefix)


def _unpack_fixed(model: FittedModel, packed: dict[str, Any], decoder: Decoder) -> SequenceModel:
    values = decoder.decode_named(packed)
    alone = fixed_model(model, values["n_kernels"])
    limit = 2 * sum(weight.numel() for weight in values["module"].values()) + SPARE
    with AllocationLimit(limit):
        network = alone.build(torch.Generator(), 0)
    network.load_state_dict(values["module"])
    return network.eval()


def _unpack_net(
    model: FittedModel, plan: FitPlan, values: dict[str, Any], limit: int
) -> SequenceNet | SequenceModel:
    """Build a net; its network may have ``limit`` numbers, since a file must not ask for more."""
    generators = Generators(values.get("seed", 0))
    with AllocationLimit(limit):
        network = model.build(generators.weights, generators.seed)
    if "seed" not in values:
        network.load_state_dict(values["module"], strict=True)
        return network.eval()
    net = build_net(network, model, plan.training, generators)
    load_net_state(net, values)
    net.module_.eval()
    return net
