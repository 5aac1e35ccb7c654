"""
Why residual blocks?
====================

A residual block has two ways through: a branch of convolutions, and a shortcut around it. What is
the shortcut for, does it matter whether the two are added or put side by side, and what is a branch
worth that starts at zero?
"""

import matplotlib.pyplot as plt

from sktcn import TCNClassifier
from sktcn.datasets import load_ucr
from sktcn.diagnostics import gradient_flow
from sktcn.plotting import GradientFlowDisplay
from sktcn.plotting.style import COLORS

X, y = load_ucr("ItalyPowerDemand", split="train")

BLOCKS = {
    "add": {"residual": "add"},
    "add, from zero": {"residual": "add", "zero_init_residual": True},
    "concat": {"residual": "concat"},
    "none": {"residual": None},
}
# ``multiscale=False``: by default the pooling reads each block, which is one more way around all
# blocks after it. Here only the last one answers, as in a plain residual network.
SMALL = {"n_filters": 8, "kernel_size": 3, "dilation_base": 1, "multiscale": False}
SMALL["n_fixed_kernels"] = 0


def make(name, n_blocks, **parameters):
    """Make a network of these blocks, not yet fitted."""
    return TCNClassifier(n_blocks=n_blocks, **SMALL, **BLOCKS[name], **parameters)


# %%
# Which way do gradients take?
# ----------------------------
# ``gradient_flow(initial=True)`` looks at the network that a fit would start from, and tells how
# much of the gradient reaches the first block, against the last one. A ratio of 1 is what one
# wants: then one learning rate suits all blocks. Without shortcuts it grows by a factor with each
# block, and the first ones are thrown about before the last ones have begun. Batch norm keeps the
# forward pass in bounds, not the gradients.
depths = [2, 5, 10, 20, 30]
flows = {
    name: [gradient_flow(make(name, depth), X, y, initial=True, n_series=16) for depth in depths]
    for name in BLOCKS
}
ratios = {name: [f.output[0] / f.output[-1] for f in flow] for name, flow in flows.items()}
print("gradient at the first block, as a multiple of that at the last one")
print(f"{'blocks':<16}" + "".join(f"{depth:>10}" for depth in depths))
for name, ratio in ratios.items():
    print(f"{name:<16}" + "".join(f"{value:>10.3g}" for value in ratio))

# %%
# Branches that start at zero make the ratio exactly 1 at any depth, since at first all of the
# gradient goes through the shortcuts: the network starts as a shallow one, and each block grows
# into it. ``concat`` hands everything on as it is and puts new features beside it: more to
# multiply, block after block.
#
# Does it matter in training?
# ---------------------------
# Ten epochs, accuracy on the series that were learned from: 12 blocks without shortcuts have
# learned nothing, where half the labels are right by chance.
print(f"{'blocks':<16}{2:>10}{12:>10}")
for name in BLOCKS:
    scores = [make(name, depth, max_epochs=10).fit(X, y).score(X, y) for depth in (2, 12)]
    print(f"{name:<16}" + "".join(f"{score:>10.3f}" for score in scores))

# %%
# On the right ``residual="add"`` at 10 blocks, before the first step: what each block hands on, by
# the way it took. The shortcut carries at least as much as the branch through most of them.
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
for (name, ratio), style, color in zip(
    ratios.items(), ("-o", "--s", "-.^", ":D"), COLORS, strict=False
):
    left.semilogy(depths, ratio, style, label=name, color=color, markerfacecolor="none")
left.set(xlabel="blocks", ylabel="gradient at the first / at the last block")
left.set_title("the network that a fit starts from")
left.set_xticks([0, 5, 10, 15, 20, 25, 30])
left.legend(title="residual")
GradientFlowDisplay(flows["add"][2]).plot(ax=right)
right.set_title("residual='add', 10 blocks", pad=40)  # above the legend
plt.show()
