"""Load the service, kill it in the middle, and hold each of its answers against the estimator.

Streams are random walks; each sends its samples at a steady rate, in a phase of its own, over one
TCP connection. Halfway, or ``--restart-at`` so many seconds, the service is killed (SIGKILL) and
started again, and what it had not kept is sent again, as its contract wants it. In the end there
must be an answer to every sample, that of the estimator for the series up to there; and, of a
service that has lived for minutes, the memory must be what it was after the first of them::

    python load.py                                          # a few seconds
    python load.py --streams 1000 --rate 5 --seconds 600    # in full
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from sktcn import TCNClassifier
from sktcn.persistence import save
from sktcn.streaming import to_streaming

SERVE = Path(__file__).with_name("serve.py")
N_CHANNELS = 2
TICK = 0.005  # seconds between looks at what is due
WARM_UP = 60.0  # seconds after which a service takes no more memory ...
MAX_GROWTH = 10.0  # ... than so many MB


def fit(n_filters: int) -> TCNClassifier:
    """Fit a classifier of random walks by their trend."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.normal(size=(60, N_CHANNELS, 80)) + (y - 1)[:, None, None] * 0.3
    return TCNClassifier(n_filters=n_filters, n_blocks=4, max_epochs=3).fit(X.cumsum(axis=2), y)


class Client:
    """Sends samples when they are due, and notes what comes back."""

    def __init__(self, X: np.ndarray, rate: float, command: list[str], restart: float | None):
        self.X, self.rate, self.command, self.restart = X, rate, command, restart
        n_streams, _, n_samples = X.shape
        self.names = [f"stream-{i}" for i in range(n_streams)]
        self.numbers = {name: i for i, name in enumerate(self.names)}
        phases = np.random.default_rng(1).uniform(0, 1 / rate, n_streams)
        self.due = phases[:, None] + np.arange(n_samples) / rate
        self.sent = np.zeros(n_streams, dtype=int)
        self.kept = np.zeros(n_streams, dtype=int)
        self.answered = np.full((n_streams, n_samples), np.nan)
        self.probabilities = np.full((n_streams, n_samples, 3), np.nan)
        self.problems: list[str] = []
        self.resent = 0
        self.memory: list[list[tuple[float, float]]] = []  # of each life: seconds, and MB

    async def run(self) -> None:
        """Send all, with a kill halfway, and wait for the answers."""
        await self._start()
        self.start = time.perf_counter()
        await self._send_until(self.due.max() / 2 if self.restart is None else self.restart)
        self.watching.cancel()
        self.process.kill()
        await self.process.wait()
        self.killed = self._now()
        self.reading.cancel()
        await self._start()
        self.resent = int((self.sent - self.kept).sum())
        self.sent = self.kept.copy()
        await self._send_until(self.due.max())
        while np.isnan(self.answered).any() and self._now() < self.due.max() + 30:
            await asyncio.sleep(0.1)
        self.watching.cancel()
        self.process.send_signal(signal.SIGTERM)
        await self.reading
        if await self.process.wait():
            self.problems.append("the service did not end well")
        if (self.kept != self.X.shape[2]).any():
            self.problems.append("not all was kept at the end")

    async def _start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(*self.command, stdout=-1)
        port = json.loads(await self.process.stdout.readline())["port"]
        streams = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        self.reader, self.writer = streams
        self._note(json.loads(await self.reader.readline()))
        self.reading = asyncio.create_task(self._read())
        self.memory.append([])
        self.watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Look each second how much memory the service has."""
        start = time.perf_counter()
        while True:
            now = time.perf_counter() - start
            self.memory[-1].append((now, resident(self.process.pid)))
            await asyncio.sleep(1)

    async def _read(self) -> None:
        while raw := await self.reader.readline():
            self._note(json.loads(raw))

    def _note(self, line: dict) -> None:
        if "saved" in line:
            for name, seq in line["saved"].items():
                self.kept[self.numbers[name]] = seq
            return
        if "probabilities" not in line:
            self.problems.append(str(line))
            return
        i, k = self.numbers[line["stream"]], line["seq"] - 1
        if line["n_timepoints"] != line["seq"]:
            self.problems.append(f"counted wrongly: {line}")
        if np.isnan(self.answered[i, k]):
            self.answered[i, k] = self._now()
            self.probabilities[i, k] = line["probabilities"]
        elif not np.allclose(self.probabilities[i, k], line["probabilities"], atol=1e-5):
            self.problems.append(f"another answer the second time: {line}")

    def _now(self) -> float:
        return time.perf_counter() - self.start

    def _line(self, i: int, k: int) -> bytes:
        sample = {"stream": self.names[i], "seq": k + 1, "x": self.X[i, :, k].tolist()}
        return (json.dumps(sample) + "\n").encode()

    async def _send_until(self, end: float) -> None:
        now = 0.0
        while now < end:
            now = self._now()
            upto = np.sum(self.due <= min(now, end), axis=1)
            lines = [
                self._line(i, k)
                for i in np.flatnonzero(upto > self.sent)
                for k in range(self.sent[i], upto[i])
            ]
            self.sent = upto
            self.writer.write(b"".join(lines))
            await self.writer.drain()
            await asyncio.sleep(TICK)


def resident(pid: int) -> float:
    """Return the MB that a process has in memory, by /proc; NaN where there is none."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    return float(status.split("VmRSS:")[1].split()[0]) / 1024


