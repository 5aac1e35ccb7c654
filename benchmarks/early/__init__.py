"""Early decisions beside sktime's and aeon's early classifiers."""
