"""Answer for live signals, one JSON line a sample, and go on after a restart.

A saved estimator follows as many streams as have names, each at its own pace::

    python serve.py model.safetensors state.npz --port 7000
    some-program | python serve.py model.safetensors state.npz

The lines, from standard input or from TCP connections::

    {"stream": "pump-7", "x": [1.0, 2.0]}       a sample, one number a channel
    {"stream": "pump-7", "reset": true}         its series starts anew
    {"stream": "pump-7", "seq": 18, "x": ...}   either may have a sequence number

and what is answered, to whom has sent the line::

    {"stream": "pump-7", "seq": 18, "n_timepoints": 18, "label": "worn", "probabilities": [...]}
    {"stream": "pump-7", "seq": 18, "seen": 20}     a line that was taken before; it is skipped
    {"error": "...", ...}                           a line that can't be used; it changes nothing
    {"saved": {"pump-7": 15, ...}}                  first of all, and after each save

The contract. Sequence numbers of a stream rise from line to line; one that has none counts as one
more than the line before. A line is *kept* once a "saved" line has its number or a later one for
its stream. A client holds on to its lines until they are kept. When it connects, it waits for the
first "saved" line, sends again, in order, what is not kept, and goes on. Then, whenever the service
is killed, no line is lost and none counts twice: the state that is read at the start is whole, and
is that after just those lines that its numbers say; what comes a second time is skipped. Answers
may come twice, those between the last save and a kill, with the same sequence number and, but for
rounding errors, the same content.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import torch
from follow import Streams, parse, write

from sktcn.persistence import load

MAX_LINE_BYTES = 2**20  # bytes of a line
MAX_QUEUED_LINES = 10_000  # lines that are read ahead; then senders must wait
TOO_LONG = {"error": f"a line must be shorter than {MAX_LINE_BYTES} bytes; good-bye"}
MAX_UNREAD_BYTES = 2**24  # bytes that a client may leave unread; then it is cut off


class Service:
    """Reads lines, pushes what has come meanwhile all at once, and saves from time to time."""

    def __init__(self, streams: Streams, path: str, seconds: float, connections: int = 100):
        self.streams, self.path, self.seconds = streams, path, seconds
        self.connections = connections
        self.saved = streams.last()
        self.queue: asyncio.Queue = asyncio.Queue(MAX_QUEUED_LINES)
        self.writers: set = set()
        self.readers: set = set()
        self.stop = asyncio.Event()

    async def run(self, port: int | None, host: str) -> None:
        """Serve until a signal, or the end of standard input; then save."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stop.set)
        server = None
        if port is not None:
            server = await asyncio.start_server(self._connect, host, port, limit=MAX_LINE_BYTES)
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(self._work())
            group.create_task(self._save_at_times())
            if server is None:
                self._read_standard_input()
            else:
                print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
            await self.stop.wait()
            if server is not None:
                server.close()
            for reader in self.readers:
                reader.cancel()
            await self.queue.join()
            worker.cancel()
        await self._save()
        await self._close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.readers) >= self.connections:
            _send(writer, {"error": f"there are {self.connections} connections; good-bye"})
            writer.close()
            return
        self.readers.add(asyncio.current_task())
        self._welcome(writer)
        try:
            await self._read(reader, writer)
        except ValueError:  # a part of a line must not be taken for a line
            _send(writer, TOO_LONG)
        except ConnectionError:
            pass  # nobody is there to be told
        except asyncio.CancelledError:
            return  # by run(), which closes all
        finally:
            self.readers.discard(asyncio.current_task())
        await self.queue.put((None, writer))  # to close it when all is answered

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = 0
        while raw := await reader.readline():
            number += 1
            await self._take(raw, number, writer)

    def _read_standard_input(self) -> None:
        """Read it in a thread, which may wait for ever: files and terminals can't be polled."""
        loop, output = asyncio.get_running_loop(), _Output()
        self._welcome(output)

        def read() -> None:
            with open(0, "rb", closefd=False) as lines:
                for number, raw in enumerate(iter(lambda: lines.readline(MAX_LINE_BYTES), b""), 1):
                    if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
                        output.write(_line(TOO_LONG))
                        break
                    taken = self._take(raw, number, output)
                    asyncio.run_coroutine_threadsafe(taken, loop).result()
            loop.call_soon_threadsafe(self.stop.set)

        threading.Thread(target=read, daemon=True).start()

    def _welcome(self, writer) -> None:
        self.writers.add(writer)
        _send(writer, {"saved": self.saved})

    async def _take(self, raw: bytes, number: int, writer) -> None:
        try:
            line = parse(raw, self.streams.channels)
        except ValueError as error:
            _send(writer, {"line": number, "error": str(error)})
        else:
            await self.queue.put((line, writer))
        await writer.drain()

    async def _work(self) -> None:
        while True:
            batch = [await self.queue.get()]
            while not self.queue.empty():
                batch.append(self.queue.get_nowait())
            taken = [(line, writer) for line, writer in batch if line is not None]
            answers = self.streams.take([line for line, _ in taken])
            texts = defaultdict(list)
            for (_, writer), answer in zip(taken, answers, strict=True):
                if answer is not None:
                    texts[writer].append(json.dumps(answer) + "\n")
            for writer, text in texts.items():
                writer.write("".join(text).encode())
            for line, writer in batch:
                if line is None:
                    self.writers.discard(writer)
                    writer.close()
                self.queue.task_done()

    async def _save_at_times(self) -> None:
        while not self.stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), self.seconds)
                return
            try:
                await self._save()
            except OSError as error:
                print(f"can't save, the last state stays: {error}", file=sys.stderr, flush=True)

    async def _save(self) -> None:
        """Save the state as it is now; writing takes a while, and pushes go on meanwhile."""
        last = self.streams.last()
        if last == self.saved:
            return
        await asyncio.to_thread(write, self.streams.snapshot(), self.path)
        self.saved = last
        for writer in self.writers:
            if _unread(writer) > MAX_UNREAD_BYTES:
                writer.transport.abort()
            else:
                _send(writer, {"saved": last})

    async def _close(self) -> None:
        for writer in self.writers:
            writer.close()
        with suppress(TimeoutError):
            closed = [writer.wait_closed() for writer in self.writers]
            await asyncio.wait_for(asyncio.gather(*closed, return_exceptions=True), 5)


