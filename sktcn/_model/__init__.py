"""The fitted model: preprocessor, networks and task, and their inference."""
