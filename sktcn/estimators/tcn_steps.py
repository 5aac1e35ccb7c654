"""Temporal convolutional network that answers at each time step, as estimators."""

from __future__ import annotations

from sktcn.estimators._docs import FITTED_ATTRIBUTES, TCN_NETWORK, training_parameters
from sktcn.estimators._step_docs import (
    LABEL_STEPS,
    SMOOTHNESS_REFERENCE,
    TCN_CROP,
    step_parameters,
)
from sktcn.estimators.step_classifier import StepClassifier
from sktcn.estimators.step_regressor import StepRegressor
from sktcn.estimators.tcn import TCNParameters

REFERENCES = """.. [1] S. Bai, J. Z. Kolter and V. Koltun, "An empirical evaluation of generic
       convolutional and recurrent networks for sequence modeling", arXiv:1803.01271, 2018.
    .. [2] C. Lea et al., "Temporal convolutional networks for action segmentation and detection",
       CVPR 2017."""


class TCNStepClassifier(StepClassifier, TCNParameters):
    __doc__ = f"""Temporal convolutional network that classifies each time step.

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
    {TCN_NETWORK}
    {step_parameters(TCN_CROP)}
    {LABEL_STEPS}
    {training_parameters(lr=0.01, gradient_clip=None, beside="")}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; of several labels at once their numbers.
    {FITTED_ATTRIBUTES}

    See Also
    --------
    LSTMStepClassifier : Classify time steps by a recurrent network.
    TCNStepRegressor : Predict numbers at each time step.
    TCNClassifier : Classify whole series.

    References
    ----------
    {REFERENCES}
    {SMOOTHNESS_REFERENCE}

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


class TCNStepRegressor(StepRegressor, TCNParameters):
    __doc__ = f"""Temporal convolutional network that predicts numbers at each time step.

    Residual blocks of dilated convolutions [1]_, [2]_, and a linear layer at each step: remaining
    life, positions, the next value. Series are ``(n_series, n_timepoints)``, ``(n_series,
    n_channels, n_timepoints)`` or a list, targets ``(n_series, n_timepoints)``, ``(n_series,
    n_outputs, n_timepoints)`` or a list. It learns standardised targets, which are turned back.
    Answers come in the container and the lengths of the series.

    Parameters
    ----------
    {TCN_NETWORK}
    {step_parameters(TCN_CROP)}
    {training_parameters(lr=0.01, gradient_clip=None, labels="", beside="")}

    Attributes
    ----------
    {FITTED_ATTRIBUTES}

    See Also
    --------
    LSTMStepRegressor : Predict by a recurrent network.
    TCNStepClassifier : Classify each time step.
    TCNRegressor : Predict numbers from whole series.

    References
    ----------
    {REFERENCES}

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
