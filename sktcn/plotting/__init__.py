"""Pictures in scikit-learn's manner: ``SomeDisplay.from_estimator(...)``.

They need matplotlib: ``pip install sktcn[plot]``. No colour carries a meaning that markers,
hatches, line styles or words don't, so that all can be read in grey print.
"""

from sktcn.plotting.flow import GradientFlowDisplay
from sktcn.plotting.health import ActivationHealthDisplay
from sktcn.plotting.receptive import ReceptiveFieldDisplay

__all__ = ["ActivationHealthDisplay", "GradientFlowDisplay", "ReceptiveFieldDisplay"]
