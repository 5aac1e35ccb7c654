"""What goes on in a network, in numbers: what it sees, how it learns, which units work.

An estimator that is looked at is left as it is: all is computed on a copy of its network.
"""

from sktcn.diagnostics.flow import GradientFlow, gradient_flow
from sktcn.diagnostics.health import ActivationHealth, activation_health
from sktcn.diagnostics.receptive import ReceptiveField, receptive_field
from sktcn.diagnostics.summary import summary

__all__ = [
    "ActivationHealth",
    "GradientFlow",
    "ReceptiveField",
    "activation_health",
    "gradient_flow",
    "receptive_field",
    "summary",
]
