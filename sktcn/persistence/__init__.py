"""Saving fitted estimators to one file, and loading them, without pickle."""

from sktcn.persistence.estimator import register_estimator
from sktcn.persistence.files import load, save

__all__ = ["load", "register_estimator", "save"]
