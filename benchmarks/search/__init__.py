"""Grid search over activation and kernel size on ten sets."""
