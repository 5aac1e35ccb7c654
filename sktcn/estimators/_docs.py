"""Sections of docstrings that the estimators share."""

LABEL_PARAMETERS = """label_smoothing : float, default=0.1
        Probability that moves from the true class to all classes evenly (Szegedy et al., 2016),
        against overconfidence on few series. For classifiers only.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by its label; "balanced" gives all the same total. Multiplied by
        ``sample_weight``. For classifiers only.
    """

FIXED_KERNELS = """n_fixed_kernels : int or "auto", default="auto"
        Features of fixed kernels beside the trained network, as in `RocketClassifier` and
        `RocketRegressor`: a ridge reads them, whose outputs are averaged with those of the network.
        Both err on different series, so that the mean is more accurate, and its probabilities are
        better; but thresholds have no gradients. "auto" is 5,000, and 0 on Apple's MPS, which has
        no float64. 0 is the network alone, which is all that `partial_fit` trains.
    """


def training_parameters(
    *,
    lr: float,
    gradient_clip: float | None,
    labels: str = LABEL_PARAMETERS,
    beside: str = FIXED_KERNELS,
) -> str:
    """Describe the parameters of the training, with the defaults of an architecture."""
    return f"""max_epochs : int or "auto", default="auto"
        Passes over the training series. "auto" makes 1,200 updates, or 500 times the root of the
        number of batches where these are more than five: small sets need many epochs, large ones
        few.
    batch_size : int or "auto", default=16
        Maximum number of series per update; batches are of even sizes, such as 9 and 8 of 17
        series. "auto" starts from 16, and is halved until a batch fits into a GPU's memory.
    lr : float, default={lr}
        Learning rate of the optimiser; with a schedule, its peak.
    weight_decay : float, default=0.01
        Decay of the weights; with "adamw" it is multiplied by the learning rate.
    optimizer : str or class, default="adamw"
        Name of an optimiser in ``torch.optim``, or a class with the same interface.
    lr_schedule : {{"one_cycle", "cosine", None}}, default="one_cycle"
        Schedule of the learning rate: up for three tenths of the updates and down to zero (Smith
        & Topin, 2018), down alone, or constant.
    {labels}early_stopping : bool or "auto", default="auto"
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
    gradient_clip : float or None, default={gradient_clip}
        Maximum norm of the gradient of an update; larger gradients are scaled down to it.
    scaling : {{"channel", "series", None}}, default="channel"
        Standardise each channel by its statistics over the training series, or each series by its
        own, or leave the values unchanged. "series" needs statistics of a series' future, and so
        cannot be streamed.
    differences : bool, default=True
        Add each channel's change from the step before as a channel, scaled likewise. The changes of
        a smooth series are small beside its values, and would be learned late.
    missing : {{"error", "mask", "interpolate", "trim"}}, default="error"
        Policy for NaN. "mask" adds to each channel a second one that marks observed values (Lipton
        et al., 2016); values that are not observed do not affect the outputs. "interpolate" fills
        in linearly between the values before and after, with the nearest at the ends, and with the
        training mean where a channel has no value: it looks ahead. "trim" removes NaN at the end
        of series, with which the UCR archive pads shorter ones, and raises an error for others.
    {beside}n_estimators : int, default=1
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
    on_divergence : {{"raise", "best"}}, default="raise"
        Reaction to a loss or weight that is not finite: raise an error, or warn and restore the
        weights of the epoch with the lowest loss, if one was finished.
    on_interrupt : {{"raise", "best"}}, default="raise"
        Reaction to Ctrl-C: raise, which leaves the estimator as it was before the fit, or warn and
        keep the best weights so far, which the last row of ``history_["stopped"]`` records.
    device : str or torch.device, default="auto"
        Device of the network; "auto" selects CUDA, or else Apple's MPS, or else the CPU.
    dtype : {{"float32", "float64"}}, default="float32"
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
        generator is used."""


FITTED_ATTRIBUTES = """net_ : skorch.NeuralNet
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
        Device of the network."""


TCN_NETWORK = """n_filters : int or sequence of int, default=32
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
        block alone. Without effect with ``n_blocks=1``."""

TCN_PARAMETERS = f"""{TCN_NETWORK}
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean"
        Pooling of the features over the time steps."""


TCN_REFERENCES = """.. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic
       convolutional and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] K. He et al., "Identity mappings in deep residual networks", ECCV 2016.
    .. [3] H. Ismail Fawaz et al., "InceptionTime: finding AlexNet for time series
       classification", Data Mining and Knowledge Discovery 34, 2020."""


LSTM_NETWORK = """hidden_size : int, default=64
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
        or omitted. Without effect with ``n_layers=1``."""

LSTM_PARAMETERS = f"""{LSTM_NETWORK}
    pooling : {"mean", "max", "last", "attention", "mean+max"}, default="mean+max"
        Pooling of the features over the time steps.
    patch_size : int or "auto", default="auto"
        Time steps concatenated into one patch before the first layer, which reads the patches one
        by one; "auto" folds series of more than 384 steps into at most 128 patches."""

LSTM_REFERENCES = """.. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
       Computation, 1997.
    .. [2] F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation,
       2000."""


ROCKET_PARAMETERS = """n_kernels : int, default=10_000
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
        network, in any order of the series. No global generator is used."""


ROCKET_ATTRIBUTES = """alpha_ : float
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
        Device of the network."""


ROCKET_REFERENCES = """.. [1] A. Dempster, D. F. Schmidt and G. I. Webb, "MiniRocket: a very fast
       (almost) deterministic transform for time series classification", KDD 2021.
    .. [2] C. W. Tan, A. Dempster, C. Bergmeir and G. I. Webb, "MultiRocket: multiple pooling
       operators and transformations for fast and effective time series classification", Data
       Mining and Knowledge Discovery 36, 2022.
    .. [3] A. Dempster, D. F. Schmidt and G. I. Webb, "Prevalidated ridge regression is a
       highly-efficient drop-in replacement for logistic regression for high-dimensional data",
       arXiv:2401.15610, 2024.
    .. [4] G. Uribarri, F. Barone, A. Ansuini and E. Fransén, "Detach-ROCKET: sequential feature
       selection for time series classification with random convolutional kernels",
       arXiv:2309.14518, 2023."""
