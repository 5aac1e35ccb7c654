"""What a fit learns: one object of preprocessor, networks and task, and how it answers."""
