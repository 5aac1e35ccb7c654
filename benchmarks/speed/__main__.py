"""How fast sktcn is, beside its peers and beside what the processor can do.

The peers need an environment of their own::

    python -m venv .venv-peers
    .venv-peers/bin/pip install torch==2.13.0
    .venv-peers/bin/pip install -e . -r benchmarks/requirements-peers.txt

(torch first, in the build for CPUs where that is wanted.) Then, with nothing else running::

    .venv-peers/bin/python -m benchmarks.speed

measures all parts, or those that are named, in twenty minutes on two cores and another hour for
"accuracy":

=========  =======================================================================================
step       rate of a training step through `fit`, as a part of a large matrix product's
peers      seconds an epoch beside each peer on the same network
predict    `predict_proba` of one series and of many, beside the bare module; its memory
overhead   what `fit` takes beside the training steps
search     `GridSearchCV` with one job and with two, and their threads
growth     exponents of time and memory in series, length, channels and filters
stream     `to_streaming`: a time step beside pytorch-tcn's, and after a million of them
lstm       an LSTM on long series with patches and without
accuracy   what that costs in accuracy, on sets that `sktcn.datasets.load_ucr` finds
=========  =======================================================================================

Contenders take turns, several rounds long, each in a process of its own; a figure is the median of
its rounds, a ratio that of two medians. Results go to ``speed.json`` (with the seconds of every
round), ``speed.md`` and ``speed.png`` in ``benchmarks/results``; parts not measured keep what they
were. Peers that are not installed are listed as such.
"""

from __future__ import annotations

from functools import partial

import torch

from benchmarks.speed_engine import overhead, predict
from benchmarks.speed_growth import accuracy, growth, lstm, search
from benchmarks.speed_parts import make_parser, measure, read, read_arguments, show, write
from benchmarks.speed_peers import peers, step
from benchmarks.speed_report import draw_peers
from benchmarks.speed_run import versions
from benchmarks.speed_stream import stream

PARTS = {
    "step": step,
    "peers": peers,
    "predict": predict,
    "overhead": overhead,
    "search": search,
    "growth": growth,
    "stream": stream,
    "lstm": lstm,
    "accuracy": accuracy,
}


def main() -> None:
    """Measure what is asked for; write after each part."""
    parser = make_parser(__doc__, PARTS)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--report", action="store_true", help="only write table and picture anew")
    asked = read_arguments(parser, PARTS)
    file = asked.out / "speed.json"
    results = read(file)
    for name in [] if asked.report else asked.parts:
        print(name, flush=True)
        run = partial(PARTS[name], asked.rounds, asked.threads)
        results[name] = measure(run, asked.rounds, asked.threads, versions())
        show(results[name])
        write(results, PARTS, file, "Speed")
    write(results, PARTS, file, "Speed")
    if "peers" in results:
        draw_peers(results, asked.out / "speed.png")


if __name__ == "__main__":
    main()
