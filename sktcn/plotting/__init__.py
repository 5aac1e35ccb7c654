"""Displays, as scikit-learn's; they need matplotlib (``pip install "sktcn[plot]"``).

All draw in one set of colours, `style.COLORS`, which the colour-blind tell apart, and leave
matplotlib's ``rcParams`` alone. Line styles, markers and hatches go with the colours, for print in
grey.
"""

from sktcn.plotting.early import TradeOffDisplay
from sktcn.plotting.explain import ClassActivationDisplay
from sktcn.plotting.flow import GradientFlowDisplay
from sktcn.plotting.health import ActivationHealthDisplay
from sktcn.plotting.learning import TrainingCurveDisplay
from sktcn.plotting.receptive import ReceptiveFieldDisplay
from sktcn.plotting.segments import SegmentConfusionDisplay, SegmentDisplay
from sktcn.plotting.stream import ProbabilityStreamDisplay

__all__ = [
    "ActivationHealthDisplay",
    "ClassActivationDisplay",
    "GradientFlowDisplay",
    "ProbabilityStreamDisplay",
    "ReceptiveFieldDisplay",
    "SegmentConfusionDisplay",
    "SegmentDisplay",
    "TradeOffDisplay",
    "TrainingCurveDisplay",
]
