"""Fitted estimators in one file, without pickle."""

from sktcn.persistence.files import load, save

__all__ = ["load", "save"]
