"""Scripts that measure every figure the project states, in a package for each subject."""
