"""Fitted estimators in one file: weights as safetensors, all else as JSON, and no pickle."""

from __future__ import annotations

import os
from typing import Any

import torch

from sktcn._io.atomic import write_atomic
from sktcn._io.checksummed import pack, read_checked, unpack
from sktcn._io.tagged_json import Decoder, Encoder
from sktcn._training.device import resolve_device
from sktcn.persistence.estimator import pack_estimator, unpack_estimator
from sktcn.persistence.migration import migrate


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
    packed = pack_estimator(estimator, encoder)
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
        return unpack_estimator(migrate(state), Decoder(arrays), device)
    except ImportError:
        raise
    except Exception as error:  # whatever may come of a file that is whole, but none of ours
        reason = str(error) if isinstance(error, ValueError) else repr(error)
        raise ValueError(f"{os.fspath(path)!r} can't be loaded: {reason}") from error
