"""Speed beside peer libraries and beside the processor's matrix product."""
