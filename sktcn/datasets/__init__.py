"""Series from local files, such as those of the UCR archive."""

from sktcn.datasets.ucr import list_ucr, load_ucr

__all__ = ["list_ucr", "load_ucr"]
