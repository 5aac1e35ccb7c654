"""One fit by several processes of ``torch.distributed``."""

from sktcn._training.data_parallel import DistributedDataParallel

DataParallel = DistributedDataParallel  # name of earlier versions

__all__ = ["DataParallel", "DistributedDataParallel"]
