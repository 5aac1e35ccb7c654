"""Metrics of segments, for answers at each time step: steps with one label after the other.

Accuracy counts steps, and hardly notices an answer that flickers. These metrics count segments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from sktcn._data.step_targets import KINDS, StepTargets, read_targets, trim_targets
from sktcn._model.wrappers import unwrap

__all__ = [
    "SEGMENT_SCORERS",
    "Segment",
    "edit_score",
    "find_segments",
    "segment_confusion",
    "segmental_f1",
]


class Segment(NamedTuple):
    """Time steps of one label, from ``start`` up to ``stop``, which is excluded.

    Examples
    --------
    >>> from sktcn.metrics import Segment
    >>> Segment("walk", 2, 5).stop
    5
    """

    label: Any
    start: int
    stop: int


def find_segments(labels: Any) -> list[Segment]:
    """Find the segments of a series: the longest runs of equal labels.

    Parameters
    ----------
    labels : array-like of shape (n_timepoints,)
        Label of each time step.

    Returns
    -------
    list of Segment
        Segments in the order of time.

    Examples
    --------
    >>> from sktcn.metrics import find_segments
    >>> find_segments(["sit", "sit", "walk"])
    [Segment(label='sit', start=0, stop=2), Segment(label='walk', start=2, stop=3)]
    """
    array = np.asarray(labels)
    if array.ndim != 1:
        raise ValueError(f"labels must be of shape (n_timepoints,), got {array.shape}")
    if not len(array):
        return []
    starts = [0, *(np.flatnonzero(array[1:] != array[:-1]) + 1).tolist()]
    values = array[starts].tolist()
    return [Segment(*each) for each in zip(values, starts, [*starts[1:], len(array)], strict=True)]


def segmental_f1(
    y_true: Any,
    y_pred: Any,
    *,
    overlap: float = 0.1,
    background: Any = None,
    ignore_label: Any = None,
) -> float:
    """Compute the F1 score of segments that overlap enough with true ones.

    A predicted segment is right if it has the label of a true one that no earlier segment has
    matched, and their common steps are at least ``overlap`` of those of both together [1]_. A
    score near zero beside a high accuracy is the sign of an answer that flickers.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_series, n_timepoints), or list of array-like of shape \
            (n_timepoints_i,)
        Labels of the time steps; the true ones may be NaN.
    overlap : float, default=0.1
        Least intersection over union; 0.1, 0.25 and 0.5 are usual.
    background : label, default=None
        Label whose segments are not counted.
    ignore_label : label, default=None
        True label of steps that are left out, as those of NaN are.

    Returns
    -------
    float
        Score from 0 to 1, of the segments of all series together.

    References
    ----------
    .. [1] C. Lea et al., "Temporal convolutional networks for action segmentation and detection",
       CVPR 2017.

    Examples
    --------
    >>> from sktcn.metrics import segmental_f1
    >>> segmental_f1([["a", "a", "a", "b", "b"]], [["a", "b", "a", "b", "b"]])
    0.667
    """
    _check_overlap(overlap)
    right = n_true = n_pred = 0
    for pair in _iter_segments(y_true, y_pred, background, ignore_label):
        true, predicted = pair
        right += len(_match(true, predicted, overlap, by_label=True))
        n_true, n_pred = n_true + len(true), n_pred + len(predicted)
    return 2 * right / (n_true + n_pred) if n_true + n_pred else 1.0


def edit_score(
    y_true: Any, y_pred: Any, *, background: Any = None, ignore_label: Any = None
) -> float:
    """Compute how little the predicted sequences of segments must be edited to be true.

    The labels of the segments are compared, whatever the lengths: one minus the least number of
    insertions, deletions and replacements, as a share of the longer sequence [1]_.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_series, n_timepoints), or list of array-like of shape \
            (n_timepoints_i,)
        Labels of the time steps; the true ones may be NaN.
    background : label, default=None
        Label whose segments are not counted.
    ignore_label : label, default=None
        True label of steps that are left out, as those of NaN are.

    Returns
    -------
    float
        Mean score of the series, from 0 to 1.

    References
    ----------
    .. [1] C. Lea et al., "Learning convolutional action primitives for fine-grained action
       recognition", ICRA 2016.

    Examples
    --------
    >>> from sktcn.metrics import edit_score
    >>> edit_score([["a", "a", "a", "b", "b"]], [["a", "b", "a", "b", "b"]])
    0.5
    """
    scores = []
    for true, predicted in _iter_segments(y_true, y_pred, background, ignore_label):
        longest = max(len(true), len(predicted))
        distance = _edit_distance([s.label for s in true], [s.label for s in predicted])
        scores.append(1 - distance / longest if longest else 1.0)
    return float(np.mean(scores))


def segment_confusion(
    y_true: Any, y_pred: Any, *, overlap: float = 0.1, labels: Any = None, ignore_label: Any = None
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Count the true segments by their label and by that of the predicted ones.

    Each true segment is matched with the predicted one of the largest overlap that no other has,
    whatever its label. Those without one are missed, and predicted ones without one are false
    alarms.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_series, n_timepoints), or list of array-like of shape \
            (n_timepoints_i,)
        Labels of the time steps; the true ones may be NaN.
    overlap : float, default=0.1
        Least intersection over union of a match.
    labels : array-like of shape (n_labels,), default=None
        Order of the labels; None sorts those that there are.
    ignore_label : label, default=None
        True label of steps that are left out, as those of NaN are.

    Returns
    -------
    confusion : ndarray of shape (n_labels + 1, n_labels + 1)
        Row ``i`` and column ``j`` count segments of label ``i`` that are predicted as ``j``; the
        last column counts those missed, the last row false alarms.
    labels : ndarray of shape (n_labels,)
        Labels of the rows and columns.

    Examples
    --------
    >>> from sktcn.metrics import segment_confusion
    >>> segment_confusion([["a", "a", "a", "b", "b"]], [["a", "b", "a", "b", "b"]])[0]
    array([[1, 0, 0],
           [0, 1, 0],
           [1, 1, 0]])
    """
    _check_overlap(overlap)
    pairs = list(_iter_segments(y_true, y_pred, None, ignore_label))
    found = np.unique([s.label for pair in pairs for part in pair for s in part])
    labels = found if labels is None else labels
    places = {label: place for place, label in enumerate(np.asarray(labels).tolist())}
    if unknown := [label for label in found.tolist() if label not in places]:
        raise ValueError(f"segments must have the labels {[*places]}, got {unknown}")
    nothing = len(places)
    confusion = np.zeros((nothing + 1, nothing + 1), dtype=np.int64)
    for true, predicted in pairs:
        matches = _match(true, predicted, overlap, by_label=False)
        for i, segment in enumerate(true):
            place = places[predicted[matches[i]].label] if i in matches else nothing
            confusion[places[segment.label], place] += 1
        for j in set(range(len(predicted))) - set(matches.values()):
            confusion[nothing, places[predicted[j].label]] += 1
    return confusion, np.asarray(labels)


