"""The same training by sktcn and by each of its peers: a task in, the seconds of each epoch out.

Every peer is used as its own documentation would have it, and where it leaves a choice, as it is
fastest: whole series in memory, no validation, nothing printed, AdamW in one fused step where
torch offers it, and XLA under Keras, whose steps were found to be a third shorter than those of
its graphs, and half those of its torch backend. What a library does between two epochs (saving
the best weights, for one) is not counted.

``Dropout`` is of single values in pytorch-tcn and tsai, of whole channels elsewhere. tsai knows no
norm but weight norm, so there ours has that too. Its blocks, pytorch-tcn's and keras-tcn's have a
norm and an activation after each convolution, ours before it, in like number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from unittest import mock

import torch
from torch import nn

from benchmarks.peers_keras import aeon_net, keras_tcn, sktime_lstm_fcn
from benchmarks.speed_networks import BareLSTM, BareTCN, convolutions_alone, train_bare
from benchmarks.speed_run import DECAY, LR, PLAIN, PLAIN_TCN, Task
from sktcn import LSTMClassifier, TCNClassifier


def ours(kind: type, sizes: tuple[str, ...], plain: dict[str, bool], task: Task) -> list[float]:
    """Train an estimator of ours, with those of the task's sizes that it has."""
    network = kind(
        **{name: getattr(task, name) for name in sizes},
        **plain,
        dropout=task.dropout,
        batch_size=task.batch_size,
        max_epochs=1 + task.n_epochs,
        lr=LR,
        weight_decay=DECAY,
        lr_schedule=None,
        label_smoothing=0.0,
        gradient_clip=None,
    )
    return network.fit(*task.data()).history_["seconds"]


def bare_loop(task: Task) -> list[float]:
    """Train our network, written with ``Conv1d``, by a loop of five lines."""
    return train_bare(BareTCN(task), task)


def channels_last_loop(task: Task) -> list[float]:
    """Train our network, written with ``Conv2d`` in channels-last memory, by the same loop."""
    return train_bare(BareTCN(task, channels_last=True), task)


def pytorch_tcn(task: Task) -> list[float]:
    """Train pytorch-tcn's network by skorch."""
    from pytorch_tcn import TCN

    tcn = TCN(
        task.n_channels,
        [task.n_filters] * task.n_blocks,
        kernel_size=task.kernel_size,
        dilations=[2**i for i in range(task.n_blocks)],
        dropout=task.dropout,
        use_norm=f"{task.norm}_norm",
    )
    return _train_by_skorch(Pooled(tcn, task), task)


def lstm_by_skorch(task: Task) -> list[float]:
    """Train ``nn.LSTM`` by skorch, with what our network has around it."""
    return _train_by_skorch(BareLSTM(task), task)


