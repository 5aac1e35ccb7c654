"""Parameters for the fuzz machine: those that a fit must take, and those that it must refuse."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st

RIGHT = {
    "activation": ["relu", "gelu", "tanh", "prelu", torch.nn.SiLU],
    "norm": ["batch", "layer", "group", "weight", None],
    "dropout": [0, 0.1, 0.9, np.float32(0.5)],
    "residual": ["add", "concat", None],
    "pooling": ["mean", "max", "last", "attention", "mean+max"],
    "max_epochs": [1, 2, np.int8(1)],
    "batch_size": [1, 2, 16, np.int64(3)],
    "lr": [1e-3, 1e-2, 1],
    "optimizer": ["adamw", "SGD", "nadam", torch.optim.Adagrad],
    "weight_decay": [0, 0.01],
    "lr_schedule": ["one_cycle", "cosine", None],
    "label_smoothing": [0, 0.1],
    "class_weight": [None],
    "early_stopping": ["auto", False, True],
    "validation_fraction": [0.1, 0.5],
    "n_iter_no_change": [1],
    "refit": [False, True],
    "gradient_clip": [None, 1.0],
    "scaling": ["channel", "series", None],
    "differences": [True, False],
    "missing": ["error", "mask", "interpolate", "trim"],
    "n_fixed_kernels": [0, 168, np.int64(500)],
    "n_estimators": [1, 2],
    "dtype": ["float32", "float64"],
    "n_threads": [None, 1, 2],
    "warm_start": [False, True],
    "random_state": [0, 2**32 - 1, np.random.RandomState(0), np.int64(3)],
    "n_filters": [2, 3],
    "n_blocks": [1, 2, "auto"],
    "kernel_size": [1, 2, 3, (3, 1, 5)],
    "dilation_base": [1, 2, 3],
    "causal": [True, False],
    "zero_init_residual": [False, True],
    "multiscale": [True, False],
    "hidden_size": [2, 3],
    "n_layers": [1, 2],
    "bidirectional": [False, True],
    "patch_size": [1, 3, "auto"],
}
WRONG = [
    ("activation", "sine"),
    ("activation", 3),
    ("activation", torch.sum),
    ("norm", "instance"),
    ("dropout", 1),
    ("dropout", float("nan")),
    ("dropout", -0.1),
    ("pooling", None),
    ("max_epochs", 0),
    ("max_epochs", 1.5),
    ("batch_size", -3),
    ("batch_size", "all"),
    ("lr", 0),
    ("lr", float("nan")),
    ("lr", float("inf")),
    ("optimizer", "descent"),
    ("optimizer", int),
    ("optimizer", "LBFGS"),
    ("weight_decay", -1),
    ("lr_schedule", "steps"),
    ("label_smoothing", 1.0),
    ("early_stopping", "yes"),
    ("validation_fraction", 0.0),
    ("gradient_clip", 0),
    ("scaling", "batch"),
    ("missing", "drop"),
    ("n_fixed_kernels", 100),
    ("n_estimators", 0),
    ("n_threads", 0),
    ("callbacks", "print"),
    ("device", "tpu"),
    ("device", None),
    ("dtype", "float16"),
    ("dtype", np.float32),
    ("random_state", -1),
    ("random_state", "seed"),
    ("random_state", 2**40),
    ("n_filters", 0),
    ("n_filters", []),
    ("n_filters", [1, "2"]),
    ("n_blocks", 0),
    ("kernel_size", 0),
    ("dilation_base", 0),
    ("causal", None),
    ("hidden_size", 0),
    ("patch_size", 0),
    ("verbose", -1),
    ("thinking", True),
]


def draw_parameters():
    """Draw a few parameters that every fit must take."""
    names = st.lists(st.sampled_from(list(RIGHT)), max_size=4, unique=True)
    return names.flatmap(lambda n: st.fixed_dictionaries({k: st.sampled_from(RIGHT[k]) for k in n}))


def wrong_parameters():
    """Draw a name and a value that no fit may take."""
    return st.sampled_from(WRONG)
