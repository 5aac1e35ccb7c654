"""Errors of regressors over sets of the TSER archive, beside published ones."""