class Pooled(nn.Module):
    """Mean over time and a linear map, over a network that returns features."""

    def __init__(self, features: nn.Module, task: Task):
        super().__init__()
        self.features = features
        self.head = nn.Linear(task.n_filters, task.n_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(n, c, t)`` to ``(n, n_classes)``."""
        return self.head(self.features(x).mean(2))


def _train_by_skorch(module: nn.Module, task: Task) -> list[float]:
    from skorch import NeuralNetClassifier

    net = NeuralNetClassifier(
        module,
        criterion=nn.CrossEntropyLoss,
        optimizer=partial(torch.optim.AdamW, fused=True),
        optimizer__weight_decay=DECAY,
        lr=LR,
        batch_size=task.batch_size,
        max_epochs=1 + task.n_epochs,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )
    return net.fit(*task.data()).history[:, "dur"]


def tsai_tcn(task: Task) -> list[float]:
    """Train tsai's TCN by its Learner, as fastai's but for the optimiser, which is torch's."""
    _load_torchvision()
    from fastai.callback.core import Callback
    from fastai.optimizer import OptimWrapper
    from tsai.data.core import TSClassification, get_ts_dls
    from tsai.learner import Learner
    from tsai.models.TCN import TCN

    class Clock(Callback):
        """Seconds of each epoch's training part."""

        def before_train(self):
            self.start = time.perf_counter()

        def after_train(self):
            seconds.append(time.perf_counter() - self.start)

    seconds: list[float] = []
    X, y = task.data()
    everything = list(range(len(X)))
    dls = get_ts_dls(
        *(X, y),
        splits=(everything, everything[: task.batch_size]),
        tfms=[None, TSClassification()],
        bs=task.batch_size,
        drop_last=False,
        num_workers=0,
    )
    layers = [task.n_filters] * task.n_blocks
    module = TCN(task.n_channels, dls.c, layers, ks=task.kernel_size, conv_dropout=task.dropout)
    optimizer = partial(OptimWrapper, opt=torch.optim.AdamW, fused=True)
    learner = Learner(dls, module, nn.CrossEntropyLoss(), optimizer, LR, cbs=[Clock()])
    with learner.no_bar(), learner.no_logging():
        learner.fit(1 + task.n_epochs, wd=DECAY)
    return seconds


def _load_torchvision() -> None:
    """Load what fastai's image models want, though nothing of it is used here.

    A torchvision built for CUDA finds its operators missing beside a torch that is not.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", "(Tensor a, Tensor b, float c) -> Tensor")


def sktime_net(kind: str, task: Task) -> list[float]:
    """Train one of sktime's torch networks; it tells no times, so its epochs are timed."""
    from sktime.classification import deep_learning

    classifier = getattr(deep_learning, kind)
    seconds: list[float] = []
    run_epoch = classifier._run_epoch

    def timed(*arguments):
        start = time.perf_counter()
        run_epoch(*arguments)
        seconds.append(time.perf_counter() - start)

    with mock.patch.object(classifier, "_run_epoch", timed):
        classifier(
            num_epochs=1 + task.n_epochs,
            batch_size=task.batch_size,
            optimizer="AdamW",
            optimizer_kwargs={"lr": LR, "weight_decay": DECAY, "fused": True},
            callbacks=None,
        ).fit(*task.data())
    return seconds


TCN_SIZES = ("n_filters", "n_blocks", "kernel_size", "norm")
LSTM_SIZES = ("hidden_size", "patch_size")
Contender = Callable[[Task], list[float]]
CONTENDERS: dict[str, tuple[Contender, tuple[str, ...]]] = {
    # name: (how it trains, modules that it needs)
    "sktcn": (partial(ours, TCNClassifier, TCN_SIZES, PLAIN_TCN), ()),
    "sktcn LSTM": (partial(ours, LSTMClassifier, LSTM_SIZES, PLAIN), ()),
    "bare torch loop": (bare_loop, ()),
    "bare channels-last loop": (channels_last_loop, ()),
    "the convolutions alone": (convolutions_alone, ()),
    "skorch + pytorch-tcn": (pytorch_tcn, ("pytorch_tcn",)),
    "keras-tcn": (keras_tcn, ("tensorflow", "tcn")),
    "tsai TCN": (tsai_tcn, ("tsai",)),
    "skorch + nn.LSTM": (lstm_by_skorch, ()),
    "sktime FCN": (partial(sktime_net, "FCNClassifierTorch"), ("sktime",)),
    "sktime ResNet": (partial(sktime_net, "ResNetClassifierTorch"), ("sktime",)),
    "sktime LSTM-FCN": (sktime_lstm_fcn, ("sktime", "tensorflow")),
    "aeon FCN": (partial(aeon_net, "FCNClassifier"), ("aeon", "tensorflow")),
    "aeon ResNet": (partial(aeon_net, "ResNetClassifier"), ("aeon", "tensorflow")),
}


def seconds_an_epoch(name: str, task: Task) -> float:
    """Seconds of an epoch beyond the first, on average."""
    seconds = CONTENDERS[name][0](task)[1:]
    return sum(seconds) / len(seconds)
