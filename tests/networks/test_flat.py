"""Weights are one tensor while a network is trained; what comes of it is as if they were not."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sktcn._training.flat_weights import ELEMENTWISE
from sktcn.networks import flattened, split_flat

layouts = st.lists(st.integers(0, 3), max_size=3).flatmap(
    lambda shape: st.tuples(st.just(shape), st.permutations(range(len(shape))))
)


@given(st.lists(layouts, min_size=1, max_size=4))
def test_joined_tensors_are_parts_of_one(drawn):
    tensors = [torch.randn(shape).permute(order) for shape, order in drawn]
    before = [tensor.clone() for tensor in tensors]
    strides = [tensor.stride() for tensor in before]
    with flattened(tensors) as whole:
        assert whole.numel() == sum(tensor.numel() for tensor in tensors)
        assert [tensor.stride() for tensor in tensors] == strides
        for tensor, same in zip(tensors, before, strict=True):
            assert torch.equal(tensor, same)
        whole += 1
        for part, tensor in zip(split_flat(whole, tensors), tensors, strict=True):
            assert part.data_ptr() == tensor.data_ptr()
    for tensor, same in zip(tensors, before, strict=True):
        assert torch.equal(tensor, same + 1)
        assert tensor.untyped_storage().nbytes() == tensor.numel() * tensor.itemsize


@pytest.mark.parametrize("kind", sorted(ELEMENTWISE, key=str))
def test_an_optimizer_does_the_same_with_joined_weights(tiny, data, kind):
    by_weight = type("ByWeight", (kind,), {})  # of which nothing is known
    options = {"dtype": "float64", "lr": 1e-3, "gradient_clip": 0.1, "weight_decay": 0.0}
    ours = tiny(optimizer=kind, **options).fit(*data)
    theirs = tiny(optimizer=by_weight, **options).fit(*data)
    (whole,) = ours.net_.optimizer_.param_groups[0]["params"]
    assert whole not in set(ours.net_.module_.parameters())
    assert len(theirs.net_.optimizer_.param_groups[0]["params"]) > 1
    for one, other in zip(weights(ours), weights(theirs), strict=True):
        assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_each_weight_has_its_own_memory_after_a_fit(tiny, data):
    for weight in tiny().fit(*data).net_.module_.parameters():
        assert weight.grad is None
        assert weight.untyped_storage().nbytes() == weight.numel() * weight.itemsize


def weights(estimator):
    return [weight.detach().numpy() for weight in estimator.net_.module_.parameters()]
