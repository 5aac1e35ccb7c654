"""Peers built on Keras; see `benchmarks.speed.contenders`."""

from __future__ import annotations

import os
import tempfile
import time
from functools import cache
from typing import Any, ClassVar

import torch

from benchmarks.common.task import LR, WEIGHT_DECAY, Task


def keras_tcn(task: Task) -> list[float]:
    """Train keras-tcn's network."""
    model = _keras_model(
        (task.length, task.n_channels),
        task.n_classes,
        nb_filters=task.n_filters,
        kernel_size=task.kernel_size,
        dilations=tuple(2**i for i in range(task.n_blocks)),
        dropout_rate=task.dropout,
        use_batch_norm=task.norm == "batch",
    )
    X, y = task.data()
    clock = keras_clock()
    epochs = 1 + task.n_epochs
    series = X.transpose(0, 2, 1)
    model.fit(series, y, batch_size=task.batch_size, epochs=epochs, verbose=0, callbacks=[clock])
    return clock.seconds


@cache
def _keras_model(shape: tuple[int, int], n_classes: int, **options: Any) -> Any:
    """Compile a network once, which takes half a minute; later rounds train it further."""
    keras = _keras()
    from tcn import TCN

    model = keras.Sequential(
        [
            keras.layers.Input(shape),
            TCN(use_skip_connections=False, return_sequences=True, **options),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(n_classes),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(LR, weight_decay=WEIGHT_DECAY), loss, jit_compile=True)
    return model


@cache
def _keras() -> Any:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(torch.get_num_threads())
    tf.config.threading.set_inter_op_parallelism_threads(torch.get_num_threads())
    import keras

    return keras


def keras_clock() -> Any:
    """Make a callback that records the seconds of each epoch."""

    class Clock(_keras().callbacks.Callback):
        """Seconds of each epoch, in one list for all copies."""

        seconds: ClassVar[list[float]] = []

        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.start)

    return Clock()


def sktime_lstm_fcn(task: Task) -> list[float]:
    """Train sktime's LSTM-FCN, built on Keras, with its fixed optimiser, Adam."""
    clock = keras_clock()
    from sktime.classification.deep_learning import LSTMFCNClassifier

    epochs = 1 + task.n_epochs
    LSTMFCNClassifier(n_epochs=epochs, batch_size=task.batch_size, callbacks=[clock]).fit(
        *task.data()
    )
    return clock.seconds


def aeon_net(kind: str, task: Task) -> list[float]:
    """Train one of aeon's Keras networks."""
    clock, keras = keras_clock(), _keras()
    from aeon.classification import deep_learning

    with tempfile.TemporaryDirectory() as folder:
        getattr(deep_learning, kind)(
            n_epochs=1 + task.n_epochs,
            batch_size=task.batch_size,
            optimizer=keras.optimizers.AdamW(LR, weight_decay=WEIGHT_DECAY),
            callbacks=[clock],
            file_path=f"{folder}/",
        ).fit(*task.data())
    return clock.seconds
