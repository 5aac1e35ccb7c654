"""Long short-term memory network that answers at each time step, as estimators."""

from __future__ import annotations

from sktcn.estimators._docs import (
    FITTED_ATTRIBUTES,
    LSTM_NETWORK,
    LSTM_REFERENCES,
    training_parameters,
)
from sktcn.estimators._step_docs import (
    LABEL_STEPS,
    LSTM_CROP,
    SMOOTHNESS_REFERENCE,
    step_parameters,
)
from sktcn.estimators.lstm import LSTMParameters
from sktcn.estimators.step_classifier import StepClassifier
from sktcn.estimators.step_regressor import StepRegressor


class LSTMStepClassifier(StepClassifier, LSTMParameters):
    __doc__ = f"""Long short-term memory network that classifies each time step.

    Stacked LSTM layers [1]_, [2]_, and a linear layer at each step. Series are ``(n_series,
    n_timepoints)``, ``(n_series, n_channels, n_timepoints)`` or a list, labels ``(n_series,
    n_timepoints)`` or a list; several labels at once, of 0 and 1, ``(n_series, n_outputs,
    n_timepoints)``. Answers come in the container and the lengths of the series.

    Parameters
    ----------
    {LSTM_NETWORK}
    {step_parameters(LSTM_CROP)}
    {LABEL_STEPS}
    {training_parameters(lr=0.005, gradient_clip=1.0, beside="")}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; of several labels at once their numbers.
    {FITTED_ATTRIBUTES}

    See Also
    --------
    TCNStepClassifier : Classify time steps by a convolutional network, as a rule quicker.
    LSTMStepRegressor : Predict numbers at each time step.
    LSTMClassifier : Classify whole series.

    References
    ----------
    {LSTM_REFERENCES}
    {SMOOTHNESS_REFERENCE}

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


class LSTMStepRegressor(StepRegressor, LSTMParameters):
    __doc__ = f"""Long short-term memory network that predicts numbers at each time step.

    Stacked LSTM layers [1]_, [2]_, and a linear layer at each step. Series are ``(n_series,
    n_timepoints)``, ``(n_series, n_channels, n_timepoints)`` or a list, targets ``(n_series,
    n_timepoints)``, ``(n_series, n_outputs, n_timepoints)`` or a list. It learns standardised
    targets, which are turned back. Answers come in the container and the lengths of the series.

    Parameters
    ----------
    {LSTM_NETWORK}
    {step_parameters(LSTM_CROP)}
    {training_parameters(lr=0.005, gradient_clip=1.0, labels="", beside="")}

    Attributes
    ----------
    {FITTED_ATTRIBUTES}

    See Also
    --------
    TCNStepRegressor : Predict by a convolutional network, as a rule quicker.
    LSTMStepClassifier : Classify each time step.
    LSTMRegressor : Predict numbers from whole series.

    References
    ----------
    {LSTM_REFERENCES}

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
