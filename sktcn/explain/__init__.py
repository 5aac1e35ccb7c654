"""Why a fitted network answers as it does: by time step, and by value."""

from sktcn.explain.activation import ClassActivation, class_activation
from sktcn.explain.attribution import METHODS, attribute

__all__ = ["METHODS", "ClassActivation", "attribute", "class_activation"]
