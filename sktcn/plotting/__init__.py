"""Pictures in scikit-learn's manner: ``Display.from_estimator(...)``, ``display.plot(ax=...)``."""

from sktcn.plotting.explain import ClassActivationDisplay
from sktcn.plotting.learning import TrainingCurveDisplay

__all__ = ["ClassActivationDisplay", "TrainingCurveDisplay"]
