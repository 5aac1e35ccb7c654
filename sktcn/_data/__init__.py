"""The user's series: validated, as panels in memory or in chunks, as batches of tensors."""
