"""Diagnostics of a network in numbers: its receptive field, its gradients, its activations.

They are computed on a copy of the network, and leave the estimator unchanged.
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
