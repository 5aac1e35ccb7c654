"""Sections of docstrings that the estimators of time steps share."""


def step_parameters(context: str) -> str:
    """Describe the parameters of all tasks, with what an architecture reads besides a crop."""
    return f"""delay : int, default=0
        Time steps that the network reads before it answers: the answer for step ``t`` is given at
        step ``t + delay``, and depends on no later one. A series is continued by ``delay`` zeros
        after the preprocessing, which are training means, so that each step has an answer; a
        stream answers for the step ``delay`` ago. Zero for a network that looks ahead anyway.
    crop : int or None, default=None
        Time steps of the crops that each epoch trains on, ``batch_size`` of them at a time, cut at
        other places each time: the memory does not grow with the series. {context} None trains on
        whole series. Predictions for long series go through in pieces in either case."""


TCN_CROP = """The receptive
        field before a crop is read and not scored, so that its answers are those of the whole;
        with ``n_blocks="auto"`` it covers a third of a crop."""

LSTM_CROP = """As many
        steps before a crop are read and not scored; further back the network learns nothing."""

LABEL_STEPS = """ignore_label : str, number or None, default=None
        Label of steps without a target. Steps of NaN have none either.
    smoothness : float, default=0.0
        Factor of a penalty that keeps segments whole [3]_: the mean squared change of the
        log-probabilities between neighbouring steps, truncated at 4. The paper has 0.15."""

SMOOTHNESS_REFERENCE = """.. [3] Y. A. Farha and J. Gall, "MS-TCN: multi-stage temporal
       convolutional network for action segmentation", CVPR 2019."""
