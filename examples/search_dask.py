"""A grid search over the processes of a Dask cluster.

    pip install "sktcn[dask]"
    python examples/search_dask.py                            # on this machine, two processes
    python examples/search_dask.py tcp://scheduler:8786       # on a cluster that runs already

The scores are those of a search in one process, to the last bit. Three lines see to it that the
series are sent once, and that a worker may die:

- ``scatter`` sends the series and the indices of the folds to all workers before the search. What
  isn't in it goes with each candidate, if it is a list, and else to a single worker, whose death
  would then end the search.
- ``client.amm.stop()`` keeps these copies: by default Dask soon removes all but one of them.
- the folds are a list made beforehand, so that there is something to scatter.

Dask names what is scattered by its content, and may still be removing it when a second search of
the same client scatters it again, which then ends with "lost dependencies" (dask/distributed#8576).
Where several searches share series, scatter them once more and hold that until the last is done:
``held = client.scatter([X, y, *indices])``.

Each worker has one thread and torch uses one: Dask's nannies set ``OMP_NUM_THREADS`` and
``MKL_NUM_THREADS`` to 1 before a worker starts, unless they are set already. Workers started with
``--no-nanny`` need it in their environment.

Dask's nannies also set ``MALLOC_TRIM_THRESHOLD_``, which keeps glibc from learning to hold the
memory of one training step for the next: fits then take 1.8 times as long. ``LIKE_OTHERS`` has
Dask leave it alone. For a cluster that runs already it belongs in the ``~/.config/dask`` of its
workers.
"""

import sys

import dask
import joblib
from dask.distributed import Client, LocalCluster
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr

LIKE_OTHERS = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
GRID = {"activation": ["relu", "tanh"], "kernel_size": [3, 5, 9]}


def search(client: Client) -> GridSearchCV:
    """Search on the workers of a client."""
    X, y = load_ucr("ItalyPowerDemand", split="train")
    folds = list(StratifiedKFold(3).split(X, y))
    indices = [part for fold in folds for part in fold]
    tried = GridSearchCV(TCNClassifier(n_blocks=2, n_filters=16, max_epochs=15), GRID, cv=folds)
    client.amm.stop()
    with joblib.parallel_config("dask", scatter=[X, y, *indices]):
        return tried.fit(X, y)


def main() -> None:
    """Search on the cluster whose address is given, or on one of this machine."""
    dask.config.set(LIKE_OTHERS)
    cluster = sys.argv[1] if sys.argv[1:] else LocalCluster(n_workers=2, threads_per_worker=1)
    with Client(cluster) as client:
        found = search(client)
    print("best:", found.best_params_)
    print(f"accuracy in the search: {found.best_score_:.3f}")
    if isinstance(cluster, LocalCluster):
        cluster.close()


if __name__ == "__main__":  # each of the cluster's processes reads this file
    main()
