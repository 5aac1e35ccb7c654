"""Attributions of single values, by the methods of captum."""

from __future__ import annotations

import contextlib
import inspect
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sktcn._data.panel import Floats, Panel
from sktcn._model.fitted import FittedModel, resolve_model
from sktcn._model.inference import BATCH_STEPS

METHODS = {  # captum's that draw no random numbers: those that do move the global generators
    "integrated_gradients": "IntegratedGradients",
    "saliency": "Saliency",
    "input_x_gradient": "InputXGradient",
    "feature_ablation": "FeatureAblation",
    "occlusion": "Occlusion",
}
OURS = {"inputs", "target", "baselines", "additional_forward_args", "return_convergence_delta"}
WINDOW = 0.1  # part of a series that "occlusion" hides at a time


def attribute(
    est: Any,
    X: Any,
    method: str = "integrated_gradients",
    *,
    target: Any = None,
    baseline: Any = None,
    **options: Any,
) -> Floats | list[Floats]:
    """Tell how much each value of the series matters to an output, by a method of captum's.

    Where `class_activation` tells at which steps the network finds what it answers by, this tells
    which values it finds it in, channel by channel, by gradients or by leaving values out. It is
    computed series by series, so that the length of the others is of no concern.

    The attributions are those of the series in their own units: scaling and differences are
    differentiated as well. What depends on the series in another way is held fixed at what it is
    for the series given: with ``scaling="series"`` each one's own mean and scale; with
    ``missing="mask"`` which values are missing, to which nothing is attributed. With
    ``missing="interpolate"`` the attributions are those of the series as filled in.

    Parameters
    ----------
    est : estimator
        A fitted classifier or regressor of this library; it is not changed. Of several networks
        (``n_estimators``) the mean output is looked at.
    X : array-like or list of arrays
        Series, as for ``predict``.
    method : str, default="integrated_gradients"
        "integrated_gradients" (Sundararajan et al., 2017), whose attributions sum to the output
        less that of the baseline, "saliency" (Simonyan et al., 2014), "input_x_gradient",
        "feature_ablation" or "occlusion" (Zeiler & Fergus, 2014).
    target : label or int, or array-like of shape (n_series,), default=None
        The output to look at: the label of a class, whose logit it is, or the number of a target
        in regression; one for all series or one for each. None takes the class predicted, or the
        first target.
    baseline : float or array-like of shape (n_channels,), default=None
        Value of each channel that means "nothing there", in its own units; where ``method`` takes
        one. None takes the training mean; with ``scaling="series"``, the series' own.
    **options : object
        Passed on to captum's ``attribute``, as ``n_steps=200``.

    Returns
    -------
    ndarray of shape (n_series, n_channels, n_timepoints), or list of ndarray of shape \
            (n_channels, n_timepoints_i)
        The attributions; a list where the series are not equally long.

    See Also
    --------
    class_activation : Quicker, exact, without captum; by time step alone.

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
    model = resolve_model(est)
    kind = _find_method(method, options)
    panel = model.read(X)
    level = _check_baseline(baseline, panel.n_channels)
    codes = model.task.find_outputs(target, len(panel))
    found: list[Floats] = []
    for index, code in enumerate(codes):
        answer = _Answer(model, panel.take(np.array([index])), level)
        chosen = answer.predicted() if code is None else code
        found.append(_attribute_one(kind, answer, chosen, options))
    alike = (panel.lengths == panel.lengths[0]).all()
    return np.stack(found) if alike else found


def _attribute_one(kind: Any, answer: _Answer, target: int, options: dict[str, Any]) -> Floats:
    explainer = kind(answer)
    taken = inspect.signature(explainer.attribute).parameters
    n_steps = answer.series.shape[2]
    rows = max(1, BATCH_STEPS // n_steps)
    defaults = {
        "baselines": answer.baseline,
        "internal_batch_size": rows,
        "perturbations_per_eval": rows,
        "sliding_window_shapes": (1, max(1, round(WINDOW * n_steps))),
    }
    chosen = {name: value for name, value in defaults.items() if name in taken} | options
    series = answer.series.clone().requires_grad_()
    with answer.differentiable():
        attributions: Tensor = explainer.attribute(series, target=target, **chosen)
    return attributions[0].detach().numpy()


class _Answer:
    """Outputs for a series and others near it, as a differentiable function of its values."""

    def __init__(self, model: FittedModel, panel: Panel, level: Floats | None):
        preprocessor, panel = model.preprocessor.fixed_for(panel)
        self.networks, self.device = model.networks, model.device
        self.units = [torch.tensor(each) for each in model.task.units]
        self.preprocessor = preprocessor.module(model.torch_dtype)
        values = torch.tensor(panel.values.T[None], dtype=torch.float64)
        self.missing = values.isnan()
        level = preprocessor.statistics.mean if level is None else level
        self.baseline = torch.tensor(level, dtype=torch.float64)[:, None].expand_as(values)
        self.series = torch.where(self.missing, self.baseline, values)

    def __call__(self, x: Tensor) -> Tensor:
        read = self.preprocessor(x.masked_fill(self.missing, torch.nan)).to(self.device)
        outputs = sum(network(read) for network in self.networks) / len(self.networks)
        scale, offset = self.units
        return outputs.cpu().double() * scale + offset

    def predicted(self) -> int:
        """Tell which output is the largest."""
        with torch.inference_mode():
            return int(self(self.series).argmax())

    def differentiable(self) -> contextlib.AbstractContextManager[None]:
        """Leave cuDNN aside, whose LSTM has gradients in training alone."""
        if self.device.type == "cuda":
            return torch.backends.cudnn.flags(enabled=False)
        return contextlib.nullcontext()


def _find_method(method: str, options: dict[str, Any]) -> Any:
    try:
        from captum import attr
    except ModuleNotFoundError as error:
        raise ImportError(
            f"sktcn.explain.attribute needs captum ({error}): pip install sktcn[explain]"
        ) from error
    if method not in METHODS:
        raise ValueError(f"method must be one of {sorted(METHODS)}, got method={method!r}")
    kind = getattr(attr, METHODS[method])
    known = set(inspect.signature(kind.attribute).parameters) - OURS - {"self"}
    if not known.issuperset(options):
        raise ValueError(
            f"options of method={method!r} must be among {sorted(known)}, got {sorted(options)}"
        )
    return kind


def _check_baseline(baseline: Any, n_channels: int) -> Floats | None:
    if baseline is None:
        return None
    level = np.asarray(baseline, dtype=np.float64)
    if level.shape not in ((), (n_channels,)) or not np.isfinite(level).all():
        raise ValueError(
            f"baseline must be a number, or one for each of {n_channels} channels, "
            f"got baseline={baseline!r}"
        )
    return np.broadcast_to(level, n_channels)
