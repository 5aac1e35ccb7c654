"""Signatures and docstrings of the public classes."""

# Written by `make stubs`.

from collections.abc import Callable
from collections.abc import Sequence
from sktcn.estimators.lstm import LSTMClassifier as _LSTMClassifier
from sktcn.estimators.lstm import LSTMRegressor as _LSTMRegressor
from sktcn.estimators.tcn import TCNClassifier as _TCNClassifier
from sktcn.estimators.tcn import TCNRegressor as _TCNRegressor
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
        Units of the hidden state, which are also the features that a layer puts out per time step
        and direction: there is no projection between the two.
    n_layers : int, default=1
        Layers, each reading the features of the one below.
    bidirectional : bool, default=False
        Read the series from its end as well. Twice the features; can't be streamed.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. It applies to the patch embedding and to the
        dense layer after the last LSTM layer; the gates stay sigmoid and tanh, for which there
        are fused kernels.
    norm : {"batch", "layer", "group", "weight", None}, default="layer"
        Normalisation of each layer's features; "weight" is that of the weights of the patch
        embedding and the dense layer.
    dropout : float, default=0.1
        Share of the features that are dropped in training, after each layer.
    residual : {"add", "concat", None}, default="add"
        Whether the input of each layer but the first is added to its output, stands beside it,
        or is left out.
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean+max"
        How the features of the time steps become those of the series.
    patch_size : int or "auto", default="auto"
        Time steps folded into one before the first layer, since an LSTM goes through them one by
        one; "auto" folds series of more than 384 steps, as many as leave at most 128.
    max_epochs : int or "auto", default="auto"
        Times to go through the training series. "auto" makes 1,200 steps of the optimiser, or 500
        times the root of the number of batches where these are more than five: small sets need
        many epochs, large ones few.
    batch_size : int or "auto", default=16
        Most series in a step; they are dealt out evenly, 17 series as 9 and 8. "auto" takes 16,
        or the half, and the half of that, of what a GPU has too little memory for.
    lr : float, default=0.005
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights, as a part of the learning rate where the optimiser is "adamw".
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class as those there.
    lr_schedule : {"one_cycle", "cosine", None}, default="one_cycle"
        How the learning rate goes: up for three tenths of the steps and down to zero (Smith &
        Topin, 2018), down alone, or constant.
    label_smoothing : float, default=0.1
        Probability that the true class gives up to all classes alike (Szegedy et al., 2016), so
        that few series are not learned with certainty. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        What each class counts, by its label; "balanced" lets all count alike. Multiplied with
        ``sample_weight``. For classifiers only.
    early_stopping : bool, default=False
        Hold back a part of the series, stop when the loss on them gets no better, and go back to
        the best weights. Off by default: in small sets those series are missed more.
    validation_fraction : float, default=0.1
        Part that is held back, stratified by class.
    n_iter_no_change : int, default=10
        Epochs without a better loss after which to stop.
    refit : bool, default=False
        After early stopping train again, on all series, for the number of epochs found.
    gradient_clip : float or None, default=1.0
        Largest norm of the gradient of a step; longer ones are shortened to it.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values as they are. Statistics of a series' future can't be streamed,
        which is why they are not the default.
    differences : bool, default=True
        Give the network each channel's change from the step before as a channel of its own, scaled
        likewise. A smooth series' changes are small beside its values, and would be learned late.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        What to do about NaN. "mask" gives each channel a second one that tells where it was
        observed (Lipton et al., 2016); what was not observed can't change the answer.
        "interpolate" fills in linearly between the values before and after, takes the nearest at
        the ends, and the training mean where a channel has no value: it looks ahead. "trim" cuts
        NaN off the end of series, as the UCR archive pads shorter ones, and refuses others.
    n_estimators : int, default=1
        Number of networks, trained one by one from different seeds; their outputs are averaged.
    callbacks : list of skorch.callbacks.Callback or None, default=None
        Told of each step and epoch of the training, as skorch's documentation has it.
    checkpoint : str, path-like or None, default=None
        A folder to keep an unfinished fit in. If the process dies, the same fit begun again goes
        on from there, and ends with the same network, to the bit; a fit of other series or
        parameters is refused. What is kept is removed when the fit is finished. One folder is for
        one fit.
    checkpoint_every : int or float, default=60.0
        When to write to it: an integer counts epochs, a float seconds.
    on_divergence : {"raise", "best"}, default="raise"
        What to do when the loss or a weight is no finite number any more: raise an error, or warn
        and go back to the weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {"raise", "best"}, default="raise"
        What to do on Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn
        and keep the best weights so far; the last row of ``history_["stopped"]`` tells.
    device : str or torch.device, default="auto"
        Where to compute; "auto" takes CUDA, or else Apple's MPS, or else the CPU.
    dtype : {"float32", "float64"}, default="float32"
        What to compute in.
    mixed_precision : bool, default=False
        Train with products in bfloat16, to two or three digits, sums and weights in float32.
        Pays for wide networks and long series, where the processor has it. Predictions are in
        ``dtype``.
    compile : bool, default=False
        Compile the network with ``torch.compile``. Pays on a GPU, for long trainings.
    warm_start : bool, default=False
        Start ``fit`` from the weights, scales and labels of the last one.
    verbose : int, default=0
        Show a progress bar.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the weights, of the order of the series and of the dropout. With the same number
        the same series give the same network, to the bit, on the same machine with as many
        threads; None takes a new one from the operating system at each fit. No global generator
        is read or moved.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All of them; as many as ``n_estimators``.
    n_features_in_ : int
        Time steps of the 2D array seen in `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if the 2D array had names.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        A table with a row an epoch: "epoch", "train_loss", "valid_loss" (with early stopping),
        "lr", "seconds", "member" (with several networks), "stopped" (where one was diverged or
        interrupted and its best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Most series in a step.
    receptive_field_ : float
        Number of time steps that one feature sees; infinite for an LSTM.
    device_ : torch.device
        Where the network is.

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
        early_stopping: bool = False,
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
        mixed_precision: bool = False,
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
        Units of the hidden state, which are also the features that a layer puts out per time step
        and direction: there is no projection between the two.
    n_layers : int, default=1
        Layers, each reading the features of the one below.
    bidirectional : bool, default=False
        Read the series from its end as well. Twice the features; can't be streamed.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. It applies to the patch embedding and to the
        dense layer after the last LSTM layer; the gates stay sigmoid and tanh, for which there
        are fused kernels.
    norm : {"batch", "layer", "group", "weight", None}, default="layer"
        Normalisation of each layer's features; "weight" is that of the weights of the patch
        embedding and the dense layer.
    dropout : float, default=0.1
        Share of the features that are dropped in training, after each layer.
    residual : {"add", "concat", None}, default="add"
        Whether the input of each layer but the first is added to its output, stands beside it,
        or is left out.
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean+max"
        How the features of the time steps become those of the series.
    patch_size : int or "auto", default="auto"
        Time steps folded into one before the first layer, since an LSTM goes through them one by
        one; "auto" folds series of more than 384 steps, as many as leave at most 128.
    max_epochs : int or "auto", default="auto"
        Times to go through the training series. "auto" makes 1,200 steps of the optimiser, or 500
        times the root of the number of batches where these are more than five: small sets need
        many epochs, large ones few.
    batch_size : int or "auto", default=16
        Most series in a step; they are dealt out evenly, 17 series as 9 and 8. "auto" takes 16,
        or the half, and the half of that, of what a GPU has too little memory for.
    lr : float, default=0.005
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights, as a part of the learning rate where the optimiser is "adamw".
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class as those there.
    lr_schedule : {"one_cycle", "cosine", None}, default="one_cycle"
        How the learning rate goes: up for three tenths of the steps and down to zero (Smith &
        Topin, 2018), down alone, or constant.
    label_smoothing : float, default=0.1
        Probability that the true class gives up to all classes alike (Szegedy et al., 2016), so
        that few series are not learned with certainty. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        What each class counts, by its label; "balanced" lets all count alike. Multiplied with
        ``sample_weight``. For classifiers only.
    early_stopping : bool, default=False
        Hold back a part of the series, stop when the loss on them gets no better, and go back to
        the best weights. Off by default: in small sets those series are missed more.
    validation_fraction : float, default=0.1
        Part that is held back, stratified by class.
    n_iter_no_change : int, default=10
        Epochs without a better loss after which to stop.
    refit : bool, default=False
        After early stopping train again, on all series, for the number of epochs found.
    gradient_clip : float or None, default=1.0
        Largest norm of the gradient of a step; longer ones are shortened to it.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values as they are. Statistics of a series' future can't be streamed,
        which is why they are not the default.
    differences : bool, default=True
        Give the network each channel's change from the step before as a channel of its own, scaled
        likewise. A smooth series' changes are small beside its values, and would be learned late.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        What to do about NaN. "mask" gives each channel a second one that tells where it was
        observed (Lipton et al., 2016); what was not observed can't change the answer.
        "interpolate" fills in linearly between the values before and after, takes the nearest at
        the ends, and the training mean where a channel has no value: it looks ahead. "trim" cuts
        NaN off the end of series, as the UCR archive pads shorter ones, and refuses others.
    n_estimators : int, default=1
        Number of networks, trained one by one from different seeds; their outputs are averaged.
    callbacks : list of skorch.callbacks.Callback or None, default=None
        Told of each step and epoch of the training, as skorch's documentation has it.
    checkpoint : str, path-like or None, default=None
        A folder to keep an unfinished fit in. If the process dies, the same fit begun again goes
        on from there, and ends with the same network, to the bit; a fit of other series or
        parameters is refused. What is kept is removed when the fit is finished. One folder is for
        one fit.
    checkpoint_every : int or float, default=60.0
        When to write to it: an integer counts epochs, a float seconds.
    on_divergence : {"raise", "best"}, default="raise"
        What to do when the loss or a weight is no finite number any more: raise an error, or warn
        and go back to the weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {"raise", "best"}, default="raise"
        What to do on Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn
        and keep the best weights so far; the last row of ``history_["stopped"]`` tells.
    device : str or torch.device, default="auto"
        Where to compute; "auto" takes CUDA, or else Apple's MPS, or else the CPU.
    dtype : {"float32", "float64"}, default="float32"
        What to compute in.
    mixed_precision : bool, default=False
        Train with products in bfloat16, to two or three digits, sums and weights in float32.
        Pays for wide networks and long series, where the processor has it. Predictions are in
        ``dtype``.
    compile : bool, default=False
        Compile the network with ``torch.compile``. Pays on a GPU, for long trainings.
    warm_start : bool, default=False
        Start ``fit`` from the weights, scales and labels of the last one.
    verbose : int, default=0
        Show a progress bar.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the weights, of the order of the series and of the dropout. With the same number
        the same series give the same network, to the bit, on the same machine with as many
        threads; None takes a new one from the operating system at each fit. No global generator
        is read or moved.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All of them; as many as ``n_estimators``.
    n_features_in_ : int
        Time steps of the 2D array seen in `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if the 2D array had names.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        A table with a row an epoch: "epoch", "train_loss", "valid_loss" (with early stopping),
        "lr", "seconds", "member" (with several networks), "stopped" (where one was diverged or
        interrupted and its best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Most series in a step.
    receptive_field_ : float
        Number of time steps that one feature sees; infinite for an LSTM.
    device_ : torch.device
        Where the network is.

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
        early_stopping: bool = False,
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
        mixed_precision: bool = False,
        compile: bool = False,
        warm_start: bool = False,
        verbose: int = 0,
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
        Residual blocks; block ``i`` has the dilation ``dilation_base ** i``. "auto" takes the
        fewest whose receptive field covers the longest training series.
    kernel_size : int or sequence of int, default=5
        Taps of each convolution. With several, as (3, 5, 9), its filters have these sizes in turn,
        side by side (as in [3]_): short patterns and long ones are seen at each dilation. With
        ``causal=False`` all are odd, or all even.
    dilation_base : int, default=2
        Factor by which the dilation grows from block to block.
    causal : bool, default=True
        Whether the features of a step see the past alone, as they must to be streamed. Where series
        are whole when they are classified, a centred network may be a little better: False was .009
        more accurate in the mean over 30 sets of the UCR archive.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. The initialisation is fitted to it.
    norm : {"batch", "layer", "group", "weight", None}, default="batch"
        Normalisation before each activation; layer and group norm work on the channels of each
        time step, weight norm on the filters.
    dropout : float, default=0.1
        Share of the channels that are dropped in training, before each convolution.
    residual : {"add", "concat", None}, default="add"
        Whether a block's input is added to its output, stands beside it, or is left out.
    zero_init_residual : bool, default=False
        Start each block as its shortcut, its convolutions adding nothing yet.
    multiscale : bool, default=True
        Pool the features of all blocks, each of which sees further than the one before it, not
        those of the last one alone.
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean"
        How the features of the time steps become those of the series.
    max_epochs : int or "auto", default="auto"
        Times to go through the training series. "auto" makes 1,200 steps of the optimiser, or 500
        times the root of the number of batches where these are more than five: small sets need
        many epochs, large ones few.
    batch_size : int or "auto", default=16
        Most series in a step; they are dealt out evenly, 17 series as 9 and 8. "auto" takes 16,
        or the half, and the half of that, of what a GPU has too little memory for.
    lr : float, default=0.01
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights, as a part of the learning rate where the optimiser is "adamw".
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class as those there.
    lr_schedule : {"one_cycle", "cosine", None}, default="one_cycle"
        How the learning rate goes: up for three tenths of the steps and down to zero (Smith &
        Topin, 2018), down alone, or constant.
    label_smoothing : float, default=0.1
        Probability that the true class gives up to all classes alike (Szegedy et al., 2016), so
        that few series are not learned with certainty. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        What each class counts, by its label; "balanced" lets all count alike. Multiplied with
        ``sample_weight``. For classifiers only.
    early_stopping : bool, default=False
        Hold back a part of the series, stop when the loss on them gets no better, and go back to
        the best weights. Off by default: in small sets those series are missed more.
    validation_fraction : float, default=0.1
        Part that is held back, stratified by class.
    n_iter_no_change : int, default=10
        Epochs without a better loss after which to stop.
    refit : bool, default=False
        After early stopping train again, on all series, for the number of epochs found.
    gradient_clip : float or None, default=None
        Largest norm of the gradient of a step; longer ones are shortened to it.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values as they are. Statistics of a series' future can't be streamed,
        which is why they are not the default.
    differences : bool, default=True
        Give the network each channel's change from the step before as a channel of its own, scaled
        likewise. A smooth series' changes are small beside its values, and would be learned late.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        What to do about NaN. "mask" gives each channel a second one that tells where it was
        observed (Lipton et al., 2016); what was not observed can't change the answer.
        "interpolate" fills in linearly between the values before and after, takes the nearest at
        the ends, and the training mean where a channel has no value: it looks ahead. "trim" cuts
        NaN off the end of series, as the UCR archive pads shorter ones, and refuses others.
    n_estimators : int, default=1
        Number of networks, trained one by one from different seeds; their outputs are averaged.
    callbacks : list of skorch.callbacks.Callback or None, default=None
        Told of each step and epoch of the training, as skorch's documentation has it.
    checkpoint : str, path-like or None, default=None
        A folder to keep an unfinished fit in. If the process dies, the same fit begun again goes
        on from there, and ends with the same network, to the bit; a fit of other series or
        parameters is refused. What is kept is removed when the fit is finished. One folder is for
        one fit.
    checkpoint_every : int or float, default=60.0
        When to write to it: an integer counts epochs, a float seconds.
    on_divergence : {"raise", "best"}, default="raise"
        What to do when the loss or a weight is no finite number any more: raise an error, or warn
        and go back to the weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {"raise", "best"}, default="raise"
        What to do on Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn
        and keep the best weights so far; the last row of ``history_["stopped"]`` tells.
    device : str or torch.device, default="auto"
        Where to compute; "auto" takes CUDA, or else Apple's MPS, or else the CPU.
    dtype : {"float32", "float64"}, default="float32"
        What to compute in.
    mixed_precision : bool, default=False
        Train with products in bfloat16, to two or three digits, sums and weights in float32.
        Pays for wide networks and long series, where the processor has it. Predictions are in
        ``dtype``.
    compile : bool, default=False
        Compile the network with ``torch.compile``. Pays on a GPU, for long trainings.
    warm_start : bool, default=False
        Start ``fit`` from the weights, scales and labels of the last one.
    verbose : int, default=0
        Show a progress bar.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the weights, of the order of the series and of the dropout. With the same number
        the same series give the same network, to the bit, on the same machine with as many
        threads; None takes a new one from the operating system at each fit. No global generator
        is read or moved.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All of them; as many as ``n_estimators``.
    n_features_in_ : int
        Time steps of the 2D array seen in `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if the 2D array had names.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        A table with a row an epoch: "epoch", "train_loss", "valid_loss" (with early stopping),
        "lr", "seconds", "member" (with several networks), "stopped" (where one was diverged or
        interrupted and its best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Most series in a step.
    receptive_field_ : float
        Number of time steps that one feature sees; infinite for an LSTM.
    device_ : torch.device
        Where the network is.

    See Also
    --------
    LSTMClassifier : Classify by a recurrent network.
    TCNRegressor : Predict numbers.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic convolutional
       and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
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
        early_stopping: bool = False,
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
        mixed_precision: bool = False,
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
        Residual blocks; block ``i`` has the dilation ``dilation_base ** i``. "auto" takes the
        fewest whose receptive field covers the longest training series.
    kernel_size : int or sequence of int, default=5
        Taps of each convolution. With several, as (3, 5, 9), its filters have these sizes in turn,
        side by side (as in [3]_): short patterns and long ones are seen at each dilation. With
        ``causal=False`` all are odd, or all even.
    dilation_base : int, default=2
        Factor by which the dilation grows from block to block.
    causal : bool, default=True
        Whether the features of a step see the past alone, as they must to be streamed. Where series
        are whole when they are classified, a centred network may be a little better: False was .009
        more accurate in the mean over 30 sets of the UCR archive.
    activation : str, class or callable, default="relu"
        "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh",
        "sigmoid", "hardswish", "prelu" or "identity", a subclass of ``torch.nn.Module``, or any
        callable on tensors that keeps their shape. The initialisation is fitted to it.
    norm : {"batch", "layer", "group", "weight", None}, default="batch"
        Normalisation before each activation; layer and group norm work on the channels of each
        time step, weight norm on the filters.
    dropout : float, default=0.1
        Share of the channels that are dropped in training, before each convolution.
    residual : {"add", "concat", None}, default="add"
        Whether a block's input is added to its output, stands beside it, or is left out.
    zero_init_residual : bool, default=False
        Start each block as its shortcut, its convolutions adding nothing yet.
    multiscale : bool, default=True
        Pool the features of all blocks, each of which sees further than the one before it, not
        those of the last one alone.
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean"
        How the features of the time steps become those of the series.
    max_epochs : int or "auto", default="auto"
        Times to go through the training series. "auto" makes 1,200 steps of the optimiser, or 500
        times the root of the number of batches where these are more than five: small sets need
        many epochs, large ones few.
    batch_size : int or "auto", default=16
        Most series in a step; they are dealt out evenly, 17 series as 9 and 8. "auto" takes 16,
        or the half, and the half of that, of what a GPU has too little memory for.
    lr : float, default=0.01
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights, as a part of the learning rate where the optimiser is "adamw".
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class as those there.
    lr_schedule : {"one_cycle", "cosine", None}, default="one_cycle"
        How the learning rate goes: up for three tenths of the steps and down to zero (Smith &
        Topin, 2018), down alone, or constant.
    label_smoothing : float, default=0.1
        Probability that the true class gives up to all classes alike (Szegedy et al., 2016), so
        that few series are not learned with certainty. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        What each class counts, by its label; "balanced" lets all count alike. Multiplied with
        ``sample_weight``. For classifiers only.
    early_stopping : bool, default=False
        Hold back a part of the series, stop when the loss on them gets no better, and go back to
        the best weights. Off by default: in small sets those series are missed more.
    validation_fraction : float, default=0.1
        Part that is held back, stratified by class.
    n_iter_no_change : int, default=10
        Epochs without a better loss after which to stop.
    refit : bool, default=False
        After early stopping train again, on all series, for the number of epochs found.
    gradient_clip : float or None, default=None
        Largest norm of the gradient of a step; longer ones are shortened to it.
    scaling : {"channel", "series", None}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values as they are. Statistics of a series' future can't be streamed,
        which is why they are not the default.
    differences : bool, default=True
        Give the network each channel's change from the step before as a channel of its own, scaled
        likewise. A smooth series' changes are small beside its values, and would be learned late.
    missing : {"error", "mask", "interpolate", "trim"}, default="error"
        What to do about NaN. "mask" gives each channel a second one that tells where it was
        observed (Lipton et al., 2016); what was not observed can't change the answer.
        "interpolate" fills in linearly between the values before and after, takes the nearest at
        the ends, and the training mean where a channel has no value: it looks ahead. "trim" cuts
        NaN off the end of series, as the UCR archive pads shorter ones, and refuses others.
    n_estimators : int, default=1
        Number of networks, trained one by one from different seeds; their outputs are averaged.
    callbacks : list of skorch.callbacks.Callback or None, default=None
        Told of each step and epoch of the training, as skorch's documentation has it.
    checkpoint : str, path-like or None, default=None
        A folder to keep an unfinished fit in. If the process dies, the same fit begun again goes
        on from there, and ends with the same network, to the bit; a fit of other series or
        parameters is refused. What is kept is removed when the fit is finished. One folder is for
        one fit.
    checkpoint_every : int or float, default=60.0
        When to write to it: an integer counts epochs, a float seconds.
    on_divergence : {"raise", "best"}, default="raise"
        What to do when the loss or a weight is no finite number any more: raise an error, or warn
        and go back to the weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {"raise", "best"}, default="raise"
        What to do on Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn
        and keep the best weights so far; the last row of ``history_["stopped"]`` tells.
    device : str or torch.device, default="auto"
        Where to compute; "auto" takes CUDA, or else Apple's MPS, or else the CPU.
    dtype : {"float32", "float64"}, default="float32"
        What to compute in.
    mixed_precision : bool, default=False
        Train with products in bfloat16, to two or three digits, sums and weights in float32.
        Pays for wide networks and long series, where the processor has it. Predictions are in
        ``dtype``.
    compile : bool, default=False
        Compile the network with ``torch.compile``. Pays on a GPU, for long trainings.
    warm_start : bool, default=False
        Start ``fit`` from the weights, scales and labels of the last one.
    verbose : int, default=0
        Show a progress bar.
    random_state : int, numpy.random.RandomState or None, default=0
        Seed of the weights, of the order of the series and of the dropout. With the same number
        the same series give the same network, to the bit, on the same machine with as many
        threads; None takes a new one from the operating system at each fit. No global generator
        is read or moved.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the network.
    nets_ : list of skorch.NeuralNet
        All of them; as many as ``n_estimators``.
    n_features_in_ : int
        Time steps of the 2D array seen in `fit`; for other input the number of channels.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if the 2D array had names.
    n_channels_ : int
        Channels of the series.
    history_ : dict of list
        A table with a row an epoch: "epoch", "train_loss", "valid_loss" (with early stopping),
        "lr", "seconds", "member" (with several networks), "stopped" (where one was diverged or
        interrupted and its best weights were kept).
    n_iter_ : int
        Epochs trained.
    batch_size_ : int
        Most series in a step.
    receptive_field_ : float
        Number of time steps that one feature sees; infinite for an LSTM.
    device_ : torch.device
        Where the network is.

    See Also
    --------
    LSTMRegressor : Predict by a recurrent network.
    TCNClassifier : Predict classes.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic convolutional
       and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
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
        early_stopping: bool = False,
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
        mixed_precision: bool = False,
        compile: bool = False,
        warm_start: bool = False,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None: ...
