"""Speed of sktcn beside peer libraries and beside the processor's matrix product.

The peers need an environment of their own::

    python -m venv .venv-peers
    .venv-peers/bin/pip install torch==2.13.0
    .venv-peers/bin/pip install -e . -r benchmarks/requirements-peers.txt

(torch first, in the build for CPUs where that is wanted.) Then, with nothing else running::

    .venv-peers/bin/python -m benchmarks.speed

measures all parts, or the named ones, in twenty minutes on two cores and another hour for
"accuracy":

=========  =======================================================================================
step       arithmetic rate of an update in `fit`, as a fraction of a large matrix product's
peers      seconds an epoch beside each peer on the same network
predict    `predict_proba` of one series and of many, beside the bare module; its memory
overhead   time of `fit` beyond that of its updates
threads    `fit` of several sizes with one thread and with all, and the threads chosen
rocket     `RocketClassifier` beside sktime's MiniRocket in fit and predict, and a time step
search     `GridSearchCV` with one job and with two, and their threads
growth     exponents of time and memory in series, length, channels and filters
stream     `to_streaming`: a time step beside pytorch-tcn's, and after a million of them
gpu        training, prediction and streams on a GPU, beside peers and beside the CPU
lstm       an LSTM on long series with patches and without
accuracy   accuracy with patches and without, on sets that `sktcn.datasets.load_ucr` finds
=========  =======================================================================================

Measurements of contenders are interleaved over several rounds, each contender in a process of its
own; a figure is the median of its rounds, a ratio that of two medians. Results go to ``speed.json``
(with the seconds of every round), ``speed.md`` and ``speed.png`` in
``benchmarks/speed/results/local``, or ``--out``; other parts keep their results. Peers that are not
installed are listed as such.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch

from benchmarks.common.parts import make_parser, measure, read, read_arguments, show, write
from benchmarks.speed.gpu import gpu
from benchmarks.speed.growth import growth
from benchmarks.speed.overhead import overhead, predict
from benchmarks.speed.parallel import search
from benchmarks.speed.patches import accuracy, lstm
from benchmarks.speed.peers import peers
from benchmarks.speed.picture import draw_peers
from benchmarks.speed.rocket import rocket
from benchmarks.speed.step import step
from benchmarks.speed.stream import stream
from benchmarks.speed.threads import threads

RESULTS = Path(__file__).parent / "results" / "local"
PACKAGES = (
    *("sktcn", "torch", "numpy", "scikit-learn", "skorch", "pytorch-tcn", "keras", "keras-tcn"),
    *("tensorflow", "tsai", "fastai", "sktime", "aeon", "numba"),
)
PARTS = {
    "step": step,
    "peers": peers,
    "predict": predict,
    "overhead": overhead,
    "threads": threads,
    "rocket": rocket,
    "search": search,
    "growth": growth,
    "stream": stream,
    "gpu": gpu,
    "lstm": lstm,
    "accuracy": accuracy,
}


def main() -> None:
    """Measure the named parts; write after each."""
    parser = make_parser("speed", __doc__, PARTS, RESULTS)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--report", action="store_true", help="only redraw table and picture")
    arguments = read_arguments(parser, PARTS)
    file = arguments.out / "speed.json"
    results = read(file)
    for name in [] if arguments.report else arguments.parts:
        print(name, flush=True)
        run = partial(PARTS[name], arguments.rounds, arguments.threads)
        results[name] = measure(run, arguments.rounds, arguments.threads, PACKAGES)
        show(results[name])
        write(results, PARTS, file, "Speed")
    write(results, PARTS, file, "Speed")
    if "peers" in results:
        draw_peers(results, arguments.out / "speed.png")


if __name__ == "__main__":
    main()