def _check_overlap(overlap: float) -> None:
    if not 0 < overlap <= 1:
        raise ValueError(f"overlap must be above 0 and at most 1, got overlap={overlap}")


def _iter_segments(
    y_true: Any, y_pred: Any, background: Any, ignore_label: Any
) -> Iterator[tuple[list[Segment], list[Segment]]]:
    """Yield the true and the predicted segments of each series, without steps left out."""
    true, predicted = read_targets(y_true), read_targets(y_pred)
    _check_alike(true, predicted)
    used = true.labelled
    if ignore_label is not None:
        used = used & (true.rows != ignore_label)
    for start, length in zip(true.starts, true.lengths, strict=True):
        steps = np.flatnonzero(used[start : start + length]) + start
        parts = (find_segments(each.rows[steps]) for each in (true, predicted))
        first, second = ([s for s in part if s.label != background] for part in parts)
        yield first, second


def _check_alike(true: StepTargets, predicted: StepTargets) -> None:
    for each in (true, predicted):
        if each.rows.ndim > 1:
            raise ValueError("segments are of one label a step, got several")
    kinds = [KINDS.get(each.rows.dtype.kind, "objects") for each in (true, predicted)]
    if set(kinds) == {"numbers", "text"}:
        raise ValueError(
            f"y_true and y_pred must have labels of one kind, got {' and '.join(kinds)}"
        )
    if len(true) != len(predicted):
        raise ValueError(
            f"y_true and y_pred must have equally many series, got {len(true)} and {len(predicted)}"
        )
    wrong = np.flatnonzero(true.lengths != predicted.lengths)
    if len(wrong):
        index = wrong[0]
        raise ValueError(
            "y_true and y_pred must have equally many time steps, got "
            f"{true.lengths[index]} and {predicted.lengths[index]} in series {index}"
        )


def _match(
    true: list[Segment], predicted: list[Segment], overlap: float, *, by_label: bool
) -> dict[int, int]:
    """Match predicted segments, in their order, with true ones: predicted by true places.

    Each takes the true segment of the largest overlap, if it has not been taken.
    """
    if not true:
        return {}
    starts, stops = np.array([s.start for s in true]), np.array([s.stop for s in true])
    matches: dict[int, int] = {}
    for place, segment in enumerate(predicted):
        common = np.minimum(stops, segment.stop) - np.maximum(starts, segment.start)
        union = np.maximum(stops, segment.stop) - np.minimum(starts, segment.start)
        shares = np.maximum(common, 0) / union
        if by_label:
            shares = shares * np.array([s.label == segment.label for s in true])
        best = int(shares.argmax())
        if shares[best] >= overlap and best not in matches:
            matches[best] = place
    return matches


def _edit_distance(one: list[Any], other: list[Any]) -> int:
    """Compute the distance of Levenshtein."""
    row = list(range(len(other) + 1))
    for i, label in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, expected in enumerate(other, 1):
            changed = before + (label != expected)
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, changed)
    return row[-1]


def compare_segments(metric: Callable[..., Any], estimator: Any, X: Any, y: Any) -> Any:
    """Compute a metric of the answers of an estimator, without the steps that it ignores."""
    answering = unwrap(estimator)
    last = unwrap(answering[-1]) if isinstance(answering, Pipeline) else answering
    answers = estimator.predict(X)
    if getattr(last, "missing", None) == "trim":
        y = trim_targets(y, answers)
    return metric(y, answers, ignore_label=getattr(last, "ignore_label", None))


#: Scorers for the parameter ``scoring`` of searches and cross-validation: segmental F1 at an
#: overlap of 10, 25 and 50 %, and the edit score. Steps of the estimator's ``ignore_label`` are
#: left out.
SEGMENT_SCORERS = {
    "f1@10": partial(compare_segments, partial(segmental_f1, overlap=0.1)),
    "f1@25": partial(compare_segments, partial(segmental_f1, overlap=0.25)),
    "f1@50": partial(compare_segments, partial(segmental_f1, overlap=0.5)),
    "edit": partial(compare_segments, edit_score),
}
