"""Parts that several benchmarks use: timing, result files, provenance, pages."""
