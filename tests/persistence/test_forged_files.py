"""A file may claim what it likes: no more is made of it than it holds."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from sktcn import LSTMClassifier, TCNClassifier
from sktcn._io.checksummed import BLANK, pack
from sktcn.persistence import load, save
from tests.helpers.forged import assert_refused, forge

ROOT = Path(__file__).parents[2]
X, Y = np.random.default_rng(0).normal(size=(8, 6)), np.arange(8) % 2
FEW = {"differences": False, "max_epochs": 1, "n_fixed_kernels": 168}  # fitted when collected
TCN = TCNClassifier(n_filters=2, kernel_size=2, **FEW).fit(X, Y)
LSTM = LSTMClassifier(hidden_size=2, **FEW).fit(X, Y)

PARAMETERS, ATTRIBUTES = "parameters", "attributes"
TOO_LARGE = {
    "wide": (TCN, {(PARAMETERS, "n_filters"): 30_000}),
    "very wide": (TCN, {(PARAMETERS, "n_filters"): 10**15}),
    "long": (TCN, {(PARAMETERS, "kernel_size"): 10**9}),
    "deep": (TCN, {(PARAMETERS, "n_blocks"): 10**11}),
    "deep for long series": (
        TCN,
        {(PARAMETERS, "dilation_base"): 1, ("model", "longest"): 10**12},
    ),
    "activation": (TCN, {(PARAMETERS, "activation"): {"class": "torch.nn.Transformer"}}),
    "units": (LSTM, {(PARAMETERS, "hidden_size"): 10**6}),
    "layers": (LSTM, {(PARAMETERS, "n_layers"): 10**11}),
    "patches": (LSTM, {(PARAMETERS, "patch_size"): 10**9}),
}


def forge_all(path, changes):
    for (part, name), value in changes.items():
        forge(path, lambda e, value=value: value, part, name)


def test_a_number_of_blocks_that_is_no_integer(tmp_path):
    save(TCN, tmp_path / "model")
    forge_all(tmp_path / "model", {(PARAMETERS, "n_blocks"): 1e11})
    assert_refused(tmp_path / "model", "n_blocks")


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model"
    save(TCN, path)
    return path


@pytest.mark.parametrize(("estimator", "changes"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_network_that_is_larger_than_its_weights(saved, estimator, changes):
    save(estimator, saved)
    forge_all(saved, changes)
    assert_refused(saved, "is asked for, and there are weights for")


TEXTS = {
    "long": (["<U1000000000", ["a"]], "text"),
    "many": (["<U1000000", ["a"] * 100], "text"),
    "nested": (["<U1000000", [["a"] * 50] * 2], "text"),
    "as long as the longest": (["U", ["a" * 10_000, *["b"] * 10_000]], "text"),
}


@pytest.mark.parametrize(("content", "words"), TEXTS.values(), ids=TEXTS)
def test_text_that_takes_more_room_than_there_is_text(saved, content, words):
    forge(saved, lambda e: {"text": content}, ATTRIBUTES, "classes_")
    assert_refused(saved, words)


def test_text_that_takes_too_much_together(saved):
    labels = {"text": ["<U10000000", ["a"]]}
    forge(saved, lambda e: [labels, labels], ATTRIBUTES, "classes_")
    assert_refused(saved, "text")


def test_an_array_is_taken_once(saved):
    forge(saved, lambda e: [e["model"]["task"]["classes"]] * 1000, ATTRIBUTES, "more")
    assert_refused(saved, "nets_|classes_")


def test_json_that_is_very_deep(saved):
    state = '{"estimator": ' + "[" * 100_000 + "]" * 100_000
    raw = pack({"here": 0}, {})
    saved.write_bytes(resealed(raw, b'\\"here\\": 0', json.dumps(state)[2:-1].encode()))
    assert_refused(saved, "can't be loaded")


def test_json_with_a_very_long_number(saved):
    raw = pack({"here": 0}, {})
    saved.write_bytes(resealed(raw, b'\\"here\\": 0', b'\\"here\\": 1' + b"0" * 10_000))
    assert_refused(saved, "can't be loaded")


@pytest.mark.parametrize("end", [8, 2**42])
def test_a_tensor_of_a_terabyte(saved, end):
    raw = pack({"estimator": {}}, {"x": np.zeros(1)})
    claimed = b'"shape":[%d],"data_offsets":[0,%d]' % (2**39, end)
    saved.write_bytes(resealed(raw, b'"shape":[1],"data_offsets":[0,8]', claimed))
    assert_refused(saved, "can't be loaded")


def test_a_header_that_may_be_there_and_is_too_long(saved):
    saved.write_bytes((2**30).to_bytes(8, "little") + b"{")
    os.truncate(saved, 2**31)  # takes no room on the disk
    assert_refused(saved, "header would have 1073741824 bytes, and may have 67108864")


def resealed(raw, old, new):
    """Change the header of a file, and make it whole again."""
    start, header = raw[:8], raw[8 : 8 + int.from_bytes(raw[:8], "little")]
    body = raw[8 + len(header) :]
    assert old in header
    header = re.sub(rb"[0-9a-f]{64}", BLANK.encode(), header.replace(old, new))
    start = len(header).to_bytes(8, "little")
    digest = hashlib.sha256(start + header + body).hexdigest()
    return start + header.replace(BLANK.encode(), digest.encode(), 1) + body


def test_what_is_not_forged_may_be_large(tmp_path):
    """And have all that takes numbers of its own."""
    labels = np.array(["a" * 300, "b"])[Y]
    for estimator in (
        TCNClassifier(n_filters=[3, 40], norm="weight", residual="concat", activation=nn.PReLU),
        TCNClassifier(n_filters=1, n_blocks=1, kernel_size=1, norm=None, dilation_base=1),
        LSTMClassifier(n_layers=3, bidirectional=True, pooling="attention", dtype="float64"),
    ):
        estimator.set_params(max_epochs=1, n_estimators=2).fit(X, labels)
        save(estimator, tmp_path / "model")
        answers = load(tmp_path / "model").predict_proba(X)
        np.testing.assert_array_equal(answers, estimator.predict_proba(X))


@pytest.mark.skipif(sys.platform != "linux", reason="counts in kB, as Linux does")
def test_no_memory_is_taken(tmp_path):
    save(TCN, tmp_path / "good")
    for index, (estimator, changes) in enumerate(TOO_LARGE.values()):
        save(estimator, tmp_path / f"forged {index}")
        forge_all(tmp_path / f"forged {index}", changes)
    command = [sys.executable, "-m", "tests.helpers.refusals", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) < 50
