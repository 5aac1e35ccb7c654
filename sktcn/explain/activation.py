"""Class activation maps: the contribution of each time step to the output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sktcn._data.panel import Floats, Panel
from sktcn._model.fitted import FittedModel, resolve_model
from sktcn._model.inference import combine, iter_batches, iter_parts


@dataclass(frozen=True, eq=False)
class ClassActivation:
    """Contribution of each time step to each output of a network.

    Attributes
    ----------
    contributions : ndarray of shape (n_series, n_outputs, n_timepoints), or list of ndarray of \
            shape (n_outputs, n_timepoints_i)
        Addends of the logits, or of the targets in their own units. A list if the lengths of the
        series differ.
    bias : ndarray of shape (n_outputs,)
        Outputs without any contribution.
    classes : ndarray of shape (n_outputs,) or None
        Label of each output; None in regression.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.explain import class_activation
    >>> X, y = np.random.default_rng(0).normal(size=(20, 30)), np.arange(20) % 2
    >>> classifier = TCNClassifier(n_filters=4, n_blocks=2, max_epochs=1).fit(X, y)
    >>> activation = class_activation(classifier, X[:3])
    >>> activation.contributions.shape, activation.classes
    ((3, 2, 30), array([0, 1]))
    >>> activation.outputs.argmax(axis=1).tolist() == classifier.predict(X[:3]).tolist()
    True
    """

    contributions: Floats | list[Floats]
    bias: Floats
    classes: NDArray[Any] | None

    @property
    def outputs(self) -> Floats:
        """Logits or targets, ``(n_series, n_outputs)``: contributions summed, plus the bias."""
        return np.stack([each.sum(axis=1) for each in self.contributions]) + self.bias


def class_activation(estimator: Any, X: Any) -> ClassActivation:
    """Decompose the outputs for series into contributions of their time steps.

    Class activation maps [1]_, for time series [2]_, and for every pooling. All poolings, and the
    linear layer above them, are sums over time of the last features: with ``pooling="mean"`` each
    step has an equal share, with "max" the step of a feature's maximum has all of it, with "last"
    the last step has everything, with "attention" each step is weighted by its score. The
    contributions are therefore exact: with the bias they sum to the outputs.

    Contributions appear at the steps where the network has *seen* the evidence. The features of a
    step summarise its receptive field, which in a causal network ends with that step: a pattern
    shows at its end and after it. An LSTM that reads patches has one contribution a patch, which
    is distributed evenly over the steps of the patch.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier or regressor of this library; it is not changed. Contributions are
        averaged over several networks (``n_estimators``).
    X : array-like or list of arrays
        Series, as for ``predict``.

    Returns
    -------
    ClassActivation
        Contributions, bias and labels. With ``missing="trim"`` trimmed steps have none.

    References
    ----------
    .. [1] B. Zhou et al., "Learning deep features for discriminative localization", CVPR 2016.
    .. [2] Z. Wang, W. Yan and T. Oates, "Time series classification from scratch with deep neural
       networks", IJCNN 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.explain import class_activation
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = TCNClassifier(n_filters=8, causal=False, max_epochs=20).fit(X, y)
    >>> activation = class_activation(classifier, X[1:2])
    >>> activation.contributions.shape, activation.classes
    ((1, 2, 60), array(['bump', 'flat'], dtype='<U4'))
    >>> bump = activation.contributions[0, 0]
    >>> bool(bump[20:30].mean() > 3 * bump[40:].mean())
    True
    >>> logits = activation.outputs[0]
    >>> np.allclose(logits[1] - logits[0], classifier.decision_function(X[1:2]), atol=1e-4)
    True
    """
    model = resolve_model(estimator)
    if model.task.per_step:
        raise TypeError(
            "class_activation explains an answer for a whole series, got "
            f"{model.schema.owner}; use attribute, for one of its time steps"
        )
    panel = model.read(X)
    scale, offset = model.task.units
    contributions: list[Floats] = [np.empty(0)] * len(panel)
    for indices, part in iter_parts(panel):
        for index, unscaled in zip(indices, _contributions(model, part), strict=True):
            contributions[index] = unscaled * scale[:, None]
    biases = [member.head.bias.detach().cpu().double().numpy() for member in model.members]
    equal_length = (panel.lengths == panel.lengths[0]).all()
    return ClassActivation(
        np.stack(contributions) if equal_length else contributions,
        combine(biases, model.shares) * scale + offset,
        model.task.classes,
    )


@torch.inference_mode()
def _contributions(model: FittedModel, panel: Panel) -> list[Floats]:
    dataset = model.dataset(panel)
    sums = [np.zeros((model.task.n_outputs, length)) for length in panel.lengths]
    for network, share in zip(model.members, model.shares, strict=True):
        stride = network.backbone.stride
        for indices, inputs in iter_batches(dataset):
            batch = network.contributions(**inputs).cpu().double().numpy()
            for index, by_patch in zip(indices, batch, strict=False):
                sums[index] += share * _expand_patches(by_patch, panel.lengths[index], stride)
    return sums


def _expand_patches(contributions: Floats, length: int, stride: int) -> Floats:
    """Remove padding, and distribute the contribution of each patch over its steps."""
    n_steps = np.diff(np.arange(0, length, stride), append=length)
    return np.repeat(contributions[:, : len(n_steps)] / n_steps, n_steps, axis=1)
