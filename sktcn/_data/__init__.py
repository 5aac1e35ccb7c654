"""Series of the user: validated panels in memory or in chunks, and batches of tensors."""
