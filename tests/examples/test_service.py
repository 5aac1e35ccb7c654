"""The example of a service answers as the estimator does, whatever comes and whenever it dies."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import signal
import socket
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from sktcn import LSTMClassifier, TCNClassifier, TCNRegressor, TCNStepClassifier
from sktcn.persistence import save

FOLDER = Path(__file__).parents[2] / "examples" / "service"
PATIENCE = 120  # seconds; a machine may be busy


def fit(estimator=TCNClassifier, **parameters):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 2, 15)), np.repeat(["fine", "worn", "öl"], 4)
    size = {"hidden_size": 4} if estimator is LSTMClassifier else {"n_filters": 4, "n_blocks": 2}
    y = rng.normal(size=12) if estimator is TCNRegressor else y
    return estimator(max_epochs=2, **size, **parameters).fit(X, y)


@pytest.fixture(scope="module")
def follow():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("follow")


@pytest.fixture(scope="module")
def estimator():
    return fit()


@pytest.fixture
def files(estimator, tmp_path):
    save(estimator, tmp_path / "model")
    return [str(tmp_path / "model"), str(tmp_path / "state.npz")]


def command(files, *options):
    return [sys.executable, str(FOLDER / "serve.py"), *files, *options]


@contextmanager
def served(files, *options):
    """Start the service; give the process, and a connection as a file."""
    with subprocess.Popen(command(files, "--port=0", *options), stdout=subprocess.PIPE) as process:
        try:
            process.port = json.loads(process.stdout.readline())["port"]
            with connected(process) as connection:
                yield process, connection.makefile("rwb")
        finally:
            process.kill()


def connected(process):
    return socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE)


def send(connection, lines):
    connection.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    connection.flush()


def receive(connection, n_answers, kept=None):
    """Read so many answers, and go on until all of ``kept`` is; return answers and what is."""
    answers, saved = [], {}
    while len(answers) < n_answers or (kept and any(saved.get(s, 0) < kept[s] for s in kept)):
        line = json.loads(connection.readline())
        if "saved" in line:
            saved = line["saved"]
        else:
            answers.append(line)
    return answers, saved


def draw_lines(n_lines, seed=0):
    """Samples of three streams of different rates, and some resets."""
    rng = np.random.default_rng(seed)
    lines, seqs = [], dict.fromkeys(["slow", "pump-7", "fast ✓"], 0)
    for name in rng.choice(list(seqs), n_lines, p=[0.1, 0.3, 0.6]).tolist():
        seqs[name] += 1
        content = {"reset": True} if rng.random() < 0.03 else {"x": rng.normal(size=2).tolist()}
        lines.append({"stream": name, "seq": seqs[name]} | content)
    return lines


def newest(lines):
    return {line["stream"]: line["seq"] for line in lines}


def assert_answers(answers, lines, estimator):
    """Each line has its answer, that of the estimator for its series up to there."""
    series, prefixes = {}, {}
    for line in lines:
        name = line["stream"]
        series[name] = [] if "reset" in line else [*series.get(name, []), line["x"]]
        prefixes[name, line["seq"]] = np.array(series[name]).T
    given = {(a["stream"], a["seq"]): a for a in answers}
    assert given.keys() == prefixes.keys()
    samples = [key for key, prefix in prefixes.items() if prefix.size]
    expected = estimator.predict_proba([prefixes[key] for key in samples])
    np.testing.assert_allclose([given[k]["probabilities"] for k in samples], expected, atol=1e-5)
    labels = estimator.classes_[np.argmax([given[k]["probabilities"] for k in samples], axis=1)]
    assert [given[key]["label"] for key in samples] == labels.tolist()
    for key, prefix in prefixes.items():
        assert given[key]["n_timepoints"] == (prefix.shape[1] if prefix.size else 0)


@pytest.mark.slow
def test_a_service_that_was_killed_loses_nothing_and_counts_nothing_twice(files, estimator):
    lines = draw_lines(240)
    with served(files, "--save-every=0.1") as (process, connection):
        send(connection, lines[:100])
        first, _ = receive(connection, 100, kept=newest(lines[:100]))
        send(connection, lines[100:180])
        second, _ = receive(connection, 80)
        process.kill()
    with served(files, "--connections=1") as (process, connection):
        saved = json.loads(connection.readline())["saved"]
        assert all(saved[name] >= seq for name, seq in newest(lines[:100]).items())
        with connected(process) as another:
            refused = another.makefile().readlines()
        assert "1 connections" in json.loads(refused[0])["error"]
        again = [line for line in lines[:180] if line["seq"] > saved[line["stream"]]]
        send(connection, [*again, *lines[180:]])
        third, _ = receive(connection, len(again) + 60)
        assert_answers(first + second + third, lines, estimator)
        process.send_signal(signal.SIGTERM)
        _, saved = receive(connection, 0, kept=newest(lines))
        assert connection.read() == b""
        assert process.wait(PATIENCE) == 0
    assert saved == newest(lines)


BAD = [
    (b"", "JSON"),
    (b"pump-7 1.0 2.0", "JSON"),
    (b"\xff\xfe", "utf-"),
    (b"[" * 100_000, "flat"),
    (b"[1.0, 2.0]", "must be a JSON object"),
    (b'{"x": [1.0, 2.0]}', "with a name"),
    (b'{"stream": 7, "x": [1.0, 2.0]}', "with a name"),
    (b'{"stream": "a"}', "either"),
    (b'{"stream": "a", "x": [1.0, 2.0], "reset": true}', "either"),
    (b'{"stream": "a", "reset": false}', "either"),
    (b'{"stream": "a", "reset": 1}', "either"),
    (b'{"stream": "a", "x": [1.0, 2.0], "time": 3}', "got ['time']"),
    (b'{"stream": "a", "x": 1.0}', "a list of 2 numbers"),
    (b'{"stream": "a", "x": [1.0]}', "a list of 2 numbers"),
    (b'{"stream": "a", "x": [[1.0, 2.0]]}', "a list of 2 numbers"),
    (b'{"stream": "a", "x": [1.0, "2.0"]}', "numbers alone"),
    (b'{"stream": "a", "x": [1.0, true]}', "numbers alone"),
    (b'{"stream": "a", "x": [1.0, NaN]}', "NaN is no JSON"),
    (b'{"stream": "a", "x": [1.0, null]}', "got nan in stream"),
    (b'{"stream": "a", "x": [1.0, 1e999]}', "got inf in stream"),
    (b'{"stream": "a", "x": [1.0, 1e39]}', "got 1e+39 in stream"),
    (b'{"stream": "a", "x": [1.0, 1' + b"0" * 400 + b"]}", "a float can hold"),
    (b'{"stream": "a", "seq": 0, "x": [1.0, 2.0]}', "seq must be a positive integer"),
    (b'{"stream": "a", "seq": true, "x": [1.0, 2.0]}', "seq must be a positive integer"),
    (b'{"stream": "a", "seq": 1e3, "x": [1.0, 2.0]}', "seq must be a positive integer"),
    (b'{"stream": "' + b"a" * 201 + b'", "x": [1.0, 2.0]}', "200 characters, got 201"),
    (b'{"stream": "a", "seq": 9223372036854775808, "x": [1.0, 2.0]}', "got 9223372036854775808"),
]


def test_bad_lines_are_told_and_change_nothing(files, estimator):
    """By standard input, each between good ones; the last one has no end."""
    lines = draw_lines(len(BAD) + 1)
    raw = [json.dumps(line).encode() for line in lines]
    mixed = [raw[0], *(b for (bad, _), good in zip(BAD, raw[1:], strict=True) for b in (bad, good))]
    done = subprocess.run(
        command(files, "--streams=4"),
        input=b"\n".join(mixed) + b"\n" + b"[" * 2**21,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stderr == b""
    first, *answers = map(json.loads, done.stdout.splitlines())
    assert first == {"saved": {}}
    assert answers.pop() == {"saved": newest(lines)}
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert_answers([answer for answer in answers if "error" not in answer], lines, estimator)
    assert len(errors) == len(BAD) + 1
    assert "shorter than 1048576 bytes" in errors[-1]
    for _, told in BAD:
        assert any(told in error for error in errors), told


def samples(follow, name, x):
    return [follow.Line(name, None, row) for row in np.asarray(x).T.tolist()]


@pytest.mark.parametrize("kind", [TCNClassifier, LSTMClassifier])
def test_new_labels_alone_may_be_told(kind, follow):
    estimator = fit(kind)
    X = np.random.default_rng(1).normal(size=(2, 2, 30)).cumsum(axis=2)
    streams = follow.Streams(estimator, 2, every=0)
    lines = [line for name, x in zip("ab", X, strict=True) for line in samples(follow, name, x)]
    told = [answer for answer in streams.take(lines) if answer]
    for name, x in zip("ab", X, strict=True):
        labels = estimator.predict([x[:, : t + 1] for t in range(30)])
        new = np.flatnonzero(labels[1:] != labels[:-1]) + 2
        mine = [a["n_timepoints"] for a in told if a["stream"] == name]
        np.testing.assert_array_equal(mine, [1, *new])


def test_regressors_tell_values(follow):
    estimator = fit(TCNRegressor)
    x = np.random.default_rng(1).normal(size=(2, 9))
    answers = follow.Streams(estimator, 3, every=4).take(samples(follow, "a", x))
    told = [answer for answer in answers if answer]
    assert [answer["n_timepoints"] for answer in told] == [4, 8]
    expected = estimator.predict([x[:, :4], x[:, :8]])
    np.testing.assert_allclose([answer["value"] for answer in told], expected, atol=1e-5)


def test_time_steps_are_answered_after_the_delay(follow):
    rng = np.random.default_rng(0)
    X, sample = rng.normal(size=(12, 2, 15)), b'{"stream": "a", "x": [1.0, 2.0]}'
    lines = [follow.parse(sample, [0, 1])] * 5
    x = np.tile([[1.0], [2.0]], 5)[None]
    small = {"n_filters": 4, "n_blocks": 1, "max_epochs": 1, "delay": 2}
    classifier = TCNStepClassifier(**small).fit(X, np.where(X[:, 0] > 0, "up", "down"))
    answers = follow.Streams(classifier, 2).take(lines)
    assert [set(each) for each in answers[:2]] == [{"stream", "seq", "n_timepoints"}] * 2
    assert [each["label"] for each in answers[2:]] == classifier.predict(x)[0, :3].tolist()
    assert follow.Streams(classifier, 2, every=0).take(lines)[:3] == [None, None, answers[2]]
    several = TCNStepClassifier(**small).fit(X, (X > 0).astype(int))
    answers = follow.Streams(several, 2).take(lines)
    expected = several.predict_proba(x)[0, :3]
    np.testing.assert_allclose([each["value"] for each in answers[2:]], expected, atol=1e-5)
    assert not any("value" in each or "label" in each for each in answers[:2])


def test_null_is_a_missing_value_where_the_estimator_knows_them(follow):
    estimator = fit(missing="mask")
    line = follow.parse(b'{"stream": "a", "x": [1.0, null]}', [0, 1])
    (answer,) = follow.Streams(estimator, 1).take([line])
    expected = estimator.predict_proba(np.array([[[1.0], [np.nan]]]))
    np.testing.assert_allclose(answer["probabilities"], expected[0], atol=1e-5)


def test_lines_that_come_again_are_skipped(follow, estimator):
    streams = follow.Streams(estimator, 2)
    lines = [follow.Line("a", seq, [1.0, 2.0]) for seq in (3, 7, 7, 5)]
    answers = streams.take(lines)
    assert [answer["n_timepoints"] for answer in answers[:2]] == [1, 2]
    assert answers[2:] == [{"stream": "a", "seq": seq, "seen": 7} for seq in (7, 5)]
    assert streams.take([follow.Line("a", None, None)])[0]["seq"] == 8


def test_a_name_that_never_had_a_good_line_takes_no_place(follow, estimator):
    streams = follow.Streams(estimator, 2)
    good = [0.0, 1.0]
    values = {"a": [np.nan, 1.0], "b": good, "c": good}
    answers = streams.take([follow.Line(name, None, x) for name, x in values.items()])
    assert "error" in answers[0]
    assert "all 2 streams have other names" in answers[2]["error"]
    (answer,) = streams.take([follow.Line("c", None, good)])
    assert answer["n_timepoints"] == 1
    assert streams.last() == {"b": 1, "c": 1}


def test_a_state_of_another_model_or_none_is_refused(files, estimator, follow):
    streams = follow.Streams(estimator, 3)
    streams.take(samples(follow, "a\0", np.ones((2, 5))))
    follow.write(streams.snapshot(), files[1])
    again = follow.Streams(estimator, 3)
    again.restore(files[1])
    assert again.last() == {"a\0": 5}
    with pytest.raises(ValueError, match="same fitted estimator"):
        follow.Streams(fit(random_state=1), 3).restore(files[1])
    with pytest.raises(ValueError, match="another number of streams"):
        follow.Streams(estimator, 4).restore(files[1])
    whole = Path(files[1]).read_bytes()
    Path(files[1]).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SystemExit, match="can't be gone on with"):
        make_service(files)
    assert Path(files[1]).read_bytes() == whole[: len(whole) // 2]


def make_service(files, **options):
    """Make the service in this process."""
    model, state = files
    arguments = {"streams": 3, "every": 1, "window": None, "decay": None} | options
    serve = importlib.import_module("serve")
    return serve.make(argparse.Namespace(model=model, state=state, **arguments))


def refusal(arguments, *options):
    """The message with which a service that can't start ends."""
    done = subprocess.run(command(arguments, *options), capture_output=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert done.stdout == b""
    message = done.stderr.decode()
    assert "Traceback" not in message
    return message


@pytest.mark.slow
def test_a_start_that_fails_ends_with_a_message(files, tmp_path):
    model, state = files
    nowhere, damaged, ahead = (tmp_path / name for name in ("nowhere", "damaged", "ahead"))
    damaged.write_bytes(Path(model).read_bytes()[:-9])
    save(fit(causal=False), ahead)
    assert "nowhere can't be served: [Errno 2] No such file" in refusal([str(nowhere), state])
    assert "damaged can't be served" in refusal([str(damaged), state])
    assert "ahead can't be served: an estimator must see the past" in refusal([str(ahead), state])
    assert "its folder does not exist" in refusal([model, str(nowhere / "state.npz")])
    assert "window must be a positive integer" in refusal(files, "--window=0")
    assert "decay must be a number between 0 and 1" in refusal(files, "--decay=1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "already in use" in refusal(files, f"--port={taken.getsockname()[1]}")


def test_a_window_is_passed_on_and_says_when_it_is_full(estimator, follow, files):
    streams = follow.Streams(estimator, 2, window=3)
    lines = [follow.parse(b'{"stream": "a", "x": [1.0, 2.0]}', [0, 1])] * 4
    assert [answer["full"] for answer in streams.take(lines)] == [False, False, True, True]
    with pytest.raises(SystemExit, match="window must be a positive integer"):
        make_service(files, window=0)
    with pytest.raises(SystemExit, match="decay must be a number between 0 and 1"):
        make_service(files, decay=1.0)


def test_a_state_that_claims_a_terabyte_is_refused(files, estimator, follow):
    streams = follow.Streams(estimator, 3)
    whole = streams.snapshot()
    follow.write(whole | {"seqs": np.zeros(10**6, dtype=np.int64)}, files[1])
    with pytest.raises(ValueError, match="bytes at most, got 80"):
        streams.restore(files[1])
    follow.write(whole, files[1])
    forge_length(files[1], "seqs.npy", b"(3,)", b"(%d,)" % 2**40)
    with pytest.raises((ValueError, MemoryError)):
        streams.restore(files[1])
    assert streams.last() == {}


def forge_length(path, name, old, new):
    """Forge the shape that an array in a .npz file claims."""
    with zipfile.ZipFile(path) as file:
        members = {each: file.read(each) for each in file.namelist()}
    assert old in members[name]
    room = b" " * (len(new) - len(old)) + b"\n"
    members[name] = members[name].replace(old, new).replace(room, b"\n", 1)
    with zipfile.ZipFile(path, "w") as file:
        for each, content in members.items():
            file.writestr(each, content)


def test_who_never_reads_is_cut_off(files, monkeypatch):
    """And others are answered."""
    monkeypatch.syspath_prepend(str(FOLDER))
    serve = importlib.import_module("serve")
    monkeypatch.setattr(serve, "MAX_UNREAD_BYTES", 0)

    class Writer:
        written = b""

        def __init__(self, waiting):
            self.transport = self
            self.waiting, self.aborted = waiting, False

        def write(self, text):
            self.written += text

        def get_write_buffer_size(self):
            return self.waiting

        def abort(self):
            self.aborted = True

    async def save_once():
        arguments = argparse.Namespace(
            model=files[0],
            state=files[1],
            streams=2,
            every=1,
            window=None,
            decay=None,
            save_every=1,
            connections=2,
        )
        service = serve.make(arguments)
        service.streams.take([serve.parse(b'{"stream": "a", "x": [1.0, 2.0]}', [0, 1])])
        service.writers = {reads, never}
        await service._save()

    reads, never = Writer(0), Writer(1)
    asyncio.run(save_once())
    assert (reads.aborted, never.aborted) == (False, True)
    assert json.loads(reads.written) == {"saved": {"a": 1}}
    assert never.written == b""


def load(*options):
    """Run the load test; what it prints."""
    program = [sys.executable, str(FOLDER / "load.py"), *options]
    done = subprocess.run(program, timeout=PATIENCE, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


@pytest.mark.slow
def test_the_load_test_finds_nothing_in_a_second():
    printed = load("--streams=5", "--rate=10", "--seconds=1", "--restart-at=0.4", "--filters=2")
    assert "answers: 50, of which 0 are lost" in printed
    assert printed.count("memory") == 2


@pytest.mark.slow
def test_the_load_test_finds_nothing():
    load()
