"""Contributions of time steps and of single values to the output of a fitted network."""

from sktcn.explain.activation import ClassActivation, class_activation
from sktcn.explain.attribution import METHODS, attribute

__all__ = ["METHODS", "ClassActivation", "attribute", "class_activation"]
