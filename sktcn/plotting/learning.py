"""Display of the learning curves."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from sktcn._model.fitted import check_owner
from sktcn.plotting.display import resolve_axes
from sktcn.plotting.style import NEUTRAL, line_style

LABELS = {"train_loss": "training", "valid_loss": "validation"}


class TrainingCurveDisplay:
    """Losses by epoch.

    Parameters
    ----------
    history : dict of list
        Attribute ``history_`` of a fitted estimator.
    early_stopping : bool, default=False
        True if the weights of the epoch with the least validation loss were kept.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the losses.
    figure_ : matplotlib.figure.Figure
        Figure of the axes.
    lines_ : list of matplotlib.lines.Line2D
        Losses of one network after the other.
    lr_ax_ : matplotlib.axes.Axes or None
        Twin axes of the learning rate, if drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from sktcn import TCNClassifier
    >>> from sktcn.plotting import TrainingCurveDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(20, 40)), np.arange(20) % 2
    >>> classifier = TCNClassifier(n_filters=8, max_epochs=5, early_stopping=True).fit(X, y)
    >>> display = TrainingCurveDisplay.from_estimator(classifier, lr=True)
    >>> [line.get_label() for line in display.lines_]
    ['training', 'validation']
    """

    def __init__(self, history: dict[str, list[Any]], *, early_stopping: bool = False):
        self.history = history
        self.early_stopping = early_stopping

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, lr: bool = False) -> Self:
        """Draw the history of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier or regressor of this library.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None makes a figure.
        lr : bool, default=False
            Draw the learning rate as well, on twin axes.

        Returns
        -------
        TrainingCurveDisplay
            Drawn display.
        """
        owner: Any = check_owner(estimator)
        check_is_fitted(owner)
        if not hasattr(owner, "history_"):
            raise TypeError(f"{type(owner).__name__} trains no network, and has no losses to draw")
        return cls(owner.history_, early_stopping=owner.early_stopping).plot(ax, lr=lr)

    def plot(self, ax: Any = None, *, lr: bool = False) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None makes a figure.
        lr : bool, default=False
            Draw the learning rate as well, on twin axes.

        Returns
        -------
        TrainingCurveDisplay
            The display itself.
        """
        self.figure_, self.ax_ = resolve_axes(ax)
        self.lines_: list[Any] = []
        for rows in self._members():
            self._draw_member(rows)
        self.lr_ax_ = self._draw_rate() if lr else None
        handles, labels = self.ax_.get_legend_handles_labels()
        if self.lr_ax_ is not None:
            handles += self.lr_ax_.lines[:1]
            labels.append("learning rate")
        self.ax_.legend(handles, labels)
        self.ax_.set(xlabel="epoch", ylabel="loss")
        self.ax_.xaxis.get_major_locator().set_params(integer=True)
        return self

    def _members(self) -> list[NDArray[np.int64]]:
        """Return the rows of each network's epochs."""
        members = np.asarray(self.history.get("member", [0] * len(self.history["epoch"])))
        return [np.flatnonzero(members == member) for member in np.unique(members)]

    def _draw_member(self, rows: NDArray[np.int64]) -> None:
        first = not self.lines_
        epochs = self._column("epoch", rows)
        for i, (column, name) in enumerate(LABELS.items()):
            if column in self.history:
                losses = self._column(column, rows)
                label = name if first else "_"
                self.lines_ += self.ax_.plot(epochs, losses, label=label, **line_style(i))
        if self.early_stopping and "valid_loss" in self.history:
            losses = self._column("valid_loss", rows)
            best = losses.argmin()
            label = "epoch kept" if first else "_"
            marker = {"marker": "o", "ls": "", "mfc": "white", "mec": "0.0", "zorder": 3}
            self.ax_.plot(epochs[best], losses[best], label=label, **marker)

    def _draw_rate(self) -> Any:
        twin = self.ax_.twinx()
        for rows in self._members():
            twin.plot(
                self._column("epoch", rows), self._column("lr", rows), ":", color=NEUTRAL, lw=1
            )
        twin.set(ylabel="learning rate", ylim=(0, None))
        self.ax_.set_zorder(twin.get_zorder() + 1)  # losses and legend above
        self.ax_.patch.set_visible(False)
        return twin

    def _column(self, name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(self.history[name], dtype=np.float64)[rows]
