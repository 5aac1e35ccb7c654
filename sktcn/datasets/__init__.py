"""Series from local files, such as those of the UCR archive, and from long tables."""

from sktcn.datasets.long import from_long
from sktcn.datasets.ucr import list_ucr, load_ucr

__all__ = ["from_long", "list_ucr", "load_ucr"]
