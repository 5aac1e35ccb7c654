"""Searches on several processes or machines, and series larger than memory."""
