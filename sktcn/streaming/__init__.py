"""Fitted estimators on live signals, one time step at a time."""

from sktcn.streaming.conversion import to_streaming
from sktcn.streaming.estimator import StreamingEstimator

__all__ = ["StreamingEstimator", "to_streaming"]
