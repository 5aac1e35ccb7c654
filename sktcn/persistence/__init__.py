"""Fitted estimators in one file, without pickle."""

from sktcn.persistence.estimator import register_estimator
from sktcn.persistence.files import load, save

__all__ = ["load", "register_estimator", "save"]
