"""Signatures and docstrings of the public classes."""

# Written by `make stubs`.

from collections.abc import Callable
from collections.abc import Sequence
from sktcn.estimators.lstm import LSTMClassifier as _LSTMClassifier
from sktcn.estimators.lstm import LSTMRegressor as _LSTMRegressor
from sktcn.estimators.lstm_steps import LSTMStepClassifier as _LSTMStepClassifier
from sktcn.estimators.lstm_steps import LSTMStepRegressor as _LSTMStepRegressor
from sktcn.estimators.rocket import RocketClassifier as _RocketClassifier
from sktcn.estimators.rocket import RocketRegressor as _RocketRegressor
from sktcn.estimators.tcn import TCNClassifier as _TCNClassifier
from sktcn.estimators.tcn import TCNRegressor as _TCNRegressor
from sktcn.estimators.tcn_steps import TCNStepClassifier as _TCNStepClassifier
from sktcn.estimators.tcn_steps import TCNStepRegressor as _TCNStepRegressor
from torch import nn
from typing import Any
from typing import Literal
import numpy as np
import os
import torch

class LSTMClassifier(_LSTMClassifier):
    """Long short-term memory network that classifies time series.

    Long series folded into patches, stacked LSTM layers [1]_, [2]_, features pooled over time, a
    linear layer.

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
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    net_ : skorch.NeuralNet
        Trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All trained nets, ``n_estimators`` of them.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        Table with one row per epoch, the last 1,000 after `partial_fit`: "epoch", "train_loss",
        "train_accuracy" or "train_r2" (weighted as the loss is, and taken in passing, under
        dropout), "valid_loss" and "valid_accuracy" or "valid_r2" (with early stopping), "lr",
        "seconds", "member" (with several networks), "stopped" (where the training diverged or was
        interrupted and the best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Maximum number of series per update.
    n_threads_ : int
        Threads of torch in the last fit.
    receptive_field_ : float
        Number of raw time steps that one feature of the network depends on; infinite for an LSTM.
    engine_ : {"numba", "torch"}
        Library that computes norm, activation and dropout in training: numba where it can be
        imported, for a TCN on a CPU with batch norm, additive shortcuts and the activation relu,
        leaky_relu or identity. Batches with padding or weights are left to torch.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    TCNClassifier : Classify by a convolutional network: as a rule quicker and more accurate.
    LSTMRegressor : Predict numbers.

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
       Computation, 1997.
    .. [2] F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation,
       2000.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import LSTMClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = LSTMClassifier(max_epochs=20).fit(X[:30], y[:30])
    >>> classifier.score(X[30:], y[30:])
    1.0
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

class LSTMRegressor(_LSTMRegressor):
    """Long short-term memory network that predicts numbers from time series.

    Long series folded into patches, stacked LSTM layers [1]_, [2]_, features pooled over time, a
    linear layer. It learns standardised targets, which are turned back.

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
    net_ : skorch.NeuralNet
        Trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All trained nets, ``n_estimators`` of them.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        Table with one row per epoch, the last 1,000 after `partial_fit`: "epoch", "train_loss",
        "train_accuracy" or "train_r2" (weighted as the loss is, and taken in passing, under
        dropout), "valid_loss" and "valid_accuracy" or "valid_r2" (with early stopping), "lr",
        "seconds", "member" (with several networks), "stopped" (where the training diverged or was
        interrupted and the best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Maximum number of series per update.
    n_threads_ : int
        Threads of torch in the last fit.
    receptive_field_ : float
        Number of raw time steps that one feature of the network depends on; infinite for an LSTM.
    engine_ : {"numba", "torch"}
        Library that computes norm, activation and dropout in training: numba where it can be
        imported, for a TCN on a CPU with batch norm, additive shortcuts and the activation relu,
        leaky_relu or identity. Batches with padding or weights are left to torch.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    TCNRegressor : Predict by a convolutional network: as a rule quicker and more accurate.
    LSTMClassifier : Predict classes.

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
       Computation, 1997.
    .. [2] F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation,
       2000.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import LSTMRegressor
    >>> rng = np.random.default_rng(0)
    >>> slope = rng.uniform(-1, 1, size=40)
    >>> X = slope[:, None] * np.linspace(0, 1, 60) + 0.1 * rng.normal(size=(40, 60))
    >>> regressor = LSTMRegressor(max_epochs=40).fit(X[:30], slope[:30])
    >>> regressor.score(X[30:], slope[30:]) > 0.9
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

class LSTMStepClassifier(_LSTMStepClassifier):
    """Long short-term memory network that classifies each time step.

    Stacked LSTM layers [1]_, [2]_, and a linear layer at each step. Series are ``(n_series,
    n_timepoints)``, ``(n_series, n_channels, n_timepoints)`` or a list, labels ``(n_series,
    n_timepoints)`` or a list; several labels at once, of 0 and 1, ``(n_series, n_outputs,
    n_timepoints)``. Answers come in the container and the lengths of the series.

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
    delay : int, default=0
        Time steps that the network reads before it answers: the answer for step ``t`` is given at
        step ``t + delay``, and depends on no later one. A series is continued by ``delay`` zeros
        after the preprocessing, which are training means, so that each step has an answer; a
        stream answers for the step ``delay`` ago. Zero for a network that looks ahead anyway.
    crop : int or None, default=None
        Time steps of the crops that each epoch trains on, ``batch_size`` of them at a time, cut at
        other places each time: the memory does not grow with the series. As many
        steps before a crop are read and not scored; further back the network learns nothing. None trains on
        whole series. Predictions for long series go through in pieces in either case.
    ignore_label : str, number or None, default=None
        Label of steps without a target. Steps of NaN have none either.
    smoothness : float, default=0.0
        Factor of a penalty that keeps segments whole [3]_: the mean squared change of the
        log-probabilities between neighbouring steps, truncated at 4. The paper has 0.15.
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
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; of several labels at once their numbers.
    net_ : skorch.NeuralNet
        Trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All trained nets, ``n_estimators`` of them.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        Table with one row per epoch, the last 1,000 after `partial_fit`: "epoch", "train_loss",
        "train_accuracy" or "train_r2" (weighted as the loss is, and taken in passing, under
        dropout), "valid_loss" and "valid_accuracy" or "valid_r2" (with early stopping), "lr",
        "seconds", "member" (with several networks), "stopped" (where the training diverged or was
        interrupted and the best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Maximum number of series per update.
    n_threads_ : int
        Threads of torch in the last fit.
    receptive_field_ : float
        Number of raw time steps that one feature of the network depends on; infinite for an LSTM.
    engine_ : {"numba", "torch"}
        Library that computes norm, activation and dropout in training: numba where it can be
        imported, for a TCN on a CPU with batch norm, additive shortcuts and the activation relu,
        leaky_relu or identity. Batches with padding or weights are left to torch.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    TCNStepClassifier : Classify time steps by a convolutional network, as a rule quicker.
    LSTMStepRegressor : Predict numbers at each time step.
    LSTMClassifier : Classify whole series.

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
       Computation, 1997.
    .. [2] F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation,
       2000.
    .. [3] Y. A. Farha and J. Gall, "MS-TCN: multi-stage temporal
       convolutional network for action segmentation", CVPR 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import LSTMStepClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(rng.choice(["rest", "walk"], size=(20, 4)), 25, axis=1)
    >>> X = rng.normal(size=y.shape) + np.where(y == "walk", 2, 0)
    >>> classifier = LSTMStepClassifier(hidden_size=16, max_epochs=30).fit(X[:15], y[:15])
    >>> classifier.score(X[15:], y[15:]) > 0.85
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
        delay: int = 0,
        crop: int | None = None,
        ignore_label: str | float | None = None,
        smoothness: float = 0.0,
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

class LSTMStepRegressor(_LSTMStepRegressor):
    """Long short-term memory network that predicts numbers at each time step.

    Stacked LSTM layers [1]_, [2]_, and a linear layer at each step. Series are ``(n_series,
    n_timepoints)``, ``(n_series, n_channels, n_timepoints)`` or a list, targets ``(n_series,
    n_timepoints)``, ``(n_series, n_outputs, n_timepoints)`` or a list. It learns standardised
    targets, which are turned back. Answers come in the container and the lengths of the series.

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
    delay : int, default=0
        Time steps that the network reads before it answers: the answer for step ``t`` is given at
        step ``t + delay``, and depends on no later one. A series is continued by ``delay`` zeros
        after the preprocessing, which are training means, so that each step has an answer; a
        stream answers for the step ``delay`` ago. Zero for a network that looks ahead anyway.
    crop : int or None, default=None
        Time steps of the crops that each epoch trains on, ``batch_size`` of them at a time, cut at
        other places each time: the memory does not grow with the series. As many
        steps before a crop are read and not scored; further back the network learns nothing. None trains on
        whole series. Predictions for long series go through in pieces in either case.
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
    net_ : skorch.NeuralNet
        Trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All trained nets, ``n_estimators`` of them.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        Table with one row per epoch, the last 1,000 after `partial_fit`: "epoch", "train_loss",
        "train_accuracy" or "train_r2" (weighted as the loss is, and taken in passing, under
        dropout), "valid_loss" and "valid_accuracy" or "valid_r2" (with early stopping), "lr",
        "seconds", "member" (with several networks), "stopped" (where the training diverged or was
        interrupted and the best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Maximum number of series per update.
    n_threads_ : int
        Threads of torch in the last fit.
    receptive_field_ : float
        Number of raw time steps that one feature of the network depends on; infinite for an LSTM.
    engine_ : {"numba", "torch"}
        Library that computes norm, activation and dropout in training: numba where it can be
        imported, for a TCN on a CPU with batch norm, additive shortcuts and the activation relu,
        leaky_relu or identity. Batches with padding or weights are left to torch.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    TCNStepRegressor : Predict by a convolutional network, as a rule quicker.
    LSTMStepClassifier : Classify each time step.
    LSTMRegressor : Predict numbers from whole series.

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
       Computation, 1997.
    .. [2] F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation,
       2000.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import LSTMStepRegressor
    >>> X = np.random.default_rng(0).normal(size=(20, 60))
    >>> y = np.cumsum(X, axis=1) / np.sqrt(np.arange(1, 61))
    >>> regressor = LSTMStepRegressor(hidden_size=16, max_epochs=60).fit(X[:15], y[:15])
    >>> regressor.score(X[15:], y[15:]) > 0.5
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
        delay: int = 0,
        crop: int | None = None,
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = 16,
        lr: float = 0.005,
        weight_decay: float = 0.01,
        optimizer: str | type[torch.optim.Optimizer] = "adamw",
        lr_schedule: Literal["cosine", "one_cycle"] | None = "one_cycle",
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = 1.0,
        scaling: Literal["channel", "series"] | None = "channel",
        differences: bool = True,
        missing: Literal["error", "interpolate", "mask", "trim"] = "error",
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

class RocketClassifier(_RocketClassifier):
    """Fixed random convolutions and a ridge that classify time series, in seconds.

    The kernels are those of MiniRocket [1]_, in a causal form: a feature is the share of the time
    steps at which a dilated convolution exceeds a threshold. A ridge reads the standardised
    shares; its strength, and the scale that turns its answers into logits, are those of the least
    leave-one-out log loss [3]_. Both are exact, without epochs or mini-batches. An answer takes no
    later time step, no fixed length and no complete series, so that the fitted estimator can be
    streamed.

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
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    alpha_ : float
        Strength of the ridge.
    loo_loss_ : float
        Leave-one-out loss: mean log loss, or mean squared error of standardised targets.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    kept_ : object
        Shares, targets and weights of the series so far, after `partial_fit`.
    receptive_field_ : float
        Number of time steps that one response depends on.
    engine_ : {"numba", "torch"}
        Library that compares responses with thresholds: numba where it can be imported and the
        network is on a CPU. Answers are the same.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    TCNClassifier : Classify by a trained convolutional network.
    RocketRegressor : Predict numbers.

    References
    ----------
    .. [1] A. Dempster, D. F. Schmidt and G. I. Webb, "MiniRocket: a very fast
       (almost) deterministic transform for time series classification", KDD 2021.
    .. [2] C. W. Tan, A. Dempster, C. Bergmeir and G. I. Webb, "MultiRocket: multiple pooling
       operators and transformations for fast and effective time series classification", Data
       Mining and Knowledge Discovery 36, 2022.
    .. [3] A. Dempster, D. F. Schmidt and G. I. Webb, "Prevalidated ridge regression is a
       highly-efficient drop-in replacement for logistic regression for high-dimensional data",
       arXiv:2401.15610, 2024.
    .. [4] G. Uribarri, F. Barone, A. Ansuini and E. Fransén, "Detach-ROCKET: sequential feature
       selection for time series classification with random convolutional kernels",
       arXiv:2309.14518, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import RocketClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = RocketClassifier().fit(X[:30], y[:30])
    >>> classifier.score(X[30:], y[30:])
    1.0
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

class RocketRegressor(_RocketRegressor):
    """Fixed random convolutions and a ridge that predict numbers from time series.

    The kernels are those of MiniRocket [1]_, in a causal form: a feature is the share of the time
    steps at which a dilated convolution exceeds a threshold. A ridge reads the standardised
    shares; its strength is that of the least leave-one-out squared error.

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
    alpha_ : float
        Strength of the ridge.
    loo_loss_ : float
        Leave-one-out loss: mean log loss, or mean squared error of standardised targets.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    kept_ : object
        Shares, targets and weights of the series so far, after `partial_fit`.
    receptive_field_ : float
        Number of time steps that one response depends on.
    engine_ : {"numba", "torch"}
        Library that compares responses with thresholds: numba where it can be imported and the
        network is on a CPU. Answers are the same.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    TCNRegressor : Predict by a trained convolutional network.
    RocketClassifier : Predict classes.

    References
    ----------
    .. [1] A. Dempster, D. F. Schmidt and G. I. Webb, "MiniRocket: a very fast
       (almost) deterministic transform for time series classification", KDD 2021.
    .. [2] C. W. Tan, A. Dempster, C. Bergmeir and G. I. Webb, "MultiRocket: multiple pooling
       operators and transformations for fast and effective time series classification", Data
       Mining and Knowledge Discovery 36, 2022.
    .. [3] A. Dempster, D. F. Schmidt and G. I. Webb, "Prevalidated ridge regression is a
       highly-efficient drop-in replacement for logistic regression for high-dimensional data",
       arXiv:2401.15610, 2024.
    .. [4] G. Uribarri, F. Barone, A. Ansuini and E. Fransén, "Detach-ROCKET: sequential feature
       selection for time series classification with random convolutional kernels",
       arXiv:2309.14518, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import RocketRegressor
    >>> rng = np.random.default_rng(0)
    >>> slope = rng.uniform(-1, 1, size=40)
    >>> X = slope[:, None] * np.linspace(0, 1, 60) + 0.1 * rng.normal(size=(40, 60))
    >>> regressor = RocketRegressor().fit(X[:30], slope[:30])
    >>> regressor.score(X[30:], slope[30:]) > 0.9
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

class TCNClassifier(_TCNClassifier):
    """Temporal convolutional network that classifies time series.

    Residual blocks of dilated convolutions [1]_, [2]_, features pooled over time, a linear layer.
    Without any argument it is causal, as deep as the series are long, and trained for about a
    minute on a small set.

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
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    net_ : skorch.NeuralNet
        Trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All trained nets, ``n_estimators`` of them.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        Table with one row per epoch, the last 1,000 after `partial_fit`: "epoch", "train_loss",
        "train_accuracy" or "train_r2" (weighted as the loss is, and taken in passing, under
        dropout), "valid_loss" and "valid_accuracy" or "valid_r2" (with early stopping), "lr",
        "seconds", "member" (with several networks), "stopped" (where the training diverged or was
        interrupted and the best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Maximum number of series per update.
    n_threads_ : int
        Threads of torch in the last fit.
    receptive_field_ : float
        Number of raw time steps that one feature of the network depends on; infinite for an LSTM.
    engine_ : {"numba", "torch"}
        Library that computes norm, activation and dropout in training: numba where it can be
        imported, for a TCN on a CPU with batch norm, additive shortcuts and the activation relu,
        leaky_relu or identity. Batches with padding or weights are left to torch.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    LSTMClassifier : Classify by a recurrent network.
    TCNRegressor : Predict numbers.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic
       convolutional and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] K. He et al., "Identity mappings in deep residual networks", ECCV 2016.
    .. [3] H. Ismail Fawaz et al., "InceptionTime: finding AlexNet for time series
       classification", Data Mining and Knowledge Discovery 34, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = TCNClassifier(max_epochs=20).fit(X[:30], y[:30])
    >>> classifier.score(X[30:], y[30:])
    1.0
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

class TCNRegressor(_TCNRegressor):
    """Temporal convolutional network that predicts numbers from time series.

    Residual blocks of dilated convolutions [1]_, [2]_, features pooled over time, a linear layer.
    It learns standardised targets, which are turned back.

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
    net_ : skorch.NeuralNet
        Trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All trained nets, ``n_estimators`` of them.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        Table with one row per epoch, the last 1,000 after `partial_fit`: "epoch", "train_loss",
        "train_accuracy" or "train_r2" (weighted as the loss is, and taken in passing, under
        dropout), "valid_loss" and "valid_accuracy" or "valid_r2" (with early stopping), "lr",
        "seconds", "member" (with several networks), "stopped" (where the training diverged or was
        interrupted and the best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Maximum number of series per update.
    n_threads_ : int
        Threads of torch in the last fit.
    receptive_field_ : float
        Number of raw time steps that one feature of the network depends on; infinite for an LSTM.
    engine_ : {"numba", "torch"}
        Library that computes norm, activation and dropout in training: numba where it can be
        imported, for a TCN on a CPU with batch norm, additive shortcuts and the activation relu,
        leaky_relu or identity. Batches with padding or weights are left to torch.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    LSTMRegressor : Predict by a recurrent network.
    TCNClassifier : Predict classes.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic
       convolutional and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] K. He et al., "Identity mappings in deep residual networks", ECCV 2016.
    .. [3] H. Ismail Fawaz et al., "InceptionTime: finding AlexNet for time series
       classification", Data Mining and Knowledge Discovery 34, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNRegressor
    >>> rng = np.random.default_rng(0)
    >>> slope = rng.uniform(-1, 1, size=40)
    >>> X = slope[:, None] * np.linspace(0, 1, 60) + 0.1 * rng.normal(size=(40, 60))
    >>> regressor = TCNRegressor(max_epochs=40).fit(X[:30], slope[:30])
    >>> regressor.score(X[30:], slope[30:]) > 0.9
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

class TCNStepClassifier(_TCNStepClassifier):
    """Temporal convolutional network that classifies each time step.

    Residual blocks of dilated convolutions [1]_, [2]_, and a linear layer at each step: activities,
    sleep stages, gestures, faults. Series are ``(n_series, n_timepoints)``, ``(n_series,
    n_channels, n_timepoints)`` or a list, labels ``(n_series, n_timepoints)`` or a list; several
    labels at once, of 0 and 1, ``(n_series, n_outputs, n_timepoints)``. Answers come in the
    container and the lengths of the series.

    With ``causal=True`` the answer for a step depends on the steps up to it. It may be given
    ``delay`` steps later, which is the same network with its targets shifted. With
    ``causal=False`` it looks as far ahead as back, and can't be streamed.

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
    delay : int, default=0
        Time steps that the network reads before it answers: the answer for step ``t`` is given at
        step ``t + delay``, and depends on no later one. A series is continued by ``delay`` zeros
        after the preprocessing, which are training means, so that each step has an answer; a
        stream answers for the step ``delay`` ago. Zero for a network that looks ahead anyway.
    crop : int or None, default=None
        Time steps of the crops that each epoch trains on, ``batch_size`` of them at a time, cut at
        other places each time: the memory does not grow with the series. The receptive
        field before a crop is read and not scored, so that its answers are those of the whole;
        with ``n_blocks="auto"`` it covers a third of a crop. None trains on
        whole series. Predictions for long series go through in pieces in either case.
    ignore_label : str, number or None, default=None
        Label of steps without a target. Steps of NaN have none either.
    smoothness : float, default=0.0
        Factor of a penalty that keeps segments whole [3]_: the mean squared change of the
        log-probabilities between neighbouring steps, truncated at 4. The paper has 0.15.
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
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; of several labels at once their numbers.
    net_ : skorch.NeuralNet
        Trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All trained nets, ``n_estimators`` of them.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        Table with one row per epoch, the last 1,000 after `partial_fit`: "epoch", "train_loss",
        "train_accuracy" or "train_r2" (weighted as the loss is, and taken in passing, under
        dropout), "valid_loss" and "valid_accuracy" or "valid_r2" (with early stopping), "lr",
        "seconds", "member" (with several networks), "stopped" (where the training diverged or was
        interrupted and the best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Maximum number of series per update.
    n_threads_ : int
        Threads of torch in the last fit.
    receptive_field_ : float
        Number of raw time steps that one feature of the network depends on; infinite for an LSTM.
    engine_ : {"numba", "torch"}
        Library that computes norm, activation and dropout in training: numba where it can be
        imported, for a TCN on a CPU with batch norm, additive shortcuts and the activation relu,
        leaky_relu or identity. Batches with padding or weights are left to torch.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    LSTMStepClassifier : Classify time steps by a recurrent network.
    TCNStepRegressor : Predict numbers at each time step.
    TCNClassifier : Classify whole series.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic
       convolutional and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] C. Lea et al., "Temporal convolutional networks for action segmentation and detection",
       CVPR 2017.
    .. [3] Y. A. Farha and J. Gall, "MS-TCN: multi-stage temporal
       convolutional network for action segmentation", CVPR 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNStepClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(rng.choice(["rest", "walk"], size=(20, 4)), 25, axis=1)
    >>> X = rng.normal(size=y.shape) + np.where(y == "walk", 2, 0)
    >>> classifier = TCNStepClassifier(n_blocks=2, max_epochs=20, delay=5).fit(X[:15], y[:15])
    >>> classifier.predict(X[15:]).shape, classifier.predict_proba(X[15:]).shape
    ((5, 100), (5, 100, 2))
    >>> classifier.score(X[15:], y[15:]) > 0.95
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
        delay: int = 0,
        crop: int | None = None,
        ignore_label: str | float | None = None,
        smoothness: float = 0.0,
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

class TCNStepRegressor(_TCNStepRegressor):
    """Temporal convolutional network that predicts numbers at each time step.

    Residual blocks of dilated convolutions [1]_, [2]_, and a linear layer at each step: remaining
    life, positions, the next value. Series are ``(n_series, n_timepoints)``, ``(n_series,
    n_channels, n_timepoints)`` or a list, targets ``(n_series, n_timepoints)``, ``(n_series,
    n_outputs, n_timepoints)`` or a list. It learns standardised targets, which are turned back.
    Answers come in the container and the lengths of the series.

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
    delay : int, default=0
        Time steps that the network reads before it answers: the answer for step ``t`` is given at
        step ``t + delay``, and depends on no later one. A series is continued by ``delay`` zeros
        after the preprocessing, which are training means, so that each step has an answer; a
        stream answers for the step ``delay`` ago. Zero for a network that looks ahead anyway.
    crop : int or None, default=None
        Time steps of the crops that each epoch trains on, ``batch_size`` of them at a time, cut at
        other places each time: the memory does not grow with the series. The receptive
        field before a crop is read and not scored, so that its answers are those of the whole;
        with ``n_blocks="auto"`` it covers a third of a crop. None trains on
        whole series. Predictions for long series go through in pieces in either case.
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
    net_ : skorch.NeuralNet
        Trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All trained nets, ``n_estimators`` of them.
    n_features_in_ : int
        Time steps of the 2D array passed to `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if the 2D array had names, or of the channels, of series in frames.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        Table with one row per epoch, the last 1,000 after `partial_fit`: "epoch", "train_loss",
        "train_accuracy" or "train_r2" (weighted as the loss is, and taken in passing, under
        dropout), "valid_loss" and "valid_accuracy" or "valid_r2" (with early stopping), "lr",
        "seconds", "member" (with several networks), "stopped" (where the training diverged or was
        interrupted and the best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Maximum number of series per update.
    n_threads_ : int
        Threads of torch in the last fit.
    receptive_field_ : float
        Number of raw time steps that one feature of the network depends on; infinite for an LSTM.
    engine_ : {"numba", "torch"}
        Library that computes norm, activation and dropout in training: numba where it can be
        imported, for a TCN on a CPU with batch norm, additive shortcuts and the activation relu,
        leaky_relu or identity. Batches with padding or weights are left to torch.
    device_ : torch.device
        Device of the network.

    See Also
    --------
    LSTMStepRegressor : Predict by a recurrent network.
    TCNStepClassifier : Classify each time step.
    TCNRegressor : Predict numbers from whole series.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic
       convolutional and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] C. Lea et al., "Temporal convolutional networks for action segmentation and detection",
       CVPR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNStepRegressor
    >>> X = np.random.default_rng(0).normal(size=(20, 60))
    >>> y = np.cumsum(X, axis=1) - np.cumsum(np.pad(X, ((0, 0), (5, 0)))[:, :60], axis=1)
    >>> regressor = TCNStepRegressor(n_blocks=2, max_epochs=60).fit(X[:15], y[:15])
    >>> regressor.score(X[15:], y[15:]) > 0.8
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
        delay: int = 0,
        crop: int | None = None,
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = 16,
        lr: float = 0.01,
        weight_decay: float = 0.01,
        optimizer: str | type[torch.optim.Optimizer] = "adamw",
        lr_schedule: Literal["cosine", "one_cycle"] | None = "one_cycle",
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        refit: bool = False,
        gradient_clip: float | None = None,
        scaling: Literal["channel", "series"] | None = "channel",
        differences: bool = True,
        missing: Literal["error", "interpolate", "mask", "trim"] = "error",
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
