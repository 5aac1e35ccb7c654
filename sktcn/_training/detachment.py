"""Sequential detachment: a ridge that reads few responses (Uribarri et al., 2023)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sktcn._data.panel import Floats
from sktcn._model.task import Task
from sktcn._training.ridge import RidgeFit, fit_ridge
from sktcn._training.shares import KeptShares, Shares
from sktcn.networks.threshold_head import ThresholdHead

SHRINKAGE = 0.75  # responses that stay from one ridge to the next


@torch.inference_mode()
def fit_detached(
    head: ThresholdHead,
    shares: Shares,
    target: NDArray[Any],
    weight: Floats,
    task: Task,
    alphas: Floats,
    fraction: float,
) -> RidgeFit:
    """Fit ridges to fewer and fewer responses, down to a fraction of them.

    Responses whose weights are the least are left out before the next ridge. All shares of a
    response stay or go together: the response is what a time step costs. Loss, factor and strength
    are those of the ridge on all responses, whose leave-one-out answers alone are unbiased: the
    others know each series from the choice of the responses.
    """
    if len(weight) <= shares.n_features:
        shares = KeptShares.of(shares, target, weight)
    responses = head.responses
    n_responses = int(responses[-1]) + 1
    left, wanted = n_responses, max(1, round(fraction * n_responses))
    columns = torch.arange(len(responses))
    fit = whole = fit_ridge(head, shares, target, weight, task, alphas)
    alpha = np.array([whole.alpha])
    while left > wanted:
        left = max(wanted, int(SHRINKAGE * left))
        sizes = torch.zeros(n_responses, dtype=fit.sizes.dtype)
        sizes.index_add_(0, responses[columns], fit.sizes.cpu())
        kept = torch.zeros(n_responses, dtype=torch.bool)
        kept[sizes.topk(left).indices] = True
        columns = kept[responses].nonzero()[:, 0]
        fit = fit_ridge(head, shares, target, weight, task, alpha, columns, whole.factor)
    return whole
