"""
Which trials are worth finishing? A search that gives up early
==============================================================

Optuna proposes the next parameters from what the earlier ones have led to, and gives up a trial
whose validation loss, after an epoch, is worse than the median of the others' at that epoch. The
estimators report it through a skorch callback, Optuna's own; nothing else is needed.
"""

import matplotlib.pyplot as plt

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.plotting.style import COLORS

try:
    import optuna
    from optuna_integration import SkorchPruningCallback
except ImportError:
    raise SystemExit('this example needs Optuna: pip install "sktcn[optuna]"') from None

X, y = load_ucr("ItalyPowerDemand", split="train")
X_test, y_test = load_ucr("ItalyPowerDemand", split="test")
N_EPOCHS = 15

# %%
# ``early_stopping=True`` holds series back, whose loss is in the history as ``valid_loss``; a
# patience of all epochs leaves the stopping to Optuna. The callback belongs to one trial, and
# scikit-learn can't clone it: make the classifier anew for each fit, and leave it out of
# ``cross_val_score``.
classifiers = {}


def objective(trial):
    classifier = TCNClassifier(
        n_blocks=2,
        n_fixed_kernels=0,
        n_filters=trial.suggest_int("n_filters", 4, 16),
        kernel_size=trial.suggest_categorical("kernel_size", [3, 5, 9]),
        lr=trial.suggest_float("lr", 1e-4, 1e-1, log=True),
        max_epochs=N_EPOCHS,
        early_stopping=True,
        validation_fraction=0.3,
        n_iter_no_change=N_EPOCHS,
        callbacks=[SkorchPruningCallback(trial, "valid_loss")],
    )
    classifiers[trial.number] = classifier.fit(X, y)
    return min(classifier.history_["valid_loss"])


# %%
# With seeds for Optuna and for the networks (``random_state=0`` is their default), a second run
# finds the same.
optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(
    sampler=optuna.samplers.TPESampler(seed=0),
    pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=2),
)
study.optimize(objective, n_trials=20)
pruned = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.PRUNED]
n_epochs = sum(len(trial.intermediate_values) for trial in study.trials)
print(f"{len(pruned)} of {len(study.trials)} trials given up, ", end="")
print(f"{n_epochs} of {N_EPOCHS * len(study.trials)} epochs computed")
print("best:", study.best_params)
best = classifiers[study.best_trial.number]
print(f"accuracy of its network on the test split: {best.score(X_test, y_test):.3f}")

# %%
# The curves of all trials, on a logarithmic axis, since a high learning rate can make a loss rise
# to many times that of the others before it falls.
figure, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
for trial in study.trials:
    given_up = trial in pruned
    curve = list(trial.intermediate_values.values())
    epochs, color = range(1, len(curve) + 1), COLORS[1] if given_up else "0.75"
    ax.semilogy(epochs, curve, color=color, lw=1, marker="x" if given_up else "", markevery=[-1])
curve = list(study.best_trial.intermediate_values.values())
ax.semilogy(range(1, N_EPOCHS + 1), curve, color=COLORS[0], lw=2.5, label="best")
ax.plot([], color="0.75", label="finished")
ax.plot([], "x-", color=COLORS[1], label="given up")
ax.set(xlabel="epoch", ylabel="validation loss", title=f"{len(study.trials)} trials")
ax.yaxis.set_major_formatter("{x:g}")
ax.set_yticks([0.3, 0.5, 1, 2, 5], minor=False)
ax.minorticks_off()
ax.legend()
plt.show()
