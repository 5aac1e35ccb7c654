"""Pictures in scikit-learn's manner: ``SomeDisplay.from_estimator(...)``, ``.plot(ax=...)``.

They need matplotlib: ``pip install sktcn[plot]``. No colour carries a meaning that markers,
hatches, line styles or words don't, so that all can be read in grey print.
"""

from sktcn.plotting.early import TradeOffDisplay
from sktcn.plotting.explain import ClassActivationDisplay
from sktcn.plotting.flow import GradientFlowDisplay
from sktcn.plotting.health import ActivationHealthDisplay
from sktcn.plotting.learning import TrainingCurveDisplay
from sktcn.plotting.receptive import ReceptiveFieldDisplay
from sktcn.plotting.stream import ProbabilityStreamDisplay

__all__ = [
    "ActivationHealthDisplay",
    "ClassActivationDisplay",
    "GradientFlowDisplay",
    "ProbabilityStreamDisplay",
    "ReceptiveFieldDisplay",
    "TradeOffDisplay",
    "TrainingCurveDisplay",
]
