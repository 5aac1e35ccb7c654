"""Files: atomic, checksummed, with values as tagged JSON, read within allocation limits."""
