"""Fitted estimators in one file: weights as safetensors, all else as JSON, and no pickle."""

from __future__ import annotations

import os
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import nn

from sktcn._io.atomic import write_atomic
from sktcn._io.checksummed import pack, read_checked, unpack
from sktcn._io.limits import SPARE, AllocationLimit, check_size
from sktcn._io.tagged_json import Decoder, Encoder
from sktcn._training import SequenceNet, build_net, load_net_state, net_state
from sktcn._training.device import resolve_device
from sktcn._training.optimizer import resolve_optimizer
from sktcn._training.random import Generators
from sktcn.estimators import LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor
from sktcn.estimators.base import SequenceEstimator

KINDS: dict[str, type[SequenceEstimator]] = {
    kind.__name__: kind for kind in (LSTMClassifier, LSTMRegressor, TCNClassifier, TCNRegressor)
}
ADAPTERS = {f"Sktime{name}" for name in KINDS}
REMEDIES = {
    "activation": "use a name or a class of torch.nn",
    "callbacks": "they have done their work: set_params(callbacks=None)",
    "optimizer": "use a name or a class of torch.optim",
}
PLAIN = (bool, int, float, str, tuple, list, type(None))


def save(estimator: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted estimator to a file.

    The file has the safetensors format, with all that is no array as JSON in its metadata. It
    holds the parameters, all that `fit` has learned, and what `partial_fit` goes on from: the state
    of the optimisers, which are about two thirds of the file, and of the generators. It is complete
    or not there: it is written under another name in the same folder, ``.sktcn-*.tmp``, and
    renamed. If the process is killed meanwhile, an older file stays as it is, and the temporary
    one is left.

    Parameters
    ----------
    estimator : estimator
        A fitted `TCNClassifier`, `TCNRegressor`, `LSTMClassifier` or `LSTMRegressor`, or an
        adapter of `sktcn.sktime_adapter`. It is not changed.
    path : str or path-like
        Where to; an older file is replaced.

    Raises
    ------
    TypeError
        If it is something else, or has a parameter or labels that a file can't hold: callbacks,
        an activation or optimiser that is neither a name nor a class of torch's, labels that are
        neither numbers, bools nor str.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If its parameters have been changed since its fit, and would now build another network.
    OSError
        If the file can't be written.

    See Also
    --------
    load : Read it.

    Notes
    -----
    What is not kept: the callbacks' own state, early stopping's included, and a ``random_state``
    that several estimators share becomes one of their own.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.persistence import load, save
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(20, 30)), np.repeat(["low", "high"], 10)
    >>> classifier = TCNClassifier(n_filters=4, max_epochs=2).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(classifier, f"{folder}/model.safetensors")
    ...     loaded = load(f"{folder}/model.safetensors")
    >>> np.array_equal(loaded.predict_proba(X), classifier.predict_proba(X))
    True
    """
    encoder = Encoder()
    packed = _pack(estimator, encoder)
    write_atomic(pack({"estimator": packed}, encoder.arrays), path)


def load(path: str | os.PathLike[str], device: str | torch.device | None = None) -> Any:
    """Read a fitted estimator from a file that `save` has written.

    Its answers are those of the estimator saved, to the bit on the same kind of machine. Nothing in
    the file is run as code, and nothing is imported by a name in it. The content is checked against
    its sha256 before any of it is used, which tells damage, not who wrote it. A forged file runs no
    code, and takes no more memory than a small multiple of its size: what it claims to be is
    compared with what it holds, first.

    Parameters
    ----------
    path : str or path-like
        The file.
    device : str or torch.device, default=None
        Where the network is to be, "cpu" for one fitted on a GPU: another value of the parameter
        ``device`` than the one saved.

    Returns
    -------
    estimator
        Fitted.

    Raises
    ------
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If it is damaged, cut, none of `save`'s, or from a newer version; or if the device is
        missing.
    ImportError
        If it holds an adapter for sktime, which is not installed.

    See Also
    --------
    save : Write it; has an example.
    """
    if device is not None:
        resolve_device(device)
    raw = read_checked(path)
    try:
        state, arrays = unpack(raw)
        return _unpack(state["estimator"], Decoder(arrays), device)
    except ImportError:
        raise
    except Exception as error:  # whatever may come of a file that is whole, but none of ours
        reason = str(error) if isinstance(error, ValueError) else repr(error)
        raise ValueError(f"{os.fspath(path)!r} can't be loaded: {reason}") from error


# The estimator


def _pack(estimator: Any, encoder: Encoder, prefix: str = "") -> dict[str, Any]:
    """Turn an estimator, and the one in an adapter, into JSON."""
    name = _kind_name(estimator)
    check_is_fitted(estimator)
    parameters = estimator.get_params(deep=False)
    attributes = {k: v for k, v in vars(estimator).items() if k not in parameters}
    nets, inner = attributes.pop("nets_", []), attributes.pop("estimator_", None)
    packed: dict[str, Any] = {
        "kind": name,
        "parameters": _pack_parameters(parameters, encoder, prefix),
        "attributes": encoder.encode_named(attributes, prefix),
        "nets": [],
    }
    if nets:
        estimator._check_parameters()
        packed["nets"] = [
            _pack_net(estimator, net, encoder, f"{prefix}nets_.{i}.") for i, net in enumerate(nets)
        ]
    if inner is not None:
        packed["estimator_"] = _pack(inner, encoder, f"{prefix}estimator_.")
    return packed


def _pack_parameters(parameters: dict[str, Any], encoder: Encoder, prefix: str) -> dict[str, Any]:
    packed = {}
    for name, value in parameters.items():
        try:
            packed[name] = encoder.encode(value, prefix + name)
        except TypeError as error:
            remedy = f"; {REMEDIES[name]}" if name in REMEDIES else ""
            raise TypeError(f"{error}{remedy}") from None
    return packed


def _unpack(packed: dict[str, Any], decoder: Decoder, device: Any) -> Any:
    parameters = decoder.decode_named(packed["parameters"])
    if device is not None:
        parameters["device"] = device
    estimator = _find_kind(packed["kind"])(**parameters)
    vars(estimator).update(decoder.decode_named(packed["attributes"]))
    if packed["nets"]:
        where = _find_device(estimator.device)
        estimator.nets_ = [_unpack_net(estimator, net, decoder, where) for net in packed["nets"]]
    if "estimator_" in packed:
        vars(estimator)["estimator_"] = _unpack(packed["estimator_"], decoder, device)
    return estimator


def _find_device(device: str | torch.device) -> torch.device:
    try:
        return resolve_device(device)
    except ValueError as error:
        raise ValueError(f"{error}; load(path, device='cpu') takes another") from error


def _kind_name(estimator: Any) -> str:
    kind = type(estimator)
    adapts = kind.__module__ == "sktcn.sktime_adapter" and kind.__name__ in ADAPTERS
    if not adapts and KINDS.get(kind.__name__) is not kind:
        raise TypeError(
            f"estimator must be one of {sorted(KINDS)} or of their adapters for sktime, "
            f"not a subclass, got {kind.__name__}"
        )
    return kind.__name__


def _find_kind(name: str) -> Any:
    if name in ADAPTERS:
        from sktcn import sktime_adapter

        return getattr(sktime_adapter, name)
    if name not in KINDS:
        raise ValueError(f"it holds an estimator of an unknown kind, {name!r}")
    return KINDS[name]


# Its networks


def _pack_net(
    estimator: SequenceEstimator, net: SequenceNet, encoder: Encoder, prefix: str
) -> dict[str, Any]:
    """Turn a net into JSON; optimiser and generators are there for `partial_fit`."""
    _check_same_network(estimator, net)
    kept = type(net.optimizer_) is resolve_optimizer(estimator.optimizer)
    values = net_state(net) | {"seed": net.generators.seed}
    if not kept:
        values["optimizer"] = None
    return encoder.encode_named(values, prefix)


def _unpack_net(
    estimator: SequenceEstimator, packed: dict[str, Any], decoder: Decoder, device: torch.device
) -> SequenceNet:
    values = decoder.decode_named(packed)
    values["module"] = {_renamed(name): each for name, each in values["module"].items()}
    generators = Generators(values["seed"])
    net = build_net(
        _build_module(estimator, generators, values["module"]),
        estimator._build_criterion(),
        estimator._options(),
        generators,
        device=device,
    )
    load_net_state(net, values)
    net.module_.eval()
    return net


def _renamed(name: str) -> str:
    """Map the name of a weight in a file of an earlier version to its present name."""
    if name.startswith("pooling."):
        return f"head.{name}"
    if name in ("head.weight", "head.bias"):
        return name.replace("head.", "head.linear.")
    return name.replace(".outer.", ".conv1.").replace(".inner.", ".conv2.")


def _build_module(
    estimator: SequenceEstimator, generators: Generators, weights: dict[str, torch.Tensor]
) -> nn.Module:
    """Build a network, if it is one for these weights: a file must not ask for all memory."""
    most = 2 * sum(weight.numel() for weight in weights.values()) + SPARE
    parameters = estimator.get_params(deep=False)
    layers = [parameters.get(name, 1) for name in ("n_blocks", "n_layers")]
    if "auto" in layers and parameters["dilation_base"] < 2:  # a block for every few steps
        layers.append(estimator._longest)
    for n_layers in layers:
        if n_layers != "auto":
            check_size(n_layers, most)
    with AllocationLimit(most):
        return estimator._build_module(generators)


def _check_same_network(estimator: SequenceEstimator, net: SequenceNet) -> None:
    """Make sure that the parameters still build the network that was fitted."""
    fitted = _layout(net.module_)
    built = _layout(estimator._build_module(Generators(net.generators.seed)))
    for name in fitted | built:
        if fitted.get(name) != built.get(name):
            raise ValueError(
                f"the parameters of this {type(estimator).__name__} were changed since its fit, "
                f"and build another network: {name} is {fitted.get(name)} in the fitted one and "
                f"would be {built.get(name)}; set them back, or fit it again"
            )


def _layout(module: nn.Module) -> dict[str, Any]:
    """Tell what a module is, its weights aside."""
    layout: dict[str, Any] = {}
    for name, layer in module.named_modules():
        layout[name or "the network"] = type(layer).__name__
        for key, value in vars(layer).items():
            if isinstance(value, PLAIN) and key != "training" and not key.startswith("_"):
                layout[f"{name}.{key}"] = value
    tensors = module.state_dict().items()
    return layout | {name: (tuple(tensor.shape), str(tensor.dtype)) for name, tensor in tensors}
