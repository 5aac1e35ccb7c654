"""Optimisers that can't train these networks are refused by name, before any work."""

from __future__ import annotations

import pytest
import torch


@pytest.mark.parametrize("optimizer", ["lbfgs", "Muon", torch.optim.SparseAdam, int, "none"])
def test_optimizers_that_do_not_fit(tiny, data, optimizer):
    with pytest.raises(ValueError, match="optimizer must be one of"):
        tiny(optimizer=optimizer, weight_decay=0).fit(*data)