class _Output:
    """Standard output as a StreamWriter; what it is given is written at once."""

    def write(self, text: bytes) -> None:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()

    def close(self) -> None:
        pass

    async def drain(self) -> None:
        pass

    async def wait_closed(self) -> None:
        pass


def _send(writer, answer: dict) -> None:
    writer.write(_line(answer))


def _unread(writer) -> int:
    """Bytes that a client has left to be read; standard output waits instead."""
    return writer.transport.get_write_buffer_size() if hasattr(writer, "transport") else 0


def _line(answer: dict) -> bytes:
    return (json.dumps(answer) + "\n").encode()


def make(arguments: argparse.Namespace) -> Service:
    """Load the estimator, and its state where there is one; exit with a message if that fails."""
    try:
        estimator = load(arguments.model)
        span = {"window": arguments.window, "decay": arguments.decay}
        streams = Streams(estimator, arguments.streams, arguments.every, **span)
    except (OSError, ValueError, ImportError) as error:
        raise SystemExit(f"{arguments.model} can't be served: {error}") from None
    if not Path(arguments.state).absolute().parent.is_dir():
        raise SystemExit(f"{arguments.state} can't be written: its folder does not exist")
    if Path(arguments.state).exists():
        try:
            streams.restore(arguments.state)
        except Exception as error:  # damaged files give errors of many kinds
            raise SystemExit(f"{arguments.state} can't be gone on with: {error}") from None
    return Service(streams, arguments.state, arguments.save_every, arguments.connections)


async def main(arguments: argparse.Namespace) -> None:
    """Run the service; exit with a message if the port is taken or the last save fails."""
    service = make(arguments)
    try:
        await service.run(arguments.port, arguments.host)
    except OSError as error:
        raise SystemExit(str(error)) from None


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="file that sktcn.persistence.save has written")
    parser.add_argument("state", help="file of the state, .npz; made where there is none")
    parser.add_argument("--port", type=int, help="TCP port, 0 for a free one (default: use stdin)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--connections", type=int, default=100, help="most at a time")
    parser.add_argument("--streams", type=int, default=100, help="most streams (default: 100)")
    parser.add_argument(
        "--every", type=int, default=1, help="answer every so many samples; 0: new labels alone"
    )
    parser.add_argument("--window", type=int, help="answer for the newest so many samples")
    parser.add_argument("--decay", type=float, help="weight of a sample relative to the next one")
    parser.add_argument("--save-every", type=float, default=5.0, metavar="SECONDS")
    return parser.parse_args()


if __name__ == "__main__":
    torch.set_num_threads(1)
    asyncio.run(main(read_arguments()))
