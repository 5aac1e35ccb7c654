"""The example in JavaScript answers as the estimator does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sktcn.export import read_metadata, streaming_to_onnx

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "examples" / "javascript"


@pytest.fixture
def node():
    if (node := shutil.which("node")) is None:
        pytest.skip("node isn't installed")
    if not (FOLDER / "node_modules" / "onnxruntime-node").exists():
        pytest.skip("needs `npm install` in examples/javascript")
    return node


def test_a_stream_in_node_answers_as_the_estimator(
    node, tiny_classifier, labelled_channels, tmp_path
):
    pytest.importorskip("onnxscript", reason="the export needs it")
    X, y = labelled_channels
    classifier = tiny_classifier().fit(X, y)
    model, metadata = tmp_path / "model.onnx", tmp_path / "model.json"
    streaming_to_onnx(classifier, model)
    metadata.write_text(json.dumps(read_metadata(model)), "utf-8")
    steps = "".join(f"{json.dumps(step)}\n" for step in X[0].T.tolist())
    done = subprocess.run(
        [node, FOLDER / "stream.mjs", model, metadata],
        input=steps,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    prefixes = [classifier.predict_proba(X[:1, :, :n])[0] for n in range(1, 17)]
    np.testing.assert_allclose(answers, prefixes, atol=1e-5)
