"""Files of fitted estimators: safetensors with JSON in its metadata, and no pickle."""

from __future__ import annotations

import os
from typing import Any

import torch

from sktcn._io.atomic import check_destination, write_atomic
from sktcn._io.checksummed import pack, read_checked, unpack
from sktcn._io.tagged_json import Decoder, Encoder
from sktcn._training.device import resolve_device
from sktcn.persistence.estimator import pack_estimator, unpack_estimator
from sktcn.persistence.migration import migrate


def save(estimator: Any, path: str | os.PathLike[str]) -> None:
    """Save a fitted estimator to a file.

    The file has the safetensors format, with everything but arrays as JSON in its metadata. It
    holds the parameters, the fitted attributes, and the state from which `partial_fit` continues:
    that of the optimisers, about two thirds of the file, and that of the random generators. The
    write is atomic: a temporary file ``.sktcn-*.tmp`` in the same folder is renamed when it is
    complete. If the process is killed meanwhile, an older file is unchanged, and the temporary
    file remains.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier or regressor of `sktcn`, or an adapter of `sktcn.sktime_adapter`. It is
        not changed. Of a search save ``best_estimator_``, of a pipeline its last step; the error
        message names the place of the estimator.
    path : str or path-like
        Destination; an older file is replaced.

    Raises
    ------
    TypeError
        If the estimator is of another class, or has a parameter or labels that a file can't hold:
        callbacks, an activation or optimiser that is neither a name nor a class of torch, labels
        that are neither numbers, bools nor str.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    ValueError
        If parameters were changed since the fit, and would now build another network.
    OSError
        If the file can't be written, as where there is no such folder.

    See Also
    --------
    load : Load the estimator.

    Notes
    -----
    The state of callbacks, early stopping's included, is not saved. A ``random_state`` that several
    estimators share is saved as one of each.

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
    check_destination(path)
    encoder = Encoder()
    packed = pack_estimator(estimator, encoder)
    write_atomic(pack({"estimator": packed}, encoder.arrays), path)


def load(path: str | os.PathLike[str], device: str | torch.device | None = None) -> Any:
    """Load a fitted estimator from a file that `save` has written.

    Predictions equal those of the estimator saved, to the bit on the same kind of machine. Loading
    runs no code from the file, and imports no module that the file names. The sha256 checksum of
    the content is verified first; it detects damage, not forgery. The sizes that a file claims are
    compared with its content, so that also a forged file takes no more memory than a small
    multiple of its size.

    Parameters
    ----------
    path : str or path-like
        File to read.
    device : str or torch.device, default=None
        Value of the parameter ``device`` that replaces the one saved, such as "cpu" for a network
        fitted on a GPU.

    Returns
    -------
    estimator
        Fitted estimator.

    Raises
    ------
    OSError
        If the file does not exist or can't be read.
    ValueError
        If the file is damaged, truncated, not written by `save`, or from a newer version; or if
        the device is missing.
    ImportError
        If the file holds an adapter for sktime, which is not installed.

    See Also
    --------
    save : Save an estimator.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sktcn import RocketRegressor
    >>> from sktcn.persistence import load, save
    >>> X = np.random.default_rng(0).normal(size=(20, 30))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(RocketRegressor(n_kernels=168).fit(X, X.mean(axis=1)), f"{folder}/model")
    ...     regressor = load(f"{folder}/model", device="cpu")
    >>> regressor.predict(X).shape
    (20,)
    """
    if device is not None:
        resolve_device(device)
    content = read_checked(path)
    try:
        state, arrays = unpack(content)
        return unpack_estimator(migrate(state), Decoder(arrays), device)
    except ImportError:
        raise
    except Exception as error:  # of any type, where a forged file has a valid checksum
        reason = str(error) if isinstance(error, ValueError) else repr(error)
        raise ValueError(f"{os.fspath(path)!r} can't be loaded: {reason}") from error
