"""Fitted estimators on live signals, one time step at a time."""

from sktcn.streaming.estimator import StreamingEstimator, to_streaming

__all__ = ["StreamingEstimator", "to_streaming"]
