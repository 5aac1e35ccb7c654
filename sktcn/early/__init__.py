"""Early classification: decisions before a series has ended."""

from sktcn.early.classifier import EarlyClassifier
from sktcn.early.decisions import Decisions, EarlyStreaming
from sktcn.early.prefixes import PrefixTemperature, prefix_proba

__all__ = ["Decisions", "EarlyClassifier", "EarlyStreaming", "PrefixTemperature", "prefix_proba"]
