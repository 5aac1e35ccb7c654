"""Cost and effect of padding series of different lengths."""
