"""Attributions to single values, by methods of captum."""

from __future__ import annotations

import contextlib
import inspect
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktcn._data.panel import Floats, Indices, Panel
from sktcn._model.fitted import FittedModel, resolve_model
from sktcn._model.inference import BATCH_STEPS, combine

#: Methods of `attribute`, and their classes in captum: those that use no global generator.
METHODS = {
    "integrated_gradients": "IntegratedGradients",
    "saliency": "Saliency",
    "input_x_gradient": "InputXGradient",
    "feature_ablation": "FeatureAblation",
    "occlusion": "Occlusion",
}
RESERVED = {"inputs", "target", "baselines", "additional_forward_args", "return_convergence_delta"}
BY_GRADIENTS = {"integrated_gradients", "saliency", "input_x_gradient"}
OCCLUDED = 0.1  # fraction of a series that "occlusion" hides at a time


def attribute(
    estimator: Any,
    X: Any,
    method: str = "auto",
    *,
    target: Any = None,
    baseline: Any = None,
    step: Any = None,
    **options: Any,
) -> Floats | list[Floats]:
    """Attribute an output to the values of the series, by a method of captum.

    `class_activation` locates the steps at which a network has seen the evidence; `attribute`
    locates the values, channel by channel, by gradients or by ablation. It is computed one series
    at a time, so that it does not depend on the lengths of the others.

    Attributions are to the series in their own units: scaling and differences are differentiated
    as well. Other functions of the series are held fixed at their values for the series given:
    with ``scaling="series"`` the mean and scale of each series; with ``missing="mask"`` the mask
    of missing values, whose attribution is zero. With ``missing="interpolate"`` attributions are to
    the interpolated series.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier or regressor of this library; it is not changed. Of several networks
        (``n_estimators``) the mean output is attributed.
    X : array-like or list of arrays
        Series, as for ``predict``.
    method : str, default="auto"
        "integrated_gradients" (Sundararajan et al., 2017), whose attributions sum to the output
        minus that of the baseline, "saliency" (Simonyan et al., 2014), "input_x_gradient",
        "feature_ablation" or "occlusion" (Zeiler & Fergus, 2014). "auto" is the first, or
        "occlusion" where there are fixed kernels, whose thresholds have no gradients.
    target : label or int, or array-like of shape (n_series,), default=None
        Output to attribute: the logit of the class with this label, or the target of this index
        in regression; one for all series or one for each. None is the class predicted, or the
        first target.
    baseline : float or array-like of shape (n_channels,), default=None
        Reference value of each channel, in its own units, for methods that use one. None is the
        training mean; with ``scaling="series"``, the mean of the series.
    step : int or array-like of shape (n_series,), default=None
        Time step whose output is attributed, for all series or for each, of an estimator of time
        steps, which needs one; negative numbers count from the end.
    **options : object
        Passed to ``attribute`` of captum, such as ``n_steps=200``.

    Returns
    -------
    ndarray of shape (n_series, n_channels, n_timepoints), or list of ndarray of shape \
            (n_channels, n_timepoints_i)
        Attributions; a list if the lengths of the series differ.

    See Also
    --------
    class_activation : Contributions of time steps; faster, exact, without captum.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.explain import attribute
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 60))
    >>> y = np.where(np.arange(40) % 2, "bump", "flat")
    >>> X[y == "bump", 20:30] += 3
    >>> classifier = TCNClassifier(n_filters=8, max_epochs=20).fit(X, y)
    >>> attributions = attribute(classifier, X[1:2], target="bump")
    >>> attributions.shape
    (1, 1, 60)
    >>> bool(attributions[0, 0, 20:30].sum() > attributions[0, 0, 30:].sum())
    True
    """
    model = resolve_model(estimator)
    explainer = None if method == "auto" else _find_method(method, options)
    panel = model.read(X)
    baseline = _check_baseline(baseline, panel.n_channels)
    outputs = model.task.find_outputs(target, len(panel))
    steps = _check_steps(step, panel.lengths, per_step=model.task.per_step)
    attributions: list[Floats] = []
    for index, output in enumerate(outputs):
        function = _OutputFunction(model, panel.take(np.array([index])), baseline, steps[index])
        if index == 0:
            method = _choose_method(method, function)
            explainer = explainer or _find_method(method, options)
        chosen = function.predicted() if output is None else output
        attributions.append(_attribute_one(explainer, function, chosen, options))
    equal_length = (panel.lengths == panel.lengths[0]).all()
    return np.stack(attributions) if equal_length else attributions


