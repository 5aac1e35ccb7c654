"""A grid search over the processes of a Ray cluster.

    pip install "sktcn[ray]"
    python examples/search_ray.py                     # on this machine
    RAY_ADDRESS=auto python examples/search_ray.py    # on a cluster that this machine is part of

The scores are those of a search in one process, to the last bit. Each worker is a process of one
thread (Ray sets ``OMP_NUM_THREADS`` to 1 there, unless it is set already). Two things need saying:

- joblib hands all series to Ray with each candidate. `InStore` puts them into Ray's object store
  once; what travels is a reference, and the workers of a machine read the same memory.
- The death of a worker ends the search, by default. ``ray_remote_args`` has it started again, and
  its candidate tried once more. (When Ray ends its workers, after the search, it reports them as
  dead too; ``log_to_driver=False`` spares one that.)
"""

import joblib
import ray
from ray.util.joblib import register_ray
from sklearn.model_selection import GridSearchCV

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr

GRID = {"activation": ["relu", "tanh"], "kernel_size": [3, 5, 9]}
RETRIES = {"max_restarts": 3, "max_task_retries": 3}


class InStore(list):
    """Series that are pickled as a reference to Ray's object store."""

    def __init__(self, series):
        super().__init__(series)
        self.reference = ray.put(list(self))

    def __reduce__(self):
        return ray.get, (self.reference,)


def main() -> None:
    """Search on all processors that Ray has."""
    X, y = load_ucr("ItalyPowerDemand", split="train")
    tried = GridSearchCV(TCNClassifier(n_blocks=2, n_filters=16, max_epochs=15), GRID, cv=3)
    ray.init(log_to_driver=False)
    register_ray()
    with joblib.parallel_config("ray", n_jobs=-1, ray_remote_args=RETRIES):
        found = tried.fit(InStore(X), y)
    print("best:", found.best_params_)
    print(f"accuracy in the search: {found.best_score_:.3f}")


if __name__ == "__main__":
    main()
