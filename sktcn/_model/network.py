"""TODO."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from sktcn._preprocessing.torch_form import TorchPreprocessor
from sktcn.estimators.base import SequenceEstimator


class FittedNetwork(nn.Module):
    """Raw series to outputs: the preparation of a fitted estimator, and a copy of its networks.

    In evaluation mode and on the CPU. The estimator is left as it is, and what becomes of it
    later changes nothing here.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from sktcn import TCNClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 20)), [0, 1] * 4
    >>> classifier = TCNClassifier(n_filters=4, max_epochs=1).fit(X, y)
    >>> FittedNetwork(classifier)(torch.tensor(X), torch.full((8,), 20)).shape
    torch.Size([8, 2])
    """

    def __init__(self, estimator: SequenceEstimator):
        super().__init__()
        self.dtype = next(estimator.net_.module_.parameters()).dtype
        self.prepare = TorchPreprocessor(estimator._preparation, self.dtype)
        self.members = nn.ModuleList(
            copy.deepcopy(net.module_).cpu().requires_grad_(False) for net in estimator.nets_
        )
        self.eval()

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Answer for series.

        Parameters
        ----------
        x : Tensor
            Series, ``(n, n_channels, t)``, padded on the right with anything.
        lengths : Tensor, default=None
            Length of each series, ``(n,)``; None where there is no padding.

        Returns
        -------
        Tensor
            Logits or standardised targets in float64, ``(n, n_outputs)``; the mean over the
            networks of an ensemble.
        """
        prepared = self.prepare(x, lengths)
        outputs = [member(prepared, lengths) for member in self.members]
        return torch.stack(outputs).double().mean(0)
