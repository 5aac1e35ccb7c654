"""Signatures and docstrings of the public classes."""

# Written by `make stubs`.

from collections.abc import Callable
from collections.abc import Sequence
from sktcn.sktime_adapter._adapter import ClassifierAdapter as _ClassifierAdapter
from sktcn.sktime_adapter._adapter import RegressorAdapter as _RegressorAdapter
from sktime.classification.base import BaseClassifier as _BaseClassifier
from sktime.regression.base import BaseRegressor as _BaseRegressor
from torch import nn
from typing import Any
from typing import Literal
import numpy as np
import os
import torch

class SktimeLSTMClassifier(_ClassifierAdapter, _BaseClassifier):
    """Long short-term memory network that classifies time series, for sktime.

    `sktcn.LSTMClassifier`, which says more about it, with the interface of sktime.

    Parameters
    ----------
    hidden_size : int, default=64
        Units of the hidden state, which are a layer's features per time step and direction.
    n_layers : int, default=1
        Number of stacked layers.
    bidirectional : bool, default=False
        Read the series backwards as well, for twice the features. It cannot be streamed.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. It follows the patch embedding and the dense
        layer after the last LSTM layer; the gates have sigmoid and tanh, as the fused kernels
        require.
    norm : {"batch", "layer", "group", "weight", None}, default="layer"
        Normalisation of each layer's features; "weight" is that of the weights of the patch
        embedding and the dense layer.
    dropout : float, default=0.1
        Share of the features that training drops after each layer.
    residual : {"add", "concat", None}, default="add"
        Shortcut of each layer but the first: its input is added to the branch, concatenated to it,
        or omitted. Without effect with ``n_layers=1``.
    pooling : ('mean', 'max', 'last', 'attention', 'mean+max'), default="mean+max"
        Pooling of the features over the time steps.
    patch_size : int or "auto", default="auto"
        Time steps concatenated into one patch before the first layer, which reads the patches one
        by one; "auto" folds series of more than 384 steps into at most 128 patches.
    max_epochs : int or "auto", default="auto"
        Passes over the training series. "auto" makes 1,200 updates, or 500 times the root of the
        number of batches where these are more than five: small sets need many epochs, large ones
        few.
    batch_size : int or "auto", default=16
        Maximum number of series per update; batches are of even sizes, such as 9 and 8 of 17
        series. "auto" starts from 16, and is halved until a batch fits into a GPU's memory.
    lr : float, default=0.005
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights; with "adamw" it is multiplied by the learning rate.
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class with the same interface.
    lr_schedule : {"one_cycle", "cosine", None}, default="one_cycle"
        Schedule of the learning rate: up for three tenths of the updates and down to zero (Smith
        & Topin, 2018), down alone, or constant.
    label_smoothing : float, default=0.1
        Probability that moves from the true class to all classes evenly (Szegedy et al., 2016),
        against overconfidence on few series. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by its label; "balanced" gives all the same total. Multiplied by
        ``sample_weight``. For classifiers only.
    early_stopping : bool or "auto", default="auto"
        Stop when the loss of a validation part no longer improves, and restore the best weights.
        True holds out a part of the series, unless `fit` is given one as ``X_val`` and ``y_val``;
        "auto" stops early in that case alone, since small sets need all series for training.
    validation_fraction : float, default=0.1
        Share of the series in the validation part held out, stratified by class. Used with
        ``early_stopping=True`` and without ``X_val`` only.
    n_iter_no_change : int, default=10
        Epochs without a lower validation loss after which the training stops. Used with
        ``early_stopping`` only.
    refit : bool, default=False
        Train again after early stopping, on all series, for the number of epochs found. Used with
        ``early_stopping`` only.
    gradient_clip : float or None, default=1.0
        Maximum norm of the gradient of an update; larger gradients are scaled down to it.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values unchanged. "series" needs statistics of a series' future, and so
        cannot be streamed.
    differences : bool, default=True
        Add each channel's change from the step before as a channel, scaled likewise. The changes of
        a smooth series are small beside its values, and would be learned late.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        Policy for NaN. "mask" adds to each channel a second one that marks observed values (Lipton
        et al., 2016); values that are not observed do not affect the outputs. "interpolate" fills
        in linearly between the values before and after, with the nearest at the ends, and with the
        training mean where a channel has no value: it looks ahead. "trim" removes NaN at the end
        of series, with which the UCR archive pads shorter ones, and raises an error for others.
    n_fixed_kernels : int or "auto", default="auto"
        Features of fixed kernels beside the trained network, as in `RocketClassifier` and
        `RocketRegressor`: a ridge reads them, whose outputs are averaged with those of the network.
        Both err on different series, so that the mean is more accurate, and its probabilities are
        better; but thresholds have no gradients. "auto" is 5,000, and 0 on Apple's MPS, which has
        no float64. 0 is the network alone, which is all that `partial_fit` trains.
    n_estimators : int, default=1
        Number of networks, trained one by one from different seeds; their outputs are averaged.
    callbacks : list of skorch.callbacks.Callback or None, default=None
        Callbacks of skorch, called at each update and epoch of the training. The net that they are
        given predicts as the estimator does, but for fixed kernels: scores are of labels,
        probabilities, and targets in their own units. Those of the training part are taken in
        passing, under dropout, unless ``use_caching=False``. A ``LRScheduler`` needs
        ``lr_schedule=None``; what reads a validation part, such as ``EpochScoring`` and
        ``Checkpoint`` by default, needs ``early_stopping`` and no ``refit``.
    checkpoint : str, path-like or None, default=None
        Folder for the checkpoint of one unfinished fit. If the process dies, the same fit resumes
        from it, and ends with the same network, to the bit; a fit of other series or parameters
        raises an error. The checkpoint is removed when the fit is finished.
    checkpoint_every : int or float, default=60.0
        Interval between checkpoints: an integer counts epochs, a float seconds. Used with
        ``checkpoint`` only.
    on_divergence : {"raise", "best"}, default="raise"
        Reaction to a loss or weight that is not finite: raise an error, or warn and restore the
        weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {"raise", "best"}, default="raise"
        Reaction to Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn and
        keep the best weights so far, which the last row of ``history_["stopped"]`` records.
    device : str or torch.device, default="auto"
        Device of the network; "auto" selects CUDA, or else Apple's MPS, or else the CPU.
    dtype : {"float32", "float64"}, default="float32"
        Floating-point type of the network.
    n_threads : int or None, default=None
        Threads of torch in ``fit`` and ``predict``, at most ``torch.get_num_threads()``, which is
        left as it was. None chooses by the size of network and batches: one for small ones, which
        another process on the same cores would slow many times, and more for large ones.
    mixed_precision : bool or "auto", default=False
        Train with products in bfloat16, of two or three digits, and sums and weights in float32.
        It is faster for wide networks and long series on processors with units for bfloat16 (AMX,
        AVX-512 BF16, NVIDIA GPUs from Ampere on), on which "auto" is True, and slow on others.
        Predictions are in ``dtype``.
    compile : bool, default=False
        Compile the network with ``torch.compile``, which speeds up long trainings on a GPU.
    warm_start : bool, default=False
        Start ``fit`` from the weights, scales and labels of the last one. A parameter of the
        network that was changed in between raises an error; others, such as ``dropout``, are taken.
    verbose : int, default=0
        Show a progress bar (1), or print a line an epoch (2): losses, metric, rate and seconds. A
        search of scikit-learn 1.9 has one bar by ``set_callbacks(sklearn.callback.ProgressBar())``.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the weights, of the order of the series and of the dropout. The same number and
        series give the same network, to the bit, on the same machine with as many threads, which
        ``n_threads_`` says; None draws a seed from the operating system at each fit. No global
        generator is used.

    Attributes
    ----------
    estimator_ : sktcn.LSTMClassifier
        The fitted estimator, which has ``model_`` and what else `fit` learns.
        Missing where all series are of one class, which sktime then predicts by itself.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    See Also
    --------
    SktimeTCNClassifier : Classify by a convolutional network: as a rule quicker and more accurate.
    SktimeLSTMRegressor : Predict numbers.
    sktcn.LSTMClassifier : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    Series may be in any container of sktime's, and keep their own lengths. Their index orders the
    time steps and is ignored otherwise. sktime's ``fit`` takes no sample weights and no validation
    part, and forgets the last one, so that ``warm_start`` must be False.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeLSTMClassifier
    >>> X, y = load_unit_test(split="train")
    >>> X_test, y_test = load_unit_test(split="test")
    >>> classifier = SktimeLSTMClassifier(max_epochs=20).fit(X, y)
    >>> classifier.score(X_test, y_test) > 0.8
    True
    """

    def __init__(
        self,
        *,
        hidden_size: int = 64,
        n_layers: int = 1,
        bidirectional: bool = False,
        activation: Literal["elu", "gelu", "hardswish", "identity", "leaky_relu", "mish", "prelu", "relu", "selu", "sigmoid", "silu", "softplus", "tanh"] | type[nn.Module] | Callable[[torch.Tensor], torch.Tensor] = "relu",
        norm: Literal["batch", "group", "layer", "weight"] | None = "layer",
        dropout: float = 0.1,
        residual: Literal["add", "concat"] | None = "add",
        pooling: Literal["attention", "last", "max", "mean", "mean+max"] = "mean+max",
        patch_size: int | Literal["auto"] = "auto",
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = 16,
        lr: float = 0.005,
        weight_decay: float = 0.01,
        optimizer: str | type[torch.optim.Optimizer] = "adamw",
        lr_schedule: Literal["cosine", "one_cycle"] | None = "one_cycle",
        label_smoothing: float = 0.1,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = 1.0,
        scaling: Literal["channel", "series"] | None = "channel",
        differences: bool = True,
        missing: Literal["error", "interpolate", "mask", "trim"] = "error",
        n_fixed_kernels: int | Literal["auto"] = "auto",
        n_estimators: int = 1,
        callbacks: list[Any] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float = 60.0,
        on_divergence: Literal["best", "raise"] = "raise",
        on_interrupt: Literal["best", "raise"] = "raise",
        device: str | torch.device = "auto",
        dtype: Literal["float32", "float64"] = "float32",
        n_threads: int | None = None,
        mixed_precision: bool | Literal["auto"] = False,
        compile: bool = False,
        warm_start: bool = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None: ...

class SktimeLSTMRegressor(_RegressorAdapter, _BaseRegressor):
    """Long short-term memory network that predicts numbers from time series, for sktime.

    `sktcn.LSTMRegressor`, which says more about it, with the interface of sktime.
    One network learns several targets together.

    Parameters
    ----------
    hidden_size : int, default=64
        Units of the hidden state, which are a layer's features per time step and direction.
    n_layers : int, default=1
        Number of stacked layers.
    bidirectional : bool, default=False
        Read the series backwards as well, for twice the features. It cannot be streamed.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. It follows the patch embedding and the dense
        layer after the last LSTM layer; the gates have sigmoid and tanh, as the fused kernels
        require.
    norm : {"batch", "layer", "group", "weight", None}, default="layer"
        Normalisation of each layer's features; "weight" is that of the weights of the patch
        embedding and the dense layer.
    dropout : float, default=0.1
        Share of the features that training drops after each layer.
    residual : {"add", "concat", None}, default="add"
        Shortcut of each layer but the first: its input is added to the branch, concatenated to it,
        or omitted. Without effect with ``n_layers=1``.
    pooling : ('mean', 'max', 'last', 'attention', 'mean+max'), default="mean+max"
        Pooling of the features over the time steps.
    patch_size : int or "auto", default="auto"
        Time steps concatenated into one patch before the first layer, which reads the patches one
        by one; "auto" folds series of more than 384 steps into at most 128 patches.
    max_epochs : int or "auto", default="auto"
        Passes over the training series. "auto" makes 1,200 updates, or 500 times the root of the
        number of batches where these are more than five: small sets need many epochs, large ones
        few.
    batch_size : int or "auto", default=16
        Maximum number of series per update; batches are of even sizes, such as 9 and 8 of 17
        series. "auto" starts from 16, and is halved until a batch fits into a GPU's memory.
    lr : float, default=0.005
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights; with "adamw" it is multiplied by the learning rate.
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class with the same interface.
    lr_schedule : {"one_cycle", "cosine", None}, default="one_cycle"
        Schedule of the learning rate: up for three tenths of the updates and down to zero (Smith
        & Topin, 2018), down alone, or constant.
    label_smoothing : float, default=0.1
        Probability that moves from the true class to all classes evenly (Szegedy et al., 2016),
        against overconfidence on few series. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by its label; "balanced" gives all the same total. Multiplied by
        ``sample_weight``. For classifiers only.
    early_stopping : bool or "auto", default="auto"
        Stop when the loss of a validation part no longer improves, and restore the best weights.
        True holds out a part of the series, unless `fit` is given one as ``X_val`` and ``y_val``;
        "auto" stops early in that case alone, since small sets need all series for training.
    validation_fraction : float, default=0.1
        Share of the series in the validation part held out, stratified by class. Used with
        ``early_stopping=True`` and without ``X_val`` only.
    n_iter_no_change : int, default=10
        Epochs without a lower validation loss after which the training stops. Used with
        ``early_stopping`` only.
    refit : bool, default=False
        Train again after early stopping, on all series, for the number of epochs found. Used with
        ``early_stopping`` only.
    gradient_clip : float or None, default=1.0
        Maximum norm of the gradient of an update; larger gradients are scaled down to it.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values unchanged. "series" needs statistics of a series' future, and so
        cannot be streamed.
    differences : bool, default=True
        Add each channel's change from the step before as a channel, scaled likewise. The changes of
        a smooth series are small beside its values, and would be learned late.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        Policy for NaN. "mask" adds to each channel a second one that marks observed values (Lipton
        et al., 2016); values that are not observed do not affect the outputs. "interpolate" fills
        in linearly between the values before and after, with the nearest at the ends, and with the
        training mean where a channel has no value: it looks ahead. "trim" removes NaN at the end
        of series, with which the UCR archive pads shorter ones, and raises an error for others.
    n_fixed_kernels : int or "auto", default="auto"
        Features of fixed kernels beside the trained network, as in `RocketClassifier` and
        `RocketRegressor`: a ridge reads them, whose outputs are averaged with those of the network.
        Both err on different series, so that the mean is more accurate, and its probabilities are
        better; but thresholds have no gradients. "auto" is 5,000, and 0 on Apple's MPS, which has
        no float64. 0 is the network alone, which is all that `partial_fit` trains.
    n_estimators : int, default=1
        Number of networks, trained one by one from different seeds; their outputs are averaged.
    callbacks : list of skorch.callbacks.Callback or None, default=None
        Callbacks of skorch, called at each update and epoch of the training. The net that they are
        given predicts as the estimator does, but for fixed kernels: scores are of labels,
        probabilities, and targets in their own units. Those of the training part are taken in
        passing, under dropout, unless ``use_caching=False``. A ``LRScheduler`` needs
        ``lr_schedule=None``; what reads a validation part, such as ``EpochScoring`` and
        ``Checkpoint`` by default, needs ``early_stopping`` and no ``refit``.
    checkpoint : str, path-like or None, default=None
        Folder for the checkpoint of one unfinished fit. If the process dies, the same fit resumes
        from it, and ends with the same network, to the bit; a fit of other series or parameters
        raises an error. The checkpoint is removed when the fit is finished.
    checkpoint_every : int or float, default=60.0
        Interval between checkpoints: an integer counts epochs, a float seconds. Used with
        ``checkpoint`` only.
    on_divergence : {"raise", "best"}, default="raise"
        Reaction to a loss or weight that is not finite: raise an error, or warn and restore the
        weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {"raise", "best"}, default="raise"
        Reaction to Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn and
        keep the best weights so far, which the last row of ``history_["stopped"]`` records.
    device : str or torch.device, default="auto"
        Device of the network; "auto" selects CUDA, or else Apple's MPS, or else the CPU.
    dtype : {"float32", "float64"}, default="float32"
        Floating-point type of the network.
    n_threads : int or None, default=None
        Threads of torch in ``fit`` and ``predict``, at most ``torch.get_num_threads()``, which is
        left as it was. None chooses by the size of network and batches: one for small ones, which
        another process on the same cores would slow many times, and more for large ones.
    mixed_precision : bool or "auto", default=False
        Train with products in bfloat16, of two or three digits, and sums and weights in float32.
        It is faster for wide networks and long series on processors with units for bfloat16 (AMX,
        AVX-512 BF16, NVIDIA GPUs from Ampere on), on which "auto" is True, and slow on others.
        Predictions are in ``dtype``.
    compile : bool, default=False
        Compile the network with ``torch.compile``, which speeds up long trainings on a GPU.
    warm_start : bool, default=False
        Start ``fit`` from the weights, scales and labels of the last one. A parameter of the
        network that was changed in between raises an error; others, such as ``dropout``, are taken.
    verbose : int, default=0
        Show a progress bar (1), or print a line an epoch (2): losses, metric, rate and seconds. A
        search of scikit-learn 1.9 has one bar by ``set_callbacks(sklearn.callback.ProgressBar())``.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the weights, of the order of the series and of the dropout. The same number and
        series give the same network, to the bit, on the same machine with as many threads, which
        ``n_threads_`` says; None draws a seed from the operating system at each fit. No global
        generator is used.

    Attributes
    ----------
    estimator_ : sktcn.LSTMRegressor
        The fitted estimator, which has ``model_`` and what else `fit` learns.

    See Also
    --------
    SktimeTCNRegressor : Predict by a convolutional network: as a rule quicker and more accurate.
    SktimeLSTMClassifier : Predict classes.
    sktcn.LSTMRegressor : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    Series may be in any container of sktime's, and keep their own lengths. Their index orders the
    time steps and is ignored otherwise. sktime's ``fit`` takes no sample weights and no validation
    part, and forgets the last one, so that ``warm_start`` must be False.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeLSTMRegressor
    >>> X, y = load_unit_test(split="train")
    >>> regressor = SktimeLSTMRegressor(max_epochs=20).fit(X, y.astype(float))
    >>> regressor.predict(X).shape
    (20,)
    """

    def __init__(
        self,
        *,
        hidden_size: int = 64,
        n_layers: int = 1,
        bidirectional: bool = False,
        activation: Literal["elu", "gelu", "hardswish", "identity", "leaky_relu", "mish", "prelu", "relu", "selu", "sigmoid", "silu", "softplus", "tanh"] | type[nn.Module] | Callable[[torch.Tensor], torch.Tensor] = "relu",
        norm: Literal["batch", "group", "layer", "weight"] | None = "layer",
        dropout: float = 0.1,
        residual: Literal["add", "concat"] | None = "add",
        pooling: Literal["attention", "last", "max", "mean", "mean+max"] = "mean+max",
        patch_size: int | Literal["auto"] = "auto",
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = 16,
        lr: float = 0.005,
        weight_decay: float = 0.01,
        optimizer: str | type[torch.optim.Optimizer] = "adamw",
        lr_schedule: Literal["cosine", "one_cycle"] | None = "one_cycle",
        label_smoothing: float = 0.1,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = 1.0,
        scaling: Literal["channel", "series"] | None = "channel",
        differences: bool = True,
        missing: Literal["error", "interpolate", "mask", "trim"] = "error",
        n_fixed_kernels: int | Literal["auto"] = "auto",
        n_estimators: int = 1,
        callbacks: list[Any] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float = 60.0,
        on_divergence: Literal["best", "raise"] = "raise",
        on_interrupt: Literal["best", "raise"] = "raise",
        device: str | torch.device = "auto",
        dtype: Literal["float32", "float64"] = "float32",
        n_threads: int | None = None,
        mixed_precision: bool | Literal["auto"] = False,
        compile: bool = False,
        warm_start: bool = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None: ...

class SktimeRocketClassifier(_ClassifierAdapter, _BaseClassifier):
    """Fixed random convolutions and a ridge that classify time series, in seconds, for sktime.

    `sktcn.RocketClassifier`, which says more about it, with the interface of sktime.

    Parameters
    ----------
    n_kernels : int, default=10_000
        Thresholds of the responses of 84 kernels at all dilations; at least 168, rounded down to a
        multiple of 84. A tenth of the default is quicker and as a rule a little less accurate.
    alphas : array-like of float or "auto", default="auto"
        Strengths of the ridge, of which that of the least leave-one-out loss is chosen: log loss
        in classification, squared error in regression. "auto" tries powers of ten and their
        roots, from 1 to 1,000,000.
    kept_fraction : float, default=1.0
        Fraction of the responses that the ridge reads in the end. Below one, ridges are fitted to
        fewer and fewer, each without the least of the one before (Uribarri et al., 2023), which
        makes streams and exported files as much smaller. ``loo_loss_`` and ``alpha_`` are
        those of the first ridge, and so is the scale of the logits.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by its label; "balanced" gives all the same total. Multiplied by
        ``sample_weight``. For classifiers only.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values unchanged. "series" needs statistics of a series' future, and so
        cannot be streamed.
    differences : bool, default=True
        Give half of the thresholds to each channel's change from the step before (Tan et al.,
        2022).
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        Policy for NaN. "mask" adds to each channel a second one that marks observed values;
        values that are not observed do not affect the outputs. "interpolate" fills in linearly
        between the values before and after, and so looks ahead. "trim" removes NaN at the end of
        series, with which the UCR archive pads shorter ones, and raises an error for others.
    device : str or torch.device, default="auto"
        Device of the network; "auto" selects CUDA, or else the CPU. Apple's MPS has no float64.
    dtype : {"float32", "float64"}, default="float32"
        Floating-point type of the responses and the weights. Shares and the ridge are in float64.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the choice of series and channels. The same number and series give the same
        network, in any order of the series. No global generator is used.

    Attributes
    ----------
    estimator_ : sktcn.RocketClassifier
        The fitted estimator, which has ``model_`` and what else `fit` learns.
        Missing where all series are of one class, which sktime then predicts by itself.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    See Also
    --------
    SktimeTCNClassifier : Classify by a trained convolutional network.
    SktimeRocketRegressor : Predict numbers.
    sktcn.RocketClassifier : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    Series may be in any container of sktime's, and keep their own lengths. Their index orders the
    time steps and is ignored otherwise. sktime's ``fit`` takes no sample weights and no validation
    part, and forgets the last one, so that ``warm_start`` must be False.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeRocketClassifier
    >>> X, y = load_unit_test(split="train")
    >>> X_test, y_test = load_unit_test(split="test")
    >>> classifier = SktimeRocketClassifier().fit(X, y)
    >>> classifier.score(X_test, y_test) > 0.8
    True
    """

    def __init__(
        self,
        *,
        n_kernels: int = 10000,
        alphas: Literal["auto"] | Sequence[float] = "auto",
        kept_fraction: float = 1.0,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        scaling: Literal["channel", "series"] | None = "channel",
        differences: bool = True,
        missing: Literal["error", "interpolate", "mask", "trim"] = "error",
        device: str | torch.device = "auto",
        dtype: Literal["float32", "float64"] = "float32",
        random_state: int | np.random.RandomState | None = 0,
    ) -> None: ...

class SktimeRocketRegressor(_RegressorAdapter, _BaseRegressor):
    """Fixed random convolutions and a ridge that predict numbers from time series, for sktime.

    `sktcn.RocketRegressor`, which says more about it, with the interface of sktime.
    One network learns several targets together.

    Parameters
    ----------
    n_kernels : int, default=10_000
        Thresholds of the responses of 84 kernels at all dilations; at least 168, rounded down to a
        multiple of 84. A tenth of the default is quicker and as a rule a little less accurate.
    alphas : array-like of float or "auto", default="auto"
        Strengths of the ridge, of which that of the least leave-one-out loss is chosen: log loss
        in classification, squared error in regression. "auto" tries powers of ten and their
        roots, from 1 to 1,000,000.
    kept_fraction : float, default=1.0
        Fraction of the responses that the ridge reads in the end. Below one, ridges are fitted to
        fewer and fewer, each without the least of the one before (Uribarri et al., 2023), which
        makes streams and exported files as much smaller. ``loo_loss_`` and ``alpha_`` are
        those of the first ridge, and so is the scale of the logits.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by its label; "balanced" gives all the same total. Multiplied by
        ``sample_weight``. For classifiers only.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values unchanged. "series" needs statistics of a series' future, and so
        cannot be streamed.
    differences : bool, default=True
        Give half of the thresholds to each channel's change from the step before (Tan et al.,
        2022).
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        Policy for NaN. "mask" adds to each channel a second one that marks observed values;
        values that are not observed do not affect the outputs. "interpolate" fills in linearly
        between the values before and after, and so looks ahead. "trim" removes NaN at the end of
        series, with which the UCR archive pads shorter ones, and raises an error for others.
    device : str or torch.device, default="auto"
        Device of the network; "auto" selects CUDA, or else the CPU. Apple's MPS has no float64.
    dtype : {"float32", "float64"}, default="float32"
        Floating-point type of the responses and the weights. Shares and the ridge are in float64.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the choice of series and channels. The same number and series give the same
        network, in any order of the series. No global generator is used.

    Attributes
    ----------
    estimator_ : sktcn.RocketRegressor
        The fitted estimator, which has ``model_`` and what else `fit` learns.

    See Also
    --------
    SktimeTCNRegressor : Predict by a trained convolutional network.
    SktimeRocketClassifier : Predict classes.
    sktcn.RocketRegressor : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    Series may be in any container of sktime's, and keep their own lengths. Their index orders the
    time steps and is ignored otherwise. sktime's ``fit`` takes no sample weights and no validation
    part, and forgets the last one, so that ``warm_start`` must be False.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeRocketRegressor
    >>> X, y = load_unit_test(split="train")
    >>> regressor = SktimeRocketRegressor().fit(X, y.astype(float))
    >>> regressor.predict(X).shape
    (20,)
    """

    def __init__(
        self,
        *,
        n_kernels: int = 10000,
        alphas: Literal["auto"] | Sequence[float] = "auto",
        kept_fraction: float = 1.0,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        scaling: Literal["channel", "series"] | None = "channel",
        differences: bool = True,
        missing: Literal["error", "interpolate", "mask", "trim"] = "error",
        device: str | torch.device = "auto",
        dtype: Literal["float32", "float64"] = "float32",
        random_state: int | np.random.RandomState | None = 0,
    ) -> None: ...

class SktimeTCNClassifier(_ClassifierAdapter, _BaseClassifier):
    """Temporal convolutional network that classifies time series, for sktime.

    `sktcn.TCNClassifier`, which says more about it, with the interface of sktime.

    Parameters
    ----------
    n_filters : int or sequence of int, default=32
        Filters of each convolution; a sequence has one entry for each block.
    n_blocks : int or "auto", default="auto"
        Residual blocks; block ``i`` has the dilation ``dilation_base ** i``. "auto"
        builds the fewest whose receptive field covers the longest training series, or one for
        each entry of ``n_filters``.
    kernel_size : int or sequence of int, default=5
        Taps of each convolution. Of several, such as (3, 5, 9), its filters have these sizes in
        turn (Ismail Fawaz et al., 2020), for short and long patterns at each dilation. With
        ``causal=False`` all are odd, or all even.
    dilation_base : int, default=2
        Factor by which the dilation grows from block to block. Without effect with
        ``n_blocks=1`` or ``kernel_size=1``.
    causal : bool, default=True
        Mask the future, which streaming requires. For complete series a centred network may be a
        little better: False was .009 more accurate in the mean over 30 sets of the UCR archive.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. The initialisation is fitted to it.
    norm : {"batch", "layer", "group", "weight", None}, default="batch"
        Normalisation before each activation; layer and group norm work on the channels of each
        time step, weight norm on the filters.
    dropout : float, default=0.1
        Share of the channels that training drops before each convolution.
    residual : {"add", "concat", None}, default="add"
        Shortcut of each block: its input is added to the branch, concatenated to it, or omitted.
    zero_init_residual : bool, default=False
        Zero-initialise the branch of each block, which then starts as its shortcut. Without effect
        with ``residual=None``.
    multiscale : bool, default=True
        Read the features of all blocks, whose receptive fields grow, rather than those of the last
        block alone. Without effect with ``n_blocks=1``.
    pooling : ('mean', 'max', 'last', 'attention', 'mean+max'), default="mean"
        Pooling of the features over the time steps.
    max_epochs : int or "auto", default="auto"
        Passes over the training series. "auto" makes 1,200 updates, or 500 times the root of the
        number of batches where these are more than five: small sets need many epochs, large ones
        few.
    batch_size : int or "auto", default=16
        Maximum number of series per update; batches are of even sizes, such as 9 and 8 of 17
        series. "auto" starts from 16, and is halved until a batch fits into a GPU's memory.
    lr : float, default=0.01
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights; with "adamw" it is multiplied by the learning rate.
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class with the same interface.
    lr_schedule : {"one_cycle", "cosine", None}, default="one_cycle"
        Schedule of the learning rate: up for three tenths of the updates and down to zero (Smith
        & Topin, 2018), down alone, or constant.
    label_smoothing : float, default=0.1
        Probability that moves from the true class to all classes evenly (Szegedy et al., 2016),
        against overconfidence on few series. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by its label; "balanced" gives all the same total. Multiplied by
        ``sample_weight``. For classifiers only.
    early_stopping : bool or "auto", default="auto"
        Stop when the loss of a validation part no longer improves, and restore the best weights.
        True holds out a part of the series, unless `fit` is given one as ``X_val`` and ``y_val``;
        "auto" stops early in that case alone, since small sets need all series for training.
    validation_fraction : float, default=0.1
        Share of the series in the validation part held out, stratified by class. Used with
        ``early_stopping=True`` and without ``X_val`` only.
    n_iter_no_change : int, default=10
        Epochs without a lower validation loss after which the training stops. Used with
        ``early_stopping`` only.
    refit : bool, default=False
        Train again after early stopping, on all series, for the number of epochs found. Used with
        ``early_stopping`` only.
    gradient_clip : float or None, default=None
        Maximum norm of the gradient of an update; larger gradients are scaled down to it.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values unchanged. "series" needs statistics of a series' future, and so
        cannot be streamed.
    differences : bool, default=True
        Add each channel's change from the step before as a channel, scaled likewise. The changes of
        a smooth series are small beside its values, and would be learned late.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        Policy for NaN. "mask" adds to each channel a second one that marks observed values (Lipton
        et al., 2016); values that are not observed do not affect the outputs. "interpolate" fills
        in linearly between the values before and after, with the nearest at the ends, and with the
        training mean where a channel has no value: it looks ahead. "trim" removes NaN at the end
        of series, with which the UCR archive pads shorter ones, and raises an error for others.
    n_fixed_kernels : int or "auto", default="auto"
        Features of fixed kernels beside the trained network, as in `RocketClassifier` and
        `RocketRegressor`: a ridge reads them, whose outputs are averaged with those of the network.
        Both err on different series, so that the mean is more accurate, and its probabilities are
        better; but thresholds have no gradients. "auto" is 5,000, and 0 on Apple's MPS, which has
        no float64. 0 is the network alone, which is all that `partial_fit` trains.
    n_estimators : int, default=1
        Number of networks, trained one by one from different seeds; their outputs are averaged.
    callbacks : list of skorch.callbacks.Callback or None, default=None
        Callbacks of skorch, called at each update and epoch of the training. The net that they are
        given predicts as the estimator does, but for fixed kernels: scores are of labels,
        probabilities, and targets in their own units. Those of the training part are taken in
        passing, under dropout, unless ``use_caching=False``. A ``LRScheduler`` needs
        ``lr_schedule=None``; what reads a validation part, such as ``EpochScoring`` and
        ``Checkpoint`` by default, needs ``early_stopping`` and no ``refit``.
    checkpoint : str, path-like or None, default=None
        Folder for the checkpoint of one unfinished fit. If the process dies, the same fit resumes
        from it, and ends with the same network, to the bit; a fit of other series or parameters
        raises an error. The checkpoint is removed when the fit is finished.
    checkpoint_every : int or float, default=60.0
        Interval between checkpoints: an integer counts epochs, a float seconds. Used with
        ``checkpoint`` only.
    on_divergence : {"raise", "best"}, default="raise"
        Reaction to a loss or weight that is not finite: raise an error, or warn and restore the
        weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {"raise", "best"}, default="raise"
        Reaction to Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn and
        keep the best weights so far, which the last row of ``history_["stopped"]`` records.
    device : str or torch.device, default="auto"
        Device of the network; "auto" selects CUDA, or else Apple's MPS, or else the CPU.
    dtype : {"float32", "float64"}, default="float32"
        Floating-point type of the network.
    n_threads : int or None, default=None
        Threads of torch in ``fit`` and ``predict``, at most ``torch.get_num_threads()``, which is
        left as it was. None chooses by the size of network and batches: one for small ones, which
        another process on the same cores would slow many times, and more for large ones.
    mixed_precision : bool or "auto", default=False
        Train with products in bfloat16, of two or three digits, and sums and weights in float32.
        It is faster for wide networks and long series on processors with units for bfloat16 (AMX,
        AVX-512 BF16, NVIDIA GPUs from Ampere on), on which "auto" is True, and slow on others.
        Predictions are in ``dtype``.
    compile : bool, default=False
        Compile the network with ``torch.compile``, which speeds up long trainings on a GPU.
    warm_start : bool, default=False
        Start ``fit`` from the weights, scales and labels of the last one. A parameter of the
        network that was changed in between raises an error; others, such as ``dropout``, are taken.
    verbose : int, default=0
        Show a progress bar (1), or print a line an epoch (2): losses, metric, rate and seconds. A
        search of scikit-learn 1.9 has one bar by ``set_callbacks(sklearn.callback.ProgressBar())``.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the weights, of the order of the series and of the dropout. The same number and
        series give the same network, to the bit, on the same machine with as many threads, which
        ``n_threads_`` says; None draws a seed from the operating system at each fit. No global
        generator is used.

    Attributes
    ----------
    estimator_ : sktcn.TCNClassifier
        The fitted estimator, which has ``model_`` and what else `fit` learns.
        Missing where all series are of one class, which sktime then predicts by itself.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    See Also
    --------
    SktimeLSTMClassifier : Classify by a recurrent network.
    SktimeTCNRegressor : Predict numbers.
    sktcn.TCNClassifier : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    Series may be in any container of sktime's, and keep their own lengths. Their index orders the
    time steps and is ignored otherwise. sktime's ``fit`` takes no sample weights and no validation
    part, and forgets the last one, so that ``warm_start`` must be False.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeTCNClassifier
    >>> X, y = load_unit_test(split="train")
    >>> X_test, y_test = load_unit_test(split="test")
    >>> classifier = SktimeTCNClassifier(max_epochs=20).fit(X, y)
    >>> classifier.score(X_test, y_test) > 0.8
    True
    """

    def __init__(
        self,
        *,
        n_filters: int | Sequence[int] = 32,
        n_blocks: int | Literal["auto"] = "auto",
        kernel_size: int | Sequence[int] = 5,
        dilation_base: int = 2,
        causal: bool = True,
        activation: Literal["elu", "gelu", "hardswish", "identity", "leaky_relu", "mish", "prelu", "relu", "selu", "sigmoid", "silu", "softplus", "tanh"] | type[nn.Module] | Callable[[torch.Tensor], torch.Tensor] = "relu",
        norm: Literal["batch", "group", "layer", "weight"] | None = "batch",
        dropout: float = 0.1,
        residual: Literal["add", "concat"] | None = "add",
        zero_init_residual: bool = False,
        multiscale: bool = True,
        pooling: Literal["attention", "last", "max", "mean", "mean+max"] = "mean",
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = 16,
        lr: float = 0.01,
        weight_decay: float = 0.01,
        optimizer: str | type[torch.optim.Optimizer] = "adamw",
        lr_schedule: Literal["cosine", "one_cycle"] | None = "one_cycle",
        label_smoothing: float = 0.1,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = None,
        scaling: Literal["channel", "series"] | None = "channel",
        differences: bool = True,
        missing: Literal["error", "interpolate", "mask", "trim"] = "error",
        n_fixed_kernels: int | Literal["auto"] = "auto",
        n_estimators: int = 1,
        callbacks: list[Any] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float = 60.0,
        on_divergence: Literal["best", "raise"] = "raise",
        on_interrupt: Literal["best", "raise"] = "raise",
        device: str | torch.device = "auto",
        dtype: Literal["float32", "float64"] = "float32",
        n_threads: int | None = None,
        mixed_precision: bool | Literal["auto"] = False,
        compile: bool = False,
        warm_start: bool = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None: ...

class SktimeTCNRegressor(_RegressorAdapter, _BaseRegressor):
    """Temporal convolutional network that predicts numbers from time series, for sktime.

    `sktcn.TCNRegressor`, which says more about it, with the interface of sktime.
    One network learns several targets together.

    Parameters
    ----------
    n_filters : int or sequence of int, default=32
        Filters of each convolution; a sequence has one entry for each block.
    n_blocks : int or "auto", default="auto"
        Residual blocks; block ``i`` has the dilation ``dilation_base ** i``. "auto"
        builds the fewest whose receptive field covers the longest training series, or one for
        each entry of ``n_filters``.
    kernel_size : int or sequence of int, default=5
        Taps of each convolution. Of several, such as (3, 5, 9), its filters have these sizes in
        turn (Ismail Fawaz et al., 2020), for short and long patterns at each dilation. With
        ``causal=False`` all are odd, or all even.
    dilation_base : int, default=2
        Factor by which the dilation grows from block to block. Without effect with
        ``n_blocks=1`` or ``kernel_size=1``.
    causal : bool, default=True
        Mask the future, which streaming requires. For complete series a centred network may be a
        little better: False was .009 more accurate in the mean over 30 sets of the UCR archive.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. The initialisation is fitted to it.
    norm : {"batch", "layer", "group", "weight", None}, default="batch"
        Normalisation before each activation; layer and group norm work on the channels of each
        time step, weight norm on the filters.
    dropout : float, default=0.1
        Share of the channels that training drops before each convolution.
    residual : {"add", "concat", None}, default="add"
        Shortcut of each block: its input is added to the branch, concatenated to it, or omitted.
    zero_init_residual : bool, default=False
        Zero-initialise the branch of each block, which then starts as its shortcut. Without effect
        with ``residual=None``.
    multiscale : bool, default=True
        Read the features of all blocks, whose receptive fields grow, rather than those of the last
        block alone. Without effect with ``n_blocks=1``.
    pooling : ('mean', 'max', 'last', 'attention', 'mean+max'), default="mean"
        Pooling of the features over the time steps.
    max_epochs : int or "auto", default="auto"
        Passes over the training series. "auto" makes 1,200 updates, or 500 times the root of the
        number of batches where these are more than five: small sets need many epochs, large ones
        few.
    batch_size : int or "auto", default=16
        Maximum number of series per update; batches are of even sizes, such as 9 and 8 of 17
        series. "auto" starts from 16, and is halved until a batch fits into a GPU's memory.
    lr : float, default=0.01
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights; with "adamw" it is multiplied by the learning rate.
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class with the same interface.
    lr_schedule : {"one_cycle", "cosine", None}, default="one_cycle"
        Schedule of the learning rate: up for three tenths of the updates and down to zero (Smith
        & Topin, 2018), down alone, or constant.
    label_smoothing : float, default=0.1
        Probability that moves from the true class to all classes evenly (Szegedy et al., 2016),
        against overconfidence on few series. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by its label; "balanced" gives all the same total. Multiplied by
        ``sample_weight``. For classifiers only.
    early_stopping : bool or "auto", default="auto"
        Stop when the loss of a validation part no longer improves, and restore the best weights.
        True holds out a part of the series, unless `fit` is given one as ``X_val`` and ``y_val``;
        "auto" stops early in that case alone, since small sets need all series for training.
    validation_fraction : float, default=0.1
        Share of the series in the validation part held out, stratified by class. Used with
        ``early_stopping=True`` and without ``X_val`` only.
    n_iter_no_change : int, default=10
        Epochs without a lower validation loss after which the training stops. Used with
        ``early_stopping`` only.
    refit : bool, default=False
        Train again after early stopping, on all series, for the number of epochs found. Used with
        ``early_stopping`` only.
    gradient_clip : float or None, default=None
        Maximum norm of the gradient of an update; larger gradients are scaled down to it.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values unchanged. "series" needs statistics of a series' future, and so
        cannot be streamed.
    differences : bool, default=True
        Add each channel's change from the step before as a channel, scaled likewise. The changes of
        a smooth series are small beside its values, and would be learned late.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        Policy for NaN. "mask" adds to each channel a second one that marks observed values (Lipton
        et al., 2016); values that are not observed do not affect the outputs. "interpolate" fills
        in linearly between the values before and after, with the nearest at the ends, and with the
        training mean where a channel has no value: it looks ahead. "trim" removes NaN at the end
        of series, with which the UCR archive pads shorter ones, and raises an error for others.
    n_fixed_kernels : int or "auto", default="auto"
        Features of fixed kernels beside the trained network, as in `RocketClassifier` and
        `RocketRegressor`: a ridge reads them, whose outputs are averaged with those of the network.
        Both err on different series, so that the mean is more accurate, and its probabilities are
        better; but thresholds have no gradients. "auto" is 5,000, and 0 on Apple's MPS, which has
        no float64. 0 is the network alone, which is all that `partial_fit` trains.
    n_estimators : int, default=1
        Number of networks, trained one by one from different seeds; their outputs are averaged.
    callbacks : list of skorch.callbacks.Callback or None, default=None
        Callbacks of skorch, called at each update and epoch of the training. The net that they are
        given predicts as the estimator does, but for fixed kernels: scores are of labels,
        probabilities, and targets in their own units. Those of the training part are taken in
        passing, under dropout, unless ``use_caching=False``. A ``LRScheduler`` needs
        ``lr_schedule=None``; what reads a validation part, such as ``EpochScoring`` and
        ``Checkpoint`` by default, needs ``early_stopping`` and no ``refit``.
    checkpoint : str, path-like or None, default=None
        Folder for the checkpoint of one unfinished fit. If the process dies, the same fit resumes
        from it, and ends with the same network, to the bit; a fit of other series or parameters
        raises an error. The checkpoint is removed when the fit is finished.
    checkpoint_every : int or float, default=60.0
        Interval between checkpoints: an integer counts epochs, a float seconds. Used with
        ``checkpoint`` only.
    on_divergence : {"raise", "best"}, default="raise"
        Reaction to a loss or weight that is not finite: raise an error, or warn and restore the
        weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {"raise", "best"}, default="raise"
        Reaction to Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn and
        keep the best weights so far, which the last row of ``history_["stopped"]`` records.
    device : str or torch.device, default="auto"
        Device of the network; "auto" selects CUDA, or else Apple's MPS, or else the CPU.
    dtype : {"float32", "float64"}, default="float32"
        Floating-point type of the network.
    n_threads : int or None, default=None
        Threads of torch in ``fit`` and ``predict``, at most ``torch.get_num_threads()``, which is
        left as it was. None chooses by the size of network and batches: one for small ones, which
        another process on the same cores would slow many times, and more for large ones.
    mixed_precision : bool or "auto", default=False
        Train with products in bfloat16, of two or three digits, and sums and weights in float32.
        It is faster for wide networks and long series on processors with units for bfloat16 (AMX,
        AVX-512 BF16, NVIDIA GPUs from Ampere on), on which "auto" is True, and slow on others.
        Predictions are in ``dtype``.
    compile : bool, default=False
        Compile the network with ``torch.compile``, which speeds up long trainings on a GPU.
    warm_start : bool, default=False
        Start ``fit`` from the weights, scales and labels of the last one. A parameter of the
        network that was changed in between raises an error; others, such as ``dropout``, are taken.
    verbose : int, default=0
        Show a progress bar (1), or print a line an epoch (2): losses, metric, rate and seconds. A
        search of scikit-learn 1.9 has one bar by ``set_callbacks(sklearn.callback.ProgressBar())``.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the weights, of the order of the series and of the dropout. The same number and
        series give the same network, to the bit, on the same machine with as many threads, which
        ``n_threads_`` says; None draws a seed from the operating system at each fit. No global
        generator is used.

    Attributes
    ----------
    estimator_ : sktcn.TCNRegressor
        The fitted estimator, which has ``model_`` and what else `fit` learns.

    See Also
    --------
    SktimeLSTMRegressor : Predict by a recurrent network.
    SktimeTCNClassifier : Predict classes.
    sktcn.TCNRegressor : The same for arrays, as an estimator of scikit-learn.

    Notes
    -----
    Series may be in any container of sktime's, and keep their own lengths. Their index orders the
    time steps and is ignored otherwise. sktime's ``fit`` takes no sample weights and no validation
    part, and forgets the last one, so that ``warm_start`` must be False.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktcn.sktime_adapter import SktimeTCNRegressor
    >>> X, y = load_unit_test(split="train")
    >>> regressor = SktimeTCNRegressor(max_epochs=20).fit(X, y.astype(float))
    >>> regressor.predict(X).shape
    (20,)
    """

    def __init__(
        self,
        *,
        n_filters: int | Sequence[int] = 32,
        n_blocks: int | Literal["auto"] = "auto",
        kernel_size: int | Sequence[int] = 5,
        dilation_base: int = 2,
        causal: bool = True,
        activation: Literal["elu", "gelu", "hardswish", "identity", "leaky_relu", "mish", "prelu", "relu", "selu", "sigmoid", "silu", "softplus", "tanh"] | type[nn.Module] | Callable[[torch.Tensor], torch.Tensor] = "relu",
        norm: Literal["batch", "group", "layer", "weight"] | None = "batch",
        dropout: float = 0.1,
        residual: Literal["add", "concat"] | None = "add",
        zero_init_residual: bool = False,
        multiscale: bool = True,
        pooling: Literal["attention", "last", "max", "mean", "mean+max"] = "mean",
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = 16,
        lr: float = 0.01,
        weight_decay: float = 0.01,
        optimizer: str | type[torch.optim.Optimizer] = "adamw",
        lr_schedule: Literal["cosine", "one_cycle"] | None = "one_cycle",
        label_smoothing: float = 0.1,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = None,
        scaling: Literal["channel", "series"] | None = "channel",
        differences: bool = True,
        missing: Literal["error", "interpolate", "mask", "trim"] = "error",
        n_fixed_kernels: int | Literal["auto"] = "auto",
        n_estimators: int = 1,
        callbacks: list[Any] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float = 60.0,
        on_divergence: Literal["best", "raise"] = "raise",
        on_interrupt: Literal["best", "raise"] = "raise",
        device: str | torch.device = "auto",
        dtype: Literal["float32", "float64"] = "float32",
        n_threads: int | None = None,
        mixed_precision: bool | Literal["auto"] = False,
        compile: bool = False,
        warm_start: bool = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None: ...
