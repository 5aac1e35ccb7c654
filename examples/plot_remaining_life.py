"""
Remaining life at each time step
================================

Machines run until they fail, and sensors tell something of their wear. How many time steps are
left? That is a number to predict at each step, from the steps so far.
"""

import matplotlib.pyplot as plt
import numpy as np

from sktcn import TCNStepRegressor
from sktcn.plotting.style import COLORS
from sktcn.streaming import to_streaming

# %%
# Simulated machines: wear begins at some time, and grows ever faster until the machine fails. Two
# sensors show it, in noise and under a load that goes up and down. Each machine has its own
# lifetime, and its own pace. Of a machine without wear all that can be said is that it has long to
# live: the targets are cut off at 60 steps, as is usual.
CAP = 60


def run_to_failure(rng):
    """Simulate the sensors of a machine, and the steps that are left at each step."""
    healthy, worn = rng.integers(40, 120), rng.integers(40, 80)
    wear = np.concatenate([np.zeros(healthy), np.linspace(0, 1, worn) ** 2])
    load = np.sin(np.arange(len(wear)) / rng.uniform(5, 15))
    sensors = np.stack([wear + 0.3 * load, load, 2 * wear * (1 + load)])
    return sensors + 0.15 * rng.normal(size=sensors.shape), len(wear) - 1 - np.arange(len(wear))


rng = np.random.default_rng(0)
machines = [run_to_failure(rng) for _ in range(80)]
X, left = map(list, zip(*machines, strict=True))
y = [np.minimum(each, CAP).astype(float) for each in left]
X_test, y_test = X[60:], y[60:]

# %%
# The machines have not been watched all the time: steps whose target is NaN are read, and weigh
# nothing.
observed = [np.where(rng.random(len(each)) < 0.5, each, np.nan) for each in y[:60]]
regressor = TCNStepRegressor(n_filters=16, n_blocks=4, max_epochs=60, random_state=0)
regressor.fit(X[:60], observed)
print(f"R2 on other machines {regressor.score(X_test, y_test):.3f}")

predicted = regressor.predict(X_test)
error = np.concatenate([p - t for p, t in zip(predicted, y_test, strict=True)])
remaining = np.concatenate(left[60:])
for low, high in ((0, 10), (10, 30), (30, 60)):
    within = (remaining >= low) & (remaining < high)
    print(f"{low:>2} to {high} steps left: off by {np.abs(error[within]).mean():.1f} steps")

# %%
# In operation the steps come one by one, and the answer is that of the whole recording.
streaming = to_streaming(regressor)
for step in X_test[0].T:
    steps_left = streaming.push(step[None])
print(f"at the last step: {steps_left[0]:.1f} steps left, {predicted[0][-1]:.1f} by predict")

# %%
# The nearer the failure, the surer the answer: wear shows late.
figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), sharey=True, layout="constrained")
for i, (ax, truth, answer) in enumerate(zip(axes, y_test, predicted, strict=False), 1):
    ax.plot(truth, color=COLORS[1], ls="--", label="true")
    ax.plot(answer, color=COLORS[0], label="predicted")
    ax.set(xlabel="time step", title=f"machine {i}")
axes[0].set_ylabel(f"steps left, up to {CAP}")
axes[0].legend()
plt.show()
