"""From raw series to those that a network reads: a list of fitted steps."""
