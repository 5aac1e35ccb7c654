"""Values as JSON, and back."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sktcn._io.tagged_json import Decoder, Encoder
from tests.helpers.state import state


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.sampled_from([np.float32(0.1), np.float64("nan"), np.str_("x"), np.bool_(True)]),
        lambda inner: (
            st.lists(inner)
            | st.lists(inner).map(tuple)
            | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner)
        ),
    )
)
@settings(deadline=None, max_examples=40)
def test_values_come_back_as_they_were(value):
    encoder = Encoder()
    text = json.dumps(encoder.encode(value, "value"))
    assert state(Decoder(encoder.arrays).decode(json.loads(text))) == state(value)


ARRAYS = [
    np.arange(6.0).reshape(2, 3).T,
    np.array(3, dtype=np.int16),
    np.array(2.5, dtype=">f4"),
    np.zeros((0, 2), dtype=bool),
    np.array([["a", "bc"], ["", "d"]]),
    np.array(["a", "bc"], dtype=object),
    torch.arange(6.0).view(2, 3).T,
    torch.tensor(7),
]


@pytest.mark.parametrize("array", ARRAYS, ids=repr)
def test_arrays_come_back_as_they_were(array):
    encoder = Encoder()
    value = {"a.b": array, "a": {"b": array}}  # two that would have one name
    text = json.dumps(encoder.encode(value, "x"))
    assert state(Decoder(encoder.arrays).decode(json.loads(text))) == state(value)


@pytest.mark.parametrize(
    "value",
    [
        1j,
        b"x",
        {1},
        print,
        object(),
        type("Own", (torch.nn.Module,), {}),
        np.datetime64("2020-01-01"),
        np.array([1j]),
        np.array(["a", 1], dtype=object),
        np.array([b"bytes"]),
        np.random.RandomState(np.random.PCG64(0)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_refused(value):
    with pytest.raises(TypeError, match=r"its\.name can't be saved"):
        Encoder().encode(value, "its.name")


@pytest.mark.parametrize(
    "value",
    [
        {"array": ["O", "x"]},
        {"text": ["V4", ["a"]]},
        {"scalar": ["O", 1]},
        {"class": "builtins.print"},
        {"class": "torch.optim.lr_scheduler"},
        {"reduce": []},
    ],
    ids=str,
)
def test_what_no_encoder_makes_is_refused(value):
    with pytest.raises(ValueError, match="in it"):
        Decoder({"x": np.zeros(3)}).decode(value)
