"""Compiled forms of what the networks compute, with numba where it is installed."""