def check(client: Client, estimator: TCNClassifier) -> None:
    """Compare with the estimator: all with its stream, and some with `predict_proba`."""
    X, given = client.X, client.probabilities
    n_streams, _, n_samples = X.shape
    lost = int(np.isnan(client.answered).sum())
    streaming = to_streaming(estimator, n_streams)
    rest = np.max([np.abs(streaming.push(X[:, :, t]) - given[:, t]) for t in range(n_samples)])
    rng = np.random.default_rng(2)
    pairs = rng.integers([n_streams, n_samples], size=(200, 2))
    offline = estimator.predict_proba([X[i, :, : k + 1] for i, k in pairs])
    some = np.abs(offline - given[tuple(pairs.T)]).max()
    print(f"answers: {given.shape[0] * n_samples}, of which {lost} are lost")
    print(f"largest difference to push: {rest:.1e}, to predict_proba (200 prefixes): {some:.1e}")
    for problem in client.problems[:5]:
        print(f"problem: {problem}")
    if lost or client.problems or not np.max([rest, some]) < 1e-5:
        raise SystemExit("the service did not keep its contract")


def find_caught_up(client: Client, back: float) -> float:
    """Return when all that was due was answered; from then on latency is as before the kill."""
    found = back
    while (answered := np.nanmax(client.answered[client.due <= found])) > found + 0.1:
        found = answered
    return found


def report(client: Client) -> None:
    """Print rate, latency and memory."""
    due, answered = client.due, client.answered
    latency = 1000 * (answered - due)
    back = np.nanmin(answered[answered > client.killed])
    caught_up = find_caught_up(client, back)
    calm = (due < client.killed - 0.1) | (due > caught_up)
    held = answered.size / (np.nanmax(answered) - due.min())
    wanted = due.size / (due.max() - due.min())
    print(f"rate: {held:.0f} samples/s answered, {wanted:.0f} sent")
    print(
        f"latency since a sample was due, but for the time of the kill (ms): "
        f"median {np.nanmedian(latency[calm]):.1f}, "
        f"p99 {np.nanpercentile(latency[calm], 99):.1f}, largest {np.nanmax(latency[calm]):.1f}"
    )
    print(
        f"killed: away for {back - client.killed:.1f} s, {client.resent} samples sent again, "
        f"caught up {caught_up - back:.1f} s later"
    )
    for name, life in zip(("before", "after"), client.memory, strict=True):
        (_, first), (_, middle), (_, last) = life[0], life[len(life) // 2], life[-1]
        print(
            f"memory {name} the kill: {first:.0f} MB, halfway {middle:.0f}, at its end {last:.0f}"
        )
        warm = [size for seconds, size in life if seconds > WARM_UP]
        if warm and last > warm[0] + MAX_GROWTH:
            client.problems.append(f"memory grew from {warm[0]:.0f} to {last:.0f} MB")


def main() -> None:
    """Run the load test."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--rate", type=float, default=20.0, help="samples/s of each stream")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--restart-at", type=float, metavar="SECONDS", help="default: halfway")
    parser.add_argument("--filters", type=int, default=16)
    parser.add_argument("--save-every", type=float, default=1.0, metavar="SECONDS")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    estimator = fit(arguments.filters)
    rng = np.random.default_rng(3)
    shape = arguments.streams, N_CHANNELS, max(1, int(arguments.rate * arguments.seconds))
    X = rng.normal(size=shape).cumsum(axis=2) / 10
    with tempfile.TemporaryDirectory() as folder:
        save(estimator, f"{folder}/model.safetensors")
        files = [f"{folder}/model.safetensors", f"{folder}/state.npz"]
        options = ["--port=0", f"--streams={shape[0]}", f"--save-every={arguments.save_every}"]
        command = [sys.executable, str(SERVE), *files, *options]
        client = Client(X, arguments.rate, command, arguments.restart_at)
        asyncio.run(client.run())
    report(client)
    check(client, estimator)


if __name__ == "__main__":
    main()
