"""The fitted model as one torch module."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from sktcn._model.fitted import FittedModel
from sktcn._model.inference import combine


class RawSeriesNetwork(nn.Module):
    """Preprocessor and copies of the networks of a fitted model, in evaluation mode on the CPU.

    Later changes of the model change nothing here.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from sktcn import TCNClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 20)), [0, 1] * 4
    >>> classifier = TCNClassifier(n_filters=4, max_epochs=1).fit(X, y)
    >>> RawSeriesNetwork(classifier.model_)(torch.tensor(X), torch.full((8,), 20)).shape
    torch.Size([8, 2])
    """

    def __init__(self, model: FittedModel):
        super().__init__()
        self.dtype = model.torch_dtype
        self.preprocessor = model.preprocessor.module(self.dtype)
        self.members = nn.ModuleList(
            copy.deepcopy(member).cpu().requires_grad_(False) for member in model.members
        )
        self.shares = model.shares
        self.eval()

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Compute the outputs of all networks in float64, ``(n, n_outputs)``, before decoding.

        Raw series are ``(n, n_channels, t)``, padded on the right with anything; lengths are
        ``(n,)``, or None where there is no padding.
        """
        preprocessed = self.preprocessor(x, lengths)
        outputs = (member(preprocessed, lengths).double() for member in self.members)
        combined: Tensor = combine(outputs, self.shares)
        return combined
