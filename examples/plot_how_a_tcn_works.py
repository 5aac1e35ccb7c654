"""
Dilated taps and the receptive field of a TCN
=============================================

A temporal convolutional network (TCN) is a stack of convolutions over time. The taps of each are a
dilation apart, and the dilation doubles from block to block. Which time steps does one feature
depend on, and on which side of its own do they lie?
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

from sktcn.networks.tcn import TCN
from sktcn.plotting.style import COLORS

KERNEL_SIZE, N_BLOCKS = 3, 3

# %%
# A block has two convolutions of one dilation. The drawing follows one feature from the top of the
# stack down to the series: each circle is a time step of a layer, each line a tap. A *causal* tap
# reads its own step or an earlier one, a *centred* convolution has as many taps on either side.


def draw_stack(ax, causal):
    """Draw the taps that one feature depends on; return the time steps of the series."""
    layers = [block for block in range(N_BLOCKS) for _ in range(2)]
    first = 0 if causal else (KERNEL_SIZE - 1) // 2
    steps = {0}
    for height, block in reversed(list(enumerate(layers, 1))):
        taps = (np.arange(KERNEL_SIZE) - first) * 2**block
        for step in steps:
            for tap in taps:
                ax.plot([step, step - tap], [height, height - 1], color=COLORS[block], lw=1)
        ax.plot(list(steps), [height] * len(steps), "o", color=COLORS[block], ms=5)
        steps = {step - tap for step in steps for tap in taps}
    ax.plot(list(steps), [0] * len(steps), "o", color="0.3", ms=5)
    names = [f"block {block + 1}, dilation {2**block}" for block in range(N_BLOCKS)]
    ax.set_yticks([0, *np.arange(N_BLOCKS) * 2 + 1.5], ["series", *names])
    ax.set(xlabel="offset in time steps (past < 0 < future)", xlim=(-29.5, 15.5))
    ax.axvline(0, color="0.7", lw=1, ls=":", zorder=0)
    return steps


# %%
# Each block adds ``2 * (kernel_size - 1) * dilation`` steps to the receptive field. So the field
# grows as fast as the dilation does, and the depth that a series needs grows with the logarithm of
# its length. With ``dilation_base=1`` each block would add the same few steps.


def field(n_blocks, kernel_size, dilation_base):
    """Compute the receptive field in time steps."""
    dilations = dilation_base ** np.arange(n_blocks)
    return int(1 + 2 * (kernel_size - 1) * dilations.sum())


# %%
# A real network shows the same the other way round. One value of a series is changed, at step 50:
# which features change? In a causal network those of step 50 and after, so that all features before
# stay valid when a new value comes in. That is why a causal network streams.


@torch.no_grad()
def moved_by_one_value(causal, n_steps=100, changed=50):
    """Compute how far the features of each step move when one value of the series is changed."""
    generator = torch.Generator().manual_seed(0)
    options = {"causal": causal, "norm": None, "multiscale": False, "generator": generator}
    network = TCN(1, [16] * N_BLOCKS, KERNEL_SIZE, **options)
    series = torch.randn(1, 1, n_steps, generator=generator)
    other = series.clone()
    other[0, 0, changed] += 1
    return (network.features(other) - network.features(series))[0].norm(dim=0).numpy()


figure, axes = plt.subplot_mosaic(
    [["causal", "centred"], ["growth", "moved"]], figsize=(11, 7.5), layout="constrained"
)
for name, causal in (("causal", True), ("centred", False)):
    steps = draw_stack(axes[name], causal)
    axes[name].set_title(f"{name}: {len(steps)} steps, from {min(steps)} to {max(steps)}")
    print(f"{name}: a feature depends on the steps from {min(steps)} to {max(steps)}")

blocks = np.arange(1, 9)
settings = [("-o", 5, 2), ("--s", 3, 2), (":^", 5, 1)]
for (style, kernel_size, base), color in zip(settings, COLORS, strict=False):
    label = f"kernel_size={kernel_size}, dilation_base={base}"
    fields = [field(n, kernel_size, base) for n in blocks]
    axes["growth"].semilogy(blocks, fields, style, color=color, label=label)
    print(f"{label}: {fields[-1]} steps in {blocks[-1]} blocks")
axes["growth"].set(xlabel="blocks", ylabel="receptive field in time steps", ylim=(4, 3e4))
axes["growth"].set_title("growth of the receptive field")
axes["growth"].legend(loc="upper left")

for (name, causal), style, color in zip(
    (("causal", True), ("centred", False)), ("-", "--"), COLORS, strict=False
):
    moved = moved_by_one_value(causal)
    (changed,) = np.nonzero(moved)
    axes["moved"].plot(moved, style, color=color, drawstyle="steps-mid", label=name)
    print(f"{name}: features {changed.min()} to {changed.max()} move, by {moved.max():.2f} at most")
axes["moved"].axvline(50, color="0.7", lw=1, ls=":", label="changed value")
axes["moved"].set(xlabel="time step", ylabel="change of the features")
axes["moved"].set_title("effect of one value")
axes["moved"].legend(loc="upper left")
plt.show()