def _attribute_one(
    explainer: Any, function: _OutputFunction, target: int, options: dict[str, Any]
) -> Floats:
    method = explainer(function).attribute
    accepted = inspect.signature(method).parameters
    n_steps = function.series.shape[2]
    rows = max(1, BATCH_STEPS // n_steps)
    defaults = {
        "baselines": function.baseline,
        "internal_batch_size": rows,
        "perturbations_per_eval": rows,
        "sliding_window_shapes": (1, max(1, round(OCCLUDED * n_steps))),
    }
    arguments = {name: value for name, value in defaults.items() if name in accepted} | options
    series = function.series.clone().requires_grad_()
    with function.differentiable():
        attributions: Tensor = method(series, target=target, **arguments)
    return attributions[0].detach().numpy()


class _OutputFunction:
    """Outputs as a differentiable function of the values of one series."""

    def __init__(self, model: FittedModel, panel: Panel, baseline: Floats | None, step: int | None):
        self.step = step
        preprocessor, panel = model.preprocessor.fixed_for(panel)
        self.members, self.shares, self.device = model.members, model.shares, model.device
        self.units = [torch.tensor(each) for each in model.task.units]
        self.preprocessor = preprocessor.module(model.torch_dtype)
        values = torch.tensor(panel.values.T[None], dtype=torch.float64)
        self.missing = values.isnan()
        level = preprocessor.statistics.mean if baseline is None else baseline
        self.baseline = torch.tensor(level, dtype=torch.float64)[:, None].expand_as(values)
        self.series = torch.where(self.missing, self.baseline, values)

    def inputs(self, x: Tensor) -> Tensor:
        """Preprocess the series, whose missing values are not differentiated."""
        return self.preprocessor(x.masked_fill(self.missing, torch.nan)).to(self.device)

    def __call__(self, x: Tensor) -> Tensor:
        inputs = self.inputs(x)
        outputs: Tensor = combine((member(inputs) for member in self.members), self.shares)
        outputs = outputs if self.step is None else outputs[:, :, self.step]
        scale, offset = self.units
        return outputs.cpu().double() * scale + offset

    def has_gradients(self) -> bool:
        """Check whether the outputs of all members depend smoothly on the series."""
        with self.differentiable(), torch.enable_grad():
            inputs = self.inputs(self.series.clone().requires_grad_())
            return all(member(inputs).requires_grad for member in self.members)

    def predicted(self) -> int:
        """Find the largest output."""
        with torch.inference_mode():
            return int(self(self.series).argmax())

    def differentiable(self) -> contextlib.AbstractContextManager[None]:
        """Disable cuDNN, whose LSTM has gradients in training mode only."""
        if self.device.type == "cuda":
            return torch.backends.cudnn.flags(enabled=False)
        return contextlib.nullcontext()


def _choose_method(method: str, function: _OutputFunction) -> str:
    """Resolve "auto"; raise ValueError if there are no gradients for a method that needs them."""
    if method not in BY_GRADIENTS | {"auto"}:
        return method
    smooth = function.has_gradients()
    if method == "auto":
        return "integrated_gradients" if smooth else "occlusion"
    if not smooth:
        raise ValueError(
            f"method={method!r} needs gradients, which the thresholds of fixed kernels do not "
            "have: use class_activation, or method='occlusion', or fit with n_fixed_kernels=0"
        )
    return method


def _find_method(method: str, options: dict[str, Any]) -> Any:
    try:
        from captum import attr
    except ModuleNotFoundError as error:
        raise ImportError(
            f'sktcn.explain.attribute needs captum ({error}): pip install "sktcn[explain]"'
        ) from error
    if method not in METHODS:
        raise ValueError(
            f"method must be 'auto' or one of {sorted(METHODS)}, got method={method!r}; an output "
            "is chosen by target=label"
        )
    explainer = getattr(attr, METHODS[method])
    known = set(inspect.signature(explainer.attribute).parameters) - RESERVED - {"self"}
    if not known.issuperset(options):
        raise ValueError(
            f"options of method={method!r} must be among {sorted(known)}, got {sorted(options)}"
        )
    return explainer


def _check_steps(step: Any, lengths: Indices, *, per_step: bool) -> list[int | None]:
    """Validate the step of each series, and count it from the start; None for whole series."""
    if not per_step:
        if step is not None:
            raise ValueError(f"step is for estimators of time steps, got step={step!r}")
        return [None] * len(lengths)
    steps = np.asarray(step)
    if steps.dtype.kind not in "iu" or steps.shape not in ((), lengths.shape):
        raise ValueError(
            "step must be the time step whose answer is explained, one for all series or one for "
            f"each of {len(lengths)}, got step={step!r}"
        )
    outside = np.flatnonzero((steps >= lengths) | (steps < -lengths))
    if len(outside):
        index = outside[0]
        raise ValueError(
            f"step must be one of the {lengths[index]} time steps of series {index}, "
            f"got step={step!r}"
        )
    return np.where(steps < 0, steps + lengths, steps).tolist()


def _check_baseline(baseline: Any, n_channels: int) -> Floats | None:
    if baseline is None:
        return None
    levels = np.asarray(baseline, dtype=np.float64)
    if levels.shape not in ((), (n_channels,)) or not np.isfinite(levels).all():
        raise ValueError(
            f"baseline must be a number, or one for each of {n_channels} channels, "
            f"got baseline={baseline!r}"
        )
    return np.broadcast_to(levels, n_channels)
