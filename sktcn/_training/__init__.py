"""Training: the skorch net, its callbacks, the trainer, checkpoints, devices."""
