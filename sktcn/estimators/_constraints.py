"""Constraints on the values of the estimators' parameters."""

from __future__ import annotations

import os
from numbers import Integral, Real
from typing import Any

import torch
from sklearn.utils._param_validation import Interval, Options, StrOptions

from sktcn._data.panel import MISSING_POLICIES
from sktcn.networks import ACTIVATIONS, NORMS, POOLINGS
from sktcn.networks.lags import N_KERNELS

POSITIVE_INT = Interval(Integral, 1, None, closed="left")
AT_LEAST_TWO_EACH = Interval(Integral, 2 * N_KERNELS, None, closed="left")

CONSTRAINTS: dict[str, list[Any]] = {
    "activation": [StrOptions(set(ACTIVATIONS)), callable],
    "norm": [StrOptions({norm for norm in NORMS if norm}), None],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "residual": [StrOptions({"add", "concat"}), None],
    "pooling": [StrOptions(set(POOLINGS))],
    "max_epochs": [POSITIVE_INT, StrOptions({"auto"})],
    "batch_size": [POSITIVE_INT, StrOptions({"auto"})],
    "lr": [Interval(Real, 0, None, closed="neither")],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "optimizer": [str, type],
    "lr_schedule": [StrOptions({"one_cycle", "cosine"}), None],
    "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    "ignore_label": [str, Real, None],
    "smoothness": [Interval(Real, 0, None, closed="left")],
    "delay": [Interval(Integral, 0, None, closed="left")],
    "crop": [POSITIVE_INT, None],
    "class_weight": [StrOptions({"balanced"}), dict, None],
    "early_stopping": ["boolean", StrOptions({"auto"})],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [POSITIVE_INT],
    "refit": ["boolean"],
    "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
    "scaling": [StrOptions({"channel", "series"}), None],
    "differences": ["boolean"],
    "missing": [StrOptions(set(MISSING_POLICIES))],
    "n_fixed_kernels": [StrOptions({"auto"}), Options(Integral, {0}), AT_LEAST_TWO_EACH],
    "n_estimators": [POSITIVE_INT],
    "checkpoint": [str, os.PathLike, None],
    "checkpoint_every": [Interval(Real, 0, None, closed="neither")],
    "on_divergence": [StrOptions({"raise", "best"})],
    "on_interrupt": [StrOptions({"raise", "best"})],
    "callbacks": [list, None],
    "device": [str, torch.device],
    "dtype": [StrOptions({"float32", "float64"})],
    "n_threads": [POSITIVE_INT, None],
    "mixed_precision": ["boolean", StrOptions({"auto"})],
    "compile": ["boolean"],
    "warm_start": ["boolean"],
    "verbose": ["verbose"],
    "random_state": ["random_state"],
}
