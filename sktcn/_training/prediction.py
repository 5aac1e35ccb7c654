"""Predictions of the skorch net, which are those of the estimator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import skorch
import torch
from numpy.typing import NDArray
from sklearn.utils import ClassifierTags, RegressorTags, Tags
from sklearn.utils.metaestimators import available_if
from skorch.callbacks.scoring import ScoringBase
from skorch.utils import to_device
from torch import Tensor

from sktcn._data.dataset import ChunkedDataset, SeriesDataset
from sktcn._data.panel import Floats
from sktcn._model.fitted import FittedModel
from sktcn._model.inference import forward, forward_steps
from sktcn._training.progress import to_numpy
from sktcn.networks.masks import step_mask


class PredictingNet(skorch.NeuralNet):
    """A skorch net that predicts labels, probabilities, and targets in their own units.

    The net takes series as the estimator does, and the datasets and batches that callbacks are
    given.

    Attributes
    ----------
    model : FittedModel
        Schema, preprocessor and task, without networks.
    """

    model: FittedModel

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels of the classes, sorted."""
        classes: NDArray[Any] | None = self.model.task.classes
        if classes is None:
            raise AttributeError("a net without classes has no classes_")
        return classes

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if self.model.task.classes is None:
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        else:
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the labels, or the targets in their own units.

        Answers for time steps are those of all series, one after the other; of a dataset, those of
        its labelled steps.
        """
        return self.model.task.predict(self._outputs(X))

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Predict the probabilities of the classes, or the targets in their own units."""
        return self.model.task.decode(self._outputs(X))

    @available_if(lambda net: net.model.task.metric is not None)  # type: ignore[untyped-decorator]
    def score(self, X: Any, y: Any) -> float:
        """Compute the task's metric for labels or targets in their own units."""
        task, outputs = self.model.task, self._outputs(X)
        target: Any = task.encode(task.check(y))
        if task.per_step:
            outputs, target = outputs[target.labelled], target.rows[target.labelled]
        metric: Any = task.metric
        score: float = metric.value(metric.tally(outputs, target, np.ones(len(outputs))))
        return score

    def _outputs(self, X: Any) -> Floats:
        """Concatenate the outputs of `forward_iter`, which skorch may replace by cached ones."""
        return to_numpy(torch.cat(list(self.forward_iter(X))))

    def forward_iter(
        self, X: Any, training: bool = False, device: str | torch.device = "cpu"
    ) -> Iterator[Tensor]:
        """Yield the outputs before decoding, in the order of the series, as one tensor."""
        self.module_.train(training)
        if isinstance(X, Mapping):
            with torch.no_grad():
                outputs = _step_rows(self.infer(dict(X)), X["lengths"])
        elif isinstance(X, SeriesDataset | ChunkedDataset):
            outputs = torch.from_numpy(self._outputs_of_chunks(X))
        else:
            model = replace(self.model, networks=[self.module_])
            panel = model.schema.open(X, model.dtype, model.preprocessor.missing)
            outputs = torch.from_numpy(model.outputs(panel))
        yield to_device(outputs, device=device)

    def _outputs_of_chunks(self, dataset: SeriesDataset | ChunkedDataset) -> Floats:
        if self.model.task.per_step:
            parts = map(dataset.chunk, range(len(dataset.chunks)))
            return np.concatenate([self._labelled_outputs(part) for part in parts])
        outputs = np.empty((len(dataset), self.model.task.n_outputs))
        for number, indices in enumerate(dataset.chunks):
            outputs[indices] = forward(self.module_, dataset.chunk(number))
        return outputs

    def _labelled_outputs(self, chunk: SeriesDataset) -> Floats:
        outputs = forward_steps(self.module_, chunk)
        return outputs[chunk.target.targets.labelled]

    def restore_targets(self, callback: ScoringBase, given: dict[str, Any]) -> dict[str, Any]:
        """Replace the encoded targets of a batch or dataset that a callback scores by the user's.

        A callback that caches predictions reads targets from batches, another from datasets.
        """
        if "y_pred" in given and given["training"] == callback.on_train:
            inputs, target = given["batch"]
            return given | {"batch": (inputs, self._restore(target))}
        if "dataset_train" in given and not callback.use_caching:
            names = [name for name in ("dataset_train", "dataset_valid") if given[name] is not None]
            return given | {name: self._labelled(given[name]) for name in names}
        return given

    def _labelled(self, dataset: SeriesDataset | ChunkedDataset) -> skorch.dataset.Dataset:
        return skorch.dataset.Dataset(dataset, self._targets(dataset), length=len(dataset))

    def _targets(self, dataset: SeriesDataset | ChunkedDataset) -> NDArray[Any]:
        """Restore the targets of a dataset, those of time steps in the order of the outputs."""
        if not self.model.task.per_step:
            return self._restore(dataset.target)
        parts = [dataset.chunk(number).target.labelled for number in range(len(dataset.chunks))]
        return self._restore(torch.cat(parts))

    def _restore(self, target: Any) -> NDArray[Any]:
        return self.model.task.restore(to_numpy(target))


def _step_rows(outputs: Tensor, lengths: Tensor | None) -> Tensor:
    """List the outputs of the time steps of a batch, ``(n_steps, n_outputs)``, without padding."""
    if outputs.ndim < 3:
        return outputs
    steps = outputs.transpose(1, 2)
    if lengths is None:
        return steps.flatten(0, 1)
    return steps[step_mask(lengths, steps.shape[1])[:, 0]]
