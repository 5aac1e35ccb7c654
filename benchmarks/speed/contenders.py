"""One training task by sktcn and by each peer; each function returns the seconds of each epoch.

Each peer is used as its documentation recommends, with the fastest of its options: whole series in
memory, no validation, nothing printed, AdamW fused where torch offers it, and XLA under Keras,
whose updates took a third less time than its graphs', and half that of its torch backend. The
seconds leave out a library's work between epochs, such as saving the best weights; sktime has none.

``Dropout`` drops single values in pytorch-tcn and tsai, whole channels elsewhere. tsai has weight
norm alone, and sktcn has the same there. The blocks of tsai, pytorch-tcn and keras-tcn have a norm
and an activation after each convolution, those of sktcn before it, in equal number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from statistics import fmean

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from benchmarks.common.task import LR, PLAIN, PLAIN_BFLOAT16, PLAIN_TCN, WEIGHT_DECAY, Task
from benchmarks.speed.contenders_keras import aeon_net, keras_tcn, sktime_lstm_fcn
from benchmarks.speed.convolutions import convolutions_alone
from benchmarks.speed.networks import BareLSTM, BareTCN, train_bare
from sktcn import LSTMClassifier, TCNClassifier


def sktcn_estimator(
    kind: type, sizes: tuple[str, ...], plain: dict[str, bool], task: Task
) -> list[float]:
    """Train an estimator of sktcn, with the task's sizes that it has parameters for.

    It has all threads, as the others have.
    """
    network = kind(
        **{name: getattr(task, name) for name in sizes},
        **plain,
        dropout=task.dropout,
        batch_size=task.batch_size,
        max_epochs=1 + task.n_epochs,
        lr=LR,
        weight_decay=WEIGHT_DECAY,
        lr_schedule=None,
        n_threads=torch.get_num_threads(),
        label_smoothing=0.0,
        gradient_clip=None,
    )
    return network.fit(*task.data()).history_["seconds"]


def bare_loop(task: Task) -> list[float]:
    """Train sktcn's network, written with ``Conv1d``, by a loop of five lines."""
    return train_bare(BareTCN(task), task)


def channels_last_loop(task: Task) -> list[float]:
    """Train sktcn's network, written with ``Conv2d`` in channels-last memory, by the same loop."""
    return train_bare(BareTCN(task, channels_last=True), task)


def pytorch_tcn(task: Task, device: str = "cpu") -> list[float]:
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
    return _train_by_skorch(Pooled(tcn, task), task, device)


def lstm_by_skorch(task: Task) -> list[float]:
    """Train ``nn.LSTM`` by skorch, with the other layers of sktcn's network."""
    return _train_by_skorch(BareLSTM(task), task)


class Pooled(nn.Module):
    """Mean over time and a linear map, on a network that returns features."""

    def __init__(self, features: nn.Module, task: Task):
        super().__init__()
        self.features = features
        self.head = nn.Linear(task.n_filters, task.n_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(n, c, t)`` to ``(n, n_classes)``."""
        return self.head(self.features(x).mean(2))


def _train_by_skorch(module: nn.Module, task: Task, device: str = "cpu") -> list[float]:
    from skorch import NeuralNetClassifier

    net = NeuralNetClassifier(
        module,
        criterion=nn.CrossEntropyLoss,
        optimizer=partial(torch.optim.AdamW, fused=True),
        optimizer__weight_decay=WEIGHT_DECAY,
        lr=LR,
        batch_size=task.batch_size,
        max_epochs=1 + task.n_epochs,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
        device=device,
    )
    return net.fit(*task.data()).history[:, "dur"]


def tsai_tcn(task: Task) -> list[float]:
    """Train tsai's TCN by its Learner, with fastai's defaults and torch's optimiser."""
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
        learner.fit(1 + task.n_epochs, wd=WEIGHT_DECAY)
    return seconds


def _load_torchvision() -> None:
    """Import torchvision, which fastai's image models need, unused here.

    A torchvision built for CUDA lacks its operators beside a torch that is not.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", "(Tensor a, Tensor b, float c) -> Tensor")


def sktime_net(kind: str, task: Task) -> list[float]:
    """Train one of sktime's torch networks; an epoch ends with its last update."""
    from sktime.classification import deep_learning

    classifier = getattr(deep_learning, kind)(
        num_epochs=1 + task.n_epochs,
        batch_size=task.batch_size,
        optimizer="AdamW",
        optimizer_kwargs={"lr": LR, "weight_decay": WEIGHT_DECAY, "fused": True},
        callbacks=None,
    )
    updates = [time.perf_counter()]
    hook = register_optimizer_step_post_hook(lambda *_: updates.append(time.perf_counter()))
    try:
        classifier.fit(*task.data())
    finally:
        hook.remove()
    ends = updates[:: task.n_updates]
    return [end - start for start, end in pairwise(ends)]


TCN_SIZES = ("n_filters", "n_blocks", "kernel_size", "norm")
LSTM_SIZES = ("hidden_size", "patch_size")
CONVOLUTIONS = "the convolutions alone"
BFLOAT16 = "sktcn in bfloat16"
Contender = Callable[[Task], list[float]]
CONTENDERS: dict[str, tuple[Contender, tuple[str, ...]]] = {
    # name: (training function, modules that it needs)
    "sktcn": (partial(sktcn_estimator, TCNClassifier, TCN_SIZES, PLAIN_TCN), ()),
    BFLOAT16: (partial(sktcn_estimator, TCNClassifier, TCN_SIZES, PLAIN_BFLOAT16), ()),
    "sktcn LSTM": (partial(sktcn_estimator, LSTMClassifier, LSTM_SIZES, PLAIN), ()),
    "bare torch loop": (bare_loop, ()),
    "bare channels-last loop": (channels_last_loop, ()),
    CONVOLUTIONS: (convolutions_alone, ()),
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
    """Measure the mean seconds of a contender's epochs after the first."""
    return mean_seconds(CONTENDERS[name][0], task)


def mean_seconds(train: Contender, task: Task) -> float:
    """Measure the mean seconds of a training's epochs after the first."""
    return fmean(train(task)[1:])
