"""Engines of a search: one process, loky, Dask and Ray, each as a context."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import joblib
from joblib.externals.loky import get_reusable_executor

EXAMPLES = Path(__file__).parents[2] / "examples"
N_WORKERS = 2
Engine = Callable[..., Any]  # from the data to the context of a search


@contextmanager
def one_process() -> Iterator[Engine]:
    """Fit one after the other in the searching process."""
    yield lambda *data: nullcontext()


@contextmanager
def loky() -> Iterator[Engine]:
    """Fit in joblib's processes."""
    yield lambda *data: joblib.parallel_config("loky", n_jobs=N_WORKERS)
    get_reusable_executor().shutdown(wait=True)


@contextmanager
def dask() -> Iterator[Engine]:
    """Fit on Dask as ``examples/search_dask.py`` does."""
    from dask import config
    from distributed import Client, LocalCluster

    options = {"n_workers": N_WORKERS, "threads_per_worker": 1, "dashboard_address": None}
    like_others = runpy.run_path(str(EXAMPLES / "search_dask.py"))["LIKE_OTHERS"]
    with (
        config.set(like_others),
        LocalCluster(**options, silence_logs="ERROR") as cluster,
        Client(cluster) as client,
    ):
        client.amm.stop()
        yield lambda *data: joblib.parallel_config("dask", scatter=data)


@contextmanager
def ray() -> Iterator[Engine]:
    """Fit on Ray as ``examples/search_ray.py`` does."""
    import ray
    from ray.util.joblib import register_ray

    register_ray()
    ray.init(num_cpus=N_WORKERS, include_dashboard=False, log_to_driver=False)
    yield lambda *data: joblib.parallel_config("ray", n_jobs=N_WORKERS)
    ray.shutdown()


ENGINES = {"one process": one_process, "loky": loky, "Dask": dask, "Ray": ray}
