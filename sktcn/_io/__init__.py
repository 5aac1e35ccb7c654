"""Files: written atomically, checksummed, with values as tagged JSON, within allocation limits."""
